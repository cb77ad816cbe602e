"""Nodes that add nodes to their run."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from graph.cache import LruCache, NoCache, OutputCache
from graph.context import Context
from graph.events import NodeFailed, NodeFinished, NodeProgress, NodesCached, NodeSkipped, NodeStarted
from graph.node import Expand, NodeType, Result, node
from tests.graph.talking import TALKING, told
from tests.graph.toys import Bench, Prompt, texts, use

LANES = pytest.mark.parametrize("lane", ["", "Cpu", "Disk", "Async"])


def bench_of(folder: Path, *more: NodeType) -> Bench:
    return Bench(folder, types=(*TALKING, *map(told, more)))


def looped(count: int, lane: str = "", value: int = 1) -> Prompt:
    return {"l": use("Loop" + lane, count=count, value=value), "s": use("Display", value=("l", 0))}


def added(graph: Mapping[str, Any], *values: Any) -> NodeType:
    """A node type that adds this graph."""

    @node("toys")
    def adder(value: Any) -> tuple[Any, Any]:
        return Expand(graph, *values)  # type: ignore[return-value]

    return adder


ADDED = {"m": use("Adder", value=1), "s": use("Display", value=("m", 0)), "t": use("Display", value=("m", 1))}


@LANES
def test_a_node_gives_what_the_nodes_that_it_adds_give_and_plain_values_beside(
    tmp_path: Path, lane: str
) -> None:
    bench = bench_of(tmp_path)
    shown = {"s": use("Display", value=("g", 0)), "t": use("Display", value=("g", 1))}
    outcome = bench.run({"g": use("Grow" + lane, value=6), **shown})
    assert outcome.status == "success"
    assert outcome.outputs["s"] == {"text": ["28"]}
    assert outcome.outputs["t"] == {"text": ["1"]}


def test_nodes_that_are_added_get_the_id_of_their_maker_as_a_prefix(tmp_path: Path) -> None:
    graph = {"a": use("Mix", left=1, right=2), "m.b": use("Mix", left=("a", 0), right=1)}
    bench = bench_of(tmp_path, added(graph, ["m.b", 0], ["a", 0]))
    assert bench.run(ADDED).status == "success"
    assert bench.called("Mix") == ["m.a", "m.b"]


def test_events_of_added_nodes_name_their_maker_and_the_node_that_is_drawn(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.run(looped(2))
    found = {event.node_id: (event.display_id, event.parent_id) for event in bench.said(NodeStarted)}
    assert found == {
        "l": (None, None),
        "l.step": ("l", "l"),
        "l.next": ("l", "l"),
        "l.next.step": ("l", "l.next"),
        "l.next.next": ("l", "l.next"),
        "s": (None, None),
    }


def test_an_added_node_learns_where_it_belongs_and_its_progress_says_so(tmp_path: Path) -> None:
    contexts: list[Context] = []

    @node("toys")
    def inner(context: Context, *, value: Any) -> Any:
        contexts.append(context)
        context.progress(1, 2)
        return value

    bench = bench_of(tmp_path, inner, added({"i": use("Inner", value=1)}, ["i", 0], 5))
    bench.run(ADDED)
    assert (contexts[0].node_id, contexts[0].display_id, contexts[0].parent_id) == ("m.i", "m", "m")
    assert contexts[0].expanded["m.i"].parent_id == "m"
    assert contexts[0].expanded["m.i"].data["class_type"] == "Inner"
    assert [(event.display_id, event.parent_id) for event in bench.said(NodeProgress)] == [("m", "m")]


def test_output_nodes_among_them_run_though_nothing_reads_them(tmp_path: Path) -> None:
    graph = {"shown": use("Display", value=4), "idle": use("Dated", value=1)}
    bench = bench_of(tmp_path, added(graph, 1, 2))
    outcome = bench.run(ADDED)
    assert texts(outcome.outputs) == {"m.shown": "4", "s": "1", "t": "2"}
    event = next(event for event in bench.said(NodeFinished) if event.node_id == "m.shown")
    assert (event.display_id, event.parent_id) == ("m", "m")
    assert bench.called("Dated") == []


@pytest.mark.parametrize("cache", [OutputCache(), LruCache(100), NoCache()])
def test_what_they_show_is_shown_again_when_all_is_cached(
    tmp_path: Path, cache: OutputCache | LruCache | NoCache
) -> None:
    bench = Bench(tmp_path, cache, types=TALKING)
    prompt = {
        "g": use("Grow", value=4),
        "m": use("Dated", value=("g", 0)),
        "s": use("Display", value=("m", 0)),
    }
    shown = [bench.run(prompt).outputs for _ in range(3)]
    assert shown[0] == shown[1] == shown[2]
    assert "g.shown" in shown[0]


def test_a_twin_of_a_maker_shows_the_same_under_its_own_id(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {name: use("Grow", value=0) for name in "ab"}
    prompt |= {f"s{name}": use("Display", value=(name, 0)) for name in "ab"}
    for _ in range(2):
        outcome = bench.run(prompt)
        assert outcome.outputs["a.shown"] == outcome.outputs["b.shown"]
        places = {event.node_id: event.display_id for event in bench.said(NodeFinished)}
        assert (places["a.shown"], places["b.shown"]) == ("a", "b")


def test_a_renamed_maker_shows_the_same_under_its_new_id(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    for name in "ab":
        prompt = {name: use("Grow", value=4), "r": use("Restless", value=(name, 0))}
        outcome = bench.run({**prompt, "s": use("Display", value=("r", 0))})
        assert set(outcome.outputs) == {f"{name}.shown", f"{name}.c", f"{name}.b.shown", "s"}
        assert all(event.display_id in (None, name) for event in bench.said(NodeFinished))


def test_a_mapped_maker_adds_a_graph_for_each_call(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "i": use("Spread", value=1, count=3),
        "l": use("Loop", count=1, value=("i", 0)),
        "s": use("Display", value=("l", 0)),
    }
    assert bench.run(prompt).outputs["s"] == {"text": [str(3 * i + 1) for i in (1, 2, 3)]}
    assert len(set(bench.called("Mix"))) == 3


def test_items_of_lists_inside_stay_items(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "i": use("Spread", value=10, count=2),
        "o": use("Outside", source=("i", 0), value=("i", 0)),
        "g": use("GrowItems", value=("i", 0), count=2),
        "s": use("Display", value=("o", 0)),
        "t": use("Display", value=("g", 0)),
    }
    outcome = bench.run(prompt)
    assert outcome.outputs["s"] == {"text": [str(a + 2 * b + 1) for a in (10, 11) for b in (10, 11)]}
    assert outcome.outputs["t"] == {"text": ["10", "11", "11", "12"]}


def test_added_nodes_may_read_nodes_of_the_submitted_graph(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "a": use("Dated", value=1),
        "o": use("Outside", source=("a", 0), value=1),
        "s": use("Display", value=("o", 0)),
    }
    assert texts(bench.run(prompt).outputs) == {"s": "8"}
    assert bench.called("Dated") == ["a"]


def test_a_lazy_raw_link_has_its_source_computed_only_when_an_added_node_reads_it(tmp_path: Path) -> None:
    for value, called in ((1, ["a"]), (2, [])):
        bench = bench_of(tmp_path)
        prompt = {
            "a": use("Dated", value=1),
            "o": use("OutsideLater", source=("a", 0), value=value),
            "s": use("Display", value=("o", 0)),
        }
        assert bench.run(prompt).status == "success"
        assert bench.called("Dated") == called


def test_a_raw_link_is_that_of_the_prompt_also_where_equal_nodes_share_a_result(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {name: use("Dated", value=1) for name in "ab"}
    prompt |= {f"to {name}": use("Address", source=(name, 0)) for name in "ab"}
    prompt |= {f"s{name}": use("Display", value=(f"to {name}", 0)) for name in "ab"}
    bench.run(prompt)
    assert sorted(call.arguments for call in bench.calls if call.kind == "Address") == [
        f"[('source', ['{name}', 0])]" for name in "ab"
    ]


def test_a_failure_inside_skips_what_needs_the_maker_and_nothing_else(tmp_path: Path) -> None:
    graph = {
        "a": use("Mix", left=1, right=1),
        "b": use("Broken", value=("a", 0)),
        "c": use("Display", value=("a", 0)),
    }
    bench = bench_of(tmp_path, added(graph, ["b", 0], 5))
    for _ in range(2):
        outcome = bench.run({**ADDED, "good": use("Display", value=7)})
        assert outcome.status == "error"
        assert texts(outcome.outputs) == {"m.c": "4", "good": "7"}
        failure = bench.said(NodeFailed)[0]
        assert (failure.node_id, failure.display_id, failure.parent_id) == ("m.b", "m", "m")
        assert [event.node_id for event in bench.said(NodeSkipped)] == ["m", "s", "t"]


def test_a_maker_that_gives_a_blocker_on_blocks_its_readers(tmp_path: Path) -> None:
    graph = {"b": use("Stop", value=0, at=0, message="no way")}
    bench = bench_of(tmp_path, added(graph, ["b", 0], 5))
    for _ in range(2):
        outcome = bench.run(ADDED)
        assert texts(outcome.outputs) == {"t": "5"}
        assert [event.node_id for event in bench.said(NodeFailed)] == ["s"]


def test_a_loop_runs_its_body_so_many_times(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    assert texts(bench.run(looped(3)).outputs) == {"s": "40"}
    assert len(bench.called("Mix")) == 3


def test_the_bodies_of_a_loop_that_grew_by_one_are_answered_from_the_cache(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.run(looped(2))
    assert texts(bench.run(looped(3)).outputs) == {"s": "40"}
    assert len(bench.called("Mix")) == 1


def test_so_are_they_when_the_shorter_loop_had_run_twice(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.run(looped(2))
    bench.run(looped(2))
    bench.run(looped(3))
    assert len(bench.called("Mix")) == 1


def test_an_unchanged_loop_is_answered_whole(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    first = bench.run(looped(3))
    again = bench.run(looped(3))
    assert (again.executed, again.outputs) == ([], first.outputs)
    assert bench.said(NodesCached)[0].nodes == ("l", "s")


def test_a_loop_of_a_thousand_runs_without_recursion(tmp_path: Path) -> None:
    @node("toys")
    def long_loop(count: Any, value: Any) -> Any:
        if not count:
            return value
        graph = {
            "step": use("Mix", left=value, right=1),
            "next": use("LongLoop", count=count - 1, value=("step", 0)),
        }
        return Expand(graph, ["next", 0])

    bench = Bench(tmp_path, types=(*TALKING, long_loop))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(250)
    try:
        outcome = bench.run({"l": use("LongLoop", count=1000, value=0), "s": use("Display", value=("l", 0))})
    finally:
        sys.setrecursionlimit(limit)
    assert texts(outcome.outputs) == {"s": "3000"}


def test_expanding_without_end_is_an_error_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @node("toys")
    def endless(value: Any) -> Any:
        return Expand({"e": use("Endless", value=value + 1)}, ["e", 0])

    monkeypatch.setattr("graph.growth.MOST_EXPANDED", 50)
    bench = Bench(tmp_path, types=(*TALKING, endless))
    outcome = bench.run({"e": use("Endless", value=0), "s": use("Display", value=("e", 0))})
    assert outcome.status == "error"
    assert "without end" in outcome.failures[0].message
    assert "50" in outcome.failures[0].message


@pytest.mark.parametrize(
    ("graph", "values", "said"),
    [
        ({"a": use("Mixx", left=1, right=1)}, (["a", 0], 1), "'Mix'"),
        (
            {"a": use("Mix", left=("b", 0), right=1), "b": use("Mix", left=("a", 0), right=1)},
            (["a", 0], 1),
            "circle",
        ),
        ({"a": use("Mix", left=("m", 0), right=1)}, (["a", 0], 1), "its own outputs"),
        ({"a": use("Mix", left=("s", 0), right=1)}, (["a", 0], 1), ""),
        ({}, (["m", 0], 1), "its own outputs"),
        ({"a": use("Mix", left=1, right=1)}, (["a", 0],), "2 output"),
        ({"a": "no node"}, (["a", 0], 1), "class"),
    ],
    ids=["unknown class", "circle", "needs its maker", "needs a reader", "gives itself", "count", "no node"],
)
def test_a_graph_that_cannot_run_is_an_error_of_its_maker_and_ends_the_run(
    tmp_path: Path, graph: Any, values: Any, said: str
) -> None:
    bench = bench_of(tmp_path, added(graph, *values))
    outcome = bench.run({**ADDED, "good": use("Display", value=7)})
    assert outcome.status == "error"
    assert texts(outcome.outputs) == {"good": "7"}
    assert said in " ".join(failure.message for failure in outcome.failures)
    assert bench.executor.underway == []


def test_what_a_maker_shows_itself_is_kept(tmp_path: Path) -> None:
    @node("toys", is_output=True)
    def showing(value: Any) -> Result:
        graph = {"d": use("Display", value=value)}
        return Expand(graph, ui={"text": ["mine"]})  # type: ignore[return-value]

    bench = bench_of(tmp_path, showing)
    for _ in range(2):
        assert texts(bench.run({"m": use("Showing", value=3)}).outputs) == {"m": "mine", "m.d": "3"}


def test_any_object_may_be_a_value_in_a_graph_that_is_added(tmp_path: Path) -> None:
    class Thing:
        """No JSON."""

    thing = Thing()

    @node("toys")
    def is_it(value: Any) -> Any:
        return value is thing

    bench = bench_of(tmp_path, is_it, added({"a": use("IsIt", value=thing)}, ["a", 0], [5, 6]))
    assert texts(bench.run(ADDED).outputs) == {"s": "True", "t": "[5, 6]"}


def test_values_that_only_look_alike_share_no_result(tmp_path: Path) -> None:
    alike = [b"x", "b'x'", {1: 2}, {"1": 2}, (1, 2), [1, 2], {"x"}, "set['x']", 1, 1.0, True, "1"]
    graph = {f"d{i}": use("Display") | {"inputs": {"value": value}} for i, value in enumerate(alike)}
    bench = bench_of(tmp_path, added(graph, 1, 2))
    shown = texts(bench.run(ADDED).outputs)
    assert [shown[f"m.d{i}"] for i in range(len(alike))] == [repr(value) for value in alike]


def test_a_link_to_an_output_that_an_added_node_does_not_have_gives_nothing(tmp_path: Path) -> None:
    graph = {"a": use("Mix", left=1, right=2)}
    bench = bench_of(tmp_path, added(graph, ["a", 7], ["a", 0]))
    outcome = bench.run(ADDED)
    assert outcome.status == "success"
    assert [outcome.outputs[node]["text"] for node in "st"] == [["None"], ["6"]]
