"""Packs of the field's first style on a real server: every feature of their declarations and calls."""

import json
from typing import Any

import pytest

from tests.compat.studio import Studio, node

# Loading


def test_packs_that_fail_are_reported_and_the_rest_is_there(studio: Studio) -> None:
    packs = {pack["name"]: pack for pack in studio.get("/api/packs")}
    assert "the loom is broken" in packs["v1_failing"]["error"]
    assert "no NODE_CLASS_MAPPINGS" in packs["v1_silent"]["error"]
    assert packs["v1_words"]["error"] is None
    assert packs["v1_words"]["problems"] == []
    assert packs["v1_single"]["nodes"] == ["SingleTyped", "SinglePlain"]


def test_a_class_that_cannot_be_a_node_is_left_out_alone(studio: Studio) -> None:
    pack = next(pack for pack in studio.get("/api/packs") if pack["name"] == "v1_faulty")
    assert pack["nodes"] == ["FaultyGood"]
    script, raises, typeless, clash, replaced = pack["problems"]
    assert "no such device" in script
    assert raises == "FaultyRaises was left out: FileNotFoundError: no table of moods"
    assert typeless.startswith("FaultyTypeless was left out: SchemaError: input 'mood'")
    assert "SaveImage" in clash
    assert replaced == "LaterWins is replaced by the one of the pack v1_later"


def test_built_in_nodes_stay_and_of_two_packs_the_later_one_wins(studio: Studio) -> None:
    infos = studio.get("/object_info")
    assert infos["SaveImage"]["python_module"] == "nodes"
    assert infos["LaterWins"]["python_module"] == "custom_nodes.v1_later"
    assert studio.shown({"1": node("LaterWins")}, ["1", 0]) == ["2"]


def test_a_script_for_the_start_runs_before_torch_is_there(studio: Studio) -> None:
    assert studio.shown({"1": node("WordsPrestarted")}, ["1", 0]) == ["'early'"]


def test_a_pack_of_one_file_may_hold_typed_functions_and_classes(studio: Studio) -> None:
    nodes = {"1": node("SingleTyped", value=4), "2": node("SinglePlain", value=["1", 0])}
    assert studio.shown(nodes, ["1", 0], ["2", 0]) == ["5", "4"]


def test_a_class_is_told_which_pack_it_is_of(studio: Studio) -> None:
    entry = studio.run({"1": node("WordsShow", value=1)})
    assert entry["outputs"]["1"]["module"] == ["custom_nodes.v1_words"]


# Declarations


def test_clients_see_what_a_class_declares(studio: Studio) -> None:
    info = studio.get("/object_info/WordsCaption")["WordsCaption"]
    assert info["display_name"] == "Write a caption"
    assert info["input"]["optional"]["seed"][1]["words.own_option"] == [1, 2]
    assert info["input"]["optional"]["whatever"] == ["*"]
    assert info["input"]["hidden"] == {"node": "UNIQUE_ID", "files": "EXTRA_PNGINFO"}


def test_a_drop_down_of_files_shows_one_that_came_later(studio: Studio) -> None:
    (studio.folder / "models" / "loras" / "late.safetensors").touch()
    found = studio.get("/object_info/WordsShelf")["WordsShelf"]["input"]["required"]
    assert found["model"] == [["None", "late.safetensors"]]
    assert found["newer"] == ["COMBO", {"options": ["late.safetensors"]}]


def test_literals_are_coerced_and_reach_the_method(studio: Studio) -> None:
    words = {"text": "ab", "times": "2", "weight": 1, "loud": 1, "mark": 3, "tone": "plain"}
    nodes = {"1": node("WordsCaption", **words)}
    assert studio.shown(nodes, ["1", 0], ["1", 1], ["1", 2]) == ["'ABAB3'", "5", "'plain'"]


def test_a_choice_may_feed_a_drop_down(studio: Studio) -> None:
    words = {"text": "a", "times": 1, "weight": 1, "loud": False, "mark": "!"}
    nodes = {
        "1": node("WordsCaption", **words, tone="solemn"),
        "2": node("WordsCaption", **words, tone=["1", 2]),
    }
    assert studio.shown(nodes, ["2", 2]) == ["'solemn'"]


def test_bounds_and_choices_are_checked_where_no_validator_does(studio: Studio) -> None:
    words = {"text": "a", "times": 9, "weight": 1, "loud": False, "mark": "?", "tone": "plain"}
    found = studio.refused({"1": node("WordsCaption", **words), "2": node("WordsShow", value=["1", 0])})
    assert {error["type"] for error in found["1"]} == {"value_bigger_than_max", "value_not_in_list"}


