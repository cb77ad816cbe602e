"""From an input to the node that really feeds it: through reroutes, bypassed nodes and subgraph walls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graph.canvas.document import Definition, Document, Node, Page, Wire
from graph.canvas.parts import parts
from graph.canvas.widgets import draws_widget, widget_values
from graph.errors import InvalidWorkflow
from graph.schema import Schema
from graph.types import ANY, MATCH

MUTED, BYPASSED = 2, 4
INPUT_SIDE, OUTPUT_SIDE = "-10", "-20"
NOTES = frozenset({"Note", "MarkdownNote"})
VIRTUAL = NOTES | {"Reroute", "Reroute (rgthree)", "PrimitiveNode", "GetNode", "SetNode"}
OPEN = frozenset({"", ANY, MATCH})  # types that join any other
MOST_NODES = 100_000  # subgraphs in subgraphs multiply, so a small file could ask for any number


@dataclass(frozen=True)
class Output:
    """An output of a node that is emitted, by its execution id."""

    id: str
    slot: int


@dataclass(frozen=True)
class Value:
    """A plain value instead of a link: a primitive's, or one that a subgraph's instance holds."""

    value: Any
    held: bool = False  # by an instance, in place of the inner widget's own


Source = Output | Value


@dataclass(frozen=True, eq=False)
class Scope:
    """One page on the way: the document, or the inside of one subgraph instance."""

    prefix: str  # of execution ids: "20:7:"
    page: Page
    parent: Scope | None = None
    host: Node | None = None  # the instance, a node of the parent
    definition: Definition | None = None


@dataclass(frozen=True)
class Place:
    """Where a walk stands: on a wire of a scope."""

    scope: Scope
    wire: Wire


@dataclass(frozen=True)
class Canvas:
    """A document with all its scopes, and the schemas it is read by."""

    document: Document
    schemas: Mapping[str, Schema]
    scopes: tuple[Scope, ...]  # outermost first
    inside: Mapping[str, Scope]  # by the execution id of the instance


def open_canvas(document: Document, schemas: Mapping[str, Schema]) -> Canvas:
    """Enter every subgraph instance that is neither muted nor bypassed."""
    scopes = [Scope("", document.page)]
    inside: dict[str, Scope] = {}
    total = 0
    for scope in scopes:  # grows while it is read
        total += len(scope.page.nodes)
        if total > MOST_NODES:
            raise too_nested(f"its subgraphs unfold into more than {MOST_NODES:,} nodes")
        for node in scope.page.nodes.values():
            definition = document.definitions.get(node.type)
            if definition is None or node.mode in (MUTED, BYPASSED):
                continue
            if any(outer.definition is definition for outer in outward(scope)):
                raise too_nested(f"subgraph {definition.id!r} contains itself")
            child = Scope(f"{scope.prefix}{node.id}:", definition.page, scope, node, definition)
            inside[scope.prefix + node.id] = child
            scopes.append(child)
    return Canvas(document, schemas, tuple(scopes), inside)


def too_nested(what: str) -> InvalidWorkflow:
    """The error of a document that cannot be unfolded."""
    return InvalidWorkflow("invalid_prompt", f"The canvas document cannot be unfolded: {what}")


def outward(scope: Scope) -> Iterator[Scope]:
    """The scope and those around it."""
    at: Scope | None = scope
    while at is not None:
        yield at
        at = at.parent


def source_of(canvas: Canvas, scope: Scope, link: str | None, wanted: str) -> Source | None:
    """What feeds an input of type `wanted` over this link; None when nothing does."""
    seen: set[tuple[str, str]] = set()
    at: Place | Source | None = place_of(scope, link)
    while isinstance(at, Place):
        mark = (at.scope.prefix, at.wire.id)
        if mark in seen:
            return None
        seen.add(mark)
        at = follow(canvas, at, wanted)
    return at


def place_of(scope: Scope, link: str | None) -> Place | None:
    """The wire of this id."""
    wire = scope.page.wires.get(link) if link is not None else None
    return Place(scope, wire) if wire else None


def follow(canvas: Canvas, place: Place, wanted: str) -> Place | Source | None:
    """One step upstream."""
    scope, wire = place.scope, place.wire
    if wire.origin == INPUT_SIDE:
        return outside(canvas, scope, wire.origin_slot)
    node = scope.page.nodes.get(wire.origin)
    if node is not None and node.type == "PrimitiveNode":  # has copied its value before any mode counts
        value = node.first_value()
        return None if value is None else Value(value)
    if node is None or node.mode == MUTED:
        return None
    if node.mode == BYPASSED:
        chosen = bypass(node, wire.origin_slot, wanted)
        return None if chosen is None else place_of(scope, node.inputs[chosen].link)
    if node.type == "GetNode":
        return taken(scope, node)
    if node.type in VIRTUAL:
        slot = wire.origin_slot
        return place_of(scope, node.inputs[slot].link) if slot < len(node.inputs) else None
    if node.type in canvas.document.definitions:
        return inner(canvas, scope, node, wire.origin_slot)
    return Output(scope.prefix + node.id, wire.origin_slot)


def bypass(node: Node, slot: int, wanted: str) -> int | None:
    """The input that stands in for an output of a bypassed node."""
    types = [socket.type for socket in node.inputs]
    if not types:
        return None
    own = slot if slot < len(types) else None
    if wanted in OPEN:
        return own or 0
    given = node.outputs[slot].type if slot < len(node.outputs) else ""
    if own is not None and connects(types[own], given) and connects(types[own], wanted):
        return own
    if wanted in types:
        return types.index(wanted)
    both = (i for i, kind in enumerate(types) if connects(kind, given) and connects(kind, wanted))
    return next(both, None)


def connects(first: str, second: str) -> bool:
    """Whether two sockets of a canvas may be joined: equal but for case, one open, or a member in common."""
    if first in OPEN or second in OPEN:
        return True
    first, second = first.lower(), second.lower()
    if first == second:
        return True
    return not set(first.split(",")).isdisjoint(second.split(","))


def taken(scope: Scope, getter: Node) -> Place | None:
    """What the SetNode of the same name receives; one of an outer page serves the inner ones too."""
    name = getter.first_value()
    for around in outward(scope):
        for node in around.page.nodes.values():
            if node.type == "SetNode" and node.mode != MUTED and node.first_value() == name:
                return place_of(around, node.inputs[0].link) if node.inputs else None
    return None


def outside(canvas: Canvas, scope: Scope, slot: int) -> Place | Source | None:
    """From inside a subgraph out through its input `slot`: a wire there, or the value its instance holds.

    Where the way leads through several walls, the outermost instance that holds a value counts.
    """
    held: Value | None = None
    while scope.definition is not None and scope.host is not None and scope.parent is not None:
        if not 0 <= slot < len(scope.definition.inputs):
            return held
        name = scope.definition.inputs[slot]
        value = host_values(canvas, scope.host, scope.definition).get(name)
        held = held if value is None else Value(value, held=True)
        socket = scope.host.input(name)
        linked = place_of(scope.parent, socket.link) if socket else None
        if linked is None or linked.wire.origin != INPUT_SIDE:
            return linked or held
        scope, slot = scope.parent, linked.wire.origin_slot
    return None


def inner(canvas: Canvas, scope: Scope, host: Node, slot: int) -> Place | None:
    """From an instance's output to the wire that leads to it inside; matched by name."""
    child = canvas.inside[scope.prefix + host.id]
    names = child.definition.outputs if child.definition else ()
    name = host.outputs[slot].name if slot < len(host.outputs) else None
    index = names.index(name) if name in names else slot
    for wire in child.page.wires.values():
        if wire.target == OUTPUT_SIDE and wire.target_slot == index:
            return Place(child, wire)
    return None


