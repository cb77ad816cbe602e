"""Which inputs a canvas draws for a node whose groups depend on its values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graph.canvas.parts import parts
from graph.canvas.widgets import widget_values
from graph.schema import InputSpec, Schema
from tests.graph.object_info import load_schemas

SCHEMAS = load_schemas()
RESIZE, PACK, SLOT = SCHEMAS["ResizeImageMaskNode"], SCHEMAS["PackChoices"], SCHEMAS["PackSlot"]


def names(schema: Schema, **given: Any) -> list[str]:
    return [spec.name for spec in parts(schema, given)]


def test_what_is_not_chosen_is_what_a_new_node_shows() -> None:
    assert names(RESIZE) == ["input", "resize_type", "resize_type.multiplier", "scale_method"]
    assert names(RESIZE, resize_type="scale by magic") == ["input", "resize_type", "scale_method"]


def test_groups_of_packs_are_laid_out_though_the_engine_leaves_them_to_the_packs_code() -> None:
    judged = replace(PACK, inputs=tuple(replace(spec, unchecked=True) for spec in PACK.inputs))
    texts = ["texts.first", "texts.second", "texts.third"]
    assert names(judged) == [*texts, "mode", "amount", "note"]
    images = [f"mode.images.image{i}" for i in range(4)]
    kind = ["mode.kind", "mode.kind.slope", "mode.kind.like"]
    given = {"mode": "noisy", "mode.kind": "pink"}
    assert names(judged, **given) == [*texts, "mode", "mode.seed", *kind, *images, "amount", "note"]


def test_a_growing_group_without_bounds_has_ten_sockets() -> None:
    template = {"input": {"required": {"text": ["STRING", {}]}}, "prefix": "t", "max": None}
    group = InputSpec("all", "COMFY_AUTOGROW_V3", options={"template": template})
    schema = Schema("Growing", "", "", "", (group,), ())
    assert names(schema) == [f"all.t{i}" for i in range(10)]
    assert widget_values(schema, ["a", "b"], None) == {}


def test_a_slot_is_one_socket_that_brings_its_parts_while_it_is_linked() -> None:
    assert names(SLOT) == ["strength", "guide", "note"]
    assert parts(SLOT, {})[1].type == "IMAGE"
    linked = [spec.name for spec in parts(SLOT, {}, {"guide"})]
    assert linked == ["strength", "guide", "guide.kind", "guide.seed", "guide.mask", "note"]


def test_values_of_a_slots_parts_stand_in_its_place_while_it_is_linked() -> None:
    free = {"strength": 0.25, "note": "words"}
    assert widget_values(SLOT, [0.25, "words"], None) == free
    listed = [0.25, "depth", 7, "fixed", "words"]
    assert widget_values(SLOT, listed, None, {"guide"}) == {**free, "guide.kind": "depth", "guide.seed": 7}


def test_a_slot_in_a_slot_counts_while_the_outer_one_is_linked() -> None:
    inner = {"slotType": "MASK", "inputs": {"required": {"by": ["FLOAT", {}]}}}
    brought = {"optional": {"inner": ["COMFY_DYNAMICSLOT_V3", inner]}}
    outer = InputSpec("outer", "COMFY_DYNAMICSLOT_V3", False, {"slotType": "IMAGE", "inputs": brought})
    schema = Schema("Slots", "", "", "", (outer,), ())
    assert [spec.name for spec in parts(schema, {}, {"outer.inner"})] == ["outer"]
    both = parts(schema, {}, {"outer", "outer.inner"})
    assert [spec.name for spec in both] == ["outer", "outer.inner", "outer.inner.by"]


def test_a_value_of_another_kind_shows_that_a_file_lists_a_hole() -> None:
    holed = widget_values(RESIZE, ["scale dimensions", None, 64, 32, "center", "area"], None)
    assert holed == {
        "resize_type": "scale dimensions",
        "resize_type.width": 64,
        "resize_type.height": 32,
        "resize_type.crop": "center",
        "scale_method": "area",
    }


@pytest.mark.parametrize(
    ("options", "start"),
    [({}, 0), ({"min": -(2**63), "max": 2**63}, 0), ({"min": 1, "max": 9}, 1), ({"min": -9, "max": -2}, -2)],
)
def test_a_number_without_a_default_starts_as_near_to_zero_as_may_be(
    options: dict[str, Any], start: int
) -> None:
    schema = Schema("Bare", "", "", "", (InputSpec("value", "INT", True, options),), ())
    assert widget_values(schema, [None], None) == {"value": start}
