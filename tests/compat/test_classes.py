"""Classes in the field's first style as node types: what they declare, and what calls of them give."""

import asyncio
import functools
import json
import math
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import torch

from compat.calls import CONTEXT
from compat.classes import Origin, node_type_of
from compat.packs import offers_of
from graph.calls import WrongResult
from graph.context import Context
from graph.errors import SchemaError
from graph.node import Blocker, Expand, NodeType, Result
from graph.plugins import Pack, load_pack
from graph.schema import Schema
from server.object_info import object_info
from tests.compat.conftest import Host
from tests.compat.packs import forget_packs

PACKS = Path(__file__).parents[1] / "packs"
ORIGIN = Origin("custom_nodes.here", "1")


@pytest.fixture(autouse=True)
def forgotten(host: Host) -> Iterator[None]:
    yield
    forget_packs()


def pack(name: str) -> Pack:
    folder = PACKS / name
    return load_pack(folder if folder.is_dir() else folder.with_suffix(".py"), offers_of)


def node(pack_name: str, name: str) -> NodeType:
    return next(found for found in pack(pack_name).node_types if found.schema.name == name)


def made(**body: Any) -> NodeType:
    """The node type of a class with these attributes; its method is `run`."""
    body = {"INPUT_TYPES": classmethod(lambda _: {}), "RETURN_TYPES": (), "FUNCTION": "run"} | body
    return node_type_of(type("Made", (), body), "Made", ORIGIN)


def returning(value: Any, **body: Any) -> NodeType:
    """A class with two outputs whose method returns this."""
    return made(**{"RETURN_TYPES": ("INT", "INT"), "run": lambda _: value, **body})


def call(node_type: NodeType, context: Context, **inputs: Any) -> Any:
    return node_type.fn(**inputs, **{CONTEXT: context})


def info(node_type: NodeType, files: Mapping[str, list[str]] | None = None) -> dict[str, Any]:
    return object_info(node_type.schema, lambda folder: (files or {}).get(folder, []))


# What a class declares


def test_every_flag_of_a_class_is_told_to_clients() -> None:
    found = info(node("v1_words", "WordsCaption"))
    inputs = found["input"]
    assert list(inputs) == ["required", "optional", "hidden"]
    assert inputs["required"]["text"] == [
        "STRING",
        {"default": "a loom", "multiline": True, "dynamicPrompts": True},
    ]
    assert inputs["required"]["times"][1]["display"] == "slider"
    assert inputs["required"]["loud"][1]["label_off"] == "whisper"
    assert inputs["hidden"] == {"node": "UNIQUE_ID", "files": "EXTRA_PNGINFO"}
    assert found["input_order"]["hidden"] == ["node", "files"]
    assert found["output"] == ["STRING", "INT", "COMBO"]
    assert found["output_name"] == ["caption", "length", "COMBO"]
    assert found["output_tooltips"] == ["what to write below", "how long it is", ""]
    assert found["output_is_list"] == [False, False, False]
    assert (found["display_name"], found["category"]) == ("Write a caption", "words/caption")
    assert found["description"] == "Writes a caption."
    assert found["search_aliases"] == ["subtitle", "legend"]
    assert found["python_module"] == "custom_nodes.v1_words"


def test_options_that_nobody_here_knows_survive() -> None:
    options = info(node("v1_words", "WordsCaption"))["input"]["optional"]["seed"][1]
    assert options == {"default": 7, "control_after_generate": True, "words.own_option": [1, 2]}


def test_drop_downs_keep_their_form_and_members_of_any_kind() -> None:
    found = info(node("v1_words", "WordsCaption"))["input"]
    assert found["required"]["mark"] == [[".", "!", 3, None]]
    assert found["required"]["tone"] == ["COMBO", {"options": ["plain", "solemn"], "default": "solemn"}]
    assert found["optional"]["nothing"] == [[]]


def test_a_class_that_says_little_has_the_defaults_of_the_field() -> None:
    found = info(node("v1_words", "WordsLabel"))
    assert (found["category"], found["display_name"]) == ("sd", "WordsLabel")
    assert (found["output"], found["output_name"]) == (["STRING"], ["label"])
    assert not {"deprecated", "experimental", "api_node", "is_input_list"} & set(found)
    assert info(made(RETURN_TYPES=None))["output"] == []


def test_marks_of_a_class_are_told() -> None:
    found = info(node("v1_words", "WordsPrestarted"))
    assert (found["deprecated"], found["experimental"], found["api_node"]) == (True, True, True)
    assert info(node("v1_lists", "ListsJoin"))["is_input_list"]
    assert info(node("v1_lists", "ListsCount"))["output_is_list"] == [True, False]
    assert node("v1_running", "RunningAlone").schema.keyed_by_id
    assert node("v1_running", "RunningHidden").schema.keyed_by_id  # asks for its id
    assert not node("v1_running", "RunningTally").schema.keyed_by_id


