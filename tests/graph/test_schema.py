"""A typed function tells its schema; nothing is said twice."""

from __future__ import annotations

import json
import pickle
from typing import Annotated, Any, Literal, NamedTuple

import pytest

from graph.context import Context
from graph.errors import SchemaError
from graph.node import NodeType, Result, node
from graph.registry import DuplicateNode, Registry
from graph.schema import (
    Choice,
    Display,
    FileIn,
    InputSpec,
    Lazy,
    Option,
    OutputSpec,
    Range,
    Schema,
    Seed,
    Text,
    Tooltip,
)
from graph.types import OutputName, Socket, feeds

Image = Annotated[list[float], Socket("IMAGE")]


class Parts(NamedTuple):
    image: Image
    amount: float
    second: Annotated[Image, OutputName("the second")]


def inputs(node_type: NodeType) -> dict[str, InputSpec]:
    return {spec.name: spec for spec in node_type.schema.inputs}


@node("image/filter")
def sharpen_twice(
    context: Context,
    *,
    image: Image,
    amount: Annotated[float, Range(0, 4, 0.05, round=0.01)] = 1.0,
    seed: Annotated[int, Seed(), Range(0, 9)] = 0,
    text: Annotated[str, Text(multiline=True, dynamic_prompts=True, placeholder="say")] = "",
    mode: Literal["soft", "hard"] = "soft",
    style: Annotated[str, Choice(lambda: ("calm", "wild"))],
    lora: Annotated[str, FileIn("loras", empty=("none",))],
    picture: Annotated[str, FileIn("input", upload="image")],
    on: Annotated[bool, Tooltip("or off"), Option(label_on="yes")] = True,
    turn: Annotated[float, Display("slider")] = 0.5,
    mask: Annotated[list[float], Socket("MASK")] | None = None,
    later: Annotated[Image, Lazy()],
    any_thing: Any,
) -> Image:
    """Add back what a blur removes.

    Twice.
    """
    return image


def test_a_signature_gives_inputs_in_its_order_without_the_context() -> None:
    assert list(inputs(sharpen_twice)) == [
        "image", "amount", "seed", "text", "mode", "style", "lora", "picture", "on", "turn", "mask", "later",
        "any_thing",
    ]  # fmt: skip


SEED = {"default": 0, "min": 0, "max": 9, "control_after_generate": True}
AMOUNT = {"default": 1.0, "min": 0, "max": 4, "step": 0.05, "round": 0.01}
TEXT = {"default": "", "multiline": True, "dynamicPrompts": True, "placeholder": "say"}
ON = {"default": True, "tooltip": "or off", "label_on": "yes"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("image", InputSpec("image", "IMAGE")),
        ("amount", InputSpec("amount", "FLOAT", options=AMOUNT)),
        ("seed", InputSpec("seed", "INT", options=SEED)),
        ("text", InputSpec("text", "STRING", options=TEXT)),
        ("mode", InputSpec("mode", "COMBO", options={"default": "soft"}, choices=("soft", "hard"))),
        ("style", InputSpec("style", "COMBO", choices=("calm", "wild"))),
        ("lora", InputSpec("lora", "COMBO", choices=("none",), folder="loras")),
        ("picture", InputSpec("picture", "COMBO", options={"image_upload": True}, folder="input")),
        ("on", InputSpec("on", "BOOLEAN", options=ON)),
        ("turn", InputSpec("turn", "FLOAT", options={"default": 0.5, "display": "slider"})),
        ("mask", InputSpec("mask", "MASK", required=False)),
        ("later", InputSpec("later", "IMAGE", options={"lazy": True}, lazy=True)),
        ("any_thing", InputSpec("any_thing", "*")),
    ],
)
def test_an_annotation_gives_the_socket_and_its_widget(name: str, expected: InputSpec) -> None:
    assert inputs(sharpen_twice)[name] == expected


def test_a_node_is_named_and_described_by_its_function() -> None:
    schema = sharpen_twice.schema
    assert (schema.name, schema.display_name, schema.category) == (
        "SharpenTwice", "Sharpen Twice", "image/filter",
    )  # fmt: skip
    assert schema.description == "Add back what a blur removes.\n\nTwice."
    assert (schema.is_output, schema.has_fingerprint, schema.module) == (False, False, "tests")
    assert sharpen_twice.context_name == "context"


