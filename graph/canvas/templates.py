"""The template of a legacy group node: what its instances show of the inside, how named, in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from graph.canvas.document import mapping, objects, text
from graph.canvas.resolve import VIRTUAL
from graph.canvas.widgets import Entry, entries, is_control, widget_values
from graph.schema import Schema

Spot = tuple[int, str]  # an inner node's place and the name of one of its inputs
Values = dict[Spot, Any]
PRIMITIVE, REROUTE = "PrimitiveNode", "Reroute"
STEPPED = frozenset({"INT", "FLOAT", "COMBO"})  # values that a primitive may change after each run


@dataclass(frozen=True)
class InnerWire:
    """A link of a template, from an inner node's output to an inner node's input."""

    origin: int
    slot: int
    target: Spot
    type: str


@dataclass(frozen=True)
class Template:
    """One entry of `extra.groupNodes`."""

    nodes: tuple[Mapping[str, Any], ...]
    wires: tuple[InnerWire, ...]
    external: frozenset[tuple[int, int]]  # outputs that are linked outside as well as inside
    config: Mapping[str, Any]  # names and visibility by place of the node, side and input
    schemas: Mapping[str, Schema]

    def type(self, place: int) -> str:
        """The type of an inner node."""
        return text(self.nodes[place].get("type"))

    def sockets(self, place: int) -> list[Mapping[str, Any]]:
        """The inputs of an inner node as the file has them."""
        return objects(self.nodes[place].get("inputs"))

    def fed(self) -> set[Spot]:
        """Inputs that are linked inside."""
        return {wire.target for wire in self.wires}

    def outgoing(self, place: int) -> list[InnerWire]:
        """Links of the outputs of an inner node."""
        return [wire for wire in self.wires if wire.origin == place]

    def wishes(self, place: int, side: Literal["input", "output"], name: str) -> Mapping[str, Any]:
        """What a person has set for one input or output: `name`, `visible`."""
        return mapping(mapping(mapping(self.config.get(str(place))).get(side)).get(name))


@dataclass(frozen=True)
class Inlet:
    """One input of a group node: a socket, or a widget that the instance holds the value of."""

    name: str
    type: str
    spot: Spot
    targets: tuple[Spot, ...]  # of a primitive those it feeds, of others the spot itself
    widget: bool
    visible: bool = True


@dataclass(frozen=True)
class Outlet:
    """One output of a group node."""

    name: str
    type: str
    place: int
    slot: int


@dataclass(frozen=True)
class Place:
    """One entry in an instance's list of values."""

    kind: Literal["value", "control", "filter", "upload", "dummy"]
    spot: Spot


@dataclass(frozen=True)
class Face:
    """What instances of one template show."""

    inlets: tuple[Inlet, ...]
    outlets: tuple[Outlet, ...]
    places: tuple[Place, ...]


@dataclass
class Names:
    """Names given so far: one that is taken gets the node's in front, then a number."""

    seen: dict[str, int] = field(default_factory=dict)

    def give(self, node: Mapping[str, Any], name: str, wanted: str, *, prefixed: bool = False) -> str:
        """The name that is free."""
        key = given = wanted
        if prefixed or wanted in self.seen:
            front = f"{node.get('title') or node.get('type')} "
            key = given = front + name
            if key in self.seen:
                given = f"{front}{self.seen[key]} {name}"
        self.seen[key] = self.seen.get(key, 1) + 1
        return given


def read_template(data: Mapping[str, Any], schemas: Mapping[str, Schema]) -> Template:
    """One entry of `extra.groupNodes`. Raises InvalidWorkflow when its nodes are no objects."""
    nodes = tuple(objects(data.get("nodes")))
    template = Template(nodes, (), frozenset(), mapping(data.get("config")), schemas)
    wires = tuple(wire for link in rows(data.get("links")) for wire in read_wire(template, link))
    external = {(row[0], row[1]) for row in rows(data.get("external")) if are_places(row[:2])}
    return Template(nodes, wires, frozenset(external), template.config, schemas)


def rows(value: object) -> list[list[Any]]:
    """The lists of a list."""
    return [row for row in value if isinstance(row, list)] if isinstance(value, list) else []


def are_places(numbers: Sequence[object]) -> bool:
    """Whether all are numbers of nodes or slots."""
    return len(numbers) > 0 and all(isinstance(number, int) and number >= 0 for number in numbers)


