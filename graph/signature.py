"""The content key of every node in one pass: type, code version, values, its sources' keys."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from pathlib import PurePath
from typing import Any

from graph.workflow import GraphNode

Key = bytes
KEY_BYTES = 16


def content_keys(
    nodes: Mapping[str, GraphNode],
    order: Iterable[str],
    token: Callable[[GraphNode], object],
) -> dict[str, Key]:
    """Keys of nodes given sources first. Equal keys would compute equal outputs.

    `token` tells what the graph does not: the code's version, the files read, the change token. A token of
    None means that nothing can be known, so the node gets a key that never comes again.
    """
    keys: dict[str, Key] = {}
    for node_id in order:
        keys[node_id] = key_of(nodes[node_id], token, keys)
    return keys


def key_of(node: GraphNode, token: Callable[[GraphNode], object], keys: Mapping[str, Key]) -> Key:
    """The key of one node whose sources have theirs."""
    known = token(node)
    if known is None:
        return unique_key()
    try:
        return node_key(node, known, keys)
    except Unkeyable:
        return unique_key()


class Unkeyable(TypeError):
    """A value of which no text says whether another one is equal."""


def node_key(node: GraphNode, token: object, keys: Mapping[str, Key]) -> Key:
    """The key of one node from its sources' keys: a Merkle hash, so no ancestor is walked to."""
    digest = hashlib.blake2b(digest_size=KEY_BYTES)
    digest.update(canonical([node.type, token, node.values]))
    for name in sorted(node.links):
        source, slot = node.links[name]
        digest.update(f"\0{name}\0{slot}\0".encode())
        digest.update(keys[source])
    return digest.digest()


def without_twins(
    nodes: Mapping[str, GraphNode], keys: Mapping[str, Key]
) -> tuple[Mapping[str, GraphNode], dict[str, str]]:
    """(the nodes with every link to a twin led to its first, the first of each twin).

    A twin is a node whose key came before: it would compute the same, so its first computes for both.
    """
    first: dict[Key, str] = {}
    twins = {i: known for i in nodes if (known := first.setdefault(keys[i], i)) != i}
    if not twins:
        return nodes, twins
    return {i: relinked(node, twins) for i, node in nodes.items() if i not in twins}, twins


def relinked(node: GraphNode, twins: Mapping[str, str]) -> GraphNode:
    """The node with its links led to the firsts of twins."""
    if not any(source in twins for source, _ in node.links.values()):
        return node
    links = {name: (twins.get(source, source), slot) for name, (source, slot) in node.links.items()}
    return GraphNode(node.id, node.type, node.values, links)


def unique_key() -> Key:
    """A key that is never met again."""
    return os.urandom(KEY_BYTES)


def canonical(value: Any) -> bytes:
    """One byte string for equal values; 1, 1.0, True and "1" stay apart."""
    try:
        return ENCODER.encode(value).encode()
    except (TypeError, ValueError, RecursionError) as error:  # keys of mixed kinds, circles, endless nesting
        raise Unkeyable(str(error)) from error


def told(value: Any) -> dict[str, str]:
    """The text of what JSON does not know, where it tells all of the value. Raises Unkeyable elsewhere."""
    if isinstance(value, set | frozenset):
        return {f"\0{type(value).__name__}": str(sorted(map(repr, value)))}
    if isinstance(value, bytes | PurePath | complex | Enum):
        return {f"\0{type(value).__name__}": repr(value)}
    raise Unkeyable(f"a {type(value).__name__} cannot be part of a key")


ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=told)


def is_plain(value: Any) -> bool:
    """Whether a value is what JSON gives, so that its text tells it from every other."""
    todo = [value]
    while todo:
        value = todo.pop()
        if type(value) is list:
            todo += value
        elif type(value) is dict:
            if not all(type(key) is str for key in value):
                return False
            todo += value.values()
        elif not (value is None or type(value) in (str, int, float, bool)):
            return False
    return True
