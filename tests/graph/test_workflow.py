"""Parsing and validation: every problem of every node, in the form in which clients read it."""

from __future__ import annotations

import pickle
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, Literal

import pytest

from graph.errors import InvalidWorkflow
from graph.node import node
from graph.registry import Registry
from graph.schema import FileIn, Option, Range
from graph.types import Socket
from graph.workflow import Graph
from tests.graph.toys import TOYS, Bench, Prompt, chain, use

Picture = Annotated[object, Socket("PICTURE")]
MANY = Literal[
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u"
]  # fmt: skip


@node("tests", is_output=True)
def values(
    *,
    count: Annotated[int, Range(1, 10)],
    amount: Annotated[float, Range(0, 1)],
    text: str,
    on: bool,
    mode: Literal["fast", "slow"],
) -> None:
    """One of each widget."""


@node("tests")
def draw(value: int) -> Picture:
    """Makes a picture."""


@node("tests", is_output=True)
def hang(picture: Picture, mask: Picture | None = None) -> None:
    """Takes one."""


@node("tests", is_output=True)
def load(*, name: Annotated[str, FileIn("loras", empty=("none",))]) -> None:
    """A model's file."""


@node("tests", is_output=True)
def upload(*, image: Annotated[str, FileIn("input", upload="image")]) -> None:
    """A picture's file."""


@node("tests", is_output=True)
def long_list(*, letter: MANY) -> None:
    """A long drop-down."""


@node("tests", is_output=True)
def anything(value: Any, number: Annotated[Any, Socket("INT,FLOAT")] = None) -> None:
    """Takes all."""


@node("tests", is_output=True)
def own_widget(colour: Annotated[object, Socket("HUE"), Option(widgetType="HUE")]) -> None:
    """A type that a pack draws itself."""


REGISTRY = Registry.build([*TOYS, values, draw, hang, load, upload, long_list, anything, own_widget])
FILES = {
    "loras": ["ink.safetensors", "sub/line.safetensors"],
    "input": ["a.png", "b/c.png"],
    "output": ["o.png"],
}
GOOD = {"count": 3, "amount": 0.5, "text": "t", "on": True, "mode": "fast"}


def parse(prompt: Any, **options: Any) -> Graph:
    return Graph.parse(prompt, REGISTRY.schemas, list_files=lambda folder: FILES.get(folder, []), **options)


def refused(prompt: Any, **options: Any) -> InvalidWorkflow:
    with pytest.raises(InvalidWorkflow) as caught:
        parse(prompt, **options)
    return caught.value


def problems(prompt: Prompt, node_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = refused(prompt).node_errors[node_id]["errors"]
    return found


def only_problem(prompt: Prompt, node_id: str = "n") -> dict[str, Any]:
    (found,) = problems(prompt, node_id)
    assert set(found) == {"type", "message", "details", "extra_info"}
    return found


def one(**changes: Any) -> Prompt:
    return {"n": use("Values", **{**GOOD, **changes})}


def test_a_graph_holds_what_the_outputs_need_with_sources_first() -> None:
    graph = parse(
        {
            "s": use("Show", value=("j", 1)),
            "j": use("Join", left=("a", 0), right=2),
            "a": use("Number", value=1),
            "idle": use("Number", value=5),
        }
    )
    assert list(graph.nodes) == ["a", "j", "s"]
    assert graph.nodes["j"].links == {"left": ("a", 0)}
    assert graph.nodes["j"].values == {"right": 2}
    assert (graph.outputs, dict(graph.node_errors)) == (("s",), {})


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("count", "7", 7), ("count", 7.9, 7), ("count", True, 1),
        ("amount", "0.25", 0.25), ("amount", 1, 1.0),
        ("text", 5, "5"), ("text", True, "True"),
        ("on", 0, False), ("on", "no", True),
        ("text", {"__value__": "wrapped"}, "wrapped"),
    ],
)  # fmt: skip
def test_a_literal_becomes_a_value_of_its_inputs_type(name: str, given: object, expected: object) -> None:
    value = parse(one(**{name: given})).nodes["n"].values[name]
    assert (value, type(value)) == (expected, type(expected))


def test_unknown_inputs_are_ignored() -> None:
    assert "more" not in parse(one(more=5)).nodes["n"].values