def read_wire(template: Template, link: Sequence[Any]) -> Iterator[InnerWire]:
    """`[origin, slot, target, slot, id of the origin, type]`, by places; links to nowhere are left out."""
    if len(link) < 4 or not are_places(link[:4]) or max(link[0], link[2]) >= len(template.nodes):
        return
    sockets = template.sockets(link[2])
    if link[3] < len(sockets):
        socket = sockets[link[3]]
        kind = link[5] if len(link) > 5 else socket.get("type")
        yield InnerWire(link[0], link[1], (link[2], text(socket.get("name"))), wire_type(kind))


def wire_type(kind: object) -> str:
    """The type of an old drop-down is its list of choices."""
    return "COMBO" if isinstance(kind, list) else text(kind)


def face_of(template: Template, instances: Sequence[Mapping[str, Any]]) -> Face:
    """What the template shows.

    In files up to 2024 only converted widgets have sockets, in later ones all have; which of both it is, the
    number of values of the instances tells.
    """
    strict, loose = (face_with(template, converted(template, later=later)) for later in (False, True))
    lengths = {
        len(node["widgets_values"]) for node in instances if isinstance(node.get("widgets_values"), list)
    }
    return loose if len(loose.places) in lengths and len(strict.places) not in lengths else strict


def converted(template: Template, *, later: bool) -> set[Spot]:
    """Widgets that are sockets only."""
    named = {
        (place, text(socket.get("name")))
        for place in range(len(template.nodes))
        for socket in template.sockets(place)
        if mapping(socket.get("widget"))
    }
    return named & template.fed() if later else named


def face_with(template: Template, without_widget: set[Spot]) -> Face:
    """What the template shows when these widgets are sockets."""
    names, inlets, places = Names(), list[Inlet](), list[Place]()
    for place in range(len(template.nodes)):
        entered = [entry for entry in entries_of(template, place) if entry.spot not in without_widget]
        places += entered
        shown = [entry.spot for entry in entered if entry.kind == "value"]
        shown += [spot for spot in spots(template, place) if not is_widget_socket(template, spot)]
        inlets += (inlet(template, names, spot) for spot in shown if spot not in template.fed())
    for place in range(len(template.nodes)):
        last = [spot for spot in spots(template, place) if spot in without_widget - template.fed()]
        inlets += (inlet(template, names, spot) for spot in last)
    kept = (found for found in inlets if found.widget or found.visible)
    return Face(tuple(kept), tuple(outlets(template)), tuple(places))


def spots(template: Template, place: int) -> list[Spot]:
    """The sockets of an inner node that a link from outside may end at."""
    if template.type(place) == PRIMITIVE or is_inner_reroute(template, place):
        return []
    return [(place, text(socket.get("name"))) for socket in template.sockets(place)]


def is_inner_reroute(template: Template, place: int) -> bool:
    """A reroute that only leads from one inner node to another."""
    fed = any(wire.target[0] == place for wire in template.wires)
    return template.type(place) == REROUTE and fed and bool(template.outgoing(place))


def is_widget_socket(template: Template, spot: Spot) -> bool:
    """Whether an input is the socket of a widget."""
    socket = socket_at(template, spot)
    return socket is not None and bool(mapping(socket.get("widget")))


def socket_at(template: Template, spot: Spot) -> Mapping[str, Any] | None:
    """An input as the file has it; a widget without a socket has none."""
    sockets = template.sockets(spot[0])
    return next((socket for socket in sockets if text(socket.get("name")) == spot[1]), None)


def entries_of(template: Template, place: int) -> list[Place]:
    """The entries that an inner node brings into an instance's list of values."""
    kind, node = template.type(place), template.nodes[place]
    if kind == PRIMITIVE:
        return primitive_entries(template, place)
    schema = template.schemas.get(kind)
    if schema is not None:
        return [Place(entry.kind, (place, entry.spec.name)) for entry in widget_entries(schema, node)]
    if kind in VIRTUAL:
        return []
    return [
        Place("dummy" if name.startswith("#") else "value", (place, name)) for name in unknown_names(node)
    ]


def unknown_names(node: Mapping[str, Any]) -> list[str]:
    """Names for the values of a node of unknown type: those of its widget sockets, else `#` and the place."""
    values = node.get("widgets_values")
    count = len(values) if isinstance(values, list) else 0
    sockets = objects(node.get("inputs"))
    names = [text(socket.get("name")) for socket in sockets if mapping(socket.get("widget"))]
    return names if len(names) == count else [f"#{i}" for i in range(count)]


