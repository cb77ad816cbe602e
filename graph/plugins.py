"""Finds and imports packs; a failure is data, never a crash."""

from __future__ import annotations

import importlib.util
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from graph.errors import HeddleError
from graph.node import NodeType


@dataclass(frozen=True)
class Pack:
    """One file or folder of custom_nodes/, and what came of importing it."""

    name: str
    path: Path
    node_types: list[NodeType] = field(default_factory=list)
    error: str | None = None
    seconds: float = 0.0


def load_packs(directory: Path) -> list[Pack]:
    """Import every pack of the folder, in the order of their names."""
    return [load_pack(path) for path in pack_paths(directory)]


def pack_paths(directory: Path) -> list[Path]:
    """Files `*.py` and folders with an `__init__.py`, but hidden, `_private` and `.disabled` ones."""
    if not directory.is_dir():
        return []
    found = (
        path
        for path in sorted(directory.iterdir())
        if not path.name.startswith((".", "_")) and path.suffix != ".disabled"
    )
    return [path for path in found if path.suffix == ".py" or (path / "__init__.py").is_file()]


def load_pack(path: Path) -> Pack:
    """Import one pack; whatever it raises becomes its `error`."""
    started = time.perf_counter()
    name = path.stem if path.is_file() else path.name
    try:
        node_types = found_in(import_file(f"custom_nodes.{name.replace('.', '_')}", path))
        error = None
    except (Exception, SystemExit):  # noqa: BLE001 - a pack may raise anything; the rest goes on
        node_types, error = [], traceback.format_exc()
    return Pack(name, path, node_types, error, time.perf_counter() - started)


def import_file(name: str, path: Path) -> ModuleType:
    """Import a file, or a folder's `__init__.py`, as the module `name`."""
    folder = path.is_dir()
    spec = importlib.util.spec_from_file_location(
        name,
        path / "__init__.py" if folder else path,
        submodule_search_locations=[str(path)] if folder else None,
    )
    if spec is None or spec.loader is None:
        raise HeddleError(f"{path} cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def found_in(module: ModuleType) -> list[NodeType]:
    """The pack's own node types in its namespace, each once, in the order of their definition."""
    found = {id(value): value for value in vars(module).values() if isinstance(value, NodeType)}
    return [node_type for node_type in found.values() if node_type.schema.module == module.__name__]
