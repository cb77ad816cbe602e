"""How far a run is, node by node, as its events tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from graph.events import Event, NodeFailed, NodeFinished, NodeProgress, NodesCached, NodeStarted

NodeState = Literal["running", "finished", "error"]


@dataclass(frozen=True)
class NodeView:
    """Where one node is; `value` of `total` steps."""

    state: NodeState
    value: float = 0.0
    total: float = 1.0


class Live:
    """Follows one run."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.nodes: dict[str, NodeView] = {}
        self.current: str | None = None
        self.outputs: dict[str, Mapping[str, list[Any]]] = {}
        self.executed: list[str] = []

    def observe(self, event: Event) -> None:
        """Take in one event; those that change nothing are ignored."""
        if isinstance(event, NodeStarted):
            self.current = event.node_id
            self.nodes[event.node_id] = NodeView("running")
        elif isinstance(event, NodeProgress):
            self.nodes[event.node_id] = NodeView("running", event.value, event.total)
        elif isinstance(event, NodeFinished):
            self._finish(event)
        elif isinstance(event, NodeFailed):
            self.nodes[event.node_id] = NodeView("error")
        elif isinstance(event, NodesCached):
            self.nodes |= dict.fromkeys(event.nodes, NodeView("finished", 1.0))

    def _finish(self, event: NodeFinished) -> None:
        total = self.nodes.get(event.node_id, NodeView("finished")).total
        self.nodes[event.node_id] = NodeView("finished", total, total)
        self.executed.append(event.node_id)
        if event.ui is not None:
            self.outputs[event.node_id] = event.ui
