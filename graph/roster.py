"""The nodes of a run: those of the graph, those that makers added, and which of them compute the same."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import Any

from graph.context import Expanded
from graph.expansion import Expansion
from graph.signature import Key, content_keys, is_plain, key_of, relinked, unique_key, without_twins
from graph.workflow import Graph, GraphNode

Token = Callable[[GraphNode], object]


class Roster:
    """Nodes by id. A twin computes what its first computes, and is no node of its own here."""

    def __init__(self, graph: Graph, token: Token) -> None:
        self._graph, self._token = graph, token
        self.keys = content_keys(graph.nodes, graph.nodes, token)
        nodes, self._first_of = without_twins(graph.nodes, self.keys)
        self.nodes: dict[str, GraphNode] = dict(nodes)
        self.order = {node_id: index for index, node_id in enumerate(self.nodes)}
        self.twins: dict[str, list[str]] = {}  # by their first
        for twin, first in self._first_of.items():
            self.twins.setdefault(first, []).append(twin)
        self.places: dict[str, Expanded] = {}  # where the nodes that makers added belong
        self._added: dict[str, GraphNode] = {}  # the same as they were made, not led to twins
        self._firsts: dict[Key, str] = {}  # filled when a node is first added
        self._ids: set[str] = set()  # of all nodes; likewise

    def first_of(self, node_id: str) -> str:
        """The node that computes for this one; itself where none else does."""
        return self._first_of.get(node_id, node_id)

    def firsts_of(self, node_ids: Iterable[str]) -> frozenset[str]:
        """The nodes that compute for these."""
        return frozenset(map(self.first_of, node_ids))

    def with_twins(self, node_id: str) -> list[str]:
        """A node and those for which it computes."""
        return [node_id, *self.twins.get(node_id, ())]

    def link_of(self, node_id: str, name: str) -> list[Any]:
        """The link of an input as it was given, though another node may compute for the one it names."""
        given = self._graph.nodes.get(node_id) or self._added[node_id]
        return list(given.links[name])

    def taken(self, maker: str, again: bool) -> Container[str]:
        """The ids that a maker's nodes cannot have; when it is called again it makes the same nodes."""
        self._ids = self._ids or set(self._graph.nodes)
        if not again:
            return self._ids
        return {i for i in self._ids if i not in self.places or self.places[i].parent_id != maker}

    def admit(self, expansion: Expansion, is_gone: Callable[[str], bool]) -> None:
        """Take in what a maker added; an equal node that `is_gone` computes for no other any more."""
        if not self._firsts:
            self._firsts = {self.keys[node_id]: node_id for node_id in self.nodes}
        for node_id, added in expansion.nodes.items():
            if node_id in self.places:  # its maker was called again
                continue
            self.places[node_id] = expansion.places[node_id]
            self._added[node_id] = added
            self._ids.add(node_id)
            plain = is_plain(dict(added.values))
            key = self.keys[node_id] = key_of(added, self._token, self.keys) if plain else unique_key()
            first = self._firsts.setdefault(key, node_id)
            if first != node_id and is_gone(first):
                first = self._firsts[key] = node_id
            if first == node_id:
                self.order[node_id] = len(self.order)
                self.nodes[node_id] = relinked(added, self._first_of)
            else:
                self._first_of[node_id] = first
                self.twins.setdefault(first, []).append(node_id)
