"""Which ready node runs next."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Mapping

from graph.workflow import GraphNode


class Schedule:
    """A heap of ready nodes, the nearest to an output first: what is begun gets finished and freed."""

    def __init__(
        self, nodes: Mapping[str, GraphNode], pending: Collection[str], order: Collection[str]
    ) -> None:
        self._consumers: dict[str, list[str]] = defaultdict(list)
        self._missing: dict[str, int] = {}
        wanted = set(pending)
        for node_id in wanted:
            needs = {source for source, _ in nodes[node_id].links.values() if source in wanted}
            self._missing[node_id] = len(needs)
            for source in needs:
                self._consumers[source].append(node_id)
        # `order` is depth first from the outputs: a node that stands late in it is near an output.
        self._rank = {node_id: -index for index, node_id in enumerate(order)}
        self._ready = [(self._rank[node_id], node_id) for node_id in wanted if not self._missing[node_id]]
        heapq.heapify(self._ready)

    def next(self) -> str | None:
        """Take the next ready node; None when there is none."""
        return heapq.heappop(self._ready)[1] if self._ready else None

    def done(self, node_id: str) -> None:
        """A node has run: its consumers may become ready."""
        for consumer in self._consumers[node_id]:
            self._missing[consumer] -= 1
            if not self._missing[consumer]:
                heapq.heappush(self._ready, (self._rank[consumer], consumer))

    def dependants(self, node_id: str) -> list[str]:
        """All pending nodes that need this one, directly or not, each once."""
        found: dict[str, None] = {}
        stack = [node_id]
        while stack:
            for consumer in self._consumers[stack.pop()]:
                if consumer not in found:
                    found[consumer] = None
                    stack.append(consumer)
        return list(found)
