"""What the calls still to come will be given, as far as it is known: the rest of a graph, then the queue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from graph.cache import Outputs
from graph.demand import Demand
from graph.registry import Registry
from graph.roster import Roster
from graph.signature import Key, content_keys
from graph.types import CARRIED
from graph.workflow import Graph, GraphNode
from graph.workshop import Workshop

Values = tuple[object, ...]
Reach = dict[Key, tuple[Values, ...]]  # by the key of a node: for each output, the values inside it


def coming(
    shop: Workshop, roster: Roster, demand: Demand, behind: Iterable[Graph]
) -> Iterator[Sequence[object]]:
    """For each call to come, soonest first, the values that its arguments will hold.

    An output that is not there yet holds what the inputs of its own type hold, and those of the types that
    its type carries: a patched model holds the model's weights, a conditioning its control networks.
    """
    found: Reach = {roster.keys[i]: each(held) for i, held in demand.held.items()}
    ahead = [roster.nodes[i] for i in sorted(demand.pending, key=roster.order.__getitem__)]
    yield from reaches(ahead, roster.keys, shop.registry, found)
    for graph in behind:
        keys = content_keys(graph.nodes, graph.nodes, shop.token)
        for key in keys.values():
            if key not in found and (cached := shop.cache.peek(key)) is not None:
                found[key] = each(cached)
        fresh = [node for node in graph.nodes.values() if keys[node.id] not in found]
        yield from reaches(fresh, keys, shop.registry, found)


def each(outputs: Outputs) -> tuple[Values, ...]:
    """For each output the value inside it."""
    return tuple((value,) for value in outputs.values)


def reaches(
    nodes: Iterable[GraphNode], keys: Mapping[str, Key], registry: Registry, found: Reach
) -> Iterator[Values]:
    """What each of these nodes will be given, sources first; what they will give is added to `found`."""
    for node in nodes:
        schema = registry[node.type].schema
        types = {spec.name: spec.type for spec in schema.inputs}
        given: dict[str, Values] = {}
        for name, (source, slot) in node.links.items():
            outputs = found.get(keys[source], ())
            given[name] = outputs[slot] if slot < len(outputs) else ()
        yield tuple(value for values in given.values() for value in values)
        found[keys[node.id]] = tuple(
            tuple(
                value
                for name, values in given.items()
                if types.get(name) == output.type or types.get(name) in CARRIED.get(output.type, ())
                for value in values
            )
            for output in schema.outputs
        )
