"""Inputs that are computed only when the node asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest

from graph.cache import LruCache, NoCache, OutputCache
from graph.events import NodeFailed, NodesCached, NodeSkipped
from graph.node import NodeType, node
from graph.schema import Lazy
from tests.graph.talking import TALKING, beside, told
from tests.graph.toys import Bench, texts, use

Later = Annotated[Any, Lazy()]


def bench_of(folder: Path, *more: NodeType) -> Bench:
    return Bench(folder, types=(*TALKING, *map(told, more)))


def switch(on: int, lane: str = "") -> dict[str, Any]:
    """One of two branches, which differ in their node's class."""
    return {
        "high": use("Spread", value=1, count=1),
        "low": use("Pack", values=1),
        "w": use("Switch" + lane, on=on, high=("high", 0), low=("low", 0)),
        "s": use("Display", value=("w", 0)),
    }


@pytest.mark.parametrize("lane", ["", "Cpu", "Disk", "Async"])
@pytest.mark.parametrize(("on", "taken"), [(1, "Spread"), (2, "Pack")])
def test_only_the_branch_that_is_asked_for_is_computed(
    tmp_path: Path, on: int, taken: str, lane: str
) -> None:
    bench = bench_of(tmp_path)
    assert bench.run(switch(on, lane)).status == "success"
    assert {call.kind for call in bench.calls} == {taken, "Switch", "Display"}


