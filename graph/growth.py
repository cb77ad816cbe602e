"""Nodes that makers add to a run: taken in, waited for, shown as the maker's, kept with it or not at all."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graph.cache import Outputs
from graph.calls import Ended, Items, Returned, gather
from graph.demand import Demand
from graph.expansion import MOST_EXPANDED, Expansion, ExpansionError, Linked, read_expansion
from graph.report import Report
from graph.roster import Roster
from graph.workflow import GraphNode
from graph.workshop import Workshop


@dataclass(frozen=True)
class Growing:
    """A maker that waits for the nodes it made."""

    expansion: Expansion
    needs: frozenset[str]  # the nodes that its outputs come from, and those that show something
    mapped: bool
    seconds: float


class Growth:
    """The makers of one run."""

    def __init__(self, shop: Workshop, roster: Roster, demand: Demand, report: Report) -> None:
        self.shop, self.roster, self.demand, self.report = shop, roster, demand, report
        self._growing: dict[str, Growing] = {}
        self._made: dict[str, Outputs] = {}  # by makers: that in which something was shown
        self._spoilt: set[str] = set()  # not to be cached: part of them, or of what they were given, failed

    def __contains__(self, node_id: object) -> bool:
        """Whether a node waits for nodes that it made."""
        return node_id in self._growing

    def begin(self, node: GraphNode, ended: Ended) -> set[str]:
        """Have the nodes run that a node returned; those that it needs and that are lost are given.

        Raises ExpansionError.
        """
        self.shop.makers.add(node.type)
        expansion = self._read(node, ended)
        self.roster.admit(expansion, self._is_gone)
        outputs = self.roster.firsts_of(expansion.outputs)
        needs = self.roster.firsts_of(expansion.needs) | outputs
        self._growing[node.id] = Growing(expansion, needs, ended.mapped, ended.seconds)
        there = outputs & self.demand.held.keys()
        self._tell_twins(expansion)
        self.demand.read(needs)
        lost = self.demand.wait_for(node.id, needs)
        for output in outputs - there:
            self.show_cached(output)
        nodes = self.roster.nodes
        self.keep_parts([nodes[i] for i in expansion.nodes if i in nodes], outputs)
        return lost

    def complete(self, node: GraphNode) -> tuple[Outputs, float]:
        """A maker's outputs, when all that they come from is there, and the seconds of its call."""
        grown = self._growing.pop(node.id)
        schema = self.shop.registry[node.type].schema
        flags = [spec.is_list for spec in schema.outputs]
        returned = [
            Returned(tuple(map(self._resolved, one.values, pad(flags, len(one.values)))), one.ui)
            for one in grown.expansion.returned
        ]
        self.demand.release(grown.needs)
        outputs = gather(schema, returned, grown.mapped)
        parts = tuple(self.roster.keys[made] for made in grown.expansion.nodes)
        outputs = Outputs(outputs.values, outputs.ui, None, self.report.made_by(node.id), parts)
        if outputs.within:
            self._made[node.id] = outputs
        return outputs, grown.seconds

    def lose(self, node_id: str) -> None:
        """A node will not run; if it waits for what it made, that is no longer held for it."""
        grown = self._growing.pop(node_id, None)
        if grown is not None:
            self.demand.release(grown.needs)
        self.spoil_makers(node_id)

    # What is cached with its parts, and what is not cached

    def show_cached(self, node_id: str) -> None:
        """An output node that is cached shows again what it showed."""
        found = self.demand.held.get(node_id)
        if found is not None:
            self.report.finished(node_id, found, cached=True)

    def keep_parts(self, nodes: Iterable[GraphNode], told: Container[str]) -> None:
        """The cache is to keep what cached makers made; what that shows is shown again."""
        get, makers = self.shop.cache.get, self.shop.makers
        for node in nodes:
            if node.type not in makers or node.id in self.demand.pending:
                continue
            found = get(self.roster.keys[node.id])
            if found is not None and node.id not in told:
                self.report.replayed(found, *self.roster.with_twins(node.id))
            if found is not None and found.within:
                self._made[node.id] = found
            parts = [] if found is None else list(found.parts)
            while parts:
                part = get(parts.pop())
                parts += () if part is None else part.parts

    def is_sound(self, node: GraphNode) -> bool:
        """Whether a node that is done may be cached: no part of it or of what it was given failed."""
        if self._spoilt and any(source in self._spoilt for source, _ in node.links.values()):
            self.spoil(node.id)
        return node.id not in self._spoilt

    def spoil(self, node_id: str) -> None:
        """A node is not to be cached, nor what it is part of."""
        self._spoilt.add(node_id)
        self.spoil_makers(node_id)

    def spoil_makers(self, node_id: str) -> None:
        """The makers of a node, and of its twins, are not to be cached."""
        todo = [node_id]
        while todo:
            for part in self.roster.with_twins(todo.pop()):
                place = self.roster.places.get(part)
                if place is not None and place.parent_id not in self._spoilt:
                    self._spoilt.add(place.parent_id)
                    todo.append(place.parent_id)

    # One expansion

    def _read(self, node: GraphNode, ended: Ended) -> Expansion:
        """What a maker returned. Raises ExpansionError also for nodes without end."""
        display_id = self.report.display(node.id)
        taken = self.roster.taken(node.id, again=node.id in self.demand.over)
        expansion = read_expansion(node, display_id, ended.returned, ended.mapped, taken, self.shop.registry)
        if len(self.roster.places) + len(expansion.nodes) > MOST_EXPANDED:
            raise ExpansionError(
                f"node {node.id} ({node.type}) adds nodes without end: a run takes at most {MOST_EXPANDED:,}"
            )
        return expansion

    def _is_gone(self, node_id: str) -> bool:
        """Whether a node is done and what it gave is no longer there."""
        demand = self.demand
        if node_id not in demand.over or node_id in demand.pending or node_id in demand.held:
            return False
        return self.shop.cache.peek(self.roster.keys[node_id]) is None

    def _tell_twins(self, expansion: Expansion) -> None:
        """Added nodes whose firsts are done show what these showed, which was told before."""
        for node_id in expansion.nodes:
            first = self.roster.first_of(node_id)
            if first == node_id or first in self.demand.pending:
                continue
            made = self._made.get(first)
            if node_id in expansion.outputs and first in self.report.shown:
                within = () if made is None else made.within
                outputs = Outputs((), self.report.shown[first], None, within)
                self.report.finished(node_id, outputs, cached=True)
            elif made is not None:
                self.report.replayed(made, node_id)

    def _resolved(self, value: Any, is_list: bool) -> Any:
        """An output of a maker: the value that a link leads to."""
        if not isinstance(value, Linked):
            return value
        source, slot = value.link
        outputs = self.demand.held[self.roster.first_of(source)]
        found = outputs.values[slot] if slot < len(outputs.values) else outputs.rest
        return Items([found]) if is_list and type(found) is not Items else found


def pad(flags: Sequence[bool], count: int) -> list[bool]:
    """The flags of so many outputs; those that are not declared are no lists."""
    return [*flags, *[False] * (count - len(flags))]
