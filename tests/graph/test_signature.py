"""Content keys: equal for what computes the same, different for all else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from graph.signature import Key, content_keys
from graph.workflow import GraphNode


def key(token: object = "", **node: Any) -> Key:
    found = GraphNode(
        node.get("id", "n"), node.get("type", "T"), node.get("values", {}), node.get("links", {})
    )
    sources = {
        source: GraphNode(source, source, {}, {})
        for source in dict.fromkeys(source for source, _ in found.links.values())
    }
    nodes: Mapping[str, GraphNode] = sources | {found.id: found}
    return content_keys(nodes, nodes, lambda _: token)[found.id]


def test_a_nodes_own_id_is_no_part_of_its_key() -> None:
    assert key(id="a", values={"x": 1}) == key(id="b", values={"x": 1})


def test_the_order_of_inputs_is_no_part_of_a_key() -> None:
    assert key(values={"x": 1, "y": 2}) == key(values={"y": 2, "x": 1})
    links = {"x": ("s", 0), "y": ("t", 1)}
    assert key(links=links) == key(links=dict(reversed(links.items())))


@pytest.mark.parametrize(
    "other",
    [
        {"type": "U"},
        {"token": "edited"},
        {"values": {"x": 2}},
        {"values": {"x": 1.0}},
        {"values": {"x": True}},
        {"values": {"x": "1"}},
        {"values": {"y": 1}},
        {"values": {"x": 1, "y": None}},
        {"links": {"a": ("s", 1)}},
        {"links": {"a": ("t", 0)}},
        {"links": {"b": ("s", 0)}},
        {"links": {"a": ("s", 0), "b": ("s", 0)}},
    ],
)
def test_whatever_else_differs_makes_another_key(other: dict[str, Any]) -> None:
    node: dict[str, Any] = {"values": {"x": 1}, "links": {"a": ("s", 0)}}
    assert key(**node) != key(**(node | other))


def test_a_node_of_which_nothing_is_known_never_has_the_same_key_again() -> None:
    assert key(token=None) != key(token=None)