def test_what_only_a_branch_not_taken_needs_is_not_computed(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {**switch(2), "high": use("Spread", value=("deep", 0), count=1), "deep": use("Broken", value=1)}
    assert bench.run(prompt).status == "success"
    assert bench.called("Broken") == []


def test_a_node_is_asked_until_it_wants_nothing_new(tmp_path: Path) -> None:
    asked: list[dict[str, Any]] = []

    def next_one(**known: Any) -> list[str]:
        asked.append(known)
        return [name for name in ("a", "b", "c") if known[name] is None][:1]

    @node("toys", lazy_status=next_one)
    def three(a: Later, b: Later, c: Later) -> Any:
        return [a, b, c]

    bench = bench_of(tmp_path, three)
    sources = {name: use("Dated", value=i) for i, name in enumerate("abc")}
    prompt = {**sources, "t": use("Three", a=("a", 0), b=("b", 0), c=("c", 0))}
    assert texts(bench.run({**prompt, "s": use("Display", value=("t", 0))}).outputs) == {"s": "[2, 3, 4]"}
    assert asked == [
        {"a": None, "b": None, "c": None},
        {"a": 2, "b": None, "c": None},
        {"a": 2, "b": 3, "c": None},
        {"a": 2, "b": 3, "c": 4},
    ]
    assert len(bench.called("Three")) == 1


def test_what_was_not_asked_for_arrives_as_none_though_another_node_had_it_computed(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {**switch(2), "seen": use("Display", value=("high", 0))}
    bench.run(prompt)
    assert bench.called("Spread") == ["high"]
    assert next(call.arguments for call in bench.calls if call.kind == "Switch") == repr(
        [("high", None), ("low", [1]), ("on", 2)]
    )


def test_without_a_question_a_lazy_input_is_never_computed(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.run(
        {
            "a": use("Dated", value=1),
            "d": use("Deaf", value=("a", 0), other=1),
            "s": use("Display", value=("d", 0)),
        }
    )
    assert bench.called("Dated") == []
    assert bench.calls[0].arguments == repr([("other", 1), ("value", None)])


def test_a_literal_for_a_lazy_input_is_there_from_the_start(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.run({"b": use("BothOdd", first=1, second=5), "s": use("Display", value=("b", 0))})
    assert bench.calls[0].arguments == repr([("first", 1), ("second", 5)])


def test_names_that_are_no_lazy_inputs_with_a_link_are_not_heard(tmp_path: Path) -> None:
    @node("toys", lazy_status=lambda **_: ["value", "typed", "nothing of this name"])
    def nosy(value: Any, typed: Later, later: Later) -> Any:
        return repr([value, typed, later])

    bench = bench_of(tmp_path, nosy)
    prompt = {
        "a": use("Dated", value=1),
        "n": use("Nosy", value=("a", 0), typed=4, later=("a", 0)),
        "s": use("Display", value=("n", 0)),
    }
    assert texts(bench.run(prompt).outputs) == {"s": repr("[3, 4, None]")}


def test_a_node_called_for_each_item_is_asked_for_each_and_all_that_is_asked_for_is_computed(
    tmp_path: Path,
) -> None:
    bench = bench_of(tmp_path)
    prompt = {**switch(0), "on": use("Spread", value=1, count=2)}
    prompt["w"] = use("Switch", on=("on", 0), high=("high", 0), low=("low", 0))
    assert bench.run(prompt).status == "success"
    assert bench.called("Pack") == ["low"]
    assert sorted(bench.called("Spread")) == ["high", "on"]
    assert bench.called("Switch") == ["w", "w"]


def test_of_an_empty_list_nothing_is_asked(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {**switch(0), "on": use("Spread", value=1, count=0)}
    prompt["w"] = use("Switch", on=("on", 0), high=("high", 0), low=("low", 0))
    assert bench.run(prompt).status == "success"
    assert {call.kind for call in bench.calls} == {"Spread"}
    assert bench.called("Spread") == ["on"]


def test_a_call_that_a_blocker_stops_asks_for_nothing(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {**switch(0), "on": use("Stop", value=0, at=0, message="")}
    prompt["w"] = use("Switch", on=("on", 0), high=("high", 0), low=("low", 0))
    assert bench.run(prompt).status == "success"
    assert {call.kind for call in bench.calls} == {"Stop"}


@pytest.mark.parametrize("lane", ["", "Async"])
def test_a_node_whose_wanted_source_failed_is_skipped(tmp_path: Path, lane: str) -> None:
    bench = bench_of(tmp_path)
    prompt = {**switch(1, lane), "high": use("Broken" + lane, value=1)}
    assert bench.run(prompt).status == "error"
    assert [event.node_id for event in bench.said(NodeFailed)] == ["high"]
    assert [event.node_id for event in bench.said(NodeSkipped)] == ["w", "s"]
    assert "node high (Broken" in bench.said(NodeSkipped)[0].reason


def test_a_source_that_had_failed_before_it_was_wanted_skips_the_node_too(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "bad": use("Broken", value=1),
        "shown": use("Display", value=("bad", 0)),
        "first": use("Outside", source=("late", 0), value=1),
        "late": use("Dated", value=3),
        "b": use("BothOdd", first=("first", 0), second=("bad", 0)),
        "s": use("Display", value=("b", 0)),
    }
    for _ in range(2):
        assert bench.run(prompt).status == "error"
        skipped = {event.node_id for event in bench.said(NodeSkipped)}
        assert skipped in ({"shown", "b", "s"}, {"shown"})
        assert bench.called("Broken") == ["bad"]


def test_a_question_that_raises_fails_its_node(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "a": use("Dated", value=1),
        "d": use("Doubtful", value=0, other=("a", 0)),
        "s": use("Display", value=("d", 0)),
        "good": use("Display", value=7),
    }
    outcome = bench.run(prompt)
    assert outcome.status == "error"
    assert texts(outcome.outputs) == {"good": "7"}
    assert [(failure.node_id, failure.message) for failure in outcome.failures] == [("d", "what is 0?")]
    assert bench.called("Dated") == []
    assert bench.called("Doubtful") == []


@pytest.mark.parametrize("cache", [OutputCache(), LruCache(1), NoCache()])
def test_a_source_wanted_late_is_computed_once(
    tmp_path: Path, cache: OutputCache | LruCache | NoCache
) -> None:
    bench = Bench(tmp_path, cache, types=TALKING)
    bench.run(
        {
            "x": use("Restless", value=1),
            "early": use("DisplayCpu", value=("x", 0)),
            "slow": use("Dated", value=("slower", 0)),
            "slower": use("Dated", value=("x", 0)),
            "w": use("Switch", on=("slow", 0), high=("x", 0), low=("x", 0)),
            "s": use("Display", value=("w", 0)),
        }
    )
    assert bench.called("Restless") == ["x"]


def test_an_unchanged_graph_with_a_switch_computes_neither_branch_again(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.run(switch(1))
    assert bench.run(switch(1)).executed == []
    assert bench.calls == []


def test_a_switch_turned_computes_the_other_branch_only(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.run(switch(1))
    bench.run(switch(2))
    assert [call.kind for call in bench.calls] == ["Pack", "Switch", "Display"]
    assert "low" not in bench.said(NodesCached)[0].nodes


def test_a_node_that_takes_lists_is_asked_with_lists(tmp_path: Path) -> None:
    asked: list[dict[str, Any]] = []

    def all_of_it(**known: Any) -> list[str]:
        asked.append(known)
        return ["later"] if known["values"] == [1, 2] else []

    @node("toys", takes_lists=True, lazy_status=all_of_it)
    def listed(values: Any, later: Later) -> Any:
        return [values, later]

    bench = Bench(tmp_path, types=(*TALKING, beside(listed, "")))
    prompt = {
        "v": use("Spread", value=1, count=2),
        "l": use("Listed", values=("v", 0), later=("v", 0)),
        "s": use("Display", value=("l", 0)),
    }
    assert texts(bench.run(prompt).outputs) == {"s": "[[1, 2], [1, 2]]"}
    assert asked[0]["values"] == [1, 2]
    assert asked[0]["later"] in (None, (None,), [None])
