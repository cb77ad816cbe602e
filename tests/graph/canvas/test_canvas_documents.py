"""What a canvas document may ask of the converter beyond the shared cases: chance, clocks, damage, size."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from graph.canvas import is_canvas, to_api
from graph.canvas.text import dynamic_prompt, format_date
from graph.errors import InvalidWorkflow
from tests.graph.object_info import load_schemas

SCHEMAS = load_schemas()


def node(node_id: int, kind: str, values: object = None, **more: Any) -> dict[str, Any]:
    return {
        "id": node_id,
        "type": kind,
        "mode": 0,
        "inputs": [],
        "outputs": [],
        "widgets_values": values,
    } | more


def wired(name: str, link: int, kind: str = "*") -> dict[str, Any]:
    return {"name": name, "type": kind, "link": link}


def canvas(nodes: Sequence[dict[str, Any]], links: Sequence[list[Any]] = (), **more: Any) -> dict[str, Any]:
    return {"version": 0.4, "nodes": list(nodes), "links": list(links), **more}


def subgraph(name: str, nodes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"id": name, "nodes": list(nodes), "links": [], "inputs": [], "outputs": []}


def test_an_api_prompt_is_not_taken_for_a_canvas() -> None:
    assert not is_canvas({"1": {"class_type": "KSampler", "inputs": {}}})
    assert not is_canvas([])


def test_the_alternatives_of_a_dynamic_prompt_follow_the_seed_of_its_chance() -> None:
    text = "a {red|green|{dark|pale} blue} house"
    chosen = {dynamic_prompt(text, random.Random(seed)) for seed in range(64)}
    assert chosen == {f"a {colour} house" for colour in ("red", "green", "dark blue", "pale blue")}
    assert dynamic_prompt(text, random.Random(7)) == dynamic_prompt(text, random.Random(7))


@pytest.mark.parametrize("text", ["a {b|c", "a } b", "a | b", "{", "a {b {c|d}"])
def test_a_brace_that_nobody_closes_is_a_plain_sign(text: str) -> None:
    open_text = text.replace("{c|d}", "c")
    assert dynamic_prompt(open_text, random.Random(0)) == open_text


def test_a_prompt_of_a_text_node_is_chosen_and_one_of_another_is_left_alone() -> None:
    document = canvas([node(1, "CLIPTextEncode", ["{a|a}"]), node(2, "FixedSeed", [3, "{a|a}"])])
    prompt = to_api(document, SCHEMAS, rng=random.Random(0))
    assert prompt["1"]["inputs"]["text"] == "a"
    assert prompt["2"]["inputs"]["label"] == "{a|a}"


@pytest.mark.parametrize(
    ("form", "expected"),
    [("yyyy-MM-dd", "2026-03-05"), ("yy.M.d", "26.3.5"), ("hh_mm_ss", "04_09_07"), ("h m s", "4 9 7")],
)
def test_dates_are_written_in_the_letters_of_the_field(form: str, expected: str) -> None:
    assert format_date(form, datetime(2026, 3, 5, 4, 9, 7)) == expected


def test_a_file_name_takes_the_date_of_queueing() -> None:
    document = canvas([node(1, "SaveImage", ["%date:yyyy%/a"])])
    prompt = to_api(document, SCHEMAS, now=datetime(2026, 3, 5))
    assert prompt["1"]["inputs"]["filename_prefix"] == "2026/a"


def test_what_a_file_name_takes_from_another_node_cannot_name_a_folder() -> None:
    document = canvas([node(1, "FixedSeed", [1, "../x:y"], title="It"), node(2, "SaveImage", ["%It.label%"])])
    assert to_api(document, SCHEMAS)["2"]["inputs"]["filename_prefix"] == ".._x_y"


def test_a_hole_that_no_widget_owns_does_not_shift_what_follows() -> None:
    document = canvas([node(1, "ImageScale", ["bilinear", None, 64, 32, "disabled"])])
    values = to_api(document, SCHEMAS)["1"]["inputs"]
    assert values == {"upscale_method": "bilinear", "width": 64, "height": 32, "crop": "disabled"}


def test_a_list_as_a_plain_value_does_not_read_as_a_link() -> None:
    document = canvas([node(1, "PrimitiveInt", {"value": [1, 2]})])
    assert to_api(document, SCHEMAS)["1"]["inputs"] == {"value": {"__value__": [1, 2]}}


def test_seeds_beyond_the_doubles_of_javascript_stay_exact() -> None:
    document = canvas([node(1, "KSampler", [2**64 - 1, "fixed", 20, 8.0, "euler", "normal", 1.0])])
    assert to_api(document, SCHEMAS)["1"]["inputs"]["seed"] == 2**64 - 1


def test_a_packs_label_without_sockets_is_no_unknown_class() -> None:
    assert to_api(canvas([node(1, "Label (rgthree)", [])]), SCHEMAS) == {}


def test_reroutes_that_feed_each_other_lead_nowhere() -> None:
    document = canvas(
        [
            node(1, "Reroute", inputs=[wired("", 2)]),
            node(2, "Reroute", inputs=[wired("", 1)]),
            node(3, "SaveImage", ["a"], inputs=[wired("images", 2, "IMAGE")]),
        ],
        [[1, 1, 0, 2, 0, "*"], [2, 2, 0, 1, 0, "*"]],
    )
    assert to_api(document, SCHEMAS)["3"]["inputs"] == {"filename_prefix": "a"}


def test_a_chain_of_twenty_thousand_reroutes_is_followed_without_recursion() -> None:
    count = 20_000
    reroutes = [node(i, "Reroute", inputs=[wired("", i)]) for i in range(1, count)]
    links = [[i, i - 1, 0, i, 0, "*"] for i in range(1, count + 1)]
    last = node(count, "SaveImage", ["a"], inputs=[wired("images", count, "IMAGE")])
    prompt = to_api(canvas([node(0, "LoadImage", ["example.png"]), *reroutes, last], links), SCHEMAS)
    assert prompt[str(count)]["inputs"]["images"] == ["0", 0]


def test_a_subgraph_inside_itself_is_refused() -> None:
    document = canvas([node(1, "S")], definitions={"subgraphs": [subgraph("S", [node(2, "S")])]})
    with pytest.raises(InvalidWorkflow, match="contains itself"):
        to_api(document, SCHEMAS)


def test_a_small_file_cannot_ask_for_millions_of_nodes() -> None:
    levels = [subgraph(f"S{i}", [node(j, f"S{i + 1}") for j in range(10)]) for i in range(9)]
    document = canvas([node(1, "S0")], definitions={"subgraphs": levels})
    with pytest.raises(InvalidWorkflow, match="more than 100,000 nodes"):
        to_api(document, SCHEMAS)


def test_a_group_node_inside_itself_is_refused() -> None:
    template = {"nodes": [node(-1, "workflow>Mine")], "links": [], "external": []}
    document = canvas([node(7, "workflow>Mine")], extra={"groupNodes": {"Mine": template}})
    with pytest.raises(InvalidWorkflow, match="contains itself"):
        to_api(document, SCHEMAS)


@pytest.mark.parametrize(
    "document",
    [
        canvas([{"type": "KSampler"}]),
        canvas([{"id": 1}]),
        canvas([], [["1"]]),
        canvas([], [[1, 2, "x", 3, 0, "*"]]),
        canvas([], ["link"]),  # type: ignore[list-item]
        {"nodes": [1, 2]},
        {"nodes": [{"id": 1, "type": "KSampler", "inputs": {"a": 1}}]},
        {"nodes": [], "definitions": {"subgraphs": [3]}},
    ],
)
def test_a_damaged_document_is_refused_in_words(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidWorkflow) as caught:
        to_api(document, SCHEMAS)
    assert caught.value.type == "invalid_prompt"
    assert "damaged" in caught.value.message