@pytest.mark.parametrize("given", ["seven", None, [1, 2, 3], {}, "9" * 5000, float("inf"), float("nan")])
def test_what_is_no_whole_number_is_an_invalid_type(given: object) -> None:
    prompt = one(count={"__value__": given})
    found = only_problem(prompt)
    assert found["type"] == "invalid_input_type"
    assert set(found["extra_info"]) == {"input_name", "input_config", "received_value", "exception_message"}
    assert found["extra_info"]["input_name"] == "count"
    assert found["extra_info"]["input_config"] == ["INT", {"min": 1, "max": 10}]


@pytest.mark.parametrize("given", ["nan", "inf", float("nan"), float("inf"), -float("inf"), 10**400])
def test_numbers_that_are_none_are_refused_and_told_in_json(given: object) -> None:
    found = only_problem(one(amount=given))
    assert found["type"] == "invalid_input_type"
    shown = found["extra_info"]["received_value"]
    assert not isinstance(shown, float)


@pytest.mark.parametrize(
    ("name", "given", "kind"),
    [
        ("count", 0, "value_smaller_than_min"),
        ("count", 11, "value_bigger_than_max"),
        ("amount", -0.1, "value_smaller_than_min"),
        ("amount", 1.1, "value_bigger_than_max"),
    ],
)
def test_a_number_outside_its_bounds_is_told(name: str, given: float, kind: str) -> None:
    found = only_problem(one(**{name: given}))
    assert found["type"] == kind
    assert set(found["extra_info"]) == {"input_name", "input_config", "received_value"}
    assert found["extra_info"]["received_value"] == given


def test_the_bounds_themselves_are_inside() -> None:
    parse(one(count=1, amount=0.0))
    parse(one(count=10, amount=1.0))


def test_a_missing_required_input_is_told_by_name() -> None:
    prompt = one()
    del prompt["n"]["inputs"]["text"]
    found = only_problem(prompt)
    assert (found["type"], found["details"]) == ("required_input_missing", "text")
    assert found["extra_info"] == {"input_name": "text"}


def test_an_optional_input_may_be_left_out_or_null() -> None:
    prompt = {"d": use("Draw", value=1), "h": use("Hang", picture=("d", 0), mask=None)}
    assert dict(parse(prompt).nodes["h"].values) == {}


def test_all_problems_of_all_nodes_come_at_once() -> None:
    prompt = {
        "n": use("Values", count="x", amount=7, text="t", on=True, mode="none"),
        "s": use("Show", value=("m", 0)),
        "m": use("Number", value=5000),
    }
    error = refused(prompt)
    assert error.type == "prompt_outputs_failed_validation"
    assert [found["type"] for found in error.node_errors["n"]["errors"]] == [
        "invalid_input_type", "value_bigger_than_max", "value_not_in_list",
    ]  # fmt: skip
    assert error.node_errors["m"]["dependent_outputs"] == ["s"]
    assert error.node_errors["m"]["class_type"] == "Number"
    assert "s" not in error.node_errors  # only downstream of a bad node
    assert len(error.details.splitlines()) == 4


def test_valid_outputs_go_on_when_others_are_bad() -> None:
    graph = parse(
        {
            "a": use("Number", value=1),
            "bad": use("Number", value=5000),
            "j": use("Join", left=("a", 0), right=("bad", 0)),
            "good": use("Show", value=("a", 0)),
            "x": use("Show", value=("j", 0)),
            "y": use("Show", value=("bad", 0)),
        }
    )
    assert graph.outputs == ("good",)
    assert list(graph.nodes) == ["a", "good"]
    assert graph.node_errors["bad"]["dependent_outputs"] == ["x", "y"]


def test_a_link_of_a_wrong_shape_is_told() -> None:
    for link in ([], ["a"], ["a", 0, 1], ["a", "0"], ["a", True]):
        found = only_problem({"n": {"class_type": "Show", "inputs": {"value": link}}})
        assert found["type"] == "bad_linked_input"
        assert found["extra_info"] == {
            "input_name": "value",
            "input_config": ["INT", {}],
            "received_value": link,
        }


@pytest.mark.parametrize(("link", "words"), [(("gone", 0), "not in the workflow"), (("a", 1), "output 1")])
def test_a_link_to_a_missing_node_or_slot_is_told(link: tuple[str, int], words: str) -> None:
    found = only_problem({"a": use("Number", value=1), "n": use("Show", value=link)})
    assert found["type"] == "bad_linked_input"
    assert words in found["details"]


def test_a_link_of_a_wrong_type_is_told_with_both_ends() -> None:
    found = only_problem({"d": use("Draw", value=1), "n": use("Show", value=("d", 0))})
    assert found["type"] == "return_type_mismatch"
    assert found["extra_info"] == {
        "input_name": "value",
        "input_config": ["INT", {}],
        "received_type": "PICTURE",
        "linked_node": ["d", 0],
    }


