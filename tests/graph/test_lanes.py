"""Nodes that work with the CPU or the disk run beside those of the device, in an order to rely on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.context import Cancel, Context
from graph.events import Event, NodeFailed, NodeFinished, NodeSkipped, RunFinished
from graph.executor import Run
from graph.node import NodeType, Result, node
from tests.graph.talking import TALKING
from tests.graph.toys import Bench, Prompt, texts, use

PATIENCE = 20.0  # seconds until a test that waits for what never comes gives up
OTHERS = pytest.mark.parametrize("lane", ["cpu", "disk"])


def bench_of(folder: Path, *more: NodeType) -> Bench:
    return Bench(folder, types=(*TALKING, *more))


def statuses(*runs: Run) -> list[str | None]:
    """How each run has ended, if it has."""
    return [None if run.outcome is None else run.outcome.status for run in runs]


def may_begin(bench: Bench) -> bool:
    """Whether another run may begin now."""
    return bench.executor.wants_more


def shown(**nodes: Any) -> Prompt:
    """The nodes, and an output that reads each."""
    return {**nodes, **{f"show {name}": use("Display", value=(name, 0)) for name in nodes}}


def where(lane: Any) -> tuple[NodeType, list[threading.Thread]]:
    """A node of a lane, and the threads on which it was called."""
    threads: list[threading.Thread] = []

    @node("toys", lane=lane)
    def place(value: Any) -> Any:
        threads.append(threading.current_thread())
        return value

    return place, threads


def test_nodes_of_the_device_run_on_the_thread_that_conducts(tmp_path: Path) -> None:
    place, threads = where("device")
    bench_of(tmp_path, place).run(shown(a=use("Place", value=1), b=use("Place", value=2)))
    assert threads == [threading.current_thread()] * 2


@OTHERS
def test_nodes_of_another_lane_run_on_one_thread_of_its_own(tmp_path: Path, lane: str) -> None:
    place, threads = where(lane)
    bench = bench_of(tmp_path, place)
    bench.run(shown(a=use("Place", value=1), b=use("Place", value=2)))
    bench.run(shown(a=use("Place", value=3), b=use("Place", value=4)))
    assert len(threads) == 4
    assert len(set(threads)) == 1
    assert threads[0] is not threading.current_thread()
    bench.executor.close()
    assert not threads[0].is_alive()


@OTHERS
def test_a_lane_overlaps_with_the_device(tmp_path: Path, lane: Any) -> None:
    begun, done = threading.Event(), threading.Event()

    @node("toys", lane=lane)
    def beside(value: Any) -> Any:
        begun.set()
        assert done.wait(PATIENCE)
        return value

    @node("toys")
    def on_device(value: Any) -> Any:
        assert begun.wait(PATIENCE)
        done.set()
        return value

    outcome = bench_of(tmp_path, beside, on_device).run(
        shown(d=use("OnDevice", value=1), b=use("Beside", value=1))
    )
    assert outcome.status == "success"


def test_the_lanes_for_cpu_and_disk_overlap_with_each_other(tmp_path: Path) -> None:
    meeting = threading.Barrier(2)

    @node("toys", lane="cpu")
    def computes(value: Any) -> Any:
        meeting.wait(PATIENCE)
        return value

    @node("toys", lane="disk")
    def writes(value: Any) -> Any:
        meeting.wait(PATIENCE)
        return value

    outcome = bench_of(tmp_path, computes, writes).run(
        shown(c=use("Computes", value=1), w=use("Writes", value=1))
    )
    assert outcome.status == "success"


@OTHERS
def test_an_error_in_a_lane_skips_its_dependants_only(tmp_path: Path, lane: str) -> None:
    bench = bench_of(tmp_path)
    outcome = bench.run(shown(a=use(f"Broken{lane.title()}", value=1), b=use("Dated", value=1)))
    assert outcome.status == "error"
    assert texts(outcome.outputs) == {"show b": "3"}
    assert [event.node_id for event in bench.said(NodeFailed)] == ["a"]
    assert [event.node_id for event in bench.said(NodeSkipped)] == ["show a"]


@OTHERS
def test_a_wish_to_stop_lets_the_call_underway_end_and_begins_no_other(tmp_path: Path, lane: Any) -> None:
    calls: list[int] = []

    @node("toys", lane=lane, is_output=True)
    def stops(context: Context, *, value: Any) -> Result:
        calls.append(value)
        context.cancel.set()
        return Result(ui={"text": ["written"]})

    bench = bench_of(tmp_path, stops)
    outcome = bench.run({str(i): use("Stops", value=i) for i in range(3)})
    assert outcome.status == "interrupted"
    assert len(calls) == 1
    assert bench.executor.underway == []
    bench.cancel.requested = False


@OTHERS
def test_what_a_lane_finished_before_the_stop_is_not_called_again(tmp_path: Path, lane: str) -> None:
    calls: list[int] = []

    @node("toys")
    def stops_once(context: Context, *, value: Any) -> Any:
        calls.append(value)
        if len(calls) == 1:
            context.cancel.set()
        context.check_cancelled()
        return value

    bench = bench_of(tmp_path, stops_once)
    prompt = {
        "l": use(f"Dated{lane.title()}", value=1),
        "d": use("StopsOnce", value=("l", 0)),
        "s": use("Display", value=("d", 0)),
    }
    assert bench.run(prompt).status == "interrupted"
    bench.cancel.requested = False
    assert texts(bench.run(prompt).outputs) == {"s": "3"}
    assert bench.called("Dated") == []


def test_a_raised_cancelled_in_a_lane_interrupts_and_leaves_nothing_underway(tmp_path: Path) -> None:
    @node("toys", lane="cpu", is_output=True)
    def polite(context: Context) -> None:
        context.cancel.set()
        context.progress(1, 2)

    bench = bench_of(tmp_path, polite)
    assert bench.run({"p": use("Polite")}).status == "interrupted"
    finished = bench.said(RunFinished)[0]
    assert (finished.node_id, finished.node_type) == ("p", "Polite")
    assert bench.executor.underway == []


# Several runs underway


def two(bench: Bench, first: Prompt, second: Prompt) -> list[tuple[str, Event]]:
    """Conduct both at once; every event with the run that it was told to."""
    heard: list[tuple[str, Event]] = []

    def ear(name: str) -> Callable[[Event], None]:
        return lambda event: heard.append((name, event))

    runs = [bench.begin(prompt, name, ear(name)) for name, prompt in (("first", first), ("second", second))]
    bench.conduct(*runs)
    assert statuses(*runs) == ["success"] * 2
    return heard


def test_each_run_tells_of_itself_only(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    heard = two(bench, shown(a=use("DatedDisk", value=1)), shown(a=use("DatedDisk", value=2)))
    assert all(event.run_id == name for name, event in heard)
    for name, text in (("first", "3"), ("second", "4")):
        assert [
            event.ui
            for whose, event in heard
            if whose == name and isinstance(event, NodeFinished) and event.ui
        ] == [{"text": [text]}]


def test_what_is_written_keeps_the_order_of_the_runs(tmp_path: Path) -> None:
    written: list[int] = []

    @node("toys", lane="disk", is_output=True)
    def write(value: Any) -> None:
        written.append(value)

    bench = bench_of(tmp_path, write)
    slow = {f"c{i}": use("DatedCpu", value=(f"c{i - 1}", 0) if i else 1) for i in range(10)}
    two(bench, {**slow, "w": use("Write", value=("c9", 0))}, {"w": use("Write", value=5)})
    assert written == [21, 5]


def test_the_next_run_may_begin_when_only_other_lanes_are_busy(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    @node("toys", lane="disk", is_output=True)
    def slow_write(value: Any) -> None:
        begun.set()
        assert go_on.wait(PATIENCE)

    bench = bench_of(tmp_path, slow_write)
    assert may_begin(bench)
    first = bench.begin({"a": use("Dated", value=1), "w": use("SlowWrite", value=("a", 0))}, "first")
    assert not may_begin(bench)
    while bench.executor.advance():
        pass
    assert begun.wait(PATIENCE)
    assert may_begin(bench)
    second = bench.begin(shown(a=use("Dated", value=2)), "second")
    assert not may_begin(bench)
    while second.outcome is None:
        assert bench.executor.advance()
    assert statuses(first, second) == [None, "success"]
    go_on.set()
    bench.conduct(first)
    assert statuses(first) == ["success"]
    assert may_begin(bench)


def test_one_run_may_be_stopped_while_the_other_goes_on(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    prompts = [shown(a=use("DatedCpu", value=i), b=use("Dated", value=i + 10)) for i in range(2)]
    cancels = [Cancel(), Cancel()]
    runs = [
        bench.executor.begin(bench.parse(prompt), run_id=str(i), emit=lambda _: None, cancel=cancels[i])
        for i, prompt in enumerate(prompts)
    ]
    cancels[0].set()
    bench.conduct(*runs)
    assert statuses(*runs) == ["interrupted", "success"]
    assert bench.executor.underway == []


def test_letters_of_other_threads_are_read_on_the_conducting_one(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    read: list[threading.Thread] = []
    sender = threading.Thread(
        target=lambda: bench.executor.mail.put(lambda: read.append(threading.current_thread()))
    )
    sender.start()
    bench.executor.wait()
    sender.join()
    assert read == [threading.current_thread()]
