"""Runs one graph: skip what is cached, lease, call, emit, and let an error stop only what depends on it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from graph.cache import Cache, Outputs
from graph.context import Cancel, Context
from graph.errors import Cancelled, HeddleError
from graph.events import (
    Event,
    NodeFailed,
    NodeFinished,
    NodesCached,
    NodeSkipped,
    NodeStarted,
    RunFinished,
    RunStarted,
    Status,
    Ui,
)
from graph.folders import Folders
from graph.node import NodeType, Result
from graph.registry import Registry
from graph.schedule import Schedule
from graph.signature import content_keys, without_twins
from graph.workflow import Graph, GraphNode

Lease = Callable[[Mapping[str, object]], AbstractContextManager[None]]
Emit = Callable[[Event], None]
SHOWN = 200  # characters of an input's value in an error


class WrongResult(HeddleError):
    """A node returned another number of outputs than its signature says."""


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended, and what its nodes show."""

    status: Status
    outputs: dict[str, Ui]
    executed: list[str]
    failures: list[NodeFailed] = field(default_factory=list)


@dataclass
class Progress:
    """What a run has so far."""

    held: dict[str, Outputs]  # by node, for consumers still to come
    shown: dict[str, Ui] = field(default_factory=dict)
    executed: list[str] = field(default_factory=list)
    failures: list[NodeFailed] = field(default_factory=list)
    skipped: set[str] = field(default_factory=set)


def no_lease(_: Mapping[str, object]) -> AbstractContextManager[None]:
    """For nodes whose arguments hold no weights."""
    return nullcontext()


class Executor:
    """Runs graphs one after another over one registry and one cache."""

    def __init__(
        self, registry: Registry, cache: Cache, folders: Folders, *, lease: Lease = no_lease
    ) -> None:
        self.registry = registry
        self.cache = cache
        self.folders = folders
        self.lease = lease

    def run(
        self,
        graph: Graph,
        *,
        run_id: str,
        emit: Emit,
        cancel: Cancel | None = None,
        prompt: Mapping[str, Any] | None = None,
        extra_pnginfo: Mapping[str, Any] | None = None,
    ) -> RunOutcome:
        """Run a graph to its end; what nodes raise is told by events and in the outcome, not raised."""
        run = Run(self, graph, run_id, emit, cancel or Cancel(), prompt, extra_pnginfo)
        return run.finish()

    def token(self, node: GraphNode) -> object:
        """What a node's result depends on besides its values and sources; None when that cannot be known."""
        node_type = self.registry[node.type]
        changed = change_token(node_type, node.values)
        if changed is None:
            return None
        files = [
            self.folders.identity(*self.folders.annotated(node.values[spec.name], spec.folder))
            for spec in node_type.files
            if spec.folder and spec.name in node.values and node.values[spec.name] not in (spec.choices or ())
        ]
        return [node_type.schema.version, changed, files]


