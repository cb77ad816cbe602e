"""Inputs that stand for several: described on the wire, parsed by dotted names, given as one argument."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from graph.errors import InvalidWorkflow, SchemaError
from graph.groups import UnknownChoice, inputs_by_name
from graph.node import Expand, NodeType, Result, node
from graph.schema import Autogrow, DynamicCombo, FileIn, Option, Range, Schema
from graph.types import OutputName, Socket
from tests.graph.toys import TOYS, Bench, Prompt, texts, use

Number = Annotated[int, Socket("NUMBER")]


@dataclass(frozen=True)
class By:
    factor: Annotated[float, Range(0, 8)] = 1.0


@dataclass(frozen=True)
class To:
    size: Annotated[int, Range(1, 9)]
    like: Number | None = None
    crop: Literal["no", "yes"] = "yes"


@dataclass(frozen=True)
class Nothing:
    pass


Size = Annotated[By | To | Nothing, DynamicCombo({"by factor": By, "to size": To, "as it is": Nothing})]


@node("tests")
def make(value: int) -> Number:
    """A number of its own type."""
    return value


@node("tests", is_output=True)
def gather(*, numbers: Annotated[list[int], Autogrow(Number, "n", least=2, most=4)]) -> Result:
    """Shows which numbers it was given."""
    return Result(ui={"text": [str(numbers)]})


@node("tests", is_output=True)
def scale(*, value: int = 0, size: Size) -> Result:
    """Shows which choice it was given."""
    return Result(ui={"text": [f"{value} {size}"]})


@node("tests", is_output=True)
async def gather_later(*, numbers: Annotated[list[int], Autogrow(int, "n", least=0)]) -> Result:
    """The same as a coroutine."""
    return Result(ui={"text": [str(numbers)]})


@node("tests")
def expand() -> int:
    """Adds a node with a group."""
    graph = {
        "a": use("Make", value=3),
        "b": use("Sum", **{"numbers.n0": ("a", 0), "numbers.n1": ("a", 0), "stray": 1}),
    }
    return Expand(graph, ["b", 0])  # type: ignore[return-value]


@node("tests", name="Sum")
def add(*, numbers: Annotated[list[int], Autogrow(Number, "n", least=2, most=4)]) -> int:
    """All together."""
    return sum(numbers)


OWN = (make, gather, scale, gather_later, expand, add)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, types=(*TOYS, *OWN))


def options(node_type: NodeType, name: str) -> dict[str, Any]:
    spec = node_type.schema.input(name)
    assert spec is not None
    return dict(spec.options)


def shown(bench: Bench, prompt: Prompt) -> str:
    outcome = bench.run(prompt)
    assert outcome.failures == []
    return texts(outcome.outputs)["out"]


def faults(bench: Bench, prompt: Prompt) -> list[tuple[str, str]]:
    with pytest.raises(InvalidWorkflow) as error:
        bench.parse(prompt)
    found = error.value.node_errors["out"]["errors"]
    return [(one["type"], one["extra_info"]["input_name"]) for one in found]


def test_a_growing_group_is_described_by_one_of_its_inputs() -> None:
    assert [(spec.name, spec.type) for spec in gather.schema.inputs] == [("numbers", "COMFY_AUTOGROW_V3")]
    part = {"required": {"n": ["NUMBER", {}]}}
    assert options(gather, "numbers") == {"template": {"input": part, "prefix": "n", "min": 2, "max": 4}}


def test_a_choice_is_described_with_the_inputs_that_it_brings() -> None:
    crop = ["COMBO", {"default": "yes", "multiselect": False, "options": ["no", "yes"]}]
    assert options(scale, "size") == {
        "options": [
            {
                "key": "by factor",
                "inputs": {"required": {"factor": ["FLOAT", {"default": 1.0, "min": 0, "max": 8}]}},
            },
            {
                "key": "to size",
                "inputs": {
                    "required": {"size": ["INT", {"min": 1, "max": 9}], "crop": crop},
                    "optional": {"like": ["NUMBER", {}]},
                },
            },
            {"key": "as it is", "inputs": {"required": {}}},
        ]
    }


def test_a_group_travels_as_plain_data() -> None:
    again = Schema.from_dict(json.loads(json.dumps(scale.schema.to_dict())))
    given = {"size": "to size"}
    assert inputs_by_name(again, given) == inputs_by_name(scale.schema, given)


def test_the_parts_of_a_group_depend_on_what_is_chosen() -> None:
    names = {
        key: list(inputs_by_name(scale.schema, {"size": key})) for key in ("by factor", "to size", "as it is")
    }
    assert names == {
        "by factor": ["value", "size", "size.factor"],
        "to size": ["value", "size", "size.size", "size.crop", "size.like"],
        "as it is": ["value", "size"],
    }


def test_the_links_of_a_growing_group_arrive_as_a_list_in_order(bench: Bench) -> None:
    prompt = {f"m{i}": use("Make", value=i) for i in range(4)}
    links = {"numbers.n3": ("m3", 0), "numbers.n0": ("m0", 0), "numbers.n1": ("m1", 0)}
    assert shown(bench, {**prompt, "out": use("Gather", **links)}) == "[0, 1, 3]"


def test_the_chosen_inputs_arrive_as_the_dataclass_of_the_choice(bench: Bench) -> None:
    typed = use("Scale", value="4", size="by factor", **{"size.factor": "2.5"})
    assert shown(bench, {"out": typed}) == "4 By(factor=2.5)"
    linked = {"size.size": 3, "size.crop": "no", "size.like": ("m", 0), "size.factor": "of another choice"}
    prompt = {"m": use("Make", value=7), "out": use("Scale", value=0, size="to size", **linked)}
    assert shown(bench, prompt) == "0 To(size=3, like=7, crop='no')"
    assert shown(bench, {"out": use("Scale", value=0, size="as it is")}) == "0 Nothing()"


def test_a_coroutine_takes_groups_too(bench: Bench) -> None:
    assert gather_later.is_async
    assert shown(bench, {"out": use("GatherLater", **{"numbers.n0": 5})}) == "[5]"
    assert shown(bench, {"out": use("GatherLater")}) == "[]"


def test_an_expansion_may_add_a_node_with_a_group(bench: Bench) -> None:
    assert shown(bench, {"e": use("Expand"), "out": use("Show", value=("e", 0))}) == "6"


def test_other_inputs_of_a_group_are_other_work(bench: Bench) -> None:
    first = use("Scale", value=1, size="by factor", **{"size.factor": 2})
    second = use("Scale", value=1, size="by factor", **{"size.factor": 3})
    assert shown(bench, {"out": first}) != shown(bench, {"out": second})


def test_too_few_links_of_a_growing_group_are_told_by_their_names(bench: Bench) -> None:
    prompt = {"m": use("Make", value=1), "out": use("Gather", **{"numbers.n1": ("m", 0)})}
    assert faults(bench, prompt) == [("required_input_missing", "numbers.n0")]


def test_wrong_links_and_values_inside_a_group_are_told(bench: Bench) -> None:
    links = {"numbers.n0": ("i", 0), "numbers.n1": 5}
    prompt = {"i": use("Number", value=1), "out": use("Gather", **links)}
    assert faults(bench, prompt) == [
        ("return_type_mismatch", "numbers.n0"),
        ("invalid_input_type", "numbers.n1"),
    ]
    high = {"size.size": 10, "size.crop": "maybe"}
    assert faults(bench, {"out": use("Scale", value=0, size="to size", **high)}) == [
        ("value_bigger_than_max", "size.size"),
        ("value_not_in_list", "size.crop"),
    ]


def test_a_choice_that_is_not_offered_is_told(bench: Bench) -> None:
    assert faults(bench, {"out": use("Scale", value=0, size="by magic")}) == [("value_not_in_list", "size")]
    assert faults(bench, {"out": use("Scale", value=0)}) == [("required_input_missing", "size")]
    linked = {"m": use("Make", value=1), "out": use("Scale", value=0, size=("m", 0))}
    assert faults(bench, linked) == [("return_type_mismatch", "size")]
    with pytest.raises(UnknownChoice, match="size is 'by magic'; it is one of 'by factor'"):
        scale(size="by magic")


def test_more_links_than_a_group_may_have_are_left_out(bench: Bench) -> None:
    links = {f"numbers.n{i}": ("m", 0) for i in range(6)}
    prompt = {"m": use("Make", value=1), "out": use("Gather", **links)}
    assert shown(bench, prompt) == "[1, 1, 1, 1]"


def test_who_calls_the_function_by_hand_gives_the_argument_as_it_is() -> None:
    assert add(numbers=[1, 2, 3]) == 6
    assert scale(value=1, size=By(2.0)).ui == {"text": ["1 By(factor=2.0)"]}


def test_files_and_groups_cannot_be_parts_of_a_group() -> None:
    def wrong(*, names: Annotated[list[str], Autogrow(Annotated[str, FileIn("loras")], "name")]) -> None:
        """A growing group of files."""

    with pytest.raises(SchemaError, match="'name' of a group"):
        node("tests")(wrong)


def test_a_node_that_takes_lists_has_no_groups() -> None:
    def wrong(*, numbers: Annotated[list[int], Autogrow(int, "n")]) -> None:
        """A growing group of lists."""

    with pytest.raises(SchemaError, match="takes lists"):
        node("tests", takes_lists=True)(wrong)


def test_an_output_may_be_of_the_type_of_a_template() -> None:
    same = Option(template={"template_id": "kind", "allowed_types": "*"})
    match = Annotated[Any, Socket("COMFY_MATCHTYPE_V3"), same, OutputName("out")]

    def through(*, value: Any) -> Any:
        """What it was given."""
        return value

    through.__annotations__ = {"value": match, "return": match}
    (output,) = node("tests")(through).schema.outputs
    assert (output.name, output.match) == ("out", "kind")
