"""Classes in the newer style as node types: what they declare, how they are called, what they return."""

import json
import math
import sys
from typing import Any

import pytest
import torch

from compat.comfy_api.latest import InputImpl, io
from compat.comfy_api.latest._io.nodes import LockedError, ReturnedError, locked_clone
from compat.schemas import node_type_of
from graph.errors import SchemaError
from graph.events import NodeProgress
from graph.node import Blocker, Expand, Result
from graph.plugins import Pack
from graph.schema import Schema
from server.object_info import object_info
from tests.compat.conftest import Host
from tests.compat.v3 import Nodes, info, judged, load_nodes, load_packs, run


@pytest.fixture
def packs(host: Host) -> dict[str, Pack]:
    return load_packs()


@pytest.fixture
def nodes(host: Host) -> Nodes:
    return load_nodes()


# Packs


def test_packs_of_the_newer_style_load_from_any_kind_of_entry_point(packs: dict[str, Pack]) -> None:
    assert {name: (pack.error, pack.problems) for name, pack in packs.items()} == dict.fromkeys(
        packs, (None, ())
    )
    assert len(packs["v3_studio"].node_types) > 20
    assert [found.schema.name for found in packs["v3_pinned"].node_types] == ["V3Pinned"]


def test_a_class_among_the_older_mappings_has_the_name_that_they_give_it(nodes: Nodes, host: Host) -> None:
    mapped = nodes["V3Mapped"]
    assert (mapped.schema.name, mapped.schema.display_name) == ("V3Mapped", "Mapped")
    assert mapped.schema.module == "custom_nodes.v3_mapped"
    assert run(mapped, host.context(), value=4) == 8


def test_both_names_of_the_interface_lead_to_the_same_classes(nodes: Nodes) -> None:
    import compat.comfy_api.v0_0_1 as pinned

    assert sys.modules["comfy_api.latest"].io is io
    assert pinned.io is io
    assert sys.modules["comfy_api.v0_0_2"].ComfyExtension is pinned.ComfyExtension


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        ({}, "should inherit from io.ComfyNode and have a class method `execute`"),
        ({"execute": classmethod(lambda _: None)}, "has no define_schema"),
        (
            {"execute": classmethod(lambda _: None), "define_schema": classmethod(lambda _: 3)},
            "returned 3; it should return an io.Schema",
        ),
        (
            {
                "execute": classmethod(lambda _: None),
                "define_schema": classmethod(
                    lambda _: io.Schema("A", inputs=[io.Int.Input("a"), io.Int.Input("a")])
                ),
            },
            "several inputs have the id 'a'",
        ),
        (
            {
                "execute": classmethod(lambda _: None),
                "define_schema": classmethod(lambda _: io.Schema("A", inputs=[io.Int.Output("a")])),
            },
            "is no input",
        ),
    ],
)
def test_a_class_that_is_no_node_says_what_it_lacks(
    members: dict[str, Any], complaint: str, host: Host
) -> None:
    from compat.classes import Origin

    with pytest.raises(SchemaError, match=complaint):
        node_type_of(type("Bad", (io.ComfyNode,), members), origin=Origin("custom_nodes.bad"))


# Declarations


def test_widgets_arrive_at_clients_with_every_option(nodes: Nodes) -> None:
    found = info(nodes["V3Widgets"])
    required, optional = found["input"]["required"], found["input"]["optional"]
    assert required["count"] == [
        "INT",
        {"display_name": "Count", "tooltip": "how many", "default": 3, "min": 0, "max": 10, "step": 2,
         "control_after_generate": True, "display": "slider"},
    ]  # fmt: skip
    assert required["strength"] == ["FLOAT", {"default": 0.5, "min": 0, "max": 1, "step": 0.1, "round": 0.01}]
    assert required["on"] == ["BOOLEAN", {"default": True, "label_on": "yes", "label_off": "no"}]
    assert required["text"] == [
        "STRING", {"multiline": True, "default": "hi", "placeholder": "say", "dynamicPrompts": True},
    ]  # fmt: skip
    assert required["shape"] == ["COMBO", {"options": ["round", "square"], "default": "square"}]
    assert required["tags"][1]["options"] == ["a", "b", "c"]
    assert required["tags"][1]["multi_select"] == {"placeholder": "none", "chip": True}
    assert optional["picked"] == ["COMBO", {"options": [1, 2], "advanced": True}]
    assert optional["remote"] == ["COMBO", {"remote": {"route": "/api/x", "refresh_button": True}}]
    assert optional["file"] == [
        "COMBO",
        {"options": ["a.png"], "image_upload": True, "image_folder": "input"},
    ]
    assert optional["number"] == ["FLOAT,INT", {"default": 1.5, "min": 0.0, "widgetType": "FLOAT"}]
    assert optional["image"] == ["IMAGE", {"lazy": True, "rawLink": True, "own": 1}]
    assert optional["seed"] == ["INT", {"forceInput": True, "socketless": False, "from_the_future": "x"}]


