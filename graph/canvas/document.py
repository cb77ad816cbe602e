"""Reads canvas JSON, version 0.4 and schema 1, into one shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graph.errors import InvalidWorkflow


@dataclass(frozen=True)
class Socket:
    """An input or an output of a node, as the file has it."""

    name: str
    type: str
    link: str | None = None  # of an input
    widget: bool = False  # the socket of a widget


@dataclass(frozen=True)
class Node:
    """One node of a file, its widget values still unread."""

    id: str
    type: str
    mode: int
    title: str | None
    inputs: tuple[Socket, ...]
    outputs: tuple[Socket, ...]
    values: Any  # widgets_values: a list, or an object by name
    named: Mapping[str, Any] | None  # widgets_values_named
    properties: Mapping[str, Any]

    def input(self, name: str) -> Socket | None:
        """The input of this name."""
        return next((socket for socket in self.inputs if socket.name == name), None)

    @property
    def linked(self) -> frozenset[str]:
        """Names of the inputs that a link leads to."""
        return frozenset(socket.name for socket in self.inputs if socket.link is not None)

    def first_value(self) -> Any:
        """What a node with one widget holds."""
        return self.values[0] if isinstance(self.values, list) and self.values else None


@dataclass(frozen=True)
class Wire:
    """A link; inside a subgraph its ends may be the boundary (-10 the inputs, -20 the outputs)."""

    id: str
    origin: str
    origin_slot: int
    target: str
    target_slot: int


@dataclass(frozen=True)
class Page:
    """One graph of a file: the document itself, or the inside of a subgraph."""

    nodes: Mapping[str, Node]
    wires: Mapping[str, Wire]


@dataclass(frozen=True)
class Definition:
    """A subgraph: a page, and the names of what goes in and out of it."""

    id: str
    page: Page
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """A canvas file: its top page and its subgraphs."""

    page: Page
    definitions: Mapping[str, Definition]


def read_document(document: Mapping[str, Any]) -> Document:
    """The file in one shape. Raises InvalidWorkflow when it is none."""
    definitions: dict[str, Definition] = {}
    for data in subgraphs_in(document):
        definitions.setdefault(text(data.get("id")), read_definition(data))
    return Document(read_page(document), definitions)


def subgraphs_in(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All subgraphs, outer ones first; in some files those of a subgraph stand inside of it."""
    pages = [document]
    for page in pages:  # grows while it is read
        nested = objects(mapping(page.get("definitions")).get("subgraphs"))
        yield from nested
        pages.extend(nested)


def read_definition(data: Mapping[str, Any]) -> Definition:
    """One entry of `definitions.subgraphs`."""
    inputs = tuple(text(port.get("name")) for port in objects(data.get("inputs")))
    outputs = tuple(text(port.get("name")) for port in objects(data.get("outputs")))
    return Definition(text(data.get("id")), read_page(data), inputs, outputs)


def read_page(data: Mapping[str, Any]) -> Page:
    """Nodes and links of one graph."""
    nodes = [read_node(node) for node in objects(data.get("nodes"))]
    return Page({node.id: node for node in nodes}, {wire.id: wire for wire in read_wires(data.get("links"))})


def read_node(data: Mapping[str, Any]) -> Node:
    """One node. Raises InvalidWorkflow when it has no id or type."""
    if data.get("id") is None or not isinstance(data.get("type"), str):
        raise damaged("a node without id or type", data)
    mode, named = data.get("mode"), data.get("widgets_values_named")
    return Node(
        id=text(data["id"]),
        type=data["type"],
        mode=mode if isinstance(mode, int) else 0,
        title=data["title"] if isinstance(data.get("title"), str) else None,
        inputs=tuple(read_socket(socket) for socket in objects(data.get("inputs"))),
        outputs=tuple(read_socket(socket) for socket in objects(data.get("outputs"))),
        values=data.get("widgets_values"),
        named=named if isinstance(named, dict) else None,
        properties=mapping(data.get("properties")),
    )


def read_socket(data: Mapping[str, Any]) -> Socket:
    """One socket; the type of an old drop-down is its list of choices."""
    kind, link = data.get("type"), data.get("link")
    wire = "COMBO" if isinstance(kind, list) else text(kind)
    return Socket(
        text(data.get("name")), wire, None if link is None else text(link), bool(mapping(data.get("widget")))
    )


def read_wires(links: object) -> Iterator[Wire]:
    """Links as arrays (0.4), as objects (schema 1), or as objects by id (older still)."""
    for link in links.values() if isinstance(links, dict) else links if isinstance(links, list) else ():
        if isinstance(link, list) and len(link) >= 5:
            yield read_wire(link, link[:5])
        elif isinstance(link, dict):
            ends = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
            yield read_wire(link, [link.get(end) for end in ends])
        elif link is not None:
            raise damaged("a link that is neither a list nor an object", link)


def read_wire(link: object, ends: list[Any]) -> Wire:
    """One link. Raises InvalidWorkflow when a slot is no number."""
    wire, origin, origin_slot, target, target_slot = ends
    try:
        return Wire(text(wire), text(origin), int(origin_slot), text(target), int(target_slot))
    except (TypeError, ValueError):
        raise damaged("a link without slots", link) from None


def text(value: object) -> str:
    """Ids are numbers in some files and text in others."""
    return "" if value is None else str(value)


def mapping(value: object) -> Mapping[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def objects(values: object) -> list[Mapping[str, Any]]:
    """The objects of a list, or of nothing."""
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise damaged("a list of objects is something else", values)
    return values


def damaged(what: str, where: object) -> InvalidWorkflow:
    """The error of a file that does not keep the format."""
    return InvalidWorkflow("invalid_prompt", f"The canvas document is damaged: {what}", repr(where)[:200])
