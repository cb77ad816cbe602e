"""The executor against a naive evaluator, over random graphs."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.cache import Cache, LruCache, NoCache, OutputCache
from graph.events import (
    Announced,
    Event,
    NodeFailed,
    NodeFinished,
    NodesCached,
    NodeSkipped,
    NodeStarted,
    RunFinished,
)
from graph.executor import RunOutcome
from graph.ram_cache import RamCache
from tests.graph.naive import Naive, evaluate
from tests.graph.random_graphs import ALL, CALM, dependants, prompts, renamed, reordered
from tests.graph.talking import TALKING
from tests.graph.toys import Bench, Called, Prompt, calls_in

# HEDDLE_EXAMPLES=50 runs fifty times as many, others each time; by default every run plays the same.
FACTOR = float(os.environ.get("HEDDLE_EXAMPLES", "1"))
CACHES: dict[str, Callable[[], Cache]] = {
    "classic": OutputCache,
    "lru of 1": lambda: LruCache(1),
    "lru of 4": lambda: LruCache(4),
    "lru": lambda: LruCache(1000),
    "ram": lambda: RamCache(1 << 30),
    "little ram": lambda: RamCache(1000),
    "none": NoCache,
}
SCHEMAS = {toy.schema.name: toy.schema for toy in TALKING}
BY_ID = {"Unlike", "Address", "Outside", "OutsideLater"}  # whose results hang on ids
FORGETFUL = {"lru of 1", "lru of 4", "little ram"}
ANY_CACHE = st.sampled_from(sorted(CACHES))


def examples(count: int) -> settings:
    """So many examples, without a clock."""
    return settings(
        max_examples=max(1, int(count * FACTOR)),
        deadline=None,
        derandomize="HEDDLE_EXAMPLES" not in os.environ,
        print_blob=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def bench_of(cache: str = "classic") -> Iterator[Bench]:
    """A bench of all toys; nothing of its executor is left underway."""
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder), CACHES[cache](), types=TALKING)
        try:
            yield bench
            assert bench.executor.underway == []
            assert bench.executor.mail.empty()
        finally:
            bench.executor.close()


def said(events: Iterable[Event], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def shown_by(shown: Mapping[str, Mapping[str, list[Any]]], place: Mapping[str, str]) -> Counter[str]:
    """What is shown, under the nodes of the submitted graph; ids inside an expansion do not count."""
    return Counter(
        f"{place.get(node_id, node_id)}: {sorted(ui.items())}" for node_id, ui in shown.items() if ui
    )


def places(events: Iterable[Event]) -> dict[str, str]:
    """The node of the submitted graph to which each node belongs, as events tell it."""
    return {event.node_id: event.display_id or event.node_id for event in said(events, NodeFinished)}


def agrees(
    truth: Naive, prompt: Prompt, outcome: RunOutcome, events: list[Event], *, forgetful: bool = False
) -> None:
    """A run that went to its end told, showed and called what the naive evaluator says.

    What is shown inside an expansion may be missing where that failed, for the second of twins; and with a
    `forgetful` cache, where only a reader of the expansion is kept.
    """
    failed = {event.node_id: event.display_id or event.node_id for event in said(events, NodeFailed)}
    skipped = {event.node_id for event in said(events, NodeSkipped)}
    cached = {node_id for event in said(events, NodesCached) for node_id in event.nodes}
    assert outcome.status == truth.status
    shown, expected_ui = shown_by(outcome.outputs, places(events)), shown_by(truth.shown, truth.display)
    assert shown <= expected_ui
    missing = {text.partition(":")[0] for text in expected_ui - shown}
    assert missing <= makers(prompt) & (prompt.keys() if forgetful else truth.lost), "not shown"
    assert set(failed.values()) <= {truth.display[node_id] for node_id in truth.failed}
    stopped = (failed.keys() | skipped) & prompt.keys()
    assert stopped <= truth.stopped
    assert (truth.stopped & prompt.keys()) - stopped <= truth.silent & cached, "nothing was told of these"
    assert forgetful or not cached & {call.node_id for call in calls_in(events)}, (
        "said to be cached, and called"
    )
    told = stopped | cached | places(events).keys()
    assert certain(prompt) <= told, "nothing was told of these"
    assert told - cached <= truth.display.keys() | places(events).keys()
    assert set(places(events).values()) <= prompt.keys(), "display_id is no node of the submitted graph"
    expected = Counter((call.kind, call.index, call.arguments) for call in truth.calls)
    assert called(events, set(failed)) <= expected, "called too often, or with what is wrong"


def makers(prompt: Prompt) -> set[str]:
    """Nodes that may add nodes, and show nothing themselves."""
    return {node_id for node_id, data in prompt.items() if not SCHEMAS[data["class_type"]].is_output}


def was_called_in_full(truth: Naive, events: list[Event]) -> None:
    """A run without a cache called all that the naive evaluator did; equal calls may be shared."""
    expected = {
        (call.kind, call.index, call.arguments) for call in truth.calls if call.node_id not in truth.failed
    }
    assert expected <= called(events, set()).keys(), "something was not called"
    assert sorted(unlike_in(calls_in(events))) == sorted(unlike_in(truth.calls)), "a result was shared"


def unlike_in(calls: Iterable[Called]) -> list[str]:
    """The nodes called that share no result with equal ones."""
    return [call.node_id for call in calls if call.kind == "Unlike"]


def certain(prompt: Prompt) -> set[str]:
    """The nodes that outputs need, and that no lazy input may come to need."""
    outputs = [node_id for node_id, data in prompt.items() if SCHEMAS[data["class_type"]].is_output]
    links = [(node_id, name, source) for node_id in prompt for name, source in linked(prompt[node_id])]
    lazy = [source for node_id, name, source in links if is_lazy(prompt[node_id], name)]
    return upstream(prompt, outputs) - upstream(prompt, lazy)


def linked(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(input, the node that it reads)."""
    return [(name, value[0]) for name, value in data["inputs"].items() if isinstance(value, list)]