def test_any_type_and_unions_take_links_and_values() -> None:
    parse({"d": use("Draw", value=1), "n": use("Anything", value=("d", 0), number=4)})
    parse({"a": use("Number", value=1), "n": use("Anything", value="text", number=("a", 0))})


def test_a_plain_value_where_only_a_link_can_stand_is_told() -> None:
    found = only_problem({"n": use("Hang", picture="sunset")})
    assert found["type"] == "invalid_input_type"
    assert "a link to an output of type PICTURE" in found["details"]


def test_a_pack_that_draws_its_own_widget_gets_its_value() -> None:
    assert parse({"n": use("OwnWidget", colour="teal")}).nodes["n"].values == {"colour": "teal"}


def test_an_empty_folder_is_named() -> None:
    @node("toys", name="Paint", is_output=True)
    def paint(*, brush: Annotated[str, FileIn("brushes")]) -> None:
        """Needs a file."""

    schemas = {"Paint": paint.schema}
    with pytest.raises(InvalidWorkflow) as caught:
        Graph.parse({"n": use("Paint", brush="x.pt")}, schemas, list_files=lambda _: [])
    details = caught.value.node_errors["n"]["errors"][0]["details"]
    assert "no file in the folder 'brushes' yet: put one there" in details


def test_a_missing_file_is_told_with_what_is_near() -> None:
    found = only_problem({"n": use("Load", name="inc.safetensors")})
    assert found["type"] == "value_not_in_list"
    assert "Did you mean 'ink.safetensors'" in found["details"]


@pytest.mark.parametrize("name", ["none", "ink.safetensors", "sub/line.safetensors"])
def test_files_in_subfolders_and_fixed_names_are_choices(name: str) -> None:
    parse({"n": use("Load", name=name)})


@pytest.mark.parametrize("name", ["a.png", "b/c.png", "o.png [output]", "a.png [input]"])
def test_an_uploaded_picture_may_lie_in_a_subfolder_or_another_place(name: str) -> None:
    parse({"n": use("Upload", image=name)})


@pytest.mark.parametrize("name", ["o.png", "a.png [output]", "a.png [models]", "[output]", ""])
def test_a_picture_that_is_not_there_is_told(name: str) -> None:
    assert only_problem({"n": use("Upload", image=name)})["type"] == "value_not_in_list"


def test_only_upload_drop_downs_take_names_from_other_places() -> None:
    assert only_problem({"n": use("Load", name="o.png [output]")})["type"] == "value_not_in_list"


def test_a_long_drop_down_is_not_repeated_in_its_error() -> None:
    found = only_problem({"n": use("LongList", letter="?")})
    assert found["extra_info"]["input_config"] is None
    assert "(list of length 21)" in found["details"]


def test_a_folder_is_listed_once_for_each_parse() -> None:
    asked: list[str] = []

    def list_files(folder: str) -> list[str]:
        asked.append(folder)
        return FILES[folder]

    prompt = {str(i): use("Load", name="ink.safetensors") for i in range(50)}
    Graph.parse(prompt, REGISTRY.schemas, list_files=list_files)
    assert asked == ["loras"]


def test_an_unknown_class_is_named_with_its_node() -> None:
    prompt = {"a": use("Number", value=1), "q": use("Shw") | {"_meta": {"title": "My end"}}, "r": use("Gone")}
    error = refused(prompt)
    assert error.type == "missing_node_type"
    assert error.details == "Node ID '#q'"
    assert dict(error.extra_info) == {
        "node_id": "q",
        "class_type": "Shw",
        "node_title": "My end",
        "missing": [{"node_id": "q", "class_type": "Shw"}, {"node_id": "r", "class_type": "Gone"}],
    }
    assert "'Show'" in error.message
    assert dict(error.node_errors) == {}


@pytest.mark.parametrize(
    "broken", [{"inputs": {}}, {"class_type": 5}, "text", None, [], {"class_type": None}]
)
def test_a_node_without_a_class_is_refused(broken: object) -> None:
    assert refused({"n": broken}).type == "missing_node_type"


@pytest.mark.parametrize("prompt", [[], "text", None, 5])
def test_what_is_no_prompt_is_refused(prompt: object) -> None:
    assert refused(prompt).type == "invalid_prompt"


