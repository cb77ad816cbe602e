"""Lists of items: a node is called once for each, unless it takes lists whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graph.context import Context
from graph.events import NodeFailed, NodeFinished, NodeSkipped
from graph.node import NodeType, Result, node
from tests.graph.talking import TALKING, told
from tests.graph.toys import Bench, use

LANES = pytest.mark.parametrize("lane", ["", "Cpu", "Disk", "Async"])


def bench_of(folder: Path, *more: NodeType) -> Bench:
    return Bench(folder, types=(*TALKING, *map(told, more)))


def seen(bench: Bench, prompt: dict[str, Any], key: str = "text") -> list[Any]:
    """What the node `s` shows."""
    outcome = bench.run(prompt)
    assert outcome.status == "success", outcome.failures
    return list(outcome.outputs.get("s", {}).get(key, []))


@LANES
def test_a_node_is_called_once_for_each_item(tmp_path: Path, lane: str) -> None:
    bench = bench_of(tmp_path)
    items = {"i": use("Spread" + lane, value=4, count=3)}
    mapped = {"m": use("Dated" + lane, value=("i", 0)), "s": use("Display" + lane, value=("m", 0))}
    assert seen(bench, items | mapped) == ["6", "7", "8"]
    assert sorted(call.index for call in bench.calls if call.kind == "Dated") == [0, 1, 2]


def test_the_shorter_list_repeats_its_last_item(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "long": use("Spread", value=10, count=3),
        "short": use("Spread", value=20, count=2),
        "m": use("Mix", left=("long", 0), right=("short", 0)),
        "s": use("Display", value=("m", 0)),
    }
    assert seen(bench, prompt) == [str(a + 2 * b + 1) for a, b in ((10, 20), (11, 21), (12, 21))]


def test_a_single_value_goes_to_every_call(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "i": use("Spread", value=10, count=2),
        "one": use("Dated", value=3),
        "m": use("Mix", left=("i", 0), right=("one", 0)),
        "s": use("Display", value=("m", 0)),
    }
    assert seen(bench, prompt) == ["21", "22"]


def test_an_empty_list_means_no_call_and_empty_outputs(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "none": use("Spread", value=10, count=0),
        "some": use("Spread", value=10, count=2),
        "m": use("Mix", left=("none", 0), right=("some", 0)),
        "t": use("Total", values=("m", 1), plus=0),
        "s": use("Display", value=("m", 0)),
        "all": use("Summary", values=("m", 0)),
    }
    assert seen(bench, prompt) == []
    assert {call.kind for call in bench.calls} == {"Spread", "Summary"}
    assert bench.said(NodeSkipped) == []
    assert bench.executor.cache.get(b"") is None
    assert bench.run(prompt).executed == []


def test_a_node_that_takes_lists_is_called_once_with_plain_lists(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "i": use("Spread", value=4, count=3),
        "t": use("Total", values=("i", 0), plus=("i", 1)),
        "s": use("Display", value=("t", 0)),
    }
    seen(bench, prompt)
    assert [call.arguments for call in bench.calls if call.kind == "Total"] == [
        "[('plus', [3]), ('values', [4, 5, 6])]"
    ]


def test_a_literal_and_a_single_value_are_lists_of_one_to_a_node_that_takes_lists(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    one = {"a": use("Dated", value=1), "t": use("Total", values=("a", 0), plus=5)}
    seen(bench, {**one, "s": use("Display", value=("t", 0))})
    assert (
        next(call.arguments for call in bench.calls if call.kind == "Total")
        == "[('plus', [5]), ('values', [3])]"
    )


def test_an_empty_list_reaches_a_node_that_takes_lists(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {"i": use("Spread", value=4, count=0), "s": use("Summary", values=("i", 0))}
    assert seen(bench, prompt) == ["[]"]
    assert seen(bench, prompt, "count") == [0]


def test_a_node_that_takes_lists_may_give_a_list_of_items(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "i": use("Spread", value=4, count=3),
        "t": use("Turn", values=("i", 0)),
        "s": use("Display", value=("t", 0)),
    }
    assert seen(bench, prompt) == ["6", "5", "4"]


def test_only_the_outputs_that_say_so_are_lists_of_items(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {"i": use("Spread", value=4, count=3), "s": use("Display", value=("i", 1))}
    assert seen(bench, prompt) == ["3"]


def test_a_list_that_is_one_value_stays_one_value(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "i": use("Spread", value=4, count=3),
        "p": use("Pack", values=("i", 0)),
        "s": use("Display", value=("p", 0)),
    }
    assert seen(bench, prompt) == ["[4, 5, 6]"]
    assert seen(bench, {"s": use("Summary", values=("p", 0)), "p": prompt["p"], "i": prompt["i"]}) == [
        "[[4, 5, 6]]"
    ]


def test_a_literal_list_is_one_value(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    assert seen(bench, {"s": use("Display", value={"__value__": [1, 2]})}) == ["[1, 2]"]
    assert seen(bench, {"s": use("Summary", values={"__value__": [1, 2]})}) == ["[[1, 2]]"]


def test_lists_of_the_calls_of_a_mapped_node_are_put_one_after_another(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "i": use("Spread", value=10, count=2),
        "ii": use("Spread", value=("i", 0), count=2),
        "s": use("Display", value=("ii", 0)),
        "counts": use("Summary", values=("ii", 1)),
    }
    assert seen(bench, prompt) == ["10", "11", "11", "12"]
    assert bench.run(prompt).outputs["counts"]["text"] == ["[2, 2]"]


@LANES
def test_what_several_calls_show_is_put_one_after_another_under_each_key(tmp_path: Path, lane: str) -> None:
    @node("toys", is_output=True)
    def some(value: Any) -> Result:
        return Result(ui={"odd": [value]} if value % 2 else {"even": [value], "all": [value]})

    bench = Bench(tmp_path, types=(*TALKING, some))
    bench.run({"i": use("Spread" + lane, value=1, count=3), "s": use("Some", value=("i", 0))})
    event = next(event for event in bench.said(NodeFinished) if event.node_id == "s")
    assert event.ui == {"odd": [1, 3], "even": [2], "all": [2]}


def test_a_cached_list_is_still_a_list_of_items(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {"i": use("Spread", value=4, count=2), "m": use("Dated", value=("i", 0))}
    bench.run({**prompt, "s": use("Summary", values=("m", 0))})
    assert seen(bench, {**prompt, "s": use("Display", value=("m", 0))}) == ["6", "7"]
    assert {call.kind for call in bench.calls} == {"Display"}


def test_each_call_learns_its_number(tmp_path: Path) -> None:
    @node("toys")
    def numbered(context: Context, *, value: Any) -> Any:
        return 100 * context.index + value

    bench = bench_of(tmp_path, numbered)
    prompt = {"i": use("Spread", value=1, count=3), "n": use("Numbered", value=("i", 0))}
    assert seen(bench, {**prompt, "s": use("Display", value=("n", 0))}) == ["1", "102", "203"]


@LANES
def test_one_call_that_raises_fails_the_node(tmp_path: Path, lane: str) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "i": use("Spread", value=1, count=3),
        "p": use("Picky" + lane, value=("i", 0), at=0),
        "s": use("Display", value=("p", 0)),
        "t": use("Total", values=("i", 0), plus=0),
        "good": use("Display", value=("t", 0)),
    }
    outcome = bench.run(prompt)
    assert outcome.status == "error"
    assert set(outcome.outputs) == {"good"}
    assert [event.node_id for event in bench.said(NodeFailed)] == ["p"]
    assert [event.node_id for event in bench.said(NodeSkipped)] == ["s"]


def test_an_output_that_is_no_list_where_one_was_promised_is_an_error_that_says_so(tmp_path: Path) -> None:
    @node("toys", list_outputs=(True,))
    def liar(value: Any) -> Any:
        return 5

    bench = bench_of(tmp_path, liar)
    outcome = bench.run({"l": use("Liar", value=1), "s": use("Display", value=("l", 0))})
    assert outcome.status == "error"
    assert outcome.failures[0].node_id == "l"
    assert "Liar" in outcome.failures[0].message
    assert "list" in outcome.failures[0].message


def test_inputs_that_are_not_declared_are_mapped_too(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "i": use("Spread", value=1, count=2),
        "c": use("Collect", first=0, more=("i", 0)),
        "s": use("Display", value=("c", 0)),
    }
    assert seen(bench, prompt) == ["6", "12"]
