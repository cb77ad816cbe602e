"""Values that stop whoever receives them: with a message an error where they arrive, else in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graph.events import NodeFailed, NodeFinished, NodeSkipped
from graph.node import Blocker, Result, node
from tests.graph.talking import TALKING, told
from tests.graph.toys import Bench, Prompt, texts, use

LANES = pytest.mark.parametrize("lane", ["", "Cpu", "Disk", "Async"])


def bench_of(folder: Path) -> Bench:
    return Bench(folder, types=TALKING)


def blocked(message: str, lane: str = "") -> Prompt:
    """A blocker that two nodes in a row receive, and a branch beside it."""
    return {
        "b": use("Stop" + lane, value=0, at=0, message=message),
        "m": use("Dated" + lane, value=("b", 0)),
        "s": use("Display" + lane, value=("m", 0)),
        "good": use("Display", value=7),
    }


@LANES
def test_a_blocker_without_a_message_stops_its_readers_in_silence(tmp_path: Path, lane: str) -> None:
    bench = bench_of(tmp_path)
    outcome = bench.run(blocked("", lane))
    assert outcome.status == "success"
    assert outcome.failures == []
    assert texts(outcome.outputs) == {"good": "7"}
    assert sorted(call.kind for call in bench.calls) == ["Display", "Stop"]


@LANES
def test_a_message_is_an_error_of_the_node_that_receives_it_first_and_of_no_other(
    tmp_path: Path, lane: str
) -> None:
    bench = bench_of(tmp_path)
    outcome = bench.run(blocked("not today", lane))
    assert outcome.status == "error"
    assert [event.node_id for event in bench.said(NodeFailed)] == ["m"]
    assert "not today" in outcome.failures[0].message
    assert outcome.failures[0].node_type == "Dated" + lane
    assert texts(outcome.outputs) == {"good": "7"}


def test_each_node_that_receives_a_message_first_reports_it(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {**blocked("no"), "other": use("Summary", values=("b", 0))}
    bench.run(prompt)
    assert sorted(event.node_id for event in bench.said(NodeFailed)) == ["m", "other"]


@pytest.mark.parametrize("message", ["", "not today"])
def test_a_blocked_graph_ends_the_same_when_it_runs_again(tmp_path: Path, message: str) -> None:
    bench = bench_of(tmp_path)
    ends = []
    for _ in range(3):
        outcome = bench.run(blocked(message))
        failed = [event.node_id for event in bench.said(NodeFailed)]
        skipped = [event.node_id for event in bench.said(NodeSkipped)]
        ends.append((outcome.status, outcome.outputs, failed, skipped))
    assert ends[0] == ends[1] == ends[2]
    assert bench.calls == []


def test_nodes_that_a_blocker_stops_are_told_of_as_skipped(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.run(blocked(""))
    assert [event.node_id for event in bench.said(NodeSkipped)] == ["m", "s"]
    assert {event.node_id for event in bench.said(NodeFinished)} == {"b", "good"}


def test_twins_of_a_blocked_node_are_told_of_too(tmp_path: Path) -> None:
    for message in ("", "not today"):
        bench = bench_of(tmp_path)
        bench.run(
            {**blocked(message), "twin": use("Dated", value=("b", 0)), "t": use("Display", value=("twin", 0))}
        )
        told_of = {event.node_id for event in (*bench.said(NodeSkipped), *bench.said(NodeFailed))}
        assert told_of == {"m", "s", "twin", "t"}


def test_a_bare_blocker_stands_for_all_outputs(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    outcome = bench.run(
        {
            "w": use("Wall", value=0, at=0, message=""),
            "s": use("Display", value=("w", 0)),
            "t": use("Display", value=("w", 1)),
        }
    )
    assert outcome.status == "success"
    assert outcome.outputs == {}
    assert bench.called("Display") == []


def test_one_blocked_output_leaves_the_others_free(tmp_path: Path) -> None:
    @node("toys")
    def half(value: Any) -> tuple[Any, Any]:
        return Blocker(), value

    bench = Bench(tmp_path, types=(*TALKING, told(half)))
    prompt = {
        "h": use("Half", value=3),
        "s": use("Display", value=("h", 0)),
        "t": use("Display", value=("h", 1)),
    }
    assert texts(bench.run(prompt).outputs) == {"t": "3"}


@LANES
def test_of_a_mapped_node_only_the_calls_of_blocked_items_do_not_happen(tmp_path: Path, lane: str) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "i": use("Sieve" + lane, value=4, message=""),
        "m": use("Dated" + lane, value=("i", 0)),
        "s": use("Display" + lane, value=("m", 0)),
    }
    outcome = bench.run(prompt)
    assert outcome.status == "success"
    assert outcome.outputs["s"] == {"text": ["6", "8"]}
    assert sorted(call.index for call in bench.calls if call.kind == "Dated") == [0, 2]
    assert bench.said(NodeSkipped) == []


def test_a_blocked_item_with_a_message_fails_the_mapped_node_once_and_the_other_items_go_on(
    tmp_path: Path,
) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "i": use("Spread", value=0, count=5),
        "b": use("Stop", value=("i", 0), at=0, message="no"),
        "m": use("Dated", value=("b", 0)),
        "s": use("Display", value=("m", 0)),
    }
    for _ in range(2):
        outcome = bench.run(prompt)
        assert outcome.status == "error"
        assert [event.node_id for event in bench.said(NodeFailed)] == ["m"]
        assert outcome.outputs["s"] == {"text": ["3", "4", "6"]}


def test_one_blocked_item_stops_the_one_call_of_a_node_that_takes_lists(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {"i": use("Sieve", value=4, message=""), "s": use("Summary", values=("i", 0))}
    assert bench.run(prompt).outputs == {}
    assert bench.called("Summary") == []


def test_the_list_output_of_a_blocked_node_holds_one_blocker(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "b": use("Stop", value=0, at=0, message=""),
        "i": use("Spread", value=("b", 0), count=3),
        "s": use("Display", value=("i", 0)),
        "t": use("Summary", values=("i", 0)),
    }
    assert bench.run(prompt).outputs == {}
    assert {call.kind for call in bench.calls} == {"Stop"}


def test_what_a_node_showed_beside_its_blocker_stays(tmp_path: Path) -> None:
    @node("toys", is_output=True)
    def warn(value: Any) -> tuple[Any]:
        return Result(Blocker(), ui={"text": ["careful"]})  # type: ignore[return-value]

    bench = Bench(tmp_path, types=(*TALKING, told(warn)))
    outcome = bench.run({"w": use("Warn", value=1), "s": use("Display", value=("w", 0))})
    assert outcome.status == "success"
    assert texts(outcome.outputs) == {"w": "careful"}


def test_a_raw_link_to_a_blocked_output_stops_nothing(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.run({**blocked(""), "a": use("Address", source=("m", 0)), "t": use("Display", value=("a", 0))})
    assert bench.called("Address") == ["a"]


def test_every_undeclared_output_of_a_blocked_node_is_blocked(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "i": use("Sieve", value=1, message=""),
        "w": use("Wide", value=("i", 0)),
        "s": use("Display", value=("w", 2)),
        "b": use("Stop", value=0, at=0, message=""),
        "wb": use("Wide", value=("b", 0)),
        "sb": use("Display", value=("wb", 2)),
    }
    outputs = bench.run(prompt).outputs
    assert outputs["s"] == {"text": ["3", "5"]}
    assert "sb" not in outputs