def is_lazy(data: Mapping[str, Any], name: str) -> bool:
    spec = SCHEMAS[data["class_type"]].input(name)
    return spec is not None and spec.lazy


def upstream(prompt: Prompt, todo: list[str]) -> set[str]:
    """These nodes and all that they need."""
    found: set[str] = set()
    while todo:
        found.add(node_id := todo.pop())
        todo += [source for _, source in linked(prompt[node_id]) if source not in found]
    return found


def called(events: Iterable[Event], without: set[str]) -> Counter[tuple[str, int, str]]:
    """What was called, and how often; without the calls of these nodes."""
    return Counter(
        (call.kind, call.index, call.arguments) for call in calls_in(events) if call.node_id not in without
    )


@given(sequence=st.lists(prompts(), min_size=1, max_size=3), cache=ANY_CACHE)
@examples(120)
def test_every_run_agrees_with_the_naive_evaluator_under_any_cache(
    sequence: list[Prompt], cache: str
) -> None:
    with bench_of(cache) as bench:
        for i, prompt in enumerate([*sequence, sequence[0], sequence[0]]):
            truth = evaluate(prompt, bench.registry)
            outcome = bench.run(prompt)
            agrees(truth, prompt, outcome, bench.events, forgetful=i > 0 and cache in FORGETFUL)
            if i == 0 or cache == "none":
                was_called_in_full(truth, bench.events)


@given(prompt=prompts(CALM), cache=st.sampled_from(["classic", "lru", "ram"]))
@examples(60)
def test_an_unchanged_graph_calls_nothing_and_shows_the_same(prompt: Prompt, cache: str) -> None:
    with bench_of(cache) as bench:
        first = bench.run(prompt)
        told = shown_by(first.outputs, places(bench.events))
        for _ in range(2):
            again = bench.run(prompt)
            assert bench.calls == []
            assert again.executed == []
            assert shown_by(again.outputs, places(bench.events)) == told


@given(prompt=prompts(), data=st.data())
@examples(80)
def test_after_a_change_only_what_depends_on_it_or_could_not_be_kept_is_called(
    prompt: Prompt, data: st.DataObject
) -> None:
    with bench_of() as bench:
        bench.run(prompt)
        unkept = never_kept(evaluate(prompt, bench.registry), prompt)
        places_to_change = [(node_id, name) for node_id in prompt for name in free_values(prompt[node_id])]
        after, changed = {**prompt}, set()
        if places_to_change:
            node_id, name = data.draw(st.sampled_from(places_to_change))
            changed = {node_id}
            after[node_id] = {**prompt[node_id], "inputs": {**prompt[node_id]["inputs"], name: 1234567}}
        truth = evaluate(after, bench.registry)
        outcome = bench.run(after)
        agrees(truth, after, outcome, bench.events)
        allowed = dependants(after, unkept | changed)
        newly = truth.outcomes.keys() - evaluate(prompt, bench.registry).outcomes.keys()
        assert {call.display_id for call in bench.calls} <= allowed | newly


def free_values(data: Mapping[str, Any]) -> list[str]:
    """Inputs whose value may be any number."""
    declared = ALL.get(data["class_type"], ({}, 0))[0]
    return [
        name
        for name, values in declared.items()
        if values is None and isinstance(data["inputs"].get(name), int)
    ]


