"""The nested graphs of a canvas file as scopes, and the walk from an input to the node that really feeds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graph.canvas.document import CanvasGraph, CanvasLink, CanvasNode, Document, Subgraph
from graph.types import ANY, members

MUTED, BYPASSED = 2, 4
INPUT_SIDE, OUTPUT_SIDE = "-10", "-20"
VIRTUAL = frozenset({"Reroute", "PrimitiveNode", "GetNode", "SetNode", "Note", "MarkdownNote"})


@dataclass(frozen=True, eq=False)
class Host:
    """The instance whose inside a scope is."""

    scope: Scope
    node: CanvasNode
    definition: Subgraph


@dataclass(frozen=True, eq=False)
class Scope:
    """One graph on the way: the document itself, or the inside of one subgraph instance."""

    prefix: str  # of execution ids: "20:" inside node 20
    graph: CanvasGraph
    host: Host | None = None


@dataclass(frozen=True)
class Place:
    """A link met on the walk."""

    scope: Scope
    link: CanvasLink


@dataclass(frozen=True)
class Value:
    """What feeds an input is a plain value."""

    value: Any


@dataclass(frozen=True)
class Output:
    """What feeds an input is an output of a node that runs."""

    id: str
    slot: int


Source = Value | Output | None


@dataclass(frozen=True)
class Finder:
    """What the walk needs to know of the file."""

    document: Document
    inside: Mapping[str, Scope]  # by execution id of the instance
    host_value: Callable[[Host, str], Any]  # of a promoted widget; None for none


def find_scopes(document: Document) -> list[Scope]:
    """All scopes, outermost first; muted and bypassed instances have none, nor has a definition inside itself."""
    scopes = [Scope("", document)]
    for scope in scopes:  # grows while it is walked
        for node in scope.graph.nodes.values():
            definition = document.subgraphs.get(node.type)
            if definition and node.mode not in (MUTED, BYPASSED) and not contains(scope, definition):
                scopes.append(Scope(f"{scope.prefix}{node.id}:", definition, Host(scope, node, definition)))
    return scopes


def contains(scope: Scope, definition: Subgraph) -> bool:
    """Whether a scope lies in an instance of this definition."""
    host = scope.host
    while host is not None:
        if host.definition is definition:
            return True
        host = host.scope.host
    return False


def source_of(finder: Finder, scope: Scope, link_id: int, wanted: str) -> Source:
    """Follow the wire into an input of type `wanted` up to what feeds it; None when nothing does."""
    seen: set[tuple[str, int]] = set()
    step: Place | Source = place_of(scope, link_id)
    while isinstance(step, Place):
        mark = (step.scope.prefix, step.link.id)
        if mark in seen:
            return None
        seen.add(mark)
        step = follow(finder, step, wanted)
    return step


def place_of(scope: Scope, link_id: int | None) -> Place | None:
    """The place of a link, if there is such a link."""
    link = None if link_id is None else scope.graph.links.get(link_id)
    return None if link is None else Place(scope, link)


def follow(finder: Finder, place: Place, wanted: str) -> Place | Source:
    """One step upstream."""
    scope, link = place.scope, place.link
    if link.origin == INPUT_SIDE:
        return outside(finder, scope, link.origin_slot)
    node = scope.graph.nodes.get(link.origin)
    if node is None or node.mode == MUTED:
        return None
    if node.mode == BYPASSED:
        return through(scope, node, link.origin_slot, wanted)
    if node.type == "PrimitiveNode":
        return primitive(node)
    if node.type == "GetNode":
        return named(scope, node)
    if node.type in VIRTUAL:
        return place_of(
            scope, node.inputs[link.origin_slot].link if link.origin_slot < len(node.inputs) else None
        )
    if node.type in finder.document.subgraphs:
        return into(finder, scope, node, link.origin_slot)
    return Output(scope.prefix + node.id, link.origin_slot)


def through(scope: Scope, node: CanvasNode, slot: int, wanted: str) -> Place | None:
    """Past a bypassed node, by the input that stands in for its output."""
    types = [found.type for found in node.inputs]
    chosen = resolve_bypass(types, [found.type for found in node.outputs], slot, wanted)
    return None if chosen is None else place_of(scope, node.inputs[chosen].link)


def resolve_bypass(inputs: list[str], outputs: list[str], slot: int, wanted: str) -> int | None:
    """The input that stands in for output `slot` of a bypassed node when an input of type `wanted` reads it."""
    same = slot if slot < len(inputs) else None
    if wanted in ("", ANY):
        return (0 if same is None else same) if inputs else None
    produced = outputs[slot] if slot < len(outputs) else ANY
    fitting = [i for i, type_ in enumerate(inputs) if connects(type_, produced) and connects(type_, wanted)]
    if same in fitting:
        return same
    if wanted in inputs:
        return inputs.index(wanted)
    return fitting[0] if fitting else None


def connects(one: str, other: str) -> bool:
    """Equal ignoring case, either one anything, or comma lists that share a member."""
    if one in ("", ANY) or other in ("", ANY):
        return True
    return bool(members(one.upper()) & members(other.upper()))


def first_value(node: CanvasNode) -> Any:
    """The first entry of a node's widget values."""
    values = node.raw.get("widgets_values")
    return values[0] if isinstance(values, list) and values else None


def primitive(node: CanvasNode) -> Value | None:
    """A primitive gives its own value."""
    value = first_value(node)
    return None if value is None else Value(value)


def named(scope: Scope, getter: CanvasNode) -> Place | None:
    """A Get takes what the Set of the same name receives; a Set of an outer graph serves the inner ones too."""
    name = first_value(getter)
    here: Scope | None = scope
    while here is not None:
        for node in here.graph.nodes.values():
            if node.type == "SetNode" and node.mode != MUTED and first_value(node) == name:
                return place_of(here, node.inputs[0].link if node.inputs else None)
        here = here.host.scope if here.host else None
    return None


def outside(finder: Finder, scope: Scope, slot: int) -> Place | Source:
    """From inside a subgraph out through its input `slot`."""
    host = scope.host
    if host is None or slot >= len(host.definition.inputs):
        return None
    name = host.definition.inputs[slot].name
    linked = next((found.link for found in host.node.inputs if found.name == name), None)
    if linked is not None and linked in host.scope.graph.links:
        return place_of(host.scope, linked)
    value = finder.host_value(host, name)
    return None if value is None else Value(value)


def into(finder: Finder, scope: Scope, node: CanvasNode, slot: int) -> Place | None:
    """From an instance's output to the inner node that is wired to it."""
    inner = finder.inside.get(scope.prefix + node.id)
    if inner is None or inner.host is None:
        return None
    name = node.outputs[slot].name if slot < len(node.outputs) else None
    names = [found.name for found in inner.host.definition.outputs]
    index = names.index(name) if name in names else slot
    ends = (
        link
        for link in inner.graph.links.values()
        if link.target == OUTPUT_SIDE and link.target_slot == index
    )
    return next((Place(inner, link) for link in ends), None)