def test_the_schema_carries_names_flags_and_outputs(nodes: Nodes) -> None:
    found = info(nodes["V3Widgets"])
    assert (found["display_name"], found["category"]) == ("Widgets", "test/widgets")
    assert found["description"] == "One of each."
    assert found["output"] == ["STRING", "TEST_THING", "INT"]
    assert found["output_name"] == ["TOLD", "TEST_THING", "INT"]
    assert found["output_is_list"] == [False, False, True]
    assert found["output_tooltips"] == ["all of it", "", ""]
    assert found["deprecated"]
    assert found["experimental"]
    assert found["search_aliases"] == ["controls"]
    assert found["python_module"] == "custom_nodes.v3_studio"


def test_schemas_survive_the_trip_between_processes(nodes: Nodes) -> None:
    for node_type in nodes.values():
        assert (
            Schema.from_dict(json.loads(json.dumps(node_type.schema.to_dict()))).name == node_type.schema.name
        )


def test_a_node_is_told_what_it_asks_for_and_is_keyed_by_it(nodes: Nodes) -> None:
    assert nodes["V3Told"].schema.hidden == {
        "unique_id": "UNIQUE_ID", "prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO",
        "dynprompt": "DYNPROMPT",
    }  # fmt: skip
    assert nodes["V3Told"].schema.keyed_by_id
    assert nodes["V3Keeping"].schema.keyed_by_id
    assert not nodes["V3Number"].schema.keyed_by_id
    assert nodes["V3Tell"].schema.is_output
    assert nodes["V3Tell"].schema.hidden == {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"}


def test_groups_are_described_by_what_grows_in_them(nodes: Nodes) -> None:
    grown = info(nodes["V3Grown"])["input"]
    kind, options = (grown.get("optional", {}) | grown["required"])["group"]
    assert kind == "COMFY_AUTOGROW_V3"
    assert options["template"] == {
        "input": {"required": {"item": ["INT", {"min": 0, "max": 9, "forceInput": True}]}},
        "prefix": "item", "min": 1, "max": 4,
    }  # fmt: skip
    kind, options = grown["optional"]["others"]
    assert options["template"] == {
        "input": {"required": {}, "optional": {"any": ["*", {}]}},
        "names": ["a", "b"],
        "min": 1,
    }
    kind, options = info(nodes["V3Chosen"])["input"]["required"]["mode"]
    assert kind == "COMFY_DYNAMICCOMBO_V3"
    assert [option["key"] for option in options["options"]] == ["size", "factor", "none"]
    assert options["options"][0]["inputs"]["required"]["width"] == [
        "INT",
        {"default": 8, "min": 1, "max": 64},
    ]
    kind, options = info(nodes["V3Slotted"])["input"]["optional"]["source"]
    assert kind == "COMFY_DYNAMICSLOT_V3"
    assert options["slotType"] == "INT"
    assert options["inputs"] == {"required": {"amount": ["INT", {"min": 0, "max": 5}]}}


def test_every_entry_is_plain_data(nodes: Nodes) -> None:
    for node_type in nodes.values():
        assert info(node_type)["name"] == node_type.schema.name


def test_matching_sockets_name_their_template(nodes: Nodes) -> None:
    found = info(nodes["V3Matched"])
    template = {"template": {"template_id": "same", "allowed_types": "IMAGE,MASK,INT"}}
    assert found["input"]["required"]["first"] == ["COMFY_MATCHTYPE_V3", template]
    assert found["output"] == ["COMFY_MATCHTYPE_V3", "STRING"]


def test_a_choice_of_files_stays_up_to_date(host: Host) -> None:
    import folder_paths  # type: ignore[import-not-found]

    from compat.classes import Origin

    class Picking(io.ComfyNode):
        @classmethod
        def define_schema(cls) -> io.Schema:
            names = folder_paths.get_filename_list("loras")
            return io.Schema("Picking", inputs=[io.Combo.Input("lora", options=names)])

        @classmethod
        def execute(cls, **_: Any) -> None:
            return None

    spec = node_type_of(Picking, origin=Origin("custom_nodes.x")).schema.inputs[0]
    assert spec.folder == "loras"
    entry = object_info(Schema("A", "A", "a", "", (spec,), ()), lambda _: ["new"])
    assert entry["input"]["required"]["lora"] == ["COMBO", {"options": ["new"]}]


# Answers to those who know the older style only


def test_a_class_answers_as_one_of_the_older_style_would(nodes: Nodes) -> None:
    classes = sys.modules["custom_nodes.v3_studio"]
    widgets, telling, awaited = classes.widgets.Widgets, classes.widgets.Telling, classes.running.Awaited
    assert widgets.CATEGORY == "test/widgets"
    assert widgets.RETURN_TYPES == ["STRING", "TEST_THING", "INT"]
    assert widgets.RETURN_NAMES == ["TOLD", "TEST_THING", "INT"]
    assert widgets.OUTPUT_IS_LIST == [False, False, True]
    assert (widgets.DEPRECATED, widgets.EXPERIMENTAL, widgets.OUTPUT_NODE) == (True, True, False)
    assert (telling.OUTPUT_NODE, telling().OUTPUT_NODE, telling.INPUT_IS_LIST) == (True, True, False)
    assert telling.INPUT_TYPES() == {
        "required": {"value": ("*", {})},
        "hidden": {"prompt": ("PROMPT",), "extra_pnginfo": ("EXTRA_PNGINFO",)},
    }
    assert widgets.INPUT_TYPES()["required"]["shape"][0] == "COMBO"
    assert (widgets.FUNCTION, awaited.FUNCTION) == ("EXECUTE_NORMALIZED", "EXECUTE_NORMALIZED_ASYNC")
    assert widgets.RELATIVE_PYTHON_MODULE == "custom_nodes.v3_studio"
    assert telling.tell(3).ui == {"text": ("3",)}


def test_it_can_be_called_as_one_of_the_older_style(nodes: Nodes) -> None:
    mapped = sys.modules["custom_nodes.v3_mapped"].Mapped
    returned = getattr(mapped(), mapped.FUNCTION)(value=3)
    assert (returned[0], returned.result, list(returned), len(returned)) == (6, (6,), [6], 1)
    assert mapped.hidden.prompt is None


# Calls


def test_a_call_is_given_a_class_of_its_own_on_which_nothing_can_be_kept(nodes: Nodes, host: Host) -> None:
    with pytest.raises(LockedError, match=r"Keeping\.kept cannot be set during a call"):
        run(nodes["V3Keeping"], host.context())
    keeping = sys.modules["custom_nodes.v3_studio"].running.Keeping
    clone = locked_clone(keeping, io.HiddenHolder(unique_id="9"))
    assert (clone.__name__, clone.hidden.unique_id, keeping.hidden.unique_id) == ("Keeping", "9", None)
    assert not hasattr(keeping, "kept")


def test_a_node_is_told_of_its_call(nodes: Nodes, host: Host) -> None:
    assert run(nodes["V3Told"], host.context()) == "7 Pack Pack None None"


def test_calls_run_without_gradients_and_coroutines_are_awaited(nodes: Nodes, host: Host) -> None:
    image = torch.zeros(1, 4, 4, 3, requires_grad=True)
    assert nodes["V3Awaited"].is_async
    assert run(nodes["V3Awaited"], host.context(), value=4) == 8
    assert [(event.value, event.total) for event in host.said if isinstance(event, NodeProgress)] == [
        (1, 3),
        (2, 3),
        (3, 3),
    ]
    film, told = run(nodes["V3Film"], host.context(), images=image)
    assert isinstance(film, InputImpl.VideoFromComponents)
    assert told == "(4, 4) 0.041666666666666664"


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("message", (Blocker("not today"), Blocker("not today"))),
        ("silent", (Blocker(), Blocker())),
        ("bare", (Blocker("bare"), Blocker("bare"))),
        ("value", (1, Blocker())),
        ("dict", (1, 2)),
    ],
)
def test_every_shape_of_answer_is_understood(
    how: str, expected: tuple[Any, ...], nodes: Nodes, host: Host
) -> None:
    returned = run(nodes["V3Blocking"], host.context(), how=how)
    assert (returned.values if isinstance(returned, Result) else returned) == expected
    assert not isinstance(returned, Result) or returned.ui == {"text": ["x"]}


