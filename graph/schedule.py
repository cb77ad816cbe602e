"""Which ready node runs next."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection


class Schedule:
    """A heap of ready nodes, the lowest rank first; nodes and needs may be added while it is worked off."""

    def __init__(self, rank: Callable[[str], int]) -> None:
        self._rank = rank
        self._consumers: dict[str, list[str]] = {}
        self._missing: dict[str, int] = {}
        self._ready: list[tuple[int, str]] = []

    def add(self, node_id: str, needs: Collection[str]) -> None:
        """A node that may run when all it needs is done; again for one that turns out to need more."""
        if not needs:
            self._missing[node_id] = 0
            heapq.heappush(self._ready, (self._rank(node_id), node_id))
            return
        self._missing[node_id] = len(needs)
        for source in needs:
            consumers = self._consumers.get(source)
            if consumers is None:
                self._consumers[source] = [node_id]
            else:
                consumers.append(node_id)

    def next(self) -> str | None:
        """Take the next ready node; None when there is none."""
        return heapq.heappop(self._ready)[1] if self._ready else None

    @property
    def has_ready(self) -> bool:
        """Whether `next` would give one."""
        return bool(self._ready)

    def done(self, node_id: str) -> None:
        """A node has run: its consumers may become ready."""
        self._missing.pop(node_id, None)
        missing = self._missing
        for consumer in self._consumers.pop(node_id, ()):
            count = missing.get(consumer)
            if count is None:  # it will not run: something else that it needs did not
                continue
            missing[consumer] = count - 1
            if count == 1:
                heapq.heappush(self._ready, (self._rank(consumer), consumer))

    def drop(self, node_id: str) -> list[str]:
        """A node will not run: it and all that wait for it, directly or not, leave; these are given."""
        self._missing.pop(node_id, None)
        found: dict[str, None] = {}
        stack = [node_id]
        while stack:
            for consumer in self._consumers.pop(stack.pop(), ()):
                if consumer not in found and self._missing.pop(consumer, None) is not None:
                    found[consumer] = None
                    stack.append(consumer)
        return list(found)

    def stuck(self) -> list[str]:
        """Nodes that still wait when nothing is ready or underway: they wait for each other."""
        return [node_id for node_id, missing in self._missing.items() if missing]