def test_inputs_that_are_no_object_are_refused() -> None:
    assert refused({"n": {"class_type": "Show", "inputs": [1]}}).type == "invalid_prompt"
    assert only_problem({"n": {"class_type": "Show"}})["type"] == "required_input_missing"


def test_a_title_that_is_no_text_harms_nothing() -> None:
    odd: list[Any] = [None, 5, [], {"title": 5}]
    for meta in odd:
        assert refused({"n": {"class_type": "Gone", "_meta": meta}}).extra_info["node_title"] == "Gone"


def test_a_prompt_without_outputs_is_refused() -> None:
    assert refused({}).type == "prompt_no_outputs"
    assert refused({"a": use("Number", value=1)}).type == "prompt_no_outputs"
    assert refused(one(), targets=["other"]).type == "prompt_no_outputs"


def test_targets_narrow_the_outputs() -> None:
    prompt = {"a": use("Number", value=1), "s": use("Show", value=("a", 0)), "bad": use("Show")}
    graph = parse(prompt, targets=["s", "unknown"])
    assert (graph.outputs, dict(graph.node_errors)) == (("s",), {})


def circle(*ids: str) -> Prompt:
    """Nodes that each read the next, the last one the first."""
    return {a: use("Join", left=(b, 0), right=1) for a, b in zip(ids, (*ids[1:], ids[0]), strict=True)}


def test_a_circle_is_named_in_the_order_in_which_its_nodes_feed_each_other() -> None:
    prompt = circle("a", "b", "c") | {"s": use("Show", value=("a", 0)), "ok": use("Values", **GOOD)}
    graph = parse(prompt)
    assert graph.outputs == ("ok",)
    found = {node_id: entry["errors"][0] for node_id, entry in graph.node_errors.items()}
    assert set(found) == {"a", "b", "c"}
    trail = found["a"]["extra_info"]["nodes"]
    assert found["a"]["type"] == "dependency_cycle"
    assert found["a"]["details"] == " -> ".join([*trail, trail[0]])
    assert all(
        prompt[b]["inputs"]["left"] == [a, 0] for a, b in zip(trail, (*trail[1:], trail[0]), strict=True)
    )
    assert graph.node_errors["a"]["dependent_outputs"] == ["s"]


def test_a_node_that_reads_itself_is_a_circle() -> None:
    error = refused(circle("a") | {"s": use("Show", value=("a", 0))})
    assert error.node_errors["a"]["errors"][0]["details"] == "a -> a"


def test_several_circles_are_all_named() -> None:
    prompt = (
        circle("a", "b")
        | circle("c", "d")
        | {
            "j": use("Join", left=("a", 0), right=("c", 0)),
            "s": use("Show", value=("j", 0)),
        }
    )
    assert set(refused(prompt).node_errors) == {"a", "b", "c", "d"}


def test_an_output_behind_a_circle_never_passes_whatever_way_leads_there() -> None:
    # "out" stands in a second way into a circle, whose back link is met before it is finished.
    prompt = circle("a", "b", "c") | {
        "d": use("Join", left=("b", 0), right=("c", 0)),
        "s": use("Show", value=("a", 0)),
        "t": use("Show", value=("d", 0)),
    }
    assert refused(prompt).type == "prompt_outputs_failed_validation"


def test_a_circle_that_no_output_needs_harms_nothing() -> None:
    assert parse(circle("a", "b") | one()).outputs == ("n",)


def test_a_chain_of_twenty_thousand_nodes_parses(tmp_path: Path) -> None:
    assert len(Bench(tmp_path).parse(chain(20_000)).nodes) == 20_001


def test_hostile_graphs_cost_no_more_than_honest_ones() -> None:
    count = 20_000
    back = {str(i): use("Join", left=(str(i + 1), 0), right=("0", 0)) for i in range(count)}
    last = {str(count): use("Join", left=("0", 0), right=("0", 0)), "s": use("Show", value=("0", 0))}
    all_bad = {str(i): use("Join", left=(str(i + 1), 0), right="x") for i in range(count)}
    all_bad |= {str(count): use("Join", left="x", right=1), "s": use("Show", value=("0", 0))}
    started = perf_counter()
    assert "dependency_cycle" in str(refused(back | last).node_errors["0"])
    assert len(refused(all_bad).node_errors) == count + 1
    assert perf_counter() - started < 20  # quadratic ways take minutes


def test_an_invalid_workflow_travels_between_processes() -> None:
    error = refused(one(count="x"))
    read = pickle.loads(pickle.dumps(error))
    assert (read.type, read.node_errors, str(read)) == (error.type, error.node_errors, str(error))