class Run:
    """One execution of one graph."""

    def __init__(
        self,
        executor: Executor,
        graph: Graph,
        run_id: str,
        emit: Emit,
        cancel: Cancel,
        prompt: Mapping[str, Any] | None,
        extra_pnginfo: Mapping[str, Any] | None,
    ) -> None:
        self.executor, self.graph, self.run_id = executor, graph, run_id
        self.emit, self.cancel = emit, cancel
        self.prompt, self.extra_pnginfo = prompt, extra_pnginfo
        self.outputs = frozenset(graph.outputs)
        self.keys = content_keys(graph.nodes, graph.nodes, executor.token)
        self.nodes, twins = without_twins(graph.nodes, self.keys)
        self.twins: dict[str, list[str]] = {}  # by the first of them, which computes for all
        for twin, first in twins.items():
            self.twins.setdefault(first, []).append(twin)
        self.needed = {twins.get(output, output) for output in graph.outputs}
        self.readers: dict[str, int] = {}  # consumers still to read a node
        self.progress = Progress({})

    def finish(self) -> RunOutcome:
        """From the first event to the last."""
        self.emit(RunStarted(self.run_id))
        self.executor.cache.begin(list(self.keys.values()))
        pending = self.find_pending()
        self.emit(NodesCached(self.run_id, tuple(i for i in self.graph.nodes if i not in pending)))
        self.show_cached()
        self.readers = count_readers(self.nodes, pending)
        status, stopped_at = self.work(Schedule(self.nodes, pending, self.nodes))
        stopped = None if stopped_at is None else self.nodes[stopped_at]
        self.emit(
            RunFinished(
                self.run_id,
                status,
                list(self.progress.executed),
                node_id=stopped.id if stopped else None,
                node_type=stopped.type if stopped else None,
            )
        )
        done = self.progress
        return RunOutcome(status, done.shown, done.executed, done.failures)

    def find_pending(self) -> set[str]:
        """What must run: from the outputs upwards, ending at what the cache holds."""
        needed, pending = set(self.needed), set[str]()
        for node_id in reversed(list(self.nodes)):
            if node_id not in needed:
                continue
            found = self.executor.cache.get(self.keys[node_id])
            if found is not None:
                self.progress.held[node_id] = found
                continue
            pending.add(node_id)
            needed.update(source for source, _ in self.nodes[node_id].links.values())
        return pending

    def show_cached(self) -> None:
        """Cached output nodes show again what they showed."""
        for node_id in self.nodes:
            if node_id in self.needed and node_id in self.progress.held:
                self.show(node_id, self.progress.held[node_id], cached=True)

    def work(self, schedule: Schedule) -> tuple[Status, str | None]:
        """Call node after node. Gives the run's status, and the node at which it was interrupted."""
        while (node_id := schedule.next()) is not None:
            if self.cancel.requested:
                return "interrupted", node_id
            try:
                outputs = self.call(node_id)
            except Cancelled:
                return "interrupted", node_id
            if outputs is None:
                self.skip_dependants(node_id, schedule)
                continue
            if self.readers.get(node_id):
                self.progress.held[node_id] = outputs
            self.release_sources(node_id)
            schedule.done(node_id)
        return ("error" if self.progress.failures else "success"), None

    def call(self, node_id: str) -> Outputs | None:
        """The outputs of a node; None when it raised. Raises Cancelled when it saw the wish to stop."""
        node = self.nodes[node_id]
        node_type = self.executor.registry[node.type]
        self.emit(NodeStarted(self.run_id, node_id))
        arguments = self.arguments(node)
        started = perf_counter()
        try:
            with self.executor.lease(arguments):
                outputs = as_outputs(node_type, node_type.fn(**arguments, **self.context(node_type, node_id)))
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a node raises is told, and ends only what needs it
            self.failed(node, arguments, error)
            return None
        self.progress.executed.append(node_id)
        self.executor.cache.put(self.keys[node_id], outputs)
        self.show(node_id, outputs, cached=False, seconds=perf_counter() - started)
        return outputs

    def arguments(self, node: GraphNode) -> dict[str, Any]:
        """Literal values, and the outputs that links lead to."""
        held = self.progress.held
        return {
            **node.values,
            **{name: held[source].values[slot] for name, (source, slot) in node.links.items()},
        }

    def context(self, node_type: NodeType, node_id: str) -> dict[str, Context]:
        """The context under the name that the node's function gave it."""
        if node_type.context_name is None:
            return {}
        context = Context(
            node_id,
            self.run_id,
            self.executor.folders,
            self.emit,
            self.cancel,
            self.prompt,
            self.extra_pnginfo,
        )
        return {node_type.context_name: context}

    def show(self, node_id: str, outputs: Outputs, *, cached: bool, seconds: float = 0.0) -> None:
        """Tell that a node's outputs are there, and those of its twins that are outputs of the graph."""
        self.finished(NodeFinished(self.run_id, node_id, outputs.ui, cached, seconds))
        for twin in self.twins.get(node_id, ()):
            if twin in self.outputs:
                self.finished(NodeFinished(self.run_id, twin, outputs.ui, True, 0.0))

    def finished(self, event: NodeFinished) -> None:
        """Keep what a node shows, and tell."""
        if event.ui is not None:
            self.progress.shown[event.node_id] = event.ui
        self.emit(event)

    def failed(self, node: GraphNode, arguments: Mapping[str, Any], error: Exception) -> None:
        """Tell what a node raised, with the values it had."""
        failure = NodeFailed(
            self.run_id,
            node.id,
            node.type,
            str(error) or type(error).__name__,
            qualified_name(type(error)),
            traceback.format_exception(error),
            {name: shortened(value) for name, value in arguments.items()},
            list(self.progress.executed),
        )
        self.progress.failures.append(failure)
        self.emit(failure)

    def skip_dependants(self, failed: str, schedule: Schedule) -> None:
        """Tell which nodes now cannot run, and why."""
        cause = f"node {failed} ({self.nodes[failed].type})"
        self.skip(self.twins.get(failed, ()), f"{cause}, which computes the same, failed")
        for dependant in schedule.dependants(failed):
            self.skip([dependant, *self.twins.get(dependant, ())], f"{cause}, which it needs, failed")

    def skip(self, nodes: Iterable[str], reason: str) -> None:
        """Tell once of each node that it does not run."""
        for node_id in nodes:
            if node_id not in self.progress.skipped:
                self.progress.skipped.add(node_id)
                self.emit(NodeSkipped(self.run_id, node_id, reason))

    def release_sources(self, node_id: str) -> None:
        """Let go of what has been read by all; a cache may keep it on."""
        for source in {source for source, _ in self.nodes[node_id].links.values()}:
            self.readers[source] -= 1
            if not self.readers[source]:
                self.progress.held.pop(source, None)