def test_drop_downs_of_files_follow_their_folder_and_others_are_read_again(host: Host) -> None:
    loras, uploads = host.folders.directory("loras"), host.folders.directory("input")
    loras.mkdir(parents=True)
    uploads.mkdir(parents=True)
    (loras / "old.safetensors").touch()
    shelf = node("v1_words", "WordsShelf")
    (loras / "new.safetensors").touch()
    (uploads / "late.png").touch()
    inputs = object_info(shelf.schema, host.folders.list)["input"]["required"]
    both = ["new.safetensors", "old.safetensors"]
    assert inputs["model"] == [["None", *both]]
    assert inputs["newer"] == ["COMBO", {"options": both}]
    assert inputs["lora"] == [["None", "old.safetensors"]]  # unpacked into a plain list
    assert inputs["hour"] == [[], {"image_upload": True}]
    assert shelf.reread is not None
    again = object_info(shelf.reread(), host.folders.list)["input"]["required"]
    assert again["lora"] == [["None", *both]]
    assert again["hour"] == [["late.png"], {"image_upload": True}]


def test_a_type_that_equals_everything_is_a_wildcard_and_one_that_equals_some_a_union() -> None:
    schema = node("v1_clever", "CleverPass").schema
    assert (schema.inputs[0].type, schema.outputs[0].type) == ("*", "*")
    assert schema.outputs[0].name == "ANY THING"
    schema = node("v1_clever", "CleverTwice").schema
    assert schema.inputs[0].type == schema.outputs[0].type == "CLEVER_COUNT,FLOAT,INT,NUMBER"


def test_dicts_tuples_and_methods_that_take_more_than_they_declare_are_recognized() -> None:
    names = ("CleverGather", "CleverGatherLinks", "CleverPass")
    assert [node("v1_clever", name).schema.extra_inputs for name in names] == ["any", "links", "none"]
    fan = node("v1_clever", "CleverFan").schema
    assert fan.open_outputs
    assert [spec.type for spec in fan.outputs] == ["*"]
    assert not node("v1_clever", "CleverPass").schema.open_outputs


def test_a_hidden_dict_that_contains_every_name_takes_any_input_too() -> None:
    class Claims(dict[str, str]):
        def __contains__(self, name: object) -> bool:
            return True

    found = made(INPUT_TYPES=classmethod(lambda _: {"hidden": Claims(prompt="PROMPT")}))
    assert found.schema.extra_inputs == "any"
    assert found.schema.hidden == {"prompt": "PROMPT"}


def test_lazy_raw_and_unchecked_inputs_are_marked() -> None:
    inputs = {spec.name: spec for spec in node("v1_running", "RunningSwitch").schema.inputs}
    assert (inputs["second"].lazy, inputs["on_first"].lazy) == (False, True)
    assert node("v1_running", "RunningRaw").schema.inputs[0].raw_link
    judge = node("v1_running", "RunningJudge").schema
    assert {spec.name for spec in judge.inputs if spec.unchecked} == {"low", "name"}
    assert all(spec.unchecked for spec in node("v1_running", "RunningJudgeAll").schema.inputs)
    assert not judge.unchecked_links
    assert node("v1_running", "RunningJudgeLinks").schema.unchecked_links


def test_a_drop_down_whose_choices_only_a_canvas_knows_is_not_checked() -> None:
    remote = ("COMBO", {"remote": {"route": "/moods"}})
    several = ("COMBO", {"options": ["a", "b"], "multi_select": True})
    one = ("COMBO", {"options": ["a", "b"]})
    declared = {"required": {"remote": remote, "several": several, "one": one}}
    inputs = made(INPUT_TYPES=classmethod(lambda _: declared)).schema.inputs
    assert [spec.unchecked for spec in inputs] == [True, True, False]


@pytest.mark.parametrize("declared", [None, {"required": {"x": ()}}, {"required": {"x": (int,)}}])
def test_what_is_no_declaration_is_refused_with_its_name(declared: Any) -> None:
    with pytest.raises(SchemaError, match=r"INPUT_TYPES returned|input 'x'"):
        made(INPUT_TYPES=classmethod(lambda _: declared))


def test_a_wrapper_that_takes_any_name_counts_and_what_it_wraps_does_not() -> None:
    def run(self: Any, value: int) -> tuple[int]:
        return (value,)

    @functools.wraps(run)
    def wrapper(self: Any, **inputs: Any) -> tuple[int]:
        return run(self, **inputs)

    assert made(run=wrapper).schema.extra_inputs == "links"
    assert made(run=run).schema.extra_inputs == "none"
    assert made(run=print, FUNCTION="run").schema.extra_inputs == "none"


class Mood(StrEnum):
    CALM = "calm"