def test_a_value_may_stand_where_a_pack_draws_its_own_widget_and_nowhere_else(studio: Studio) -> None:
    image = node("EmptyImage", width=8, height=8, batch_size=1, color=0)
    palette = node("WordsPalette", palette={"ink": [3]}, image=["1", 0])
    listed = node("WordsPalette", palette={"__value__": [1, 2]}, image=["1", 0])
    nodes = {
        "1": image,
        "2": palette,
        "3": listed,
        "4": node("WordsPalette", palette=["3", 0], image=["1", 0]),
    }
    assert studio.shown(nodes, ["2", 0], ["4", 0]) == ["{'ink': [3]}", "[1, 2]"]
    wrong = node("WordsPalette", palette=1, image=1)
    errors = studio.refused({"1": wrong, "2": node("WordsShow", value=["1", 0])})["1"]
    assert [error["extra_info"]["input_name"] for error in errors] == ["image"]


# Types that are not what they hold


def test_clever_types_link_to_what_they_equal(studio: Studio) -> None:
    nodes = {
        "1": node("CleverPass", value=5),
        "2": node("CleverTwice", value=["1", 0]),
        "3": node("CleverTwice", value=["2", 1]),
        "4": node("ListsSquare", value=["3", 0], plus=0),
    }
    assert studio.shown(nodes, ["4", 0]) == ["100"]
    words = {"1": node("WordsLabel", text="a"), "2": node("CleverTwice", value=["1", 0])}
    found = studio.refused(words | {"3": node("WordsShow", value=["2", 0])})
    assert found["2"][0]["type"] == "return_type_mismatch"


def test_undeclared_inputs_reach_who_takes_them(studio: Studio) -> None:
    nodes = {
        "1": node("SinglePlain", value=8),
        "2": node("CleverGather", first=1, lora="x", **{"lora.2": ["1", 0]}),
        "3": node("CleverGatherLinks", first=2, lora="dropped", more=["1", 0]),
        "4": node("SinglePlain", value=3, more=["1", 0]),
    }
    seen = studio.shown(nodes, ["2", 0], ["3", 0], ["4", 0])
    assert seen == ["'first=1 lora=x lora.2=7'", "'first=2 more=7'", "2"]


def test_an_endless_tuple_has_an_output_for_every_slot(studio: Studio) -> None:
    nodes = {"1": node("CleverFan", text="xyz"), "2": node("CleverGather", a=["1", 0], b=["1", 2])}
    assert studio.shown(nodes, ["2", 0]) == ["'a=x b=z'"]


# Lists


def test_a_list_of_items_is_mapped_and_joined_again(studio: Studio) -> None:
    nodes = {
        "1": node("ListsCount", upto=4),
        "2": node("ListsSquare", value=["1", 0], plus=["1", 1]),
        "3": node("ListsJoin", values=["2", 0], between="-"),
    }
    assert studio.shown(nodes, ["3", 0], ["2", 0]) == ["'6-7-10-15'", "6", "7", "10", "15"]


# What a run knows


def test_state_of_an_instance_survives_between_runs(studio: Studio) -> None:
    nodes = {"tally": node("RunningTally", salt=1)}
    first, second = (int(studio.shown(nodes, ["tally", 0])[0]) for _ in range(2))
    assert second == first + 1


def test_hidden_inputs_are_what_their_tags_say(studio: Studio) -> None:
    png = {"extra_pnginfo": {"workflow": "drawn"}}
    said = studio.shown({"7": node("RunningHidden", note="hi")}, ["7", 0], extra_data=png)
    assert said == ["'7 RunningHidden RunningHidden drawn None None hi inference'"]


def test_async_methods_run_and_know_their_node(studio: Studio) -> None:
    nodes = {"1": node("RunningSlow", value=1), "2": node("RunningSlow", value=["1", 0])}
    assert studio.shown(nodes, ["2", 0]) == ["301"]


def test_a_result_is_kept_until_is_changed_answers_otherwise(studio: Studio) -> None:
    def ran(mood: str, noise: Any = "same") -> int:
        return int(studio.shown({"1": node("RunningSometimes", mood=mood, noise=noise)}, ["1", 0])[0])

    first = ran("calm")
    assert ran("calm") == first
    assert ran("wild") > first
    assert ran("raise") < ran("raise")


def test_a_node_that_is_not_idempotent_shares_no_result(studio: Studio) -> None:
    nodes = {"1": node("RunningAlone"), "2": node("RunningAlone")}
    first, second = studio.shown(nodes, ["1", 0], ["2", 0])
    assert first != second


