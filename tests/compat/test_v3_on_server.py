"""Packs of the newer style on a real server: what clients read of them, and what runs come to."""

from typing import Any

import pytest
from PIL import Image as Pillow

from tests.compat.studio import Prompt, Studio, node


def told(studio: Studio, prompt: Prompt, *links: list[Any], **extra: Any) -> list[str]:
    """What comes out of these outputs, as Python writes it; one text for each item of a list."""
    tellers = {f"tell{index}": node("V3Tell", value=link) for index, link in enumerate(links)}
    entry = studio.run(prompt | tellers, **extra)
    assert entry["status"]["status_str"] == "success", entry["status"]
    return [text for teller in tellers for text in entry["outputs"].get(teller, {}).get("text", [])]


def complaints(studio: Studio, prompt: Prompt, link: list[Any]) -> dict[str, list[tuple[str, str]]]:
    """(type, input) of each error of each node of a prompt that is refused."""
    found = studio.refused(prompt | {"tell": node("V3Tell", value=link)})
    return {
        node_id: [(error["type"], error["extra_info"].get("input_name")) for error in errors]
        for node_id, errors in found.items()
    }


def test_the_packs_are_there_without_a_problem(studio: Studio) -> None:
    packs = {pack["name"]: pack for pack in studio.get("/api/packs")}
    ours = {name: pack for name, pack in packs.items() if name.startswith("v3_")}
    assert {name: (pack["error"], pack["problems"]) for name, pack in ours.items()} == {
        name: (None, []) for name in ("v3_mapped", "v3_pinned", "v3_stages", "v3_studio")
    }
    assert packs["v3_pinned"]["nodes"] == ["V3Pinned"]  # its entry point is called, others are awaited
    assert "V3Widgets" in packs["v3_studio"]["nodes"]


def test_clients_read_the_newer_forms(studio: Studio) -> None:
    found = studio.get("/object_info")
    widgets = found["V3Widgets"]["input"]
    assert widgets["required"]["shape"] == ["COMBO", {"options": ["round", "square"], "default": "square"}]
    assert widgets["required"]["count"][1]["display"] == "slider"
    assert found["V3Mapped"]["display_name"] == "Mapped"
    assert found["V3Mapped"]["output_name"] == ["DOUBLE"]
    assert found["V3Told"]["input"]["hidden"]["unique_id"] == "UNIQUE_ID"
    assert found["V3Matched"]["output"][0] == "COMFY_MATCHTYPE_V3"
    assert found["V3Chosen"]["input"]["required"]["mode"][0] == "COMFY_DYNAMICCOMBO_V3"


def test_every_widget_is_given_in_its_type(studio: Studio) -> None:
    inputs = {
        "count": "4", "strength": 1, "on": 1, "text": 5, "shape": "round", "tags": {"__value__": ["a", "c"]},
        "picked": 2, "remote": "anything", "number": 2, "file": "a.png",
    }  # fmt: skip
    (text,) = told(studio, {"1": node("V3Widgets", **inputs)}, ["1", 0])
    assert text == repr(repr(sorted(inputs)))


def test_widgets_are_checked(studio: Studio) -> None:
    inputs = {
        "count": 11, "strength": "x", "on": True, "text": "", "shape": "oval", "tags": {"__value__": ["z"]},
    }  # fmt: skip
    assert complaints(studio, {"1": node("V3Widgets", **inputs)}, ["1", 0]) == {
        "1": [
            ("value_bigger_than_max", "count"),
            ("invalid_input_type", "strength"),
            ("value_not_in_list", "shape"),
            ("custom_validation_failed", "tags"),
        ]
    }


def test_what_grows_takes_links_and_values(studio: Studio) -> None:
    prompt = {
        "n": node("V3Number", value=7),
        "g": node("V3Grown", **{"group.item0": ["n", 0], "group.item1": ["n", 0], "others.a": ["n", 0]}),
    }
    assert told(studio, prompt, ["g", 0]) == [repr(repr(({"item0": 7, "item1": 7}, {"a": 7})))]


def test_what_grows_is_refused_where_it_is_wrong(studio: Studio) -> None:
    assert complaints(studio, {"g": node("V3Grown")}, ["g", 0]) == {
        "g": [("custom_validation_failed", "group.item0")]
    }
    prompt = {"p": node("V3Pinned"), "g": node("V3Grown", **{"group.item0": ["p", 0]})}
    assert complaints(studio, prompt, ["g", 0]) == {"g": [("custom_validation_failed", "group.item0")]}


