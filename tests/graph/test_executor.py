"""What runs, what is cached, and what an error or a wish to stop leaves undone."""

from __future__ import annotations

import gc
import os
import pickle
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import pytest

from graph.cache import Cache, LruCache, NoCache, OutputCache
from graph.context import Cancel, Context
from graph.events import (
    NodeFailed,
    NodeFinished,
    NodeProgress,
    NodesCached,
    NodeSkipped,
    NodeStarted,
    RunFinished,
    RunStarted,
)
from graph.executor import Executor
from graph.lease import Future, NoMemory, no_future
from graph.node import Lane, Result, node
from graph.types import Socket
from tests.graph.toys import TOYS, Bench, chain, kinds, texts, use

TWO_BRANCHES = {
    "a": use("Number", value=3),
    "b": use("Number", value=4),
    "sum": use("Join", left=("a", 0), right=("b", 0)),
    "s": use("Show", value=("sum", 0)),
    "p": use("Show", value=("sum", 1)),
}
Pairs = Annotated[tuple[int, ...], Socket("PAIRS")]
HeavyValue = Annotated[object, Socket("HEAVY")]
CACHES: list[Callable[[], Cache]] = [OutputCache, lambda: LruCache(2), lambda: LruCache(1000), NoCache]


def test_a_graph_runs_to_its_outputs(tmp_path: Path) -> None:
    outcome = Bench(tmp_path).run(TWO_BRANCHES)
    assert outcome.status == "success"
    assert texts(outcome.outputs) == {"s": "7", "p": "12"}
    assert sorted(outcome.executed) == ["a", "b", "p", "s", "sum"]


