"""Each node's schema, held against the table of interfaces that existing workflows were written for."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from diffusion.sampling.samplers import sampler_names
from diffusion.sampling.schedules import schedule_names
from graph.schema import InputSpec, Schema
from nodes import all_node_types

TABLE: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "fixtures" / "node_interfaces.json").read_text(encoding="utf-8")
)
SCHEMAS: Mapping[str, Schema] = {found.schema.name: found.schema for found in all_node_types()}
BUILT = sorted(SCHEMAS.keys() & TABLE.keys())


def test_every_node_of_the_table_is_built_in() -> None:
    assert sorted(TABLE.keys() - SCHEMAS.keys()) == []
    assert len(TABLE) == 258


@pytest.mark.parametrize("name", BUILT)
def test_a_node_has_the_inputs_in_their_order(name: str) -> None:
    inputs, optional = SCHEMAS[name].inputs, TABLE[name].get("optional", [])
    assert [spec.name for spec in inputs] == list(TABLE[name]["inputs"])
    assert [spec.name for spec in inputs if not spec.required] == optional


@pytest.mark.parametrize(
    ("name", "wanted"), [(name, wanted) for name in BUILT for wanted in TABLE[name]["inputs"]]
)
def test_an_input_has_its_type_choices_and_options(name: str, wanted: str) -> None:
    spec = SCHEMAS[name].input(wanted)
    assert spec is not None
    kind, options = (*TABLE[name]["inputs"][wanted], {})[:2]
    assert dict(spec.options) == options
    check_type(spec, kind)


def check_type(spec: InputSpec, kind: str | list[str]) -> None:
    """A type's name, "FILE" for the files of a folder, or the choices of a drop-down."""
    if kind == "FILE":
        assert (spec.type, spec.choices) == ("COMBO", None)
        assert spec.folder is not None
    elif not isinstance(kind, list):
        assert (spec.type, spec.choices, spec.folder) == (kind, None, None)
    elif spec.name in ("sampler_name", "scheduler"):  # what exists here, in the table's order
        assert spec.choices == tuple(choice for choice in kind if choice in (spec.choices or ()))
    else:
        assert (spec.type, spec.choices) == ("COMBO", tuple(kind))


@pytest.mark.parametrize("name", BUILT)
def test_a_node_has_the_outputs_category_and_flags(name: str) -> None:
    schema, wanted = SCHEMAS[name], TABLE[name]
    assert [[output.type, output.name] for output in schema.outputs] == wanted["outputs"]
    assert schema.category == wanted["category"]
    assert schema.is_output == wanted.get("output_node", False)
    assert schema.deprecated == wanted.get("deprecated", False)
    assert schema.experimental == wanted.get("experimental", False)
    assert [output.is_list for output in schema.outputs] == wanted.get(
        "output_is_list", [False] * len(schema.outputs)
    )
    assert schema.module == "nodes"


@pytest.mark.parametrize("name", BUILT)
def test_a_node_says_what_it_does(name: str) -> None:
    assert SCHEMAS[name].display_name
    assert SCHEMAS[name].description.endswith(".")


def test_the_drop_downs_of_a_sampler_offer_all_that_exist() -> None:
    for name in ("KSampler", "KSamplerAdvanced"):
        samplers, schedules = SCHEMAS[name].input("sampler_name"), SCHEMAS[name].input("scheduler")
        assert samplers is not None
        assert schedules is not None
        assert samplers.choices == sampler_names()
        assert schedules.choices == schedule_names()
        assert len(samplers.choices) >= 11
        assert len(schedules.choices) == 9