def test_a_change_inside_of_a_group_is_computed_anew(studio: Studio) -> None:
    def chosen(width: int) -> list[str]:
        inputs = {"mode": "size", "mode.width": width, "mode.crop": "no", "after": "z"}
        return told(studio, {"c": node("V3Chosen", **inputs)}, ["c", 0])

    for width in (8, 9):
        assert chosen(width) == [repr(repr(({"mode": "size", "width": width, "crop": "no"}, "z")))]


def test_a_choice_is_refused_where_what_it_brings_is_wrong(studio: Studio) -> None:
    prompt = {"c": node("V3Chosen", **{"mode": "size", "mode.width": 100, "after": "z"})}
    assert complaints(studio, prompt, ["c", 0]) == {
        "c": [("custom_validation_failed", "mode.width"), ("custom_validation_failed", "mode.crop")]
    }
    linked = {"n": node("V3Number", value=1), "c": node("V3Chosen", mode=["n", 0], after="z")}
    assert complaints(studio, linked, ["c", 0]) == {"c": [("return_type_mismatch", "mode")]}
    empty = {"c": node("V3Chosen", after="z")}
    assert complaints(studio, empty, ["c", 0]) == {"c": [("required_input_missing", "mode")]}
    other = {"c": node("V3Chosen", mode="never", after="z")}
    assert complaints(studio, other, ["c", 0]) == {"c": [("custom_validation_failed", "mode")]}


def test_a_slot_brings_others_once_it_is_linked(studio: Studio) -> None:
    prompt = {
        "n": node("V3Number", value=7),
        "s": node("V3Slotted", **{"source": ["n", 0], "source.amount": "3"}),
        "empty": node("V3Slotted"),
    }
    assert told(studio, prompt, ["s", 0], ["empty", 0]) == [
        repr(repr({"source": 7, "amount": 3})),
        repr("None"),
    ]


def test_matching_sockets_pass_on_what_they_are_given(studio: Studio) -> None:
    prompt = {
        "n": node("V3Number", value=7),
        "m": node("V3Matched", first=["n", 0], second=["n", 0]),
        "typed": node("V3Mapped", value=["m", 0]),
    }
    assert told(studio, prompt, ["m", 0], ["typed", 0]) == ["7", "14"]
    wrong = {"t": node("V3Told"), "m": node("V3Matched", first=["t", 0], second=["t", 0])}
    assert complaints(studio, wrong, ["m", 0]) == {
        "m": [("custom_validation_failed", "first"), ("custom_validation_failed", "second")]
    }


def test_a_node_may_take_whatever_it_is_given(studio: Studio) -> None:
    prompt = {"n": node("V3Number", value=7), "e": node("V3Everything", one=["n", 0], two="x")}
    assert told(studio, prompt, ["e", 0]) == [repr(repr({"two": "x", "one": 7}))]


def test_widgets_of_the_packs_own_pages_give_plain_values(studio: Studio) -> None:
    prompt = {"d": node("V3Drawn", knobs={"low": 1}, photo="a.png", ink="#ff0000")}
    assert told(studio, prompt, ["d", 0]) == [repr("{'low': 1} a.png #ff0000")]


def test_coroutines_are_awaited_and_lists_are_mapped(studio: Studio) -> None:
    prompt = {
        "n": node("V3Number", value=2),
        "items": node("V3Gathering", values=["n", 0], times=3),
        "each": node("V3Awaited", value=["items", 0]),
        "all": node("V3Gathering", values=["each", 0], times=1),
    }
    assert told(studio, prompt, ["each", 0], ["all", 1]) == ["12", "60", "2"]


def test_a_node_is_told_of_its_run(studio: Studio) -> None:
    extra = {"extra_data": {"extra_pnginfo": {"workflow": {"nodes": []}}}}
    (text,) = told(studio, {"t": node("V3Told")}, ["t", 0], **extra)
    assert text == repr("t V3Told V3Told {'workflow': {'nodes': []}} None")


def test_equal_nodes_that_ask_for_their_id_are_told_theirs(studio: Studio) -> None:
    texts = told(studio, {"a": node("V3Told"), "b": node("V3Told")}, ["a", 0], ["b", 0])
    assert [text.split()[0] for text in texts] == ["'a", "'b"]


def test_nothing_can_be_kept_on_a_class(studio: Studio) -> None:
    error = studio.failure({"k": node("V3Keeping"), "tell": node("V3Tell", value=["k", 0])})
    assert error["exception_type"].endswith("LockedError")
    assert "Keeping.kept cannot be set during a call" in error["exception_message"]