def test_a_run_tells_what_it_does_from_first_to_last(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.run({"a": use("Number", value=3), "s": use("Show", value=("a", 0))})
    assert kinds(bench.events) == [
        "RunStarted", "NodesCached", "NodeStarted", "NodeFinished", "NodeStarted", "NodeFinished",
        "RunFinished",
    ]  # fmt: skip
    assert {event.run_id for event in bench.events} == {"run"}
    assert bench.said(NodeFinished)[-1].ui == {"text": ["3"]}
    assert bench.said(RunStarted)[0].timestamp > 1_700_000_000_000  # milliseconds


def test_only_what_the_outputs_need_runs(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.run({**TWO_BRANCHES, "idle": use("Number", value=9)}, targets=["s"])
    assert sorted(event.node_id for event in bench.said(NodeStarted)) == ["a", "b", "s", "sum"]


def test_an_unchanged_graph_runs_nothing_and_shows_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    first = bench.run(TWO_BRANCHES)
    again = bench.run(TWO_BRANCHES)
    assert again.executed == []
    assert again.outputs == first.outputs
    assert sorted(bench.said(NodesCached)[0].nodes) == sorted(TWO_BRANCHES)
    assert sorted(event.node_id for event in bench.said(NodeFinished) if event.cached) == ["p", "s"]


def test_a_changed_value_runs_only_what_depends_on_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.run(TWO_BRANCHES)
    outcome = bench.run({**TWO_BRANCHES, "a": use("Number", value=5)})
    assert sorted(outcome.executed) == ["a", "p", "s", "sum"]
    assert texts(outcome.outputs) == {"s": "9", "p": "20"}
    assert bench.said(NodesCached)[0].nodes == ("b",)


def test_renamed_nodes_are_answered_from_the_cache(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.run({"a": use("Number", value=3), "s": use("Show", value=("a", 0))})
    outcome = bench.run({"x": use("Number", value=3), "y": use("Show", value=("x", 0))})
    assert outcome.executed == []
    assert texts(outcome.outputs) == {"y": "3"}


@pytest.mark.parametrize("cache", CACHES)
def test_equal_nodes_of_one_graph_run_once(tmp_path: Path, cache: Callable[[], Cache]) -> None:
    bench = Bench(tmp_path, cache())
    outcome = bench.run(
        {
            "a": use("Number", value=3),
            "twin": use("Number", value=3),
            "s": use("Show", value=("a", 0)),
            "t": use("Show", value=("twin", 0)),
        }
    )
    assert len(outcome.executed) == 2
    assert texts(outcome.outputs) == {"s": "3", "t": "3"}
    assert len(bench.said(NodesCached)[0].nodes) == 2


def test_twins_of_a_failing_node_are_skipped_with_the_reason(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    prompt = {"f": use("Fail", value=1), "g": use("Fail", value=1)}
    shown = {"s": use("Show", value=("f", 0)), "t": use("Show", value=("g", 0))}
    bench.run(prompt | shown)
    assert len(bench.said(NodeFailed)) == 1
    assert sorted(event.node_id for event in bench.said(NodeSkipped)) == ["g", "s", "t"]


def test_an_error_skips_its_dependants_only(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    outcome = bench.run(
        {
            "f": use("Fail", value=7),
            "j": use("Join", left=("f", 0), right=1),
            "bad": use("Show", value=("j", 0)),
            "a": use("Number", value=3),
            "good": use("Show", value=("a", 0)),
        }
    )
    assert outcome.status == "error"
    assert texts(outcome.outputs) == {"good": "3"}
    failure = outcome.failures[0]
    assert (failure.node_id, failure.node_type, failure.message) == ("f", "Fail", "no 7")
    assert failure.exception_type == "ValueError"
    assert failure.inputs == {"value": "7"}
    assert any("toys.py" in line for line in failure.traceback)
    skipped = {event.node_id: event.reason for event in bench.said(NodeSkipped)}
    assert skipped == dict.fromkeys(("j", "bad"), "node f (Fail), which it needs, failed")
    assert bench.said(RunFinished)[0].status == "error"


def test_what_ran_before_an_error_is_not_run_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    prompt = {"a": use("Number", value=3), "f": use("Fail", value=("a", 0)), "s": use("Show", value=("f", 0))}
    bench.run(prompt)
    bench.run(prompt)
    assert [event.node_id for event in bench.said(NodeStarted)] == ["f"]


@pytest.mark.parametrize("value", [(1, 2, 3), None, (1,)])
def test_a_wrong_number_of_results_is_an_error_that_says_so(tmp_path: Path, value: object) -> None:
    @node("toys")
    def odd(value: int) -> tuple[int, int]:
        return odd_value  # type: ignore[return-value]

    odd_value = value
    bench = Bench(tmp_path, types=(*TOYS, odd))
    outcome = bench.run({"o": use("Odd", value=1), "s": use("Show", value=("o", 0))})
    assert outcome.status == "error"
    assert "its signature names 2 output(s)" in outcome.failures[0].message


def test_a_tuple_as_the_only_output_is_one_value(tmp_path: Path) -> None:
    @node("toys")
    def pair(value: int) -> Pairs:
        return (value, value + 1)

    @node("toys", is_output=True)
    def last(of: Pairs) -> Result:
        return Result(ui={"text": [str(of[-1])]})

    bench = Bench(tmp_path, types=(pair, last))
    outcome = bench.run({"p": use("Pair", value=1), "l": use("Last", of=("p", 0))})
    assert texts(outcome.outputs) == {"l": "2"}


def test_large_values_are_named_by_type_and_shape_in_an_error(tmp_path: Path) -> None:
    class Cube:
        shape = (1, 2, 3)

    @node("toys")
    def cube() -> Annotated[object, Socket("CUBE")]:
        return Cube()

    @node("toys", is_output=True)
    def burn(cube: Annotated[object, Socket("CUBE")], note: str) -> None:
        raise RuntimeError

    bench = Bench(tmp_path, types=(cube, burn))
    prompt = {"c": use("Cube"), "b": use("Burn", cube=("c", 0), note="x" * 5000)}
    failure = bench.run(prompt).failures[0]
    assert failure.inputs["cube"] == "<Cube (1, 2, 3)>"
    assert len(failure.inputs["note"]) == 200
    assert failure.message == "RuntimeError"


def test_a_wish_to_stop_ends_the_run_between_nodes(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.cancel.set()
    outcome = bench.run(TWO_BRANCHES)
    assert outcome.status == "interrupted"
    assert outcome.executed == []
    assert bench.said(RunFinished)[0].node_id in TWO_BRANCHES


def test_a_node_sees_the_wish_to_stop_through_its_context(tmp_path: Path) -> None:
    seen: list[int] = []

    @node("toys", is_output=True)
    def long_work(context: Context) -> None:
        for step in range(10):
            seen.append(step)
            if step == 3:
                context.cancel.set()
            context.progress(step + 1, 10)

    bench = Bench(tmp_path, types=(long_work,))
    outcome = bench.run({"w": use("LongWork")})
    assert (outcome.status, seen) == ("interrupted", [0, 1, 2, 3])
    assert [event.value for event in bench.said(NodeProgress)] == [1, 2, 3]
    finished = bench.said(RunFinished)[0]
    assert (finished.status, finished.node_id, finished.node_type) == ("interrupted", "w", "LongWork")


def test_a_node_learns_of_its_run_from_its_context(tmp_path: Path) -> None:
    contexts: list[Context] = []

    @node("toys", is_output=True)
    def look(context: Context) -> None:
        contexts.append(context)
        context.preview(b"jpeg")

    bench = Bench(tmp_path, types=(look,))
    prompt = {"l": use("Look")}
    bench.run(prompt)
    assert (contexts[0].node_id, contexts[0].run_id, contexts[0].prompt) == ("l", "run", prompt)
    assert contexts[0].folders is bench.folders
    assert "NodePreview" in kinds(bench.events)


def test_each_call_happens_under_a_lease_of_its_arguments(tmp_path: Path) -> None:
    leased: list[Mapping[str, object]] = []
    held: list[bool] = []

    class Weights(NoMemory):
        @contextmanager
        def lease(self, arguments: Mapping[str, object], future: Future = no_future) -> Iterator[None]:
            leased.append(dict(arguments))
            held.append(True)
            yield
            held.pop()

    @node("toys", is_output=True)
    def check(value: int) -> None:
        assert held == [True]

    bench = Bench(tmp_path, types=(check,))
    executor = Executor(bench.registry, OutputCache(), bench.folders, memory=Weights())
    outcome = executor.run(
        bench.parse({"c": use("Check", value=5)}), run_id="run", emit=bench.events.append, cancel=Cancel()
    )
    assert outcome.status == "success"
    assert leased == [{"value": 5}]
    assert held == []


@pytest.mark.parametrize(("lane", "at_rest"), [("disk", False), ("device", True)])
def test_a_node_that_needs_no_device_leases_nothing(tmp_path: Path, lane: Lane, at_rest: bool) -> None:
    leased: list[Mapping[str, object]] = []

    class Weights(NoMemory):
        def lease(
            self, arguments: Mapping[str, object], future: Future = no_future
        ) -> AbstractContextManager[None]:
            leased.append(arguments)
            return nullcontext()

    @node("toys", is_output=True, lane=lane, at_rest=at_rest)
    def store(value: int) -> None:
        """Needs no device."""

    bench = Bench(tmp_path, types=(store,))
    executor = Executor(bench.registry, OutputCache(), bench.folders, memory=Weights())
    graph = bench.parse({"s": use("Store", value=5)})
    assert executor.run(graph, run_id="run", emit=bench.events.append).status == "success"
    assert leased == []


def test_a_changed_fingerprint_runs_a_node_again(tmp_path: Path) -> None:
    weather = ["sun"]

    @node("toys", is_output=True, fingerprint=lambda **_: weather[0])
    def forecast(place: str) -> Result:
        return Result(ui={"text": [weather[0]]})

    bench = Bench(tmp_path, types=(forecast,))
    prompt = {"f": use("Forecast", place="here")}
    assert bench.run(prompt).executed == ["f"]
    assert bench.run(prompt).executed == []
    weather[0] = "rain"
    assert texts(bench.run(prompt).outputs) == {"f": "rain"}


def raises(value: int) -> object:
    raise OSError(value)


@pytest.mark.parametrize("fingerprint", [lambda **_: float("nan"), raises], ids=["nan", "raises"])
def test_a_node_that_cannot_tell_its_state_always_runs(tmp_path: Path, fingerprint: Any) -> None:
    @node("toys", is_output=True, fingerprint=fingerprint)
    def dice(value: int) -> None:
        """Not repeatable."""

    bench = Bench(tmp_path, types=(dice,))
    prompt = {"d": use("Dice", value=1)}
    assert [bench.run(prompt).executed for _ in range(3)] == [["d"]] * 3


def test_a_constant_fingerprint_of_none_is_cached(tmp_path: Path) -> None:
    @node("toys", is_output=True, fingerprint=lambda **_: None)
    def calm(value: int) -> None:
        """Always the same."""

    bench = Bench(tmp_path, types=(calm,))
    assert [bench.run({"c": use("Calm", value=1)}).executed for _ in range(2)] == [["c"], []]


def test_a_replaced_file_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "input").mkdir()
    picture = tmp_path / "input" / "a.png"
    picture.write_text("old")
    bench = Bench(tmp_path)
    prompt = {"r": use("Read", name="a.png")}
    assert texts(bench.run(prompt).outputs) == {"r": "old"}
    assert bench.run(prompt).executed == []
    picture.write_text("new")
    os.utime(picture, ns=(1, 1))
    assert texts(bench.run(prompt).outputs) == {"r": "new"}


def test_without_a_cache_values_are_freed_when_their_last_reader_has_run(tmp_path: Path) -> None:
    class Heavy:
        """Something whose end can be watched."""

    alive: list[weakref.ref[Heavy]] = []
    seen: list[int] = []

    @node("toys")
    def make(value: int) -> HeavyValue:
        made = Heavy()
        alive.append(weakref.ref(made))
        return made

    @node("toys")
    def remake(of: HeavyValue, value: int) -> HeavyValue:
        gc.collect()
        seen.append(sum(ref() is not None for ref in alive))
        return make(value)

    @node("toys", is_output=True)
    def done(of: HeavyValue) -> None:
        """The end."""

    steps = {str(i): use("Remake", of=(str(i - 1), 0), value=i) for i in range(1, 6)}
    prompt = {"0": use("Make", value=0), **steps, "d": use("Done", of=("5", 0))}
    Bench(tmp_path, NoCache(), types=(make, remake, done)).run(prompt)
    assert seen == [1] * 5


def test_the_classic_cache_lets_the_last_graph_go_before_the_next_one_runs(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    one = {"a": use("Number", value=1), "s": use("Show", value=("a", 0))}
    other = {"a": use("Number", value=2), "s": use("Show", value=("a", 0))}
    assert [len(bench.run(prompt).executed) for prompt in (one, other, one)] == [2, 2, 2]


def test_an_lru_cache_answers_for_graphs_that_take_turns(tmp_path: Path) -> None:
    bench = Bench(tmp_path, LruCache(10))
    one = {"a": use("Number", value=1), "s": use("Show", value=("a", 0))}
    other = {"a": use("Number", value=2), "s": use("Show", value=("a", 0))}
    assert [len(bench.run(prompt).executed) for prompt in (one, other, one, other)] == [2, 2, 0, 0]


def test_a_chain_of_twenty_thousand_nodes_runs_and_runs_again_without_recursion(tmp_path: Path) -> None:
    bench, prompt = Bench(tmp_path), chain(20_000)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)  # deep enough for a call, not for a walk
    try:
        first, again = bench.run(prompt), bench.run(prompt)
    finally:
        sys.setrecursionlimit(limit)
    assert len(first.executed) == len(prompt)
    assert again.executed == []
    assert again.outputs == first.outputs


def test_a_graph_and_what_its_run_says_travel_between_processes(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.run({**TWO_BRANCHES, "f": use("Fail", value=1), "x": use("Show", value=("f", 0))})
    graph = bench.parse(TWO_BRANCHES)
    assert pickle.loads(pickle.dumps(graph)) == graph
    assert pickle.loads(pickle.dumps(bench.events)) == bench.events
