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
from graph.errors import Cancelled, FolderError, HeddleError
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
from graph.signature import Key, content_keys
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
        """Run a graph to its end; what nodes raise is told by events and in the outcome, never raised here."""
        run = Run(self, graph, run_id, emit, cancel or Cancel(), prompt, extra_pnginfo)
        return run.finish()

    def token(self, node: GraphNode) -> object:
        """What a node's result depends on besides its values and sources; None when that cannot be known."""
        node_type = self.registry[node.type]
        changed = change_token(node_type, node.values)
        if changed is None:
            return None
        files = [
            file_identity(self.folders, spec.folder, node.values[spec.name])
            for spec in node_type.files
            if spec.folder and spec.name in node.values
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
        self.order = list(graph.nodes)
        self.keys: dict[str, Key] = {}
        self.progress = Progress({})
        self.readers: dict[
            str, int
        ] = {}  # consumers still to read a node, kept only by caches that keep nothing

    def finish(self) -> RunOutcome:
        """From the first event to the last."""
        self.emit(RunStarted(self.run_id))
        self.keys = content_keys(self.graph.nodes, self.order, self.executor.token)
        pending = self.find_pending()
        cached = [node_id for node_id in self.order if node_id not in pending]
        self.emit(NodesCached(self.run_id, tuple(cached)))
        self.show_cached(cached)
        status, stopped_at = self.work(Schedule(self.graph.nodes, pending, self.order), pending)
        self.executor.cache.settle(list(self.keys.values()))
        stopped = None if stopped_at is None else self.graph.nodes[stopped_at]
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
        needed, pending = set(self.outputs), set[str]()
        for node_id in reversed(self.order):
            if node_id not in needed:
                continue
            found = self.executor.cache.get(self.keys[node_id])
            if found is not None:
                self.progress.held[node_id] = found
                continue
            pending.add(node_id)
            needed.update(source for source, _ in self.graph.nodes[node_id].links.values())
        return pending

    def show_cached(self, cached: Iterable[str]) -> None:
        """Cached output nodes show again what they showed."""
        for node_id in cached:
            if node_id in self.outputs:
                self.finished(node_id, self.progress.held[node_id], cached=True, seconds=0.0)

    def work(self, schedule: Schedule, pending: set[str]) -> tuple[Status, str | None]:
        """Call node after node. Gives the run's status, and the node at which it was interrupted."""
        if not self.executor.cache.keeps:
            self.readers = count_readers(self.graph.nodes, pending)
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
            self.progress.held[node_id] = outputs
            self.release_sources(node_id)
            schedule.done(node_id)
        return ("error" if self.progress.failures else "success"), None

    def call(self, node_id: str) -> Outputs | None:
        """The outputs of a node, from an equal node that ran before it or by calling it; None when it failed."""
        twin = self.executor.cache.get(self.keys[node_id])
        if twin is not None:
            self.finished(node_id, twin, cached=True, seconds=0.0)
            return twin
        node = self.graph.nodes[node_id]
        node_type = self.executor.registry[node.type]
        self.emit(NodeStarted(self.run_id, node_id))
        arguments = self.arguments(node)
        started = perf_counter()
        try:
            with self.executor.lease(arguments):
                outputs = as_outputs(node_type, node_type.fn(**arguments, **self.context(node_type, node_id)))
        except Cancelled:
            raise
        except Exception as error:
            self.failed(node, arguments, error)
            return None
        self.progress.executed.append(node_id)
        self.executor.cache.put(self.keys[node_id], outputs)
        self.finished(node_id, outputs, cached=False, seconds=perf_counter() - started)
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

    def finished(self, node_id: str, outputs: Outputs, *, cached: bool, seconds: float) -> None:
        """Tell that a node's outputs are there."""
        if outputs.ui is not None:
            self.progress.shown[node_id] = outputs.ui
        self.emit(NodeFinished(self.run_id, node_id, outputs.ui, cached, seconds))

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

    def skip_dependants(self, node_id: str, schedule: Schedule) -> None:
        """Tell which nodes now cannot run, and why."""
        node_type = self.graph.nodes[node_id].type
        for dependant in schedule.dependants(node_id):
            if dependant not in self.progress.skipped:
                self.progress.skipped.add(dependant)
                self.emit(
                    NodeSkipped(
                        self.run_id, dependant, f"node {node_id} ({node_type}), which it needs, failed"
                    )
                )

    def release_sources(self, node_id: str) -> None:
        """Without a cache, let go of what has been read by all."""
        for source in (
            {source for source, _ in self.graph.nodes[node_id].links.values()} if self.readers else ()
        ):
            self.readers[source] -= 1
            if not self.readers[source]:
                del self.progress.held[source]


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
    elif count == 1 and not hasattr(returned, "_fields"):
        values = (returned,)
    else:
        values = tuple(returned) if isinstance(returned, tuple | list) else (returned,)
    if len(values) != count:
        name = node_type.schema.name
        raise WrongResult(
            f"{name} returned {len(values)} value(s), but its signature names {count} output(s)"
        )
    return Outputs(values, ui)


def change_token(node_type: NodeType, values: Mapping[str, Any]) -> object:
    """What a node's fingerprint function says of its literal inputs; None for NaN or when it raises."""
    if node_type.fingerprint is None:
        return ""
    try:
        found = node_type.fingerprint(**values)
    except Exception:
        return None
    return None if found != found or found is None else found


def file_identity(folders: Folders, folder: str, name: str) -> object:
    """(modification time, size) of the file that a value names; a name without a file is its own identity."""
    try:
        status = folders.resolve(*folders.annotated(name, folder)).stat()
    except (FolderError, OSError):
        return name
    return [status.st_mtime_ns, status.st_size]


def qualified_name(kind: type[Exception]) -> str:
    """`ValueError`, or `package.module.Problem`."""
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def shortened(value: Any) -> str:
    """A value as a short text; what is no plain value is named by its type, for its text may be huge."""
    text = str(value) if isinstance(value, str | int | float | bool | None) else f"<{type(value).__name__}>"
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
