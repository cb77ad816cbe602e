"""Which packs of custom nodes may stay beside the built-in ones, and how each came through."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from graph.node import NodeType
from graph.plugins import Pack, Reader, found_in, load_pack, pack_name, pack_paths, run_prestartup
from runtime.messages import PackReport


def prestart(directories: Iterable[Path], only: Collection[str] | None) -> dict[str, str]:
    """Run what packs want run before anything else is imported; what went wrong, by pack."""
    ended = {pack_name(path): run_prestartup(path) for path in wanted(directories, only)}
    return {name: problem for name, problem in ended.items() if problem is not None}


def load(
    directories: Iterable[Path],
    core: Iterable[NodeType],
    only: Collection[str] | None,
    read: Reader = found_in,
    prestarted: Mapping[str, str] = {},
) -> tuple[list[PackReport], list[NodeType]]:
    """Import the packs of these folders (of these names only, when given), and what they add to `core`.

    A node type of `core` is never replaced; of two packs' node types of one name the later one's stays.
    """
    packs: list[Pack] = []
    taken = {node_type.schema.name for node_type in core}
    for path in wanted(directories, only):
        pack = without_taken(load_pack(path, read), taken)
        if pack.name in prestarted:
            problem = f"its script for the start failed: {prestarted[pack.name]}"
            pack = replace(pack, problems=(problem, *pack.problems))
        packs = [without_replaced(earlier, pack) for earlier in packs] + [pack]
    return [report_of(pack) for pack in packs], [found for pack in packs for found in pack.node_types]


def wanted(directories: Iterable[Path], only: Collection[str] | None) -> Iterator[Path]:
    """The packs of these folders, of these names only when given."""
    for directory in directories:
        yield from (path for path in pack_paths(directory) if only is None or pack_name(path) in only)


def without_taken(pack: Pack, taken: Collection[str]) -> Pack:
    """The pack without node types that there are already; where that leaves none, it is left out."""
    clash = sorted(found.schema.name for found in pack.node_types if found.schema.name in taken)
    if not clash:
        return pack
    rest = [found for found in pack.node_types if found.schema.name not in taken]
    problem = f"it defines {', '.join(clash)}, which there is already; a pack's node needs a name of its own"
    if not rest:
        return replace(pack, node_types=[], error=problem)
    return replace(pack, node_types=rest, problems=(*pack.problems, problem))


def without_replaced(pack: Pack, later: Pack) -> Pack:
    """The pack without node types that a later one defines too."""
    taken = {found.schema.name for found in later.node_types}
    clash = sorted(found.schema.name for found in pack.node_types if found.schema.name in taken)
    if not clash:
        return pack
    rest = [found for found in pack.node_types if found.schema.name not in taken]
    problem = f"{', '.join(clash)} is replaced by the one of the pack {later.name}"
    return replace(pack, node_types=rest, problems=(*pack.problems, problem))


def report_of(pack: Pack) -> PackReport:
    """What the engine learns of a pack."""
    names = tuple(found.schema.name for found in pack.node_types)
    return PackReport(
        pack.name, str(pack.path), names, pack.error, pack.seconds, pack.problems, dict(pack.web)
    )
