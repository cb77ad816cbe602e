"""Conducts runs over one registry and one cache: the oldest first, the next in what it leaves free."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Required, TypedDict, Unpack

from graph.cache import Cache
from graph.calls import change_token
from graph.context import Cancel
from graph.folders import Folders
from graph.lanes import Lanes
from graph.lease import Memory, NoMemory
from graph.registry import Registry
from graph.report import Emit
from graph.run import Asked, Behind, Run, RunOutcome
from graph.workflow import Graph, GraphNode

__all__ = ["Executor", "Run", "RunOutcome"]

MOST_UNDERWAY = 2  # runs: the second begins when the first has nothing left for the device
LOOK = 0.05  # seconds between two looks at whether a run is to stop, while nothing happens


def no_queue() -> Sequence[Graph]:
    """Nothing is known to wait."""
    return ()


class Asking(TypedDict, total=False):
    """What a run is begun with, by name: see `Executor.begin`."""

    run_id: Required[str]
    emit: Required[Emit]
    cancel: Cancel | None
    prompt: Mapping[str, Any] | None
    extra_pnginfo: Mapping[str, Any] | None
    client_id: str | None
    behind: Behind


class Executor:
    """Runs graphs. `run` takes one to its end; a worker begins several and advances them on one thread."""

    def __init__(
        self, registry: Registry, cache: Cache, folders: Folders, *, memory: Memory | None = None
    ) -> None:
        self.registry = registry
        self.cache = cache
        self.folders = folders
        self.memory: Memory = memory or NoMemory()
        self.lanes = Lanes()
        self.underway: list[Run] = []  # oldest first
        # What other threads want done on the conducting one.
        self.mail: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.makers: set[str] = set()  # node types that have added nodes to a run
        self._states: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}

    def run(self, graph: Graph, **asked: Unpack[Asking]) -> RunOutcome:
        """Run a graph to its end; what nodes raise is told by events and in the outcome, not raised."""
        run = self.begin(graph, **asked)
        while run.outcome is None:
            if not self.advance():
                self.wait()
        return run.outcome

    def begin(
        self,
        graph: Graph,
        *,
        run_id: str,
        emit: Emit,
        cancel: Cancel | None = None,
        prompt: Mapping[str, Any] | None = None,
        extra_pnginfo: Mapping[str, Any] | None = None,
        client_id: str | None = None,
        behind: Behind = no_queue,
    ) -> Run:
        """A run that `advance` takes further, piece by piece, until it has an outcome.

        `prompt` and `extra_pnginfo` are for nodes that write them into files; `behind` gives the graphs that
        wait, when the memory has to know.
        """
        asked = Asked(run_id, emit, cancel or Cancel(), prompt, extra_pnginfo, client_id, behind)
        run = Run(self, graph, asked)
        self.underway.append(run)
        self._forget_states()
        run.begin()
        return run

    def advance(self) -> bool:
        """Do one piece of work on this thread, for the oldest run that has one; False when none has."""
        if not self.mail.empty():
            self.read_mail()
            return True
        return any(run.advance() for run in tuple(self.underway))

    def wait(self) -> None:
        """Until something came by mail, or for a moment while runs may be asked to stop."""
        try:
            letter = self.mail.get(timeout=LOOK if self.underway else None)
        except queue.Empty:
            return
        letter()
        self.read_mail()

    def read_mail(self) -> None:
        """Do what other threads want done here."""
        while not self.mail.empty():
            self.mail.get()()

    @property
    def wants_more(self) -> bool:
        """Whether another run may begin: those underway have only work for other lanes left."""
        return len(self.underway) < MOST_UNDERWAY and all(run.off_device for run in self.underway)

    def close(self) -> None:
        """Wait for the threads beside this one to end."""
        self.lanes.close()

    def token(self, node: GraphNode) -> object:
        """What a node's result depends on besides its values and sources; None when that cannot be known."""
        node_type = self.registry[node.type]
        changed = change_token(node_type, node.values, node.links)
        if changed is None:
            return None
        files = [
            self.folders.identity(*self.folders.annotated(node.values[spec.name], spec.folder))
            for spec in node_type.files
            if spec.folder and spec.name in node.values and node.values[spec.name] not in (spec.choices or ())
        ]
        own = node.id if node_type.schema.keyed_by_id else None
        raw = {name: node.links[name] for name in node_type.raw if name in node.links}
        return [node_type.schema.version, changed, files, own, raw]

    def state(self, node: GraphNode, display_id: str) -> dict[str, Any]:
        """What a node keeps between its calls, for as long as it stays in the graphs that run."""
        return self._states.setdefault((node.id, node.type), (display_id, {}))[1]

    def _forget_states(self) -> None:
        """Let go of the states of nodes that no graph underway holds."""
        self._states = {
            key: (display_id, state)
            for key, (display_id, state) in self._states.items()
            if any(display_id in run.graph.nodes for run in self.underway)
        }