def widget_entries(schema: Schema, node: Mapping[str, Any]) -> list[Entry]:
    """The places of an inner node's own list of values."""
    return entries(schema, widget_values(schema, node.get("widgets_values"), None))


def primitive_entries(template: Template, place: int) -> list[Place]:
    """The value of a primitive that feeds an inner node, and how it changes."""
    fed = template.outgoing(place)
    if not fed:
        return []
    found = [Place("value", (place, "value"))]
    if fed[0].type in STEPPED:
        found.append(Place("control", (place, "value")))
    return found + [Place("filter", (place, "value"))] * (fed[0].type == "COMBO")


def inlet(template: Template, names: Names, spot: Spot) -> Inlet:
    """One input of the instances."""
    place, name = spot
    node, socket = template.nodes[place], socket_at(template, spot) or {}
    kind = spot_type(template, spot)
    shown = kind if template.type(place) == REROUTE else name
    wishes = template.wishes(place, "input", shown)
    label = wishes.get("name") or socket.get("label") or shown
    is_primitive = template.type(place) == PRIMITIVE
    given = names.give(node, shown, text(label), prefixed=is_primitive and bool(node.get("title")))
    targets = tuple(wire.target for wire in template.outgoing(place)) if is_primitive else (spot,)
    widget = is_primitive or not socket or bool(mapping(socket.get("widget")))
    return Inlet(given, kind, spot, targets, widget, wishes.get("visible") is not False)


def spot_type(template: Template, spot: Spot) -> str:
    """The wire type of an input; an open reroute's is that of what it leads to."""
    place, name = spot
    fed = template.outgoing(place)
    if template.type(place) in (PRIMITIVE, REROUTE):
        return next((wire.type for wire in fed if wire.type not in ("", "*")), "*")
    socket, schema = socket_at(template, spot), template.schemas.get(template.type(place))
    if socket is not None or schema is None:
        return wire_type((socket or {}).get("type", "*"))
    specs = (entry.spec for entry in widget_entries(schema, template.nodes[place]))
    return next((spec.type for spec in specs if spec.name == name), "*")


def outlets(template: Template) -> Iterator[Outlet]:
    """The outputs of the instances: those that nothing inside takes, and those linked outside too."""
    names, taken = Names(), {(wire.origin, wire.slot) for wire in template.wires}
    for place, node in enumerate(template.nodes):
        if template.type(place) == PRIMITIVE and not template.outgoing(place):
            continue
        for slot, output in enumerate(objects(node.get("outputs"))):
            wishes = template.wishes(place, "output", str(slot))
            hidden = (place, slot) in taken - template.external
            if wishes.get("visible", not hidden) is False:
                continue
            kind = wire_type(output.get("type"))
            name = text(wishes.get("name") or output.get("label") or output.get("name") or kind)
            yield Outlet(names.give(node, name, name), kind, place, slot)


def own_values(template: Template) -> Values:
    """The values of a template's own."""
    found: Values = {}
    for place, node in enumerate(template.nodes):
        schema, values = template.schemas.get(template.type(place)), node.get("widgets_values")
        if schema is not None:
            named = widget_values(schema, values, mapping(node.get("widgets_values_named")) or None)
            found |= {(place, name): value for name, value in named.items()}
        elif isinstance(values, list) and values:
            is_primitive = template.type(place) == PRIMITIVE
            names = ["value"] if is_primitive else unknown_names(node)
            found |= {(place, name): value for name, value in zip(names, values, strict=False)}
    return found


def values_of(template: Template, face: Face, instance: Mapping[str, Any]) -> Values:
    """The values of one instance, control modes under `control:`; what it leaves open is the template's."""
    found = own_values(template)
    values, named = instance.get("widgets_values"), mapping(instance.get("widgets_values_named"))
    if isinstance(values, list):
        found |= consumed(face.places, values)
    for inlet in face.inlets:
        for source in (mapping(values), named):
            if source.get(inlet.name) is not None:
                found[inlet.spot] = source[inlet.name]
    return found


def consumed(places: Sequence[Place], values: Sequence[Any]) -> Values:
    """A list laid along the entries; a control mode that is none takes no entry."""
    found: Values = {}
    at = 0
    for entry in places:
        if at >= len(values):
            break
        if entry.kind == "control" and not is_control(values[at], complete=len(values) >= len(places)):
            continue
        node, name = entry.spot
        if values[at] is not None and entry.kind in ("value", "dummy"):
            found[node, name] = values[at]
        elif entry.kind == "control" and isinstance(values[at], str):
            found[node, f"control:{name}"] = values[at]
        at += 1
    return found