def test_a_lazy_input_is_computed_only_when_it_is_asked_for(studio: Studio) -> None:
    sides = {"1": node("RunningTally", salt=10), "2": node("SinglePlain", value=5)}
    switch = node("RunningSwitch", second=True, on_first=["1", 0], on_second=["2", 0])
    never = node("RunningNeverAsks", value=["1", 0])
    nodes = sides | {"3": switch, "4": never}
    assert studio.shown(nodes, ["3", 0], ["4", 0]) == ["'None 4 asked True'", "'None'"]
    assert studio.shown(sides, ["1", 0]) == ["1"]  # the first time that it runs


def test_a_raw_link_is_given_itself(studio: Studio) -> None:
    nodes = {"1": node("SinglePlain", value=5), "2": node("RunningRaw", source=["1", 0])}
    assert studio.shown(nodes, ["2", 0]) == ["\"['1', 0]\""]


def test_nodes_that_a_node_adds_run_and_their_results_are_its_own(studio: Studio) -> None:
    nodes = {"1": node("RunningPower", base=3, times=4)}
    assert studio.shown(nodes, ["1", 0], ["1", 1]) == ["81", "'4 to go'"]


# Judging


def test_a_validator_replaces_the_checks_of_what_it_names(studio: Studio) -> None:
    judge = node("RunningJudge", low=9, name="unlisted", high=1)
    nodes = {"1": judge, "2": node("RunningJudgeAll", value=9, kind="z")}
    assert studio.shown(nodes, ["1", 0], ["2", 0]) == ["'9 unlisted 1'", "'9 z'"]


def test_what_a_validator_says_is_told_before_anything_runs(studio: Studio) -> None:
    prompt = {"1": node("RunningJudge", low=12, name="a", high=9), "2": node("WordsShow", value=["1", 0])}
    errors = studio.refused(prompt)["1"]
    assert {error["type"] for error in errors} == {"custom_validation_failed", "value_bigger_than_max"}
    assert any("12 is too much for a" in error["details"] for error in errors)


def test_a_validator_that_raises_is_told_like_one_that_refuses(studio: Studio) -> None:
    prompt = {"1": node("RunningJudge", low=1, name="raise", high=1), "2": node("WordsShow", value=["1", 0])}
    errors = studio.refused(prompt)["1"]
    assert [error["type"] for error in errors] == ["exception_during_validation"]
    assert "I will not judge" in json.dumps(errors)


def test_a_validator_may_judge_the_types_of_links(studio: Studio) -> None:
    show = {"2": node("RunningJudgeLinks", value=["1", 0])}
    assert studio.shown({"1": node("WordsLabel", text="a")} | show, ["2", 0]) == ["\"'[a]'\""]
    wrong = {"1": node("EmptyImage", width=8, height=8, batch_size=1, color=0)} | show
    errors = studio.refused(wrong | {"3": node("WordsShow", value=["2", 0])})["2"]
    assert errors[0]["type"] == "custom_validation_failed"
    assert "no IMAGE" in errors[0]["details"]


# What is returned


def test_a_blocker_stops_who_receives_it_silently_or_with_a_message(studio: Studio) -> None:
    silent = {"1": node("RunningGate", value=1, how="silent")}
    assert studio.shown(silent, ["1", 0], ["1", 1]) == ["1"]
    loud = {"1": node("RunningGate", value=1, how="loud"), "2": node("WordsShow", value=["1", 0])}
    assert "the gate is closed" in studio.failure(loud)["exception_message"]
    bare = {"1": node("RunningGate", value=1, how="bare"), "2": node("WordsShow", value=["1", 1])}
    assert "all of it is closed" in studio.failure(bare)["exception_message"]


def test_what_a_node_shows_is_stored_as_lists(studio: Studio) -> None:
    entry = studio.run({"1": node("RunningOdd", how="dict")})
    assert entry["outputs"]["1"] == {"text": ["just this"]}


def test_a_short_result_fails_only_where_the_missing_output_is_read(studio: Studio) -> None:
    nodes = {"1": node("RunningOdd", how="short")}
    assert studio.shown(nodes, ["1", 0]) == ["1"]
    failure = studio.failure(nodes | {"2": node("WordsShow", value=["1", 1])})
    assert "RunningOdd returned 1 value(s)" in failure["exception_message"]
    assert studio.shown({"1": node("RunningOdd", how="long")}, ["1", 1]) == ["2"]


@pytest.mark.parametrize("how", ["lone", "none"])
def test_a_result_that_is_no_tuple_names_the_node(studio: Studio, how: str) -> None:
    failure = studio.failure({"1": node("RunningOdd", how=how)})
    assert failure["node_type"] == "RunningOdd"
    assert "a node returns a tuple, such as (value,)" in failure["exception_message"]


def test_a_class_without_its_method_fails_when_it_runs(studio: Studio) -> None:
    failure = studio.failure({"1": node("RunningMethodless"), "2": node("WordsShow", value=["1", 0])})
    assert "has none called 'forgotten'" in failure["exception_message"]
