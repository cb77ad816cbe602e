"""Nodes that a node adds to its run: the graph it returned, read and given ids that stay the same."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.calls import Returned
from graph.context import Expanded
from graph.errors import HeddleError
from graph.groups import inputs_by_name
from graph.registry import Registry
from graph.workflow import GraphNode, Link, depth_first

MOST_EXPANDED = 100_000  # nodes added to one run
LONGEST_ID = 64  # characters beyond the id of the node that the canvas shows


class ExpansionError(HeddleError):
    """A node returned a graph that cannot run."""


@dataclass(frozen=True)
class Expansion:
    """What a node adds: its nodes, sources first, where each belongs, and what the calls give."""

    nodes: Mapping[str, GraphNode]
    places: Mapping[str, Expanded]
    outputs: Sequence[str]  # its nodes that show or store something
    returned: Sequence[Returned]  # with links to its nodes as `Linked`
    needs: Sequence[str]  # nodes whose outputs the calls give


@dataclass(frozen=True, slots=True)
class Linked:
    """A value that will be there when a node of the expansion has run."""

    link: Link


def read_expansion(
    maker: GraphNode,
    display_id: str,
    returned: Sequence[Returned],
    mapped: bool,
    known: Container[str],
    registry: Registry,
) -> Expansion:
    """Read the graphs that the calls of a node returned; `known` are the nodes of the run so far.

    Raises ExpansionError for unknown classes, links to nowhere, ids that are taken, and circles.
    """
    found: dict[str, GraphNode] = {}
    places: dict[str, Expanded] = {}
    results = []
    for index, one in enumerate(returned):
        names = renamed(one.graph or {}, maker.id, display_id, index if mapped else None)
        for old, new in names.items():
            if new in found or new in known:
                raise ExpansionError(
                    f"node {maker.id} ({maker.type}) adds a node {new!r} that is there already"
                )
            data = (one.graph or {})[old]
            found[new] = read_added(maker, new, data, names, known, registry)
            shown = str(data.get("override_display_id") or display_id)
            places[new] = Expanded(data, str(data.get("override_parent_id") or maker.id), shown)
        results.append(Returned(tuple(linked(value, names, known) for value in one.values), one.ui))
    order, circular = depth_first(found, list(found))
    if circular:
        raise ExpansionError(f"the nodes that node {maker.id} ({maker.type}) adds run in a circle")
    nodes = {node_id: found[node_id] for node_id in order}
    outputs = [node_id for node_id in order if registry[nodes[node_id].type].schema.is_output]
    return Expansion(nodes, places, outputs, results, list(links_in(results)))


def renamed(graph: Mapping[str, Any], maker: str, display_id: str, index: int | None) -> dict[str, str]:
    """The id in the run of each node of a returned graph: the same in every run."""
    own = f"{maker}."
    prefix = own if index is None else f"{own}{index}."
    return {i: short(i if str(i).startswith(own) else f"{prefix}{i}", display_id) for i in graph}


def short(node_id: str, display_id: str) -> str:
    """An id that does not grow with every turn of a loop."""
    if len(node_id) <= len(display_id) + LONGEST_ID:
        return node_id
    return f"{display_id}.{hashlib.blake2b(node_id.encode(), digest_size=12).hexdigest()}"


def read_added(
    maker: GraphNode,
    node_id: str,
    data: Any,
    names: Mapping[str, str],
    known: Container[str],
    registry: Registry,
) -> GraphNode:
    """One added node; its values may be any objects, and a list that is no link is a value."""
    class_type = data.get("class_type") if isinstance(data, Mapping) else None
    if class_type not in registry:
        near = difflib.get_close_matches(str(class_type), registry, n=1)
        hint = f"; did it mean {near[0]!r}?" if near else ""
        raise ExpansionError(
            f"node {maker.id} ({maker.type}) adds node {node_id!r} of the class {class_type!r}, "
            f"which is not installed{hint}"
        )
    values: dict[str, Any] = {}
    links: dict[str, Link] = {}
    for name, value in (data.get("inputs") or {}).items():
        link = as_link(value, names, known)
        if link is None:
            values[name] = value
        else:
            links[name] = link
    return without_undeclared(GraphNode(node_id, str(class_type), values, links), registry)


def without_undeclared(node: GraphNode, registry: Registry) -> GraphNode:
    """The node without inputs that its class does not take."""
    schema = registry[node.type].schema
    if schema.extra_inputs == "any":
        return node
    declared = {*inputs_by_name(schema, node.values), *schema.hidden}
    values = {name: value for name, value in node.values.items() if name in declared}
    links = node.links
    if schema.extra_inputs == "none":
        links = {name: link for name, link in links.items() if name in declared}
    return GraphNode(node.id, node.type, values, links)


def as_link(value: Any, names: Mapping[str, str], known: Container[str]) -> Link | None:
    """A list `[id, slot]` of a node that is added or there, as a link; None for anything else."""
    if not (isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)):
        return None
    if isinstance(value[1], bool) or not isinstance(value[1], int):
        return None
    if value[0] in names:
        return names[value[0]], value[1]
    return (value[0], value[1]) if value[0] in known else None


def linked(value: Any, names: Mapping[str, str], known: Container[str]) -> Any:
    """An output of the maker: a link into the run, or the value itself."""
    link = as_link(value, names, known)
    return value if link is None else Linked(link)


def links_in(returned: Sequence[Returned]) -> Iterator[str]:
    """The nodes whose outputs are given on, each once."""
    found = {value.link[0]: None for one in returned for value in one.values if isinstance(value, Linked)}
    yield from found
