"""Node types by name: a value, built at start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graph.calls import judged
from graph.errors import HeddleError
from graph.node import NodeType
from graph.schema import Schema


class DuplicateNode(HeddleError):
    """Two node types of one name."""


class Registry(Mapping[str, NodeType]):
    """Node types by class name."""

    def __init__(self, node_types: Mapping[str, NodeType]) -> None:
        self.types = dict(node_types)
        self.schemas: dict[str, Schema] = {name: found.schema for name, found in self.types.items()}

    @classmethod
    def build(cls, node_types: Iterable[NodeType]) -> Registry:
        """A registry of these types. Raises DuplicateNode when a name comes twice."""
        found: dict[str, NodeType] = {}
        for node_type in node_types:
            name = node_type.schema.name
            if name in found:
                first, second = found[name].schema.module, node_type.schema.module
                raise DuplicateNode(f"node type {name!r} is defined twice: in {first} and in {second}")
            found[name] = node_type
        return cls(found)

    def judge(
        self, name: str, values: Mapping[str, Any], types: Mapping[str, str]
    ) -> Mapping[str, str] | Exception:
        """What the node type's own validator finds wrong with its inputs, by input; or what it raised."""
        return judged(self.types[name], values, types)

    def __getitem__(self, name: str) -> NodeType:
        return self.types[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.types)

    def __len__(self) -> int:
        return len(self.types)