def count_readers(nodes: Mapping[str, GraphNode], pending: Iterable[str]) -> dict[str, int]:
    """How many pending nodes read each node."""
    counts: dict[str, int] = {}
    for node_id in pending:
        for source in {source for source, _ in nodes[node_id].links.values()}:
            counts[source] = counts.get(source, 0) + 1
    return counts


def as_outputs(node_type: NodeType, returned: Any) -> Outputs:
    """What a node returned, as one value for each output. Raises WrongResult when the count differs."""
    count = len(node_type.schema.outputs)
    ui = returned.ui if isinstance(returned, Result) else None
    if isinstance(returned, Result):
        values = returned.values
    elif count == 0 and returned is None:
        values = ()
    elif count == 1 and len(getattr(returned, "_fields", ())) != 1:
        values = (returned,)
    else:
        values = tuple(returned) if isinstance(returned, tuple | list) else (returned,)
    if len(values) != count:
        name = node_type.schema.name
        raise WrongResult(
            f"{name} returned {len(values)} value(s), but its signature names {count} output(s)"
        )
    return Outputs(values, ui)


def change_token(node_type: NodeType, values: Mapping[str, Any]) -> tuple[object] | None:
    """What a node's fingerprint function says of its literal inputs; None for NaN or when it raises."""
    if node_type.fingerprint is None:
        return ("",)
    try:
        found = node_type.fingerprint(**values)
    except Exception:  # noqa: BLE001 - the node's own code; what cannot be told is never cached
        return None
    return (found,) if found == found else None


def qualified_name(kind: type[Exception]) -> str:
    """`ValueError`, or `package.module.Problem`."""
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def shortened(value: Any) -> str:
    """A value as a short text; what is not plain is named by type and shape, for its text may be huge."""
    if not isinstance(value, str | int | float | bool | None):
        shape = getattr(value, "shape", None)
        sizes = f" {tuple(shape)}" if isinstance(shape, tuple) else ""
        return f"<{type(value).__name__}{sizes}>"
    text = str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