def test_expansions_run(studio: Studio) -> None:
    assert told(studio, {"e": node("V3Expanding", value=4)}, ["e", 0]) == ["5"]
    error = studio.failure({"e": node("V3ExpandingUnasked", value=4), "tell": node("V3Tell", value=["e", 0])})
    assert "does not say enable_expand=True" in error["exception_message"]


@pytest.mark.parametrize(
    ("how", "message"), [("message", "not today"), ("bare", "bare"), ("none", "returned 0 value")]
)
def test_blockers_with_a_message_tell_it(how: str, message: str, studio: Studio) -> None:
    prompt = {"b": node("V3Blocking", how=how), "tell": node("V3Tell", value=["b", 0])}
    assert message in studio.failure(prompt)["exception_message"]


def test_silent_blockers_stop_what_follows_and_nothing_else(studio: Studio) -> None:
    prompt = {"s": node("V3Blocking", how="silent"), "v": node("V3Blocking", how="value")}
    assert told(studio, prompt, ["s", 0], ["v", 0], ["v", 1]) == ["1"]


def test_a_fingerprint_decides_whether_a_node_runs_again(studio: Studio) -> None:
    def counted(name: str, always: bool) -> list[str]:
        return told(studio, {"c": node("V3Counted", name=name, always=always)}, ["c", 0])

    first = counted("a", False)
    assert counted("a", False) == first
    assert counted("b", True) != counted("b", True)


def test_a_nodes_own_validator_has_the_say_over_what_it_names(studio: Studio) -> None:
    assert told(studio, {"c": node("V3Checked", size=12, other=1)}, ["c", 0]) == ["12"]
    assert complaints(studio, {"c": node("V3Checked", size=13, other=11)}, ["c", 0]) == {
        "c": [("value_bigger_than_max", "other"), ("custom_validation_failed", "size")]
    }
    prompt = {"n": node("V3Number", value=7), "c": node("V3CheckedTypes", any=["n", 0])}
    assert told(studio, prompt, ["c", 0]) == ["7"]
    wrong = {"p": node("V3Pinned"), "c": node("V3CheckedTypes", any=["p", 0])}
    assert complaints(studio, wrong, ["c", 0]) == {"c": [("custom_validation_failed", "input_types")]}


def test_only_the_wanted_of_lazy_inputs_is_computed(studio: Studio) -> None:
    prompt = {
        "fails": node("V3Keeping"),
        "n": node("V3Number", value=7),
        "s": node("V3Switch", second=True, if_false=["fails", 0], if_true=["n", 0]),
    }
    assert told(studio, prompt, ["s", 0]) == ["7"]


def test_a_raw_link_is_given_as_it_is(studio: Studio) -> None:
    prompt = {"n": node("V3Number", value=7), "r": node("V3RawLink", value=["n", 0])}
    assert told(studio, prompt, ["r", 0]) == [repr(repr(["n", 0]))]


PICTURE = {"i": node("EmptyImage", width=6, height=4, batch_size=2, color=0)}


def test_stored_pictures_carry_the_workflow(studio: Studio) -> None:
    prompt = PICTURE | {"s": node("V3Storing", images=["i", 0], filename_prefix="v3/%width%")}
    entry = studio.run(prompt, extra_data={"extra_pnginfo": {"workflow": {"nodes": []}}})
    shown = entry["outputs"]["s"]["images"]
    assert [one["filename"] for one in shown] == ["6_00001_.png", "6_00002_.png"]
    with Pillow.open(studio.folder / "output" / "v3" / shown[0]["filename"]) as picture:
        assert set(picture.info) == {"prompt", "workflow"}


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("image", "images"),
        ("mask", "images"),
        ("text", "text"),
        ("audio", "audio"),
        ("3d", "result"),
        ("webp", "images"),
    ],
)
def test_what_nodes_show_is_in_the_history(kind: str, key: str, studio: Studio) -> None:
    entry = studio.run(PICTURE | {"p": node("V3Previewing", images=["i", 0], kind=kind)})
    assert entry["status"]["status_str"] == "success", entry["status"]
    assert entry["outputs"]["p"][key]


def test_progress_and_previews_are_told(studio: Studio) -> None:
    prompt = PICTURE | {"s": node("V3Stepping", image=["i", 0]), "f": node("V3Film", images=["s", 0])}
    assert told(studio, prompt, ["f", 1]) == [repr(f"(6, 4) {2 / 24}")]
