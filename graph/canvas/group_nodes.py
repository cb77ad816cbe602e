"""The group nodes of old files as what has taken their place: subgraphs and their instances.

The inside of a group node is a template in `extra.groupNodes`; ids of its inner nodes are their places in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from graph.canvas.document import mapping, objects, text
from graph.canvas.templates import (
    PRIMITIVE,
    Face,
    Inlet,
    Outlet,
    Spot,
    Template,
    Values,
    face_of,
    read_template,
    unknown_names,
    values_of,
    widget_entries,
)
from graph.schema import Schema

PREFIXES = ("workflow>", "workflow/")
INPUT_SIDE, OUTPUT_SIDE = -10, -20
Json = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of group node that the document uses."""

    name: str
    id: str  # of the subgraph
    template: Template
    face: Face
    first: Values  # of the first instance
    inlets: tuple[Inlet, ...]  # those that the subgraph has


def without_group_nodes(document: Mapping[str, Any], schemas: Mapping[str, Schema]) -> Mapping[str, Any]:
    """The document with a subgraph for each kind of group node in use; the same one where there is none."""
    extra, definitions = mapping(document.get("extra")), mapping(document.get("definitions"))
    stored = mapping(extra.get("groupNodes"))
    if not stored:
        return document
    kinds = kinds_of(document, stored, schemas)
    if not kinds:
        return document
    pages = objects(definitions.get("subgraphs")) + [definition(kind) for kind in kinds.values()]
    left = {name: data for name, data in stored.items() if name not in kinds}
    rest = {key: value for key, value in extra.items() if key != "groupNodes"}
    return {
        **replaced(document, kinds),
        "definitions": {**definitions, "subgraphs": [replaced(page, kinds) for page in pages]},
        "extra": {**rest, "groupNodes": left} if left else rest,
    }


