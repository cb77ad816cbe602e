"""The graph that a file carries, read leniently: nodes, their links, what leads to what was saved."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """One node, as far as it could be read."""

    kind: str
    inputs: Mapping[str, object]


@dataclass(frozen=True)
class Link:
    """An output of another node."""

    node: str
    slot: int


Nodes = Mapping[str, Node]


def read_nodes(document: object) -> dict[str, Node]:
    """The nodes of a graph in API form; what is none is left out."""
    if not isinstance(document, dict):
        return {}
    return {key: node for key, value in document.items() if (node := _node(value))}


def _node(value: object) -> Node | None:
    if not isinstance(value, dict) or not isinstance(value.get("class_type"), str):
        return None
    inputs = value.get("inputs")
    return Node(value["class_type"], inputs if isinstance(inputs, dict) else {})


def link_to(value: object, nodes: Nodes) -> Link | None:
    """The link that a value is, if it is one to a node that is there."""
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[0], str | int):
        return None
    key, slot = str(value[0]), value[1]
    return Link(key, slot) if key in nodes and isinstance(slot, int) else None


def links_of(node: Node, nodes: Nodes) -> dict[str, Link]:
    """The linked inputs of a node."""
    return {key: link for key, value in node.inputs.items() if (link := link_to(value, nodes))}


def ends(nodes: Nodes, name: str) -> list[str]:
    """The nodes that may have saved a file of this name; all nodes when none saves by a prefix."""
    prefixes = {key: text for key, node in nodes.items() if (text := _prefix(node)) is not None}
    fitting = {key: text for key, text in prefixes.items() if text and name.startswith(text)}
    longest = max(map(len, fitting.values()), default=0)
    return [key for key, text in fitting.items() if len(text) == longest] or list(prefixes) or list(nodes)


def _prefix(node: Node) -> str | None:
    """What is certain of the names that a node saves by: all before the first token."""
    text = node.inputs.get("filename_prefix")
    return text.partition("%")[0] if isinstance(text, str) else None


def upstream(nodes: Nodes, starts: Iterable[str]) -> list[str]:
    """The nodes that lead to these, with them, the nearest first."""
    pending = deque(starts)
    seen = dict.fromkeys(pending)
    while pending:
        for link in links_of(nodes[pending.popleft()], nodes).values():
            if link.node not in seen:
                seen[link.node] = None
                pending.append(link.node)
    return list(seen)
