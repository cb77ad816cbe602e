"""The executor against a naive evaluator, over random graphs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.cache import Cache, LruCache, NoCache, OutputCache
from graph.context import Context
from graph.events import Event, NodeSkipped
from graph.node import node
from tests.graph.toys import TOYS, Bench, Prompt, texts, use

CACHES: dict[str, Callable[[], Cache]] = {
    "classic": OutputCache,
    "lru of 1": lambda: LruCache(1),
    "lru of 4": lambda: LruCache(4),
    "lru": lambda: LruCache(1000),
    "none": NoCache,
}


@dataclass(frozen=True)
class Step:
    """A node: a literal, or a join of two earlier nodes (by index) and a constant; maybe one that fails."""

    left: int
    right: int
    plus: int
    fails: bool = False


@st.composite
def steps(draw: st.DrawFn, failing: bool = False) -> list[Step]:
    """A random DAG; constants are drawn from few values, so that equal nodes happen."""
    count = draw(st.integers(1, 12))
    return [
        Step(
            draw(st.integers(-1, i - 1)),
            draw(st.integers(-1, i - 1)),
            draw(st.integers(0, 3)),
            failing and draw(st.integers(0, 5)) == 0,
        )
        for i in range(count)
    ]


def prompt_of(found: list[Step]) -> Prompt:
    """Every node is shown, so every result is compared."""
    prompt: Prompt = {}
    for i, step in enumerate(found):
        prompt[str(i)] = fails(step) if step.fails else joins(step)
        prompt[f"show {i}"] = use("Show", value=(str(i), 0))
    return prompt


def reads(source: int, other: int) -> object:
    return (str(source), 0) if source >= 0 else other


def joins(step: Step) -> dict[str, object]:
    return use("Join", left=reads(step.left, 1), right=reads(step.right, 2), plus=step.plus)


def fails(step: Step) -> dict[str, object]:
    return use("Fail", value=reads(step.left, step.plus))


def naive(found: list[Step], i: int) -> int | None:
    """The first output of a node by plain recursion; None where something at or above it fails."""
    step = found[i]
    left = naive(found, step.left) if step.left >= 0 else 1
    right = naive(found, step.right) if step.right >= 0 and not step.fails else 2
    return None if step.fails or left is None or right is None else (left + right + step.plus) % 9973


def descendants(found: list[Step], start: int) -> set[int]:
    """The node and all that read it, directly or not."""
    reached = {start}
    for i, step in enumerate(found):
        if reached & {step.left, step.right}:
            reached.add(i)
    return reached


@pytest.mark.parametrize("cache", CACHES.values(), ids=CACHES)
@given(sequence=st.lists(steps(failing=True), min_size=1, max_size=3))
@settings(max_examples=40, deadline=None)
def test_the_outputs_are_those_of_a_naive_evaluator_under_any_cache(
    cache: Callable[[], Cache], sequence: list[list[Step]]
) -> None:
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder), cache())
        for found in (*sequence, sequence[0]):
            outcome = bench.run(prompt_of(found))
            expected = {
                f"show {i}": value for i in range(len(found)) if (value := naive(found, i)) is not None
            }
            assert texts(outcome.outputs) == {name: str(value) for name, value in expected.items()}
            assert (outcome.status == "error") == (len(expected) < len(found))
            told = set(outcome.executed) | {event.node_id for event in bench.said(NodeSkipped)}
            told |= {failure.node_id for failure in outcome.failures}
            assert told | cached(bench) == set(bench.parse(prompt_of(found)).nodes)


def cached(bench: Bench) -> set[str]:
    return {node_id for event in bench.events for node_id in getattr(event, "nodes", ())}


@given(found=steps(), data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_changed_value_recomputes_exactly_the_descendants(found: list[Step], data: st.DataObject) -> None:
    # Constants that differ make every node unlike the others, so that only descent decides.
    found = [Step(step.left, step.right, 100 + i) for i, step in enumerate(found)]
    changed = data.draw(st.integers(0, len(found) - 1))
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        bench.run(prompt_of(found))
        after = [*found]
        after[changed] = Step(found[changed].left, found[changed].right, 999)
        outcome = bench.run(prompt_of(after))
    expected = {name for i in descendants(found, changed) for name in (str(i), f"show {i}")}
    assert set(outcome.executed) == expected
    assert cached(bench) == set(prompt_of(after)) - expected


@pytest.mark.parametrize("cache", CACHES.values(), ids=CACHES)
@given(found=steps(), stop_after=st.integers(0, 12))
@settings(max_examples=40, deadline=None)
def test_an_interrupted_run_leaves_nothing_wrong_for_the_next(
    cache: Callable[[], Cache], found: list[Step], stop_after: int
) -> None:
    calls: list[str] = []

    @node("toys", name="Join")
    def counted(context: Context, *, left: int, right: int, plus: int) -> tuple[int, int]:
        if len(calls) == stop_after:
            context.cancel.set()
        context.check_cancelled()
        calls.append(context.node_id)
        return (left + right + plus) % 9973, (left * right) % 9973

    with TemporaryDirectory() as folder:
        others = [toy for toy in TOYS if toy.schema.name != "Join"]
        bench = Bench(Path(folder), cache(), types=(*others, counted))
        first = bench.run(prompt_of(found))
        bench.cancel.requested = False
        calls.extend("never again" for _ in range(stop_after + 1))
        second = bench.run(prompt_of(found))
    assert first.status in ("interrupted", "success")
    assert second.status == "success"
    assert texts(second.outputs) == {f"show {i}": str(naive(found, i)) for i in range(len(found))}


@given(found=steps())
@settings(max_examples=50, deadline=None)
def test_the_order_in_which_a_prompt_lists_its_nodes_changes_no_key(found: list[Step]) -> None:
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        prompt = prompt_of(found)
        bench.run(prompt)
        turned = {
            node_id: {**data, "inputs": dict(reversed(data["inputs"].items()))}
            for node_id, data in reversed(prompt.items())
        }
        assert bench.run(turned).executed == []


def test_events_come_in_the_order_of_time(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.run(prompt_of([Step(-1, -1, 0), Step(0, -1, 1)]))
    times: list[Event] = sorted(bench.events, key=lambda event: event.timestamp)
    assert times == bench.events
