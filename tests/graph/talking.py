"""Toys that announce their calls; anything may feed any of them, for it counts as a number."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from graph.context import Context
from graph.events import Announced
from graph.node import Blocker, Expand, Lane, NodeType, Result, node
from graph.schema import Lazy
from tests.graph.toys import MODULUS, Called, number_of, use

Later = Annotated[Any, Lazy()]


@node("toys")
def mix(left: Any, right: Any = 0) -> tuple[Any, Any]:
    """Two results of two values."""
    a, b = number_of(left), number_of(right)
    return (a + 2 * b + 1) % MODULUS, (a * b + 3) % MODULUS


@node("toys")
def picky(value: Any, at: int = 0) -> Any:
    """Raises for one value in three."""
    if number_of(value) % 3 == at:
        raise ValueError(f"no {value}")
    return number_of(value) + 1


@node("toys")
def broken(value: Any) -> Any:
    """Always raises."""
    raise ValueError(f"no {value}")


@node("toys", lazy_status=lambda on, **_: ["high" if number_of(on) % 2 else "low"])
def switch(on: Any, high: Later = 5, low: Later = 6) -> Any:
    """One of two; the other is not computed."""
    return (number_of(high if number_of(on) % 2 else low) + 10 * number_of(on)) % MODULUS


def wanted_by_both_odd(first: Any, second: Any) -> list[str]:
    """The first, then the second if the first is odd; and names that mean nothing."""
    if first is None:
        return ["first", "nothing of this name"]
    return ["first", "second"] if number_of(first) % 2 else ["first"]


@node("toys", lazy_status=wanted_by_both_odd)
def both_odd(first: Later, second: Later) -> Any:
    """Asks round by round; what it did not ask for is None."""
    return (2 * number_of(first) + number_of(second)) % MODULUS


@node("toys")
def deaf(value: Later, other: Any = 1) -> Any:
    """Never asks for its lazy input."""
    return (number_of(value) + number_of(other)) % MODULUS


def doubt(value: Any, other: Any) -> list[str]:
    """Raises for one value in three."""
    if number_of(value) % 3 == 0:
        raise LookupError(f"what is {value}?")
    return ["other"]


@node("toys", lazy_status=doubt)
def doubtful(value: Any, other: Later = 1) -> Any:
    """Its question may fail."""
    return (number_of(value) + number_of(other)) % MODULUS


@node("toys", list_outputs=(True, False))
def spread(value: Any, count: int = 2) -> tuple[Any, Any]:
    """A list of items, and their number."""
    return [(number_of(value) + i) % MODULUS for i in range(count)], count


@node("toys", takes_lists=True)
def total(values: Any, plus: Any = 0) -> Any:
    """One number of all items."""
    return (number_of(values) + 3 * number_of(plus)) % MODULUS


@node("toys", takes_lists=True, list_outputs=(True,))
def turn(values: Any) -> Any:
    """The items from last to first."""
    return values[::-1]


@node("toys", takes_lists=True)
def pack(values: Any) -> Any:
    """All items as one value, which is a list."""
    return values


@node("toys", list_outputs=(True,))
def unpack(value: Any) -> Any:
    """The parts of a list as items."""
    return value if isinstance(value, list) else [value]


@node("toys")
def stop(value: Any, at: int = 0, message: str = "") -> Any:
    """Blocks one value in three; with a message where it has one."""
    return Blocker(message or None) if number_of(value) % 3 == at else value


@node("toys")
def wall(value: Any, at: int = 0, message: str = "") -> tuple[Any, Any]:
    """Blocks all that it gives, for one value in three."""
    return Blocker(message or None) if number_of(value) % 3 == at else (value, 1)  # type: ignore[return-value]


@node("toys", list_outputs=(True,))
def sieve(value: Any, message: str = "") -> Any:
    """A list of three items, the second of which is blocked."""
    return [number_of(value), Blocker(message or None), number_of(value) + 2]


@node("toys")
def grow(value: Any) -> tuple[Any, Any]:
    """Its value decides which graph it adds; gives a link and a plain value."""
    found = number_of(value)
    start = {"a": use("Mix", left=value, right=1), "shown": use("Display", value=("a", 1))}
    match found % 6:
        case 0:
            more = {"b": use("Mix", left=("a", 0), right=("a", 1))}
        case 1:
            more = {"b": use("Picky", value=("a", 0), at=found % 2)}
        case 2:
            more = {"b": use("Spread", value=("a", 0), count=found % 4), "c": use("Display", value=("b", 0))}
        case 3:
            more = {"b": use("Stop", value=("a", 0), at=found % 2, message="no way")}
        case 4:
            more = {"b": use("Grow", value=found // 6), "c": use("Display", value=("b", 1))}
        case _:
            more = {"b": use("Switch", on=("a", 0), high=("a", 1), low=("z", 0)), "z": use("Broken", value=1)}
    return Expand({**start, **more}, ["b", 0], found % 5)  # type: ignore[return-value]


@node("toys")
def loop(count: Any, value: Any) -> Any:
    """Adds one step of work and itself, with one step less to do."""
    left = number_of(count) % 4
    if not left:
        return value
    step = use("Mix", left=value, right=value)
    return Expand({"step": step, "next": use("Loop", count=left - 1, value=("step", 0))}, ["next", 0])


@node("toys", list_outputs=(True,))
def grow_items(value: Any, count: int = 2) -> Any:
    """Its list of items comes from a node that it adds."""
    return Expand({"s": use("Spread", value=value, count=count)}, ["s", 0])


def with_links(node_type: NodeType, *lazy: str, extra: str = "none", is_open: bool = False) -> NodeType:
    """The node type with its input `source` as a bare link, and what signatures cannot say."""
    schema = node_type.schema
    inputs = tuple(
        replace(spec, raw_link=spec.name == "source", lazy=spec.name in lazy)
        for spec in schema.inputs
        if spec.name != "inputs"
    )
    changed = replace(schema, inputs=inputs, extra_inputs=extra, open_outputs=is_open)  # type: ignore[arg-type]
    return replace(node_type, schema=changed)


@node("toys")
def outside(source: Any, value: Any = 1) -> Any:
    """Adds a node that reads what it was linked to."""
    inner = use("Mix", left=value, right=tuple(source) if isinstance(source, list) else source)
    return Expand({"inner": inner}, ["inner", 0])


@node("toys")
def outside_later(source: Any, value: Any = 1) -> Any:
    """Has what it was linked to computed, now that it adds a node that reads it."""
    return outside(source, value) if number_of(value) % 2 else value


@node("toys")
def address(source: Any) -> Any:
    """What it is linked to, as a number."""
    return number_of(source)


@node("toys")
def collect(first: Any, **inputs: Any) -> Any:
    """Takes whatever is linked to it."""
    return (number_of(first) + sum(number_of(inputs[name]) * (len(name) + 2) for name in inputs)) % MODULUS


@node("toys")
def wide(value: Any) -> tuple[Any]:
    """Gives more than it says."""
    return Result(*(number_of(value) + i for i in range(3)))  # type: ignore[return-value]


@node("toys", fingerprint=lambda **_: float("nan"))
def restless(value: Any) -> Any:
    """Never the same, for all that the engine knows."""
    return number_of(value) + 1


@node("toys", fingerprint=lambda value: number_of(value) % 2)
def dated(value: Any) -> Any:
    """Has a change token."""
    return number_of(value) + 2


@node("toys", not_idempotent=True)
def unlike(value: Any) -> Any:
    """Shares nothing with its equals."""
    return number_of(value) + 3


@node("toys", is_output=True)
def display(value: Any) -> Result:
    """Shows anything."""
    return Result(ui={"text": [repr(value)]})


@node("toys", is_output=True, takes_lists=True)
def summary(values: Any) -> Result:
    """Shows a list whole, under two names."""
    return Result(ui={"text": [repr(values)], "count": [len(values)]})


@node("toys", is_output=True)
def store(value: Any) -> None:
    """An output that shows nothing."""


PLAIN = (
    mix, picky, broken, switch, both_odd, deaf, doubtful, spread, total, turn, pack, unpack, stop, wall,
    sieve, grow, loop, grow_items, with_links(outside), with_links(address),
    with_links(collect, extra="links"), with_links(wide, is_open=True), restless, dated, unlike, display,
    summary, store, with_links(outside_later, "source"),
)  # fmt: skip
LANES: Mapping[str, Lane] = {
    "": "device",
    "Cpu": "cpu",
    "Disk": "disk",
    "Async": "device",
}  # by name's ending


def told(node_type: NodeType) -> NodeType:
    """The node type, announcing each of its calls."""
    kind, function, own = node_type.schema.name, node_type.fn, node_type.context_name

    def telling(the_context: Context, **inputs: Any) -> Any:
        arguments = repr(sorted(inputs.items()))
        place = the_context.display_id or the_context.node_id
        called = Called(the_context.node_id, place, kind, the_context.index, arguments)
        the_context.emit(Announced(the_context.run_id, "called", called))
        return function(**inputs, **({own: the_context} if own else {}))

    return replace(node_type, fn=telling, context_name="the_context")


def beside(node_type: NodeType, ending: str) -> NodeType:
    """The node type, working in another lane."""
    function, named = node_type.fn, replace(node_type.schema, name=node_type.schema.name + ending)

    async def awaiting(**inputs: Any) -> Any:
        await asyncio.sleep(0)
        returned = function(**inputs)
        await asyncio.sleep(0)
        return returned

    if ending == "Async":
        return replace(node_type, fn=awaiting, schema=named)
    return replace(node_type, schema=named, lane=LANES[ending])


TALKING = tuple(beside(told(toy), ending) for toy in PLAIN for ending in LANES)
