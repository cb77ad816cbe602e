"""Coroutine nodes: they overlap with each other and with all the rest, and fail and stop as others do."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from graph.context import Cancel, Context
from graph.errors import Cancelled
from graph.events import NodeFailed, NodeFinished, NodeProgress, NodeSkipped, NodeStarted, RunFinished
from graph.lanes import Lanes
from graph.node import NodeType, node
from tests.graph.talking import TALKING, told
from tests.graph.toys import Bench, kinds, texts, use

PATIENCE = 20.0  # seconds until a test that waits for what never comes gives up


def bench_of(folder: Path, *more: NodeType) -> Bench:
    return Bench(folder, types=(*TALKING, *more))


def shown(**nodes: Any) -> dict[str, Any]:
    """The nodes, and an output that reads each."""
    return {**nodes, **{f"show {name}": use("Display", value=(name, 0)) for name in nodes}}


def test_an_async_node_gives_what_its_coroutine_returns(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    assert texts(bench.run(shown(a=use("DatedAsync", value=1))).outputs) == {"show a": "3"}


def test_async_nodes_overlap_with_each_other(tmp_path: Path) -> None:
    here = [asyncio.Event(), asyncio.Event()]

    @node("toys")
    async def meet(value: Any) -> Any:
        here[value].set()
        await asyncio.wait_for(here[1 - value].wait(), PATIENCE)
        return value

    outcome = bench_of(tmp_path, meet).run(shown(a=use("Meet", value=0), b=use("Meet", value=1)))
    assert outcome.status == "success"


def test_the_calls_of_a_mapped_async_node_overlap_and_keep_their_order(tmp_path: Path) -> None:
    here = [asyncio.Event(), asyncio.Event(), asyncio.Event()]

    @node("toys")
    async def backwards(value: Any) -> Any:
        if value < 2:
            await asyncio.wait_for(here[value + 1].wait(), PATIENCE)
        here[value].set()
        return value

    prompt = {
        "i": use("Spread", value=0, count=3),
        "b": use("Backwards", value=("i", 0)),
        "s": use("Display", value=("b", 0)),
    }
    outcome = bench_of(tmp_path, backwards).run(prompt)
    assert outcome.outputs["s"] == {"text": ["0", "1", "2"]}


@pytest.mark.parametrize("lane", ["device", "cpu", "disk"])
def test_async_nodes_overlap_with_nodes_of_every_lane(tmp_path: Path, lane: Any) -> None:
    waits, runs = threading.Event(), threading.Event()

    @node("toys")
    async def patient(value: Any) -> Any:
        waits.set()
        assert await asyncio.to_thread(runs.wait, PATIENCE)
        return value

    @node("toys", lane=lane)
    def busy(value: Any) -> Any:
        assert waits.wait(PATIENCE)
        runs.set()
        return value

    outcome = bench_of(tmp_path, patient, busy).run(shown(b=use("Busy", value=1), a=use("Patient", value=1)))
    assert outcome.status == "success"


def test_an_error_of_an_async_node_skips_its_dependants_only(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    outcome = bench.run(shown(a=use("BrokenAsync", value=1), b=use("DatedAsync", value=1)))
    assert outcome.status == "error"
    assert texts(outcome.outputs) == {"show b": "3"}
    failure = bench.said(NodeFailed)[0]
    assert (failure.node_id, failure.message, failure.exception_type) == ("a", "no 1", "ValueError")
    assert any("talking.py" in line for line in failure.traceback)
    assert [event.node_id for event in bench.said(NodeSkipped)] == ["show a"]


def test_one_failing_call_of_a_mapped_async_node_ends_the_others(tmp_path: Path) -> None:
    ended: list[int] = []

    @node("toys")
    async def one_fails(value: Any) -> Any:
        try:
            if value == 1:
                raise ValueError("the second")
            await asyncio.sleep(PATIENCE)
        finally:
            ended.append(value)

    prompt = {
        "i": use("Spread", value=0, count=3),
        "f": use("OneFails", value=("i", 0)),
        "s": use("Display", value=("f", 0)),
    }
    bench = bench_of(tmp_path, one_fails)
    assert bench.run(prompt).failures[0].message == "the second"
    bench.executor.close()
    assert sorted(ended) == [0, 1, 2]


def test_a_wish_to_stop_ends_an_async_node_where_it_waits(tmp_path: Path) -> None:
    ended = threading.Event()

    @node("toys", is_output=True)
    async def endless(context: Context) -> None:
        try:
            context.cancel.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    bench = bench_of(tmp_path, endless)
    outcome = bench.run({"e": use("Endless")})
    assert outcome.status == "interrupted"
    assert (bench.said(RunFinished)[0].node_id, bench.said(RunFinished)[0].node_type) == ("e", "Endless")
    assert ended.wait(PATIENCE)
    assert bench.executor.underway == []


def test_an_async_node_that_sees_the_wish_to_stop_interrupts_the_run(tmp_path: Path) -> None:
    @node("toys", is_output=True)
    async def polite(context: Context) -> None:
        context.cancel.set()
        await asyncio.sleep(0)
        context.progress(1, 2)

    bench = bench_of(tmp_path, polite)
    assert bench.run({"p": use("Polite")}).status == "interrupted"
    assert bench.said(NodeProgress) == []
    assert bench.said(NodeFailed) == []
    assert bench.executor.underway == []


def test_a_run_waits_for_async_nodes_before_it_ends_as_interrupted(tmp_path: Path) -> None:
    order: list[str] = []

    @node("toys", is_output=True)
    async def stubborn(context: Context) -> None:
        context.cancel.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0.01)
            order.append("node")
            raise

    bench = bench_of(tmp_path, stubborn)
    bench.run({"s": use("Stubborn")})
    order.append("run")
    bench.executor.close()
    assert order == ["node", "run"]


def test_progress_of_an_async_node_belongs_to_it(tmp_path: Path) -> None:
    @node("toys")
    async def steps(context: Context, *, value: Any) -> Any:
        for step in range(2):
            await asyncio.sleep(0)
            context.progress(step + 1, 2)
        return value

    bench = bench_of(tmp_path, steps)
    bench.run(shown(a=use("Steps", value=1), b=use("Steps", value=2)))
    for name in "ab":
        assert [event.value for event in bench.said(NodeProgress) if event.node_id == name] == [1, 2]


def test_an_async_node_may_expand(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {"l": use("LoopAsync", count=3, value=1), "s": use("Display", value=("l", 0))}
    assert texts(bench.run(prompt).outputs) == {"s": "40"}
    assert bench.run(prompt).executed == []


def test_results_of_async_nodes_are_cached(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = shown(a=use("DatedAsync", value=1))
    bench.run(prompt)
    assert bench.run(prompt).executed == []


def test_a_lazy_async_node_is_asked_before_it_is_called(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompt = {
        "high": use("DatedAsync", value=1),
        "low": use("BrokenAsync", value=1),
        "w": use("SwitchAsync", on=1, high=("high", 0), low=("low", 0)),
        "s": use("DisplayAsync", value=("w", 0)),
    }
    assert texts(bench.run(prompt).outputs) == {"s": "13"}


def test_events_of_an_async_node_come_in_order(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.run({"s": use("DisplayAsync", value=1)})
    assert kinds(bench.events) == [
        "RunStarted", "NodesCached", "NodeStarted", "Announced", "NodeFinished", "RunFinished",
    ]  # fmt: skip
    assert bench.said(NodeStarted)[0].node_id == bench.said(NodeFinished)[0].node_id == "s"


def test_a_raised_cancelled_of_another_kind_of_node_is_no_failure(tmp_path: Path) -> None:
    @node("toys", is_output=True)
    async def gives_up() -> None:
        raise Cancelled("by the client")

    bench = bench_of(tmp_path, gives_up)
    assert bench.run({"g": use("GivesUp")}).status == "interrupted"


def test_two_runs_wait_for_their_own_async_nodes(tmp_path: Path) -> None:
    gate = threading.Event()

    @node("toys", is_output=True)
    async def gated(value: Any) -> None:
        assert await asyncio.to_thread(gate.wait, PATIENCE)

    @node("toys", is_output=True)
    def opens(value: Any) -> None:
        gate.set()

    bench = bench_of(tmp_path, gated, told(opens))
    first = bench.begin({"g": use("Gated", value=1)}, "first")
    while bench.executor.advance():
        pass
    assert bench.executor.wants_more
    second = bench.begin({"o": use("Opens", value=1)}, "second")
    bench.conduct(first, second)
    assert [run.outcome.status for run in (first, second) if run.outcome] == ["success", "success"]
    assert Cancel().requested is False


def test_a_node_that_is_cancelled_before_it_began_ends_too(tmp_path: Path) -> None:
    lanes, ended = Lanes(), SimpleQueue[int | None]()

    async def five() -> int:
        return 5

    def block() -> None:
        busy.set()
        free.wait(10)

    busy, free = threading.Event(), threading.Event()
    lanes.start(five(), ended.put)
    assert ended.get(timeout=10) == 5
    assert lanes._loop is not None
    lanes._loop.call_soon_threadsafe(block)
    busy.wait(10)
    lanes.start(five(), ended.put)()
    free.set()
    assert ended.get(timeout=10) is None
    lanes.close()