def host_values(canvas: Canvas, host: Node, definition: Definition) -> Mapping[str, Any]:
    """Values that an instance holds for promoted widgets, by the name of the subgraph's input."""
    if host.named is not None:
        return host.named
    if isinstance(host.values, dict):
        return host.values
    if not isinstance(host.values, list):
        return {}
    proxies = host.properties.get("proxyWidgets")
    if isinstance(proxies, list) and proxies:
        return proxy_values(proxies, host.values)
    promoted = [
        name for slot, name in enumerate(definition.inputs) if leads_to_widget(canvas, definition, slot)
    ]
    return dict(zip(promoted, host.values, strict=False))


def proxy_values(proxies: list[Any], values: list[Any]) -> dict[str, Any]:
    """The older way: pairs of an inner node and its widget, whose own value counts, or of -1 and an input."""
    pairs = [pair for pair in proxies if isinstance(pair, list) and len(pair) >= 2]
    own = [pair for pair in pairs if str(pair[0]) == "-1"]
    listed = pairs if len(values) == len(pairs) else own
    return {
        str(name): value for (node, name, *_), value in zip(listed, values, strict=False) if str(node) == "-1"
    }


def leads_to_widget(canvas: Canvas, outer: Definition, outer_slot: int) -> bool:
    """Whether a subgraph's input ends, maybe some subgraphs further in, at a widget."""
    ways = [(outer, outer_slot)]
    for definition, slot in ways:  # grows while it is read
        for wire in definition.page.wires.values():
            target = definition.page.nodes.get(wire.target)
            if wire.origin != INPUT_SIDE or wire.origin_slot != slot or target is None:
                continue
            socket = next((found for found in target.inputs if found.link == wire.id), None)
            nested = canvas.document.definitions.get(target.type)
            if socket is None:
                continue
            if nested is not None and socket.name in nested.inputs:
                ways.append((nested, nested.inputs.index(socket.name)))
            elif socket.widget or is_widget(canvas.schemas.get(target.type), target, socket.name):
                return True
    return False


def is_widget(schema: Schema | None, node: Node, name: str) -> bool:
    """Whether a node draws a widget for this input."""
    if schema is None:
        return False
    values = widget_values(schema, node.values, node.named, node.linked)
    inputs = parts(schema, values, node.linked)
    return any(spec.name == name and draws_widget(spec) for spec in inputs)