def test_a_node_may_be_given_other_names_and_marks() -> None:
    @node("a", name="KSampler", is_output=True, deprecated=True, experimental=True, fingerprint=lambda: 1)
    def anything() -> None:
        """Nothing."""

    schema = anything.schema
    assert (schema.name, schema.display_name) == ("KSampler", "KSampler")
    assert schema.is_output
    assert schema.deprecated
    assert schema.experimental
    assert schema.has_fingerprint


def test_a_node_is_called_like_its_function() -> None:
    @node("a")
    def double(value: int, times: int = 2) -> int:
        """Twice, or more often."""
        return value * times

    assert (double(4), double(4, times=3)) == (8, 12)


@node("a")
def gives_parts() -> Parts:
    """Named."""
    return Parts([], 0.0, [])


@node("a")
def gives_pair() -> tuple[Image, int]:
    """Unnamed."""
    return [], 0


@node("a")
def gives_none() -> None:
    """Nothing."""


@node("a", is_output=True)
def gives_result() -> Result:
    """Something to show."""
    return Result()


@pytest.mark.parametrize(
    ("node_type", "expected"),
    [
        (gives_parts, [("IMAGE", "IMAGE"), ("AMOUNT", "FLOAT"), ("the second", "IMAGE")]),
        (gives_pair, [("IMAGE", "IMAGE"), ("INT", "INT")]),
        (gives_none, []),
        (gives_result, []),
        (sharpen_twice, [("IMAGE", "IMAGE")]),
    ],
)
def test_a_return_annotation_names_the_outputs(node_type: NodeType, expected: list[tuple[str, str]]) -> None:
    assert node_type.schema.outputs == tuple(OutputSpec(*pair) for pair in expected)


def test_a_type_without_a_socket_is_refused_with_what_would_be_right() -> None:
    with pytest.raises(SchemaError, match=r"input 'value'.*Socket\('NAME'\)"):

        @node("a")
        def wrong(value: bytes) -> int:
            return 0

    with pytest.raises(SchemaError, match="its result"):

        @node("a")
        def wrong_result(value: int) -> bytes:
            return b""


def test_a_parameter_without_a_type_is_refused() -> None:
    with pytest.raises(SchemaError, match="'value' has no type annotation"):

        @node("a")
        def untyped(value) -> int:  # type: ignore[no-untyped-def]
            return 0


def test_an_annotation_that_nobody_knows_is_refused() -> None:
    with pytest.raises(SchemaError, match="Unheard"):

        @node("a")
        def unknown(value: Unheard) -> int:  # type: ignore[name-defined]  # noqa: F821
            return 0


def test_a_schema_travels_as_json_and_as_pickle() -> None:
    for node_type in (sharpen_twice, gives_parts, gives_result):
        schema = node_type.schema
        assert Schema.from_dict(json.loads(json.dumps(schema.to_dict()))) == schema
        assert pickle.loads(pickle.dumps(schema)) == schema


def test_a_registry_finds_node_types_by_name() -> None:
    registry = Registry.build([sharpen_twice, gives_parts])
    assert registry["GivesParts"] is gives_parts
    assert list(registry) == ["SharpenTwice", "GivesParts"]
    assert registry.schemas["SharpenTwice"] is sharpen_twice.schema


def test_a_registry_refuses_two_node_types_of_one_name() -> None:
    with pytest.raises(DuplicateNode, match="'GivesParts' is defined twice: in tests and in tests"):
        Registry.build([gives_parts, gives_parts])


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("IMAGE", "IMAGE", True),
        ("IMAGE", "MASK", False),
        ("*", "MASK", True),
        ("IMAGE", "*", True),
        ("INT", "INT,FLOAT", True),
        ("INT,STRING", "FLOAT, STRING", True),
        ("INT,STRING", "FLOAT,BOOLEAN", False),
        ("INT", "INTEGER", False),
    ],
)
def test_one_type_may_feed_another(source: str, target: str, expected: bool) -> None:
    assert feeds(source, target) is expected