class Options(dict[str, Any]):
    def __init__(self, first: object, second: object) -> None:
        super().__init__(first=first, second=second)


def test_declared_values_of_any_class_travel_as_plain_data() -> None:
    options = {"default": Mood.CALM, "own": Options((1, 2.5), {"x"}), "path": Path("a"), "off": False}
    declared = {"required": {"mood": ([Mood.CALM, Path("b"), 2, None], options)}}
    schema = made(INPUT_TYPES=classmethod(lambda _: declared)).schema
    told = json.loads(json.dumps(schema.to_dict()))
    assert told["inputs"][0]["choices"] == ["calm", "b", 2, None]
    own = {"first": [1, 2.5], "second": ["x"]}
    assert told["inputs"][0]["options"] == {"default": "calm", "own": own, "path": "a", "off": False}
    assert Schema.from_dict(told) == schema


# What calls give


def test_state_survives_with_the_node_and_is_not_shared_with_others(host: Host) -> None:
    tally = node("v1_running", "RunningTally")
    here, there = host.context("1"), host.context("2")
    assert [call(tally, here, salt=0), call(tally, here, salt=0), call(tally, there, salt=0)] == [1, 2, 1]


def test_hidden_inputs_are_given_and_missing_optional_ones_are_not(host: Host) -> None:
    said = call(node("v1_running", "RunningHidden"), host.context("7"))
    assert said == "7 Pack Pack None None None no note inference"


def test_an_async_method_stays_one_and_knows_where_it_runs(host: Host) -> None:
    slow = node("v1_running", "RunningSlow")
    assert slow.is_async
    assert asyncio.run(call(slow, host.context("3"), value=1)) == 301
    assert not torch.is_inference_mode_enabled()
    assert not node("v1_running", "RunningTally").is_async


def test_beside_an_async_method_nobody_else_is_in_inference_mode() -> None:
    seen: list[tuple[str, bool]] = []

    async def run(_: Any) -> tuple[int, int]:
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(60)
        seen.append(("within", torch.is_inference_mode_enabled()))
        return (1, 2)

    async def both() -> Any:
        task = asyncio.ensure_future(call(returning(None, run=run), context))
        await asyncio.sleep(0)
        seen.append(("beside", torch.is_inference_mode_enabled()))
        task.cancel()
        return await task

    context = Context("1", "run", None, print)  # type: ignore[arg-type]
    assert asyncio.run(both()) == (1, 2)
    assert seen == [("beside", False), ("within", True)]


def test_lists_arrive_as_lists_with_hidden_inputs_in_lists_too(host: Host) -> None:
    join = node("v1_lists", "ListsJoin")
    assert call(join, host.context("7"), values=[1, 2], between=["+"]) == "1+2"


def test_tuples_lists_and_dicts_are_results() -> None:
    context = Context("1", "run", None, print)  # type: ignore[arg-type]
    assert call(returning((1, 2)), context) == (1, 2)
    assert call(returning([1, 2]), context) == (1, 2)
    assert call(returning({"result": (1, 2)}), context) == (1, 2)
    assert call(returning({"result": ([1, 2],)}, RETURN_TYPES=("INT",)), context) == [1, 2]
    assert call(returning((1, 2, 3)), context) == (1, 2)
    assert call(returning(None, RETURN_TYPES=()), context) is None
    shown = call(returning({"result": (1, 2), "ui": {"a": (1,), "b": "x"}}), context)
    assert isinstance(shown, Result)
    assert (shown.values, shown.ui) == ((1, 2), {"a": [1], "b": ["x"]})


def test_a_blocker_is_handed_on_alone_and_as_the_whole_result() -> None:
    context = Context("1", "run", None, print)  # type: ignore[arg-type]
    assert call(returning(Blocker("no")), context) == Blocker("no")
    assert call(returning({"result": Blocker("no")}), context) == (Blocker("no"), Blocker("no"))


def test_a_missing_output_stops_who_reads_it_and_says_whose_it_is() -> None:
    context = Context("1", "run", None, print)  # type: ignore[arg-type]
    first, second = call(returning((1,)), context)
    assert first == 1
    assert second == Blocker("Made returned 1 value(s), and none for its output INT")


@pytest.mark.parametrize("value", [5, "text", None])
def test_what_is_no_result_is_refused_with_what_would_be_one(value: Any) -> None:
    context = Context("1", "run", None, print)  # type: ignore[arg-type]
    with pytest.raises(WrongResult, match=r"Made returned one \w+; a node returns a tuple"):
        call(returning(value), context)


def test_a_graph_to_run_is_handed_on(host: Host) -> None:
    grown = call(node("v1_running", "RunningPower"), host.context("9"), base=2, times=1)
    assert isinstance(grown, Expand)
    assert {data["class_type"] for data in grown.graph.values()} == {"RunningPower", "RunningTimes"}
    assert grown.ui == {"left": [1]}
    assert isinstance(grown.values[0], list)