def test_an_answer_of_nothing_stops_whoever_reads_it(nodes: Nodes, host: Host) -> None:
    first, second = run(nodes["V3Blocking"], host.context(), how="none")
    assert isinstance(first, Blocker)
    assert "none for its output INT" in str(second.message)


def test_an_answer_of_no_known_shape_is_refused(nodes: Nodes, host: Host) -> None:
    with pytest.raises(ReturnedError, match=r"V3Blocking returned a int; it should return io.NodeOutput"):
        run(nodes["V3Blocking"], host.context(), how="wrong")


def test_only_those_may_expand_who_say_so(nodes: Nodes, host: Host) -> None:
    returned = run(nodes["V3Expanding"], host.context(), value=1)
    assert isinstance(returned, Expand)
    ((node_id, node),) = returned.graph.items()
    assert returned.values == ([node_id, 0],)
    assert node["inputs"] == {"value": 2}
    with pytest.raises(ReturnedError, match="does not say enable_expand=True"):
        run(nodes["V3ExpandingUnasked"], host.context(), value=1)


def test_a_fingerprint_is_asked_of_the_inputs_that_it_names(nodes: Nodes) -> None:
    ask = nodes["V3Counted"].fingerprint
    assert ask is not None
    assert ask(name="abc", always=False, other=None) == 3
    always = ask(name="abc", always=True, other=5)
    assert isinstance(always, float)
    assert math.isnan(always)
    assert nodes["V3Number"].fingerprint is None


