"""Which packs of custom nodes may stay beside the built-in ones, and how each came through."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from graph.node import NodeType
from graph.plugins import Pack, load_pack, pack_paths
from runtime.messages import PackReport


def load(
    directory: Path, core: Iterable[NodeType], only: Collection[str] | None
) -> tuple[list[PackReport], list[NodeType]]:
    """Import the packs of a folder (of these names only, when given), and what they add to `core`."""
    reports: list[PackReport] = []
    kept: list[NodeType] = []
    taken = {node_type.schema.name for node_type in core}
    for path in pack_paths(directory):
        if only is not None and path.stem not in only:
            continue
        pack = without_clash(load_pack(path), taken)
        names = tuple(node_type.schema.name for node_type in pack.node_types)
        taken.update(names)
        kept += pack.node_types
        reports.append(PackReport(pack.name, str(pack.path), names, pack.error, pack.seconds))
    return reports, kept


def without_clash(pack: Pack, taken: Collection[str]) -> Pack:
    """The pack; one that would shadow a node type is left out, and says so."""
    clash = sorted(found.schema.name for found in pack.node_types if found.schema.name in taken)
    if not clash:
        return pack
    error = f"it defines {', '.join(clash)}, which there is already; rename with @node(..., name=...)"
    return replace(pack, node_types=[], error=error)
