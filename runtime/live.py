"""How far a run is, node by node, as its events tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from graph.events import (
    Event,
    NodeAnswered,
    NodeFailed,
    NodeFinished,
    NodeProgress,
    NodesCached,
    NodeStarted,
    NodeWaiting,
    OfNode,
    RunFinished,
)

NodeState = Literal["running", "finished", "error"]


@dataclass(frozen=True)
class NodeView:
    """Where one node is; `value` of `total` steps. A node made by expansion says whose part it is."""

    state: NodeState
    value: float = 0.0
    total: float = 1.0
    display_id: str | None = None
    parent_id: str | None = None


class Live:
    """Follows one run."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.nodes: dict[str, NodeView] = {}
        self.outputs: dict[str, Mapping[str, list[Any]]] = {}
        self.executed: list[str] = []
        self.waiting: dict[str, NodeWaiting] = {}  # by node: what it asks a person
        self._started: dict[str, None] = {}  # nodes in progress, in the order of their starts
        self._last: str | None = None

    @property
    def current(self) -> str | None:
        """The node that started last among those in progress, or else the last one that did."""
        return next(reversed(self._started), self._last)

    @property
    def busy(self) -> bool:
        """Whether a node is in progress that does not wait for a person."""
        return len(self._started) > len(self.waiting)

    @property
    def rests(self) -> bool:
        """Whether every node in progress waits for a person."""
        return bool(self.waiting) and not self.busy

    def observe(self, event: Event) -> None:
        """Take in one event; those that change nothing are ignored."""
        if isinstance(event, NodeStarted):
            self._last = event.node_id
            self._started[event.node_id] = None
            self.nodes[event.node_id] = seen(event, "running")
        elif isinstance(event, NodeProgress):
            self.nodes[event.node_id] = replace(seen(event, "running"), value=event.value, total=event.total)
        elif isinstance(event, NodeFinished):
            self._finish(event)
        elif isinstance(event, NodeWaiting):
            self._started.setdefault(event.node_id)
            self.waiting[event.node_id] = event
        elif isinstance(event, NodeAnswered):
            self.waiting.pop(event.node_id, None)
        elif isinstance(event, NodeFailed):
            self._end(event)
            self.nodes[event.node_id] = seen(event, "error")
        elif isinstance(event, NodesCached):
            self.nodes |= dict.fromkeys(event.nodes, NodeView("finished", 1.0))
        elif isinstance(event, RunFinished):
            self._started.clear()
            self.waiting.clear()

    def _end(self, event: OfNode) -> None:
        self._started.pop(event.node_id, None)
        self.waiting.pop(event.node_id, None)

    def _finish(self, event: NodeFinished) -> None:
        self._end(event)
        total = self.nodes.get(event.node_id, NodeView("finished")).total
        self.nodes[event.node_id] = replace(seen(event, "finished"), value=total, total=total)
        self.executed.append(event.node_id)
        if event.ui is not None:
            self.outputs[event.node_id] = event.ui


def seen(event: OfNode, state: NodeState) -> NodeView:
    """A node in this state, with whose part it is."""
    return NodeView(state, display_id=event.display_id, parent_id=event.parent_id)
