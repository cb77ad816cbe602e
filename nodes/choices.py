"""The drop-down whose entries are written into its own node on the canvas."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from nodes.api import Choice, NodeType, node


def open_ended(node_type: NodeType) -> NodeType:
    """The same node, taking values that no list of it offers: who drew the node knows them."""
    inputs = tuple(replace(spec, unchecked=True) for spec in node_type.schema.inputs)
    return replace(node_type, schema=replace(node_type.schema, inputs=inputs))


@open_ended
@node("utils", name="CustomCombo", display_name="Custom Combo", experimental=True, lane="cpu")
def custom_combo(*, choice: Annotated[str, Choice(tuple)]) -> str:
    """One of the texts that were written into this node."""
    return choice