def test_lazy_inputs_are_wanted_as_the_node_says(nodes: Nodes, host: Host) -> None:
    ask = nodes["V3Switch"].lazy_status
    assert ask is not None
    assert list(ask(host.context(), {"second": True, "if_false": None, "if_true": None})) == ["if_true"]
    assert list(ask(host.context(), {"second": True, "if_false": None, "if_true": 3})) == []
    assert [spec.lazy for spec in nodes["V3Switch"].schema.inputs] == [False, True, True]
    assert nodes["V3Number"].lazy_status is None
    assert io.ComfyNode.check_lazy_status(a=None, b=1, c=(None, "g.c"), d=(2, "g.d")) == ["a", "g.c"]


def test_the_nodes_own_validator_is_given_what_it_names(nodes: Nodes) -> None:
    checked = nodes["V3Checked"]
    assert checked.schema.has_validator
    assert judged(checked, {"size": 12, "other": 3}) == {}
    assert judged(checked, {"size": 13, "other": 3}) == {"size": "13 is unlucky"}
    assert judged(checked, {"size": 14, "other": 3}) == {"size": "validate_inputs answered False, not True"}
    assert [spec.unchecked for spec in checked.schema.inputs] == [True, False]
    types = nodes["V3CheckedTypes"]
    assert types.schema.unchecked_links
    assert judged(types, {}, any="INT") == {}
    assert judged(types, {}, any="MASK") == {"input_types": "needs an INT, not MASK"}


def test_lists_pass_as_they_are_declared(nodes: Nodes, host: Host) -> None:
    gathering = nodes["V3Gathering"]
    assert gathering.schema.takes_lists
    assert run(gathering, host.context(), values=[1, 2], times=[3]) == ([3, 6, 30], 2)


def test_questions_may_be_coroutines(host: Host) -> None:
    from compat.classes import Origin

    class Slow(io.ComfyNode):
        @classmethod
        def define_schema(cls) -> io.Schema:
            return io.Schema("Slow", inputs=[io.Int.Input("a")], is_input_list=True)

        @classmethod
        async def fingerprint_inputs(cls, a: list[int]) -> int:
            return a[0] + 1

        @classmethod
        async def validate_inputs(cls, **given: Any) -> str:
            return f"given {given}"

        @classmethod
        async def check_lazy_status(cls, **given: Any) -> list[str | None]:
            return [*given, None]

        @classmethod
        async def execute(cls, **_: Any) -> None:
            return None

    slow = node_type_of(Slow, origin=Origin("custom_nodes.slow"))
    assert slow.fingerprint is not None
    assert slow.lazy_status is not None
    assert slow.fingerprint(a=4) == 5
    assert judged(slow, {"a": 4}) == {"a": "given {'a': [4]}"}
    assert list(slow.lazy_status(host.context(), {"a": (None,)})) == ["a"]
    assert run(slow, host.context(), a=[1]) is None
