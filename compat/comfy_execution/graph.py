"""`comfy_execution.graph` as packs know it: blockers, and the graph of the run as a node sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compat.comfy_execution.graph_utils import ExecutionBlocker, is_link
from graph.context import Context, Expanded

__all__ = ["DynamicPrompt", "ExecutionBlocker", "NodeNotFoundError", "get_input_info", "is_link"]

GROUPS = ("required", "optional", "hidden")


class NodeNotFoundError(Exception):
    """No node of the run has this id."""


class DynamicPrompt:
    """The graph in API form, with the nodes added so far."""

    def __init__(self, context: Context) -> None:
        self.original_prompt: Mapping[str, Any] = context.prompt or {}
        self.expanded: Mapping[str, Expanded] = context.expanded

    def get_node(self, node_id: str) -> Mapping[str, Any]:
        """The node of this id in API form. Raises NodeNotFoundError."""
        if node_id in self.expanded:
            return self.expanded[node_id].data
        if node_id in self.original_prompt:
            node: Mapping[str, Any] = self.original_prompt[node_id]
            return node
        raise NodeNotFoundError(f"there is no node {node_id!r} in this run")

    def has_node(self, node_id: str) -> bool:
        """Whether there is a node of this id."""
        return node_id in self.original_prompt or node_id in self.expanded

    def all_node_ids(self) -> set[str]:
        """The ids of the graph and of the nodes added."""
        return {*self.original_prompt, *self.expanded}

    def get_original_prompt(self) -> Mapping[str, Any]:
        """The graph as it was submitted."""
        return self.original_prompt

    def get_parent_node_id(self, node_id: str) -> str | None:
        """The node that added this one; None for a node of the submitted graph."""
        return self.expanded[node_id].parent_id if node_id in self.expanded else None

    def get_real_node_id(self, node_id: str) -> str:
        """The node of the submitted graph from which this one came."""
        while node_id in self.expanded:
            node_id = self.expanded[node_id].parent_id
        return node_id

    def get_display_node_id(self, node_id: str) -> str:
        """The node of the canvas to which this one belongs."""
        while node_id in self.expanded:
            node_id = self.expanded[node_id].display_id
        return node_id


def get_input_info(
    class_def: Any, input_name: str, valid_inputs: Mapping[str, Any] | None = None
) -> tuple[Any, str, dict[str, Any]] | tuple[None, None, None]:
    """(type, group, options) of an input of a class; three times None where it has none of this name."""
    groups = class_def.INPUT_TYPES() if valid_inputs is None else valid_inputs
    for group in GROUPS:
        if input_name in groups.get(group, {}):
            found = groups[group][input_name]
            if isinstance(found, str):  # a hidden input's tag stands alone
                return found, group, {}
            return found[0], group, found[1] if len(found) > 1 else {}
    return None, None, None