def never_kept(truth: Naive, prompt: Prompt) -> set[str]:
    """Nodes of the graph that run again: restless ones, and those with a failure or a blocker inside."""
    restless = {node_id for node_id, data in prompt.items() if data["class_type"].startswith("Restless")}
    return restless | {truth.display[node_id] for node_id in truth.stopped}


@given(prompt=prompts(), cache=ANY_CACHE, stop_at=st.integers(0, 60))
@examples(120)
def test_an_interrupted_run_tells_nothing_wrong_and_leaves_nothing_wrong(
    prompt: Prompt, cache: str, stop_at: int
) -> None:
    with bench_of(cache) as bench:
        truth = evaluate(prompt, bench.registry)
        heard: list[Event] = []

        def emit(event: Event) -> None:
            heard.append(event)
            bench.cancel.requested |= len(heard) > stop_at

        first = bench.begin(prompt, "first", emit)
        bench.conduct(first)
        assert first.outcome is not None
        is_part_of(truth, prompt, first.outcome, heard)
        bench.cancel.requested = False
        agrees(truth, prompt, bench.run(prompt), bench.events, forgetful=cache in FORGETFUL)


def is_part_of(truth: Naive, prompt: Prompt, outcome: RunOutcome, events: list[Event]) -> None:
    """What was told before a run was interrupted is right as far as it goes."""
    assert outcome.status in ("interrupted", truth.status)
    assert [event.status for event in said(events, RunFinished)] == [outcome.status]
    assert isinstance(events[-1], RunFinished)
    assert shown_by(outcome.outputs, places(events)) <= shown_by(truth.shown, truth.display)
    failed = {event.node_id: event.display_id or event.node_id for event in said(events, NodeFailed)}
    assert set(failed.values()) <= {truth.display[node_id] for node_id in truth.failed}
    skipped = {event.node_id for event in said(events, NodeSkipped)} & prompt.keys()
    assert skipped <= truth.stopped
    expected = Counter((call.kind, call.index, call.arguments) for call in truth.calls)
    assert called(events, set(failed)).keys() <= expected.keys() | {
        (call.kind, call.index, call.arguments)
        for call in calls_in(events)
        if call.display_id in failed.values()
    }


@given(one=prompts(), other=prompts(), cache=ANY_CACHE)
@examples(100)
def test_two_runs_underway_at_once_each_agree_and_tell_of_themselves(
    one: Prompt, other: Prompt, cache: str
) -> None:
    both = {"one": one, "other": other}
    with bench_of(cache) as bench:
        heard: list[tuple[str, Event]] = []

        def ear(name: str) -> Callable[[Event], None]:
            return lambda event: heard.append((name, event))

        runs = {name: bench.begin(prompt, name, ear(name)) for name, prompt in both.items()}
        bench.conduct(*runs.values())
        assert all(event.run_id == name for name, event in heard)
        for name, prompt in both.items():
            outcome = runs[name].outcome
            assert outcome is not None
            told = [event for whose, event in heard if whose == name]
            agrees(evaluate(prompt, bench.registry), prompt, outcome, told, forgetful=cache in FORGETFUL)
        on_disk = [name for name, event in heard if is_disk_call(event, both[name])]
        assert on_disk == sorted(on_disk)


def is_disk_call(event: Event, prompt: Prompt) -> bool:
    """Whether a node that works with the disk is called."""
    return isinstance(event, Announced) and str(prompt.get(event.data.node_id)).find("Disk'") > 0


@given(prompt=prompts(CALM))
@examples(50)
def test_the_order_in_which_a_prompt_lists_its_nodes_changes_no_key(prompt: Prompt) -> None:
    with bench_of() as bench:
        bench.run(prompt)
        assert bench.run(reordered(prompt)).executed == []


@given(prompt=prompts({name: CALM[name] for name in CALM if name not in BY_ID}))
@examples(50)
def test_renamed_nodes_are_answered_from_the_cache_under_their_new_names(prompt: Prompt) -> None:
    with bench_of() as bench:
        bench.run(prompt)
        after = renamed(prompt, "new {}".format)
        outcome = bench.run(after)
        assert outcome.executed == []
        agrees(evaluate(after, bench.registry), after, outcome, bench.events)


@given(prompt=prompts(lanes=("",)))
@examples(30)
def test_events_come_in_the_order_of_time_and_nothing_comes_after_the_last(prompt: Prompt) -> None:
    with bench_of() as bench:
        bench.run(prompt)
        assert sorted(bench.events, key=lambda event: event.timestamp) == bench.events
        assert isinstance(bench.events[-1], RunFinished)
        started = [event.node_id for event in said(bench.events, NodeStarted)]
        assert len(started) == len(set(started))