def test_a_class_without_its_method_says_so_when_it_is_called(host: Host) -> None:
    with pytest.raises(AttributeError, match=r"Methodless names its method in FUNCTION, but has none called"):
        call(node("v1_running", "RunningMethodless"), host.context())


# What is asked of a class


def fingerprint(node_type: NodeType, **inputs: Any) -> Any:
    assert node_type.fingerprint is not None
    return node_type.fingerprint(**inputs)


def test_is_changed_is_asked_with_the_inputs_async_too() -> None:
    sometimes = node("v1_running", "RunningSometimes")
    assert fingerprint(sometimes, mood="fine", noise=None) == "fine"
    with pytest.raises(ValueError, match="raise"):
        fingerprint(sometimes, mood="raise", noise="")
    assert math.isnan(fingerprint(node("v1_running", "RunningTally"), salt=1))
    assert node("v1_running", "RunningAlone").fingerprint is None


async def test_is_changed_may_be_awaited_where_a_loop_is_running() -> None:
    assert fingerprint(node("v1_running", "RunningSometimes"), mood="fine", noise="") == "fine"


def test_is_changed_of_a_class_that_takes_lists_is_given_lists_and_stand_ins() -> None:
    assert fingerprint(node("v1_lists", "ListsJoin"), values=None, between="-") == "[None] ['-'] [None] [{}]"


def judge(node_type: NodeType, values: Mapping[str, Any], types: Mapping[str, str] | None = None) -> Any:
    assert node_type.validate is not None
    return node_type.validate(values, types or {})


def test_a_validator_is_given_only_what_it_names_and_speaks_for_all_of_it() -> None:
    found = node("v1_running", "RunningJudge")
    assert judge(found, {"low": 5, "name": "other", "high": 1}) == {}
    assert judge(found, {"low": None, "name": "a", "high": 1}, {"low": "INT"}) == {}
    said = "12 is too much for a"
    assert judge(found, {"low": 12, "name": "a", "high": 1}) == {"low": said, "name": said}
    refused = judge(found, {"low": 1, "name": "no", "high": 1})
    assert refused == dict.fromkeys(("low", "name"), "VALIDATE_INPUTS answered False, not True")
    with pytest.raises(ValueError, match="I will not judge"):
        judge(found, {"low": 1, "name": "raise", "high": 1})


def test_a_validator_may_take_every_input_or_the_types_of_links() -> None:
    assert judge(node("v1_running", "RunningJudgeAll"), {"value": 9, "kind": "z"}) == {}
    links = node("v1_running", "RunningJudgeLinks")
    assert judge(links, {"value": None}, {"value": "STRING"}) == {}
    assert judge(links, {"value": None}, {"value": "IMAGE"}) == {"input_types": "no IMAGE"}


def test_a_validator_of_a_class_that_takes_lists_is_given_lists() -> None:
    join = node("v1_lists", "ListsJoin")
    assert judge(join, {"values": None, "between": "-"}) == {}
    assert judge(join, {"values": None, "between": "+"}) == {"between": "between ['+'] there is nothing"}


def test_the_instance_that_is_called_is_asked_which_lazy_inputs_it_wants(host: Host) -> None:
    switch, context = node("v1_running", "RunningSwitch"), host.context()
    assert switch.lazy_status is not None
    nothing = {"second": True, "on_first": None, "on_second": None}
    assert list(switch.lazy_status(context, nothing)) == ["on_second"]
    assert list(switch.lazy_status(context, {**nothing, "on_second": 4})) == []
    assert call(switch, context, **{**nothing, "on_second": 4}) == "None 4 asked True"
    assert node("v1_running", "RunningNeverAsks").lazy_status is None


# The code that a key depends on


def test_an_edit_of_any_file_of_a_pack_is_another_version_of_all_its_classes(tmp_path: Path) -> None:
    source = (PACKS / "v1_single.py").read_text()
    folder, single = tmp_path / "big", tmp_path / "single.py"
    (folder / "below").mkdir(parents=True)
    (folder / "__init__.py").write_text(source)

    def versions() -> list[str]:
        forget_packs()
        packs = [load_pack(path, offers_of) for path in (folder, single)]
        return [
            found.schema.version
            for pack in packs
            for found in pack.node_types
            if found.schema.name == "SinglePlain"
        ]

    (folder / "below" / "part.py").write_text("LOOM = 1")
    single.write_text(source)
    before = versions()
    assert versions() == before
    (folder / "below" / "part.py").write_text("LOOM = 2")
    single.write_text(source + "LOOM = 2")
    after = versions()
    assert len(before) == len(after) == 2
    assert not set(before) & set(after)
