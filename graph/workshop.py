"""What the runs of one executor share: node types, cache, memory, lanes, and the states that nodes keep."""

from __future__ import annotations

import queue
from collections.abc import Callable, Container, Iterable
from typing import Any, Protocol

from graph.cache import Cache
from graph.calls import change_token
from graph.folders import Folders
from graph.lanes import Lanes
from graph.lease import Memory, NoMemory
from graph.measure import Meters
from graph.question import Inquiries
from graph.registry import Registry
from graph.workflow import GraphNode


class Underway(Protocol):
    """A run, as far as another one has to know it."""

    def needs(self, lane: str) -> bool:
        """Whether something of it will still keep a lane busy."""


class Workshop:
    """Made once; runs come and go."""

    def __init__(
        self,
        registry: Registry,
        cache: Cache,
        folders: Folders,
        *,
        memory: Memory | None = None,
        meters: Meters | None = None,
    ) -> None:
        self.registry = registry
        self.cache = cache
        self.folders = folders
        self.memory: Memory = memory or NoMemory()
        self.meters = meters or Meters()
        self.inquiries = Inquiries()
        self.lanes = Lanes()
        # What other threads want done on the conducting one.
        self.mail: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.makers: set[str] = set()  # node types that have added nodes to a run
        self._states: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}

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

    def forget_states(self, graphs: Iterable[Container[str]]) -> None:
        """Let go of the states of nodes that none of these graphs holds."""
        held = list(graphs)
        self._states = {
            key: (display_id, state)
            for key, (display_id, state) in self._states.items()
            if any(display_id in nodes for nodes in held)
        }