def kinds_of(
    document: Mapping[str, Any], stored: Mapping[str, Any], schemas: Mapping[str, Schema]
) -> dict[str, Kind]:
    """The kinds of group node that the document has instances of, also inside of others."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    pages = [document, *objects(mapping(document.get("definitions")).get("subgraphs"))]
    for page in pages:  # grows while it is read
        for node in objects(page.get("nodes")):
            name = group_name(node)
            if not isinstance(mapping(stored.get(name)).get("nodes"), list):
                continue
            if name not in found:
                pages.append(stored[name])
            found.setdefault(name, []).append(node)
    return {name: kind_of(name, stored[name], instances, schemas) for name, instances in found.items()}


def group_name(node: Mapping[str, Any]) -> str:
    """The name of the template of a group node; of any other node an empty one."""
    kind = text(node.get("type"))
    return kind[len(PREFIXES[0]) :] if kind.startswith(PREFIXES) else ""


def kind_of(
    name: str,
    data: Mapping[str, Any],
    instances: Sequence[Mapping[str, Any]],
    schemas: Mapping[str, Schema],
) -> Kind:
    """A template with what its instances show and hold.

    A hidden widget becomes an input only where the instances hold different values.
    """
    template = read_template(data, schemas)
    face = face_of(template, instances)
    first, *others = [values_of(template, face, node) for node in instances]

    def is_held(inlet: Inlet) -> bool:
        return inlet.visible or any(values.get(inlet.spot) != first.get(inlet.spot) for values in others)

    inlets = tuple(inlet for inlet in face.inlets if is_held(inlet))
    return Kind(name, str(uuid5(NAMESPACE_URL, f"group node {name}")), template, face, first, inlets)


@dataclass(frozen=True)
class Join:
    """A link that ends at an inner input of this name."""

    origin: tuple[int, int]  # node and slot
    target: int
    name: str
    type: str


def replaced(page: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Json:
    """A page with instances of subgraphs instead of group nodes."""
    nodes = []
    for node in objects(page.get("nodes")):
        kind = kinds.get(group_name(node))
        nodes.append(node if kind is None else instance(node, kind))
    return {**page, "nodes": nodes}


def instance(node: Mapping[str, Any], kind: Kind) -> Json:
    """A group node as an instance of its subgraph, which holds its values by name."""
    held = values_of(kind.template, kind.face, node)
    named = {inlet.name: held.get(inlet.spot) for inlet in kind.inlets if inlet.widget}
    outputs = [
        {**output, "name": outlet.name}
        for output, outlet in zip(objects(node.get("outputs")), kind.face.outlets, strict=False)
    ]
    return {
        **node,
        "type": kind.id,
        "inputs": instance_inputs(node, kind),
        "outputs": outputs + list(objects(node.get("outputs")))[len(outputs) :],
        "widgets_values": list(named.values()),
        "widgets_values_named": named,
    }


def instance_inputs(node: Mapping[str, Any], kind: Kind) -> list[Mapping[str, Any]]:
    """The sockets of an instance; one whose name says nothing stands for the inlet in its place."""
    sockets = objects(node.get("inputs"))
    names = {inlet.name for inlet in kind.inlets}
    plain = [inlet.name for inlet in kind.inlets if not inlet.widget]
    bare = [socket for socket in sockets if not mapping(socket.get("widget"))]
    taken = {socket.get("name") for socket in sockets}
    given = {id(socket): name for socket, name in zip(bare, plain, strict=False) if name not in taken}
    return [
        socket
        if socket.get("name") in names
        else {**socket, "name": given.get(id(socket), socket.get("name"))}
        for socket in sockets
    ]


def definition(kind: Kind) -> Json:
    """The subgraph of a kind of group node."""
    joined = joined_spots(kind)
    numbers = {(join.target, join.name): number for number, join in enumerate(joined, 1)}
    nodes = [inner_node(kind, place, numbers) for place in kept_places(kind)]
    wires = [link(nodes, number, join) for number, join in enumerate(joined, 1)]
    for slot, outlet in enumerate(kind.face.outlets):
        wires.append(wire(len(wires) + 1, (outlet.place, outlet.slot), (OUTPUT_SIDE, slot), outlet.type))
    for node in nodes:
        mark_outputs(node, wires)
    counts = {"lastGroupId": 0, "lastNodeId": len(kind.template.nodes), "lastLinkId": len(wires)}
    inlets, outlets = enumerate(kind.inlets), enumerate(kind.face.outlets)
    return {
        "id": kind.id,
        "version": 1,
        "state": {**counts, "lastRerouteId": 0},
        "revision": 0,
        "config": {},
        "name": kind.name,
        **sides(nodes),
        "inputs": [port(kind, "origin", (INPUT_SIDE, slot), inlet, wires) for slot, inlet in inlets],
        "outputs": [port(kind, "target", (OUTPUT_SIDE, slot), outlet, wires) for slot, outlet in outlets],
        "widgets": [],
        "nodes": nodes,
        "groups": [],
        "links": wires,
        "extra": {},
    }


def joined_spots(kind: Kind) -> list[Join]:
    """The links that end at inner inputs: those from outside, and those of the template that they leave."""
    held = {target for inlet in kind.inlets for target in inlet.targets}
    places = set(kept_places(kind))
    inside = [
        Join((found.origin, found.slot), *found.target, found.type)
        for found in kind.template.wires
        if found.target not in held and found.target[0] in places
    ]
    outside = [
        Join((INPUT_SIDE, slot), *target, inlet.type)
        for slot, inlet in enumerate(kind.inlets)
        for target in inlet.targets
    ]
    return inside + outside


def link(nodes: Sequence[Json], number: int, join: Join) -> Json:
    """A link to an inner input, whose slot is its place among those of its node."""
    inputs = next(node["inputs"] for node in nodes if node["id"] == join.target)
    slot = next(i for i, socket in enumerate(inputs) if socket["link"] == number)
    return wire(number, join.origin, (join.target, slot), join.type)


def kept_places(kind: Kind) -> Iterator[int]:
    """The inner nodes; a primitive whose value the instances hold has nothing left to feed."""
    held = {inlet.spot[0] for inlet in kind.inlets}
    shown = {outlet.place for outlet in kind.face.outlets}
    for place in range(len(kind.template.nodes)):
        if kind.template.type(place) != PRIMITIVE or place in shown or place not in held:
            yield place


def inner_node(kind: Kind, place: int, links: Mapping[Spot, int]) -> Json:
    """An inner node with its place for an id, its links, and the values of the first instance."""
    template = kind.template
    node = {key: value for key, value in template.nodes[place].items() if key != "widgets_values_named"}
    inputs = [
        {**socket, "link": links.get((place, text(socket.get("name"))))} for socket in template.sockets(place)
    ]
    present = {socket.get("name") for socket in template.sockets(place)}
    for (target, name), number in links.items():
        if target == place and name not in present:
            inlet = next(inlet for inlet in kind.inlets if (target, name) in inlet.targets)
            inputs.append({"name": name, "type": inlet.type, "widget": {"name": name}, "link": number})
    outputs = [{**output, "links": None} for output in objects(node.get("outputs"))]
    return {**node, "id": place, "inputs": inputs, "outputs": outputs, **inner_values(kind, place)}


def inner_values(kind: Kind, place: int) -> Json:
    """The values of an inner node in the form in which its file has them."""
    template, first = kind.template, kind.first
    node, schema = template.nodes[place], template.schemas.get(template.type(place))
    values = node.get("widgets_values")
    if isinstance(values, dict):
        return {
            "widgets_values": {
                **values,
                **{name: value for (at, name), value in first.items() if at == place},
            }
        }
    if schema is None:
        names = ["value"] if template.type(place) == PRIMITIVE else unknown_names(node)
        named = (
            [first.get((place, name)) for name in names[: len(values)]] if isinstance(values, list) else []
        )
        return {"widgets_values": named + values[len(named) :]} if isinstance(values, list) else {}
    others = {"filter": "", "upload": "image"}
    return {
        "widgets_values": [
            first.get((place, entry.spec.name))
            if entry.kind == "value"
            else others.get(entry.kind, first.get((place, f"control:{entry.spec.name}"), "fixed"))
            for entry in widget_entries(schema, node)
        ]
    }


def wire(number: int, origin: tuple[int, int], target: tuple[int, int], kind: str) -> Json:
    """A link as subgraphs write it."""
    start = {"origin_id": origin[0], "origin_slot": origin[1]}
    return {"id": number, **start, "target_id": target[0], "target_slot": target[1], "type": kind}


def mark_outputs(node: Json, wires: Sequence[Json]) -> None:
    """Tell each output of a node the links that it has."""
    for slot, output in enumerate(node["outputs"]):
        own = [link["id"] for link in wires if (link["origin_id"], link["origin_slot"]) == (node["id"], slot)]
        output["links"] = own or None


def port(kind: Kind, end: str, place: tuple[int, int], shown: Inlet | Outlet, wires: Sequence[Json]) -> Json:
    """An input or output of the subgraph; `end` is that end of its links which is at the boundary."""
    own = [found["id"] for found in wires if (found[f"{end}_id"], found[f"{end}_slot"]) == place]
    port_id = str(uuid5(NAMESPACE_URL, f"{kind.id} {place}"))
    return {"id": port_id, "name": shown.name, "type": shown.type, "linkIds": own}


def sides(nodes: Sequence[Mapping[str, Any]]) -> Json:
    """Where the boundary stands: left and right of the inner nodes."""
    corners = [node["pos"] for node in nodes if isinstance(node.get("pos"), list) and len(node["pos"]) == 2]
    left, top = (min(corner[i] for corner in corners) if corners else 0 for i in range(2))
    right = max((corner[0] for corner in corners), default=0)
    return {
        "inputNode": {"id": INPUT_SIDE, "bounding": [left - 220, top, 120, 60]},
        "outputNode": {"id": OUTPUT_SIDE, "bounding": [right + 420, top, 120, 60]},
    }
