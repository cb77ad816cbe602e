"""The canvas file (form 0.4 and schema 1) as typed plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graph.errors import InvalidWorkflow
from graph.types import ANY, COMBO

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Slot:
    """An input or output of a node, or of a subgraph."""

    name: str
    type: str
    link: int | None = None  # of an input: the link that ends in it
    has_widget: bool = False  # the socket belongs to the widget of the same name


@dataclass(frozen=True)
class CanvasNode:
    """One node of the file."""

    id: str
    type: str
    mode: int
    title: str | None
    inputs: tuple[Slot, ...]
    outputs: tuple[Slot, ...]
    raw: Raw


@dataclass(frozen=True)
class CanvasLink:
    """A wire from an output to an input; ids as text, -10 and -20 being a subgraph's own sides."""

    id: int
    origin: str
    origin_slot: int
    target: str
    target_slot: int


@dataclass(frozen=True)
class CanvasGraph:
    """Nodes and links of one level."""

    nodes: Mapping[str, CanvasNode]
    links: Mapping[int, CanvasLink]


@dataclass(frozen=True)
class Subgraph(CanvasGraph):
    """A definition that nodes of the file may be instances of."""

    id: str
    inputs: tuple[Slot, ...]
    outputs: tuple[Slot, ...]


@dataclass(frozen=True)
class Document(CanvasGraph):
    """The whole file."""

    subgraphs: Mapping[str, Subgraph]


def is_canvas(document: object) -> bool:
    """Whether this is a canvas file rather than API JSON."""
    return isinstance(document, Mapping) and isinstance(document.get("nodes"), list)


def read_document(raw: Raw) -> Document:
    """Read a canvas file. Raises InvalidWorkflow when it is none."""
    if not is_canvas(raw):
        raise InvalidWorkflow(
            "invalid_prompt", "This is no workflow of the canvas", "it has no list of nodes"
        )
    try:
        subgraphs = {found.id: found for found in map(read_subgraph, definitions(raw))}
        return Document(read_nodes(raw), read_links(raw), subgraphs)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise InvalidWorkflow(
            "invalid_prompt", "The workflow of the canvas is damaged", repr(error)
        ) from error


def definitions(raw: Raw) -> Iterator[Raw]:
    """Every subgraph definition, also where definitions are nested in one another."""
    pending = [raw]
    while pending:
        found = (pending.pop().get("definitions") or {}).get("subgraphs") or []
        yield from found
        pending.extend(found)


def read_subgraph(raw: Raw) -> Subgraph:
    """One definition."""
    sides = [tuple(read_slot(slot) for slot in raw.get(side) or []) for side in ("inputs", "outputs")]
    return Subgraph(read_nodes(raw), read_links(raw), str(raw["id"]), *sides)


def read_nodes(raw: Raw) -> dict[str, CanvasNode]:
    """The nodes of one level by id."""
    return {str(node["id"]): read_node(node) for node in raw.get("nodes") or []}


def read_node(raw: Raw) -> CanvasNode:
    """One node."""
    return CanvasNode(
        id=str(raw["id"]),
        type=str(raw.get("type", "")),
        mode=int(raw.get("mode") or 0),
        title=raw.get("title") or None,
        inputs=tuple(read_slot(slot) for slot in raw.get("inputs") or []),
        outputs=tuple(read_slot(slot) for slot in raw.get("outputs") or []),
        raw=raw,
    )


def read_slot(raw: Raw) -> Slot:
    """An input or output; event sockets of old files carry the number -1 for a type, drop-downs a list."""
    wire = raw.get("type")
    type_ = wire or ANY if isinstance(wire, str) else COMBO if isinstance(wire, list) else ANY
    link = raw.get("link")
    return Slot(
        str(raw.get("name", "")), type_, int(link) if link is not None else None, bool(raw.get("widget"))
    )


def read_links(raw: Raw) -> dict[int, CanvasLink]:
    """The links of one level by id, listed as arrays (0.4) or as objects (schema 1)."""
    found = raw.get("links") or []
    links = (read_link(link) for link in (found.values() if isinstance(found, Mapping) else found) if link)
    return {link.id: link for link in links}


def read_link(raw: Any) -> CanvasLink:
    """One link."""
    if isinstance(raw, Mapping):
        raw = [raw[key] for key in ("id", "origin_id", "origin_slot", "target_id", "target_slot")]
    return CanvasLink(int(raw[0]), str(raw[1]), int(raw[2]), str(raw[3]), int(raw[4]))
