"""What of a run is still to do: which nodes must run, what they wait for, and what is held for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from graph.cache import Cache, Outputs
from graph.node import NodeType
from graph.schedule import Schedule
from graph.signature import Key
from graph.workflow import GraphNode

BESIDE = -(1 << 40)  # rank of what another thread does: it is handed over at once


class Demand:
    """Pending nodes and the outputs held for them. Nodes may be added while the run is worked off."""

    def __init__(
        self,
        nodes: Mapping[str, GraphNode],
        keys: Mapping[str, Key],
        order: Mapping[str, int],
        types: Mapping[str, NodeType],
        cache: Cache,
    ) -> None:
        self._nodes, self._keys, self._order, self._types = nodes, keys, order, types
        self._cache = cache
        self._reads: dict[str, Collection[str]] = {}  # what pending nodes read, or may come to read
        self._readers: dict[str, int] = {}  # consumers still to read a node
        self._asked: dict[str, set[str]] = {}  # lazy inputs that their node wants
        self._guarded: set[str] = set()
        self.schedule = Schedule(self._rank)
        self.pending: set[str] = set()
        self.held: dict[str, Outputs] = {}  # for consumers still to come
        self.over: set[str] = set()  # done
        self.lost: set[str] = set()  # failed or skipped
        self.left: Counter[str] = Counter()  # pending nodes by lane

    def require(self, wanted: Iterable[str]) -> list[str]:
        """Make nodes pending that are neither cached nor done, with all they need; those that are new."""
        todo, added = list(wanted)[::-1], []
        pending, held, nodes, keys = self.pending, self.held, self._nodes, self._keys
        get = self._cache.get
        while todo:
            node_id = todo.pop()
            if node_id in pending or node_id in held or node_id in self.lost:
                continue
            found = get(keys[node_id])
            if found is not None:
                held[node_id] = found
                continue
            pending.add(node_id)
            added.append(node_id)
            todo += self._needs(nodes[node_id])
        return added

    def plan(self, added: Sequence[str]) -> set[str]:
        """Put new pending nodes on the schedule; what they need of that which is lost is given."""
        readers, pending, lost = self._readers, self.pending, self.lost
        for node_id in added:
            node = self._nodes[node_id]
            reads = self._reads[node_id] = tuple({source for source, _ in node.links.values()})
            for source in reads:
                readers[source] = readers.get(source, 0) + 1
            self.left[self.lane(node_id)] += 1
            needs = self._needs(node) if self._types[node.type].lazy else reads
            missing = [source for source in needs if source in pending or source in lost]
            self.schedule.add(node_id, missing)
        self.guard(self.dormant(added))
        return {source for i in added for source in self._needs(self._nodes[i])} & lost if lost else set()

    def read(self, sources: Iterable[str]) -> None:
        """One reader more for each: what it gives is held until it is released."""
        for source in sources:
            self._readers[source] = self._readers.get(source, 0) + 1

    def wait_for(self, node_id: str, sources: Collection[str]) -> set[str]:
        """Put a pending node back until these are there; what is needed of that which is lost is given."""
        added = self.require(sources)
        missing = [source for source in sources if source in self.pending or source in self.lost]
        self.schedule.add(node_id, missing)
        return self.plan(added) | self.lost.intersection(missing)

    def ask(self, node_id: str, names: Iterable[str]) -> list[str]:
        """A node wants lazy inputs; the sources that it needs now and did not before."""
        before = self._needs(self._nodes[node_id])
        self._asked.setdefault(node_id, set()).update(names)
        return [source for source in self._needs(self._nodes[node_id]) if source not in before]

    def has_asked(self, node_id: str, name: str) -> bool:
        """Whether a node wants this lazy input."""
        return name in self._asked.get(node_id, ())

    def done(self, node_id: str, outputs: Outputs) -> None:
        """A pending node has run."""
        self.over.add(node_id)
        if self._readers.get(node_id):
            self.held[node_id] = outputs
        self.settle(node_id)
        self.release(self._reads.pop(node_id))
        self.schedule.done(node_id)

    def settle(self, node_id: str) -> None:
        """A node is no longer pending."""
        if node_id in self.pending:
            self.pending.remove(node_id)
            self.left[self.lane(node_id)] -= 1

    def release(self, sources: Iterable[str]) -> None:
        """One reader less for each; what has been read by all is let go of, though a cache may keep it."""
        readers = self._readers
        for source in sources:
            readers[source] -= 1
            if not readers[source]:
                self.held.pop(source, None)

    def drop(self, node_id: str) -> list[str]:
        """A node is lost, and with it all that wait for it, which are given."""
        dependants = self.schedule.drop(node_id)
        for lost in (node_id, *dependants):
            self.lost.add(lost)
            self.settle(lost)
            self.release(self._reads.pop(lost, ()))
        return dependants

    def guard(self, dormant: Iterable[str]) -> None:
        """Hold to the end what nodes read that may yet be asked for: nothing is to be called twice."""
        for node_id in dormant:
            if node_id not in self._guarded:
                self._guarded.add(node_id)
                self.read({source for source, _ in self._nodes[node_id].links.values()})

    def dormant(self, pending: Iterable[str]) -> set[str]:
        """Nodes that wait for one of these to ask for them: neither cached nor sure to run."""
        asking = (self._nodes[i] for i in pending if self._types[self._nodes[i].type].lazy)
        todo = [
            source
            for node in asking
            for source in {source for source, _ in node.links.values()} - set(self._needs(node))
        ]
        found: set[str] = set()
        while todo:
            node_id = todo.pop()
            if node_id in found or node_id in self.pending or node_id in self.held:
                continue
            if self._cache.peek(self._keys[node_id]) is None:
                found.add(node_id)
                todo += (source for source, _ in self._nodes[node_id].links.values())
        return found

    def lane(self, node_id: str) -> str:
        """What a node's call keeps busy."""
        return self._types[self._nodes[node_id].type].where

    def _needs(self, node: GraphNode) -> Collection[str]:
        """The sources without which a node cannot be called, or asked."""
        lazy = self._types[node.type].lazy
        if not lazy:
            return {source for source, _ in node.links.values()}
        asked = self._asked.get(node.id, ())
        return {source for name, (source, _) in node.links.items() if name not in lazy or name in asked}

    def _rank(self, node_id: str) -> int:
        """Lower ranks run first: what other threads do, what expansions added, what is near an output.

        `order` is depth first from the outputs: a node that stands late in it is near one.
        """
        rank = -self._order[node_id]
        return rank if self.lane(node_id) == "device" else rank + BESIDE
