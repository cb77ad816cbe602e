"""The packs of the newer style, and what tests ask of their nodes."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compat.packs import offers_of
from graph.context import Context
from graph.node import NodeType
from graph.plugins import Pack, load_pack
from server.object_info import object_info

PACKS = Path(__file__).parents[1] / "packs"
Nodes = dict[str, NodeType]


def load_packs() -> dict[str, Pack]:
    """By name; the host's doors must be open."""
    return {name: load_pack(PACKS / name, offers_of) for name in ("v3_studio", "v3_pinned", "v3_mapped")}


def load_nodes() -> Nodes:
    """Their node types by name."""
    return {found.schema.name: found for pack in load_packs().values() for found in pack.node_types}


def run(node_type: NodeType, context: Context, **given: Any) -> Any:
    """What a call returns, awaited where it has to be."""
    assert node_type.context_name is not None
    returned = node_type.fn(**given, **{node_type.context_name: context})
    return asyncio.run(returned) if node_type.is_async else returned


def info(node_type: NodeType) -> dict[str, Any]:
    """The entry of `/object_info`, as a client reads it."""
    found: dict[str, Any] = json.loads(json.dumps(object_info(node_type.schema, lambda _: [])))
    return found


def judged(node_type: NodeType, values: Mapping[str, Any], **types: str) -> dict[str, str]:
    """What the node's validator finds wrong; `types` are of linked inputs, `__` for the dot of a group."""
    linked = {name.replace("__", "."): kind for name, kind in types.items()}
    assert node_type.validate is not None
    return dict(node_type.validate({**values, **dict.fromkeys(linked)}, linked))
