"""Random prompts over the toys: few values, so that equal nodes, blocked values and failures happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from tests.graph.talking import LANES
from tests.graph.toys import Prompt

MESSAGES = ("", "no way")
Inputs = Mapping[str, st.SearchStrategy[Any] | None]  # None: a link or a number


def small(most: int) -> st.SearchStrategy[int]:
    return st.integers(0, most)


AT: Inputs = {"at": small(2), "message": st.sampled_from(MESSAGES)}
# What each class is given, and how many outputs it has.
CALM: Mapping[str, tuple[Inputs, int]] = {
    "Mix": ({"left": None, "right": None}, 2),
    "Switch": ({"on": None, "high": None, "low": None}, 1),
    "BothOdd": ({"first": None, "second": None}, 1),
    "Deaf": ({"value": None, "other": None}, 1),
    "Spread": ({"value": None, "count": small(3)}, 2),
    "Total": ({"values": None, "plus": None}, 1),
    "Turn": ({"values": None}, 1),
    "Pack": ({"values": None}, 1),
    "Unpack": ({"value": None}, 1),
    "Loop": ({"count": None, "value": None}, 1),
    "GrowItems": ({"value": None, "count": small(3)}, 1),
    "Outside": ({"source": None, "value": None}, 1),
    "OutsideLater": ({"source": None, "value": None}, 1),
    "Address": ({"source": None}, 1),
    "Collect": ({"first": None, "more": None, "most": None}, 1),
    "Wide": ({"value": None}, 4),
    "Dated": ({"value": None}, 1),
    "Unlike": ({"value": None}, 1),
}
WILD: Mapping[str, tuple[Inputs, int]] = {
    "Picky": ({"value": None, "at": small(2)}, 1),
    "Broken": ({"value": None}, 1),
    "Doubtful": ({"value": None, "other": None}, 1),
    "Stop": ({"value": None, **AT}, 1),
    "Wall": ({"value": None, **AT}, 2),
    "Sieve": ({"value": None, "message": st.sampled_from(MESSAGES)}, 1),
    "Grow": ({"value": None}, 2),
    "Restless": ({"value": None}, 1),
}
ALL = {**CALM, **WILD}
ONLY_LINKED = {"more", "most"}  # inputs that are not declared
SHOWING = {"Display": "value", "Summary": "values", "Store": "value"}


@st.composite
def prompts(
    draw: st.DrawFn,
    classes: Mapping[str, tuple[Inputs, int]] = ALL,
    most: int = 8,
    lanes: Sequence[str] = tuple(LANES),
) -> Prompt:
    """A random graph whose last node and some others are shown."""
    prompt: Prompt = {}
    slots: list[list[Any]] = []
    names = st.sampled_from(sorted(classes))
    for i, count in enumerate(draw(st.lists(small(3), max_size=2))):  # lists of unlike lengths to begin with
        prompt[f"list {i}"] = {"class_type": "Spread", "inputs": {"value": i, "count": count}}
        slots.append([f"list {i}", 0])
    lane = st.sampled_from([*[""] * len(lanes), *lanes])
    for i in range(draw(st.integers(1, most))):
        name = draw(names)
        inputs, outputs = classes[name]
        given = draw_inputs(draw, inputs, slots)
        prompt[str(i)] = {"class_type": name + draw(lane), "inputs": given}
        slots.extend([str(i), slot] for slot in range(outputs))
        if i == 0 or draw(small(2)) == 0:
            slot: list[Any] = draw(st.sampled_from(slots[-4:]))
            show(draw, prompt, slot, lane)
    show(draw, prompt, slots[-1], lane)
    return prompt


def draw_inputs(draw: st.DrawFn, inputs: Inputs, slots: list[list[Any]]) -> dict[str, Any]:
    """Values and links for the inputs of one node."""
    given: dict[str, Any] = {}
    for name, values in inputs.items():
        if values is not None:
            given[name] = draw(values)
        elif draw(OFTEN) and slots:
            given[name] = list(draw(st.sampled_from(slots)))
        elif name not in ONLY_LINKED:
            given[name] = draw(LITERALS)
    return given


OFTEN = st.sampled_from([False, True, True, True])
LITERALS = st.one_of(small(5), small(5), st.just({"__value__": [1, 2]}))


def show(draw: st.DrawFn, prompt: Prompt, slot: list[Any], lane: st.SearchStrategy[str]) -> None:
    """Add an output node that reads this slot."""
    name = draw(st.sampled_from(["Display", "Display", "Summary", "Store"]))
    inputs = {SHOWING[name]: list(slot)}
    prompt[f"show {len(prompt)}"] = {"class_type": name + draw(lane), "inputs": inputs}


def renamed(prompt: Prompt, name: Callable[[str], str]) -> Prompt:
    """The same graph under other ids."""

    def moved(value: Any) -> Any:
        return [name(value[0]), value[1]] if isinstance(value, list) else value

    return {
        name(node_id): {**data, "inputs": {key: moved(value) for key, value in data["inputs"].items()}}
        for node_id, data in prompt.items()
    }


def reordered(prompt: Prompt) -> Prompt:
    """The same graph, listed backwards."""
    return {
        node_id: {**data, "inputs": dict(reversed(data["inputs"].items()))}
        for node_id, data in reversed(prompt.items())
    }


def dependants(prompt: Prompt, start: set[str]) -> set[str]:
    """These nodes and all that read them, directly or not."""
    found = set(start)
    while True:
        more = {
            node_id
            for node_id, data in prompt.items()
            if any(isinstance(value, list) and value[0] in found for value in data["inputs"].values())
        }
        if more <= found:
            return found
        found |= more
