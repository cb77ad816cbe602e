"""`comfy_execution.graph_utils` as packs know it: builds the graph that a node adds to its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, TypeGuard

from compat.current import current_call
from graph.node import Blocker

ExecutionBlocker = Blocker
Link = list[Any]  # [id of a node, number of its output]


def is_link(obj: object) -> TypeGuard[Link]:
    """Whether a value of a graph is a link to another node's output."""
    return (
        isinstance(obj, list)
        and len(obj) == 2
        and isinstance(obj[0], str)
        and isinstance(obj[1], int | float)
        and not isinstance(obj[1], bool)
    )


class Node:
    """One node under construction."""

    def __init__(self, id: str, class_type: str, inputs: dict[str, Any]) -> None:  # noqa: A002 - as packs say
        self.id = id
        self.class_type = class_type
        self.inputs = inputs
        self.override_display_id: str | None = None
        self.override_parent_id: str | None = None

    def out(self, index: int) -> Link:
        """A link to an output."""
        return [self.id, index]

    def set_input(self, key: str, value: Any) -> None:
        """Give an input a value or a link; None takes it away."""
        if value is None:
            self.inputs.pop(key, None)
        else:
            self.inputs[key] = value

    def get_input(self, key: str) -> Any:
        """An input's value or link; None where it has none."""
        return self.inputs.get(key)

    def set_override_display_id(self, override_display_id: str) -> None:
        """Let it be shown as this node of the canvas."""
        self.override_display_id = override_display_id

    def set_override_parent_id(self, override_parent_id: str) -> None:
        """Let it count as made by this node."""
        self.override_parent_id = override_parent_id

    def serialize(self) -> dict[str, Any]:
        """In API form."""
        overrides = {
            "override_display_id": self.override_display_id,
            "override_parent_id": self.override_parent_id,
        }
        given = {key: value for key, value in overrides.items() if value is not None}
        return {"class_type": self.class_type, "inputs": self.inputs, **given}


class GraphBuilder:
    """A graph under construction; its ids begin alike, and equal calls of a node give equal ids."""

    _default_prefix: tuple[str, int, int] = ("", 0, 0)  # parent, call, graph: outside of a call

    def __init__(self, prefix: str | None = None) -> None:
        self.prefix = GraphBuilder.alloc_prefix() if prefix is None else prefix
        self.nodes: dict[str, Node] = {}
        self._ids = count(1)

    @classmethod
    def set_default_prefix(cls, prefix_root: str, call_index: int, graph_index: int = 0) -> None:
        """The beginning of ids outside of a node's call; inside, the call gives it."""
        cls._default_prefix = (prefix_root, call_index, graph_index)

    @classmethod
    def alloc_prefix(
        cls, root: str | None = None, call_index: int | None = None, graph_index: int | None = None
    ) -> str:
        """The beginning of the ids of one more graph: parent, call, and how many graphs came before."""
        call = current_call()
        if call is not None:
            own = (call.context.node_id, call.context.index, next(call.graphs))
        else:
            own = cls._default_prefix
            cls._default_prefix = (own[0], own[1], own[2] + 1)
        given = (root, call_index, graph_index)
        parts = (mine if other is None else other for mine, other in zip(own, given, strict=True))
        return "".join(f"{part}." for part in parts)

    def node(self, class_type: str, id: object = None, **kwargs: Any) -> Node:  # noqa: A002 - as packs say
        """Add a node with these inputs; one of the same id that is there already is given back."""
        number = self.prefix + str(next(self._ids) if id is None else id)
        if number not in self.nodes:
            self.nodes[number] = Node(number, class_type, kwargs)
        return self.nodes[number]

    def lookup_node(self, id: object) -> Node | None:  # noqa: A002 - as packs say
        """The node that was added under this id."""
        return self.nodes.get(f"{self.prefix}{id}")

    def finalize(self) -> dict[str, Any]:
        """The graph in API form, for `expand`."""
        return {node_id: node.serialize() for node_id, node in self.nodes.items()}

    def replace_node_output(self, node_id: object, index: int, new_value: Any) -> None:
        """Give every input that is linked to an output this value instead; None takes the inputs away."""
        old = [f"{self.prefix}{node_id}", index]
        for node in self.nodes.values():
            for key in [key for key, value in node.inputs.items() if is_link(value) and value == old]:
                node.set_input(key, new_value)

    def remove_node(self, id: object) -> None:  # noqa: A002 - as packs say
        """Take a node away."""
        del self.nodes[f"{self.prefix}{id}"]


def add_graph_prefix(
    graph: Mapping[str, Mapping[str, Any]], outputs: Sequence[Any], prefix: str
) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """A graph and links into it, all ids with this beginning."""

    def moved(value: Any) -> Any:
        return [prefix + value[0], value[1]] if is_link(value) else value

    renamed = {
        prefix + node_id: {
            **node,
            "inputs": {key: moved(value) for key, value in node.get("inputs", {}).items()},
        }
        for node_id, node in graph.items()
    }
    return renamed, tuple(moved(value) for value in outputs)
