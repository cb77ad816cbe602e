"""Finds and imports packs; a failure is data, never a crash."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
import tomllib
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from graph.errors import HeddleError
from graph.node import NodeType

PRESTARTUP = "prestartup_script.py"
# A name, and what makes the node type of it; a pack may offer some that cannot be made.
Offer = tuple[str, Callable[[], NodeType]]
# Finds what an imported module offers, given the name of the pack's file or folder.
Reader = Callable[[ModuleType, str], Iterable[Offer]]


@dataclass(frozen=True)
class Pack:
    """One file or folder of custom_nodes/, and what came of importing it."""

    name: str
    path: Path
    node_types: list[NodeType] = field(default_factory=list)
    error: str | None = None  # why nothing of it is there
    seconds: float = 0.0
    problems: tuple[str, ...] = ()  # what of it is not there, and why
    web: Mapping[str, str] = field(default_factory=dict)  # folders of scripts for the canvas, by name


def found_in(module: ModuleType, _: str) -> Iterator[Offer]:
    """The pack's own node types in its namespace, each once, in the order of their definition."""
    found = {id(value): value for value in vars(module).values() if isinstance(value, NodeType)}
    for node_type in found.values():
        if node_type.schema.module == module.__name__:
            yield node_type.schema.name, lambda made=node_type: made  # type: ignore[misc]


def load_packs(directory: Path, read: Reader = found_in) -> list[Pack]:
    """Import every pack of the folder, in the order of their names."""
    return [load_pack(path, read) for path in pack_paths(directory)]


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


def load_pack(path: Path, read: Reader = found_in) -> Pack:
    """Import one pack; what it raises becomes its `error`, or one of its `problems` where less is lost."""
    started = time.perf_counter()
    name = pack_name(path)
    node_types: dict[str, NodeType] = {}  # of two of one name the later one stays
    problems: list[str] = []
    web: dict[str, str] = {}
    error = None
    try:
        module = import_file(f"custom_nodes.{name.replace('.', '_')}", path, (legacy_name(path),))
        web = web_folders(module, path, problems)
        for offered, make in read(module, name):
            made = attempt(offered, make, problems)
            node_types |= {} if made is None else {made.schema.name: made}
    except (Exception, SystemExit):  # noqa: BLE001 - a pack may raise anything; the rest goes on
        node_types, error = {}, traceback.format_exc()
    seconds = time.perf_counter() - started
    return Pack(name, path, list(node_types.values()), error, seconds, tuple(problems), web)


def pack_name(path: Path) -> str:
    """What a pack is called: its file without the ending, or its folder."""
    return path.stem if path.is_file() else path.name


def attempt(name: str, make: Callable[[], NodeType], problems: list[str]) -> NodeType | None:
    """What an offer makes; None, and a problem, where it raises."""
    try:
        return make()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - one bad class does not take its pack down
        problems.append(f"{name} was left out: {type(error).__name__}: {error}")
        return None


def run_prestartup(path: Path) -> str | None:
    """Run the script that a pack wants run before everything else; what it raised."""
    script = path / PRESTARTUP
    if not script.is_file():
        return None
    try:
        spec = importlib.util.spec_from_file_location(legacy_name(script), script)
        if spec is None or spec.loader is None:
            raise HeddleError(f"{script} cannot be run as Python")
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    except (Exception, SystemExit):  # noqa: BLE001 - as in load_pack
        return traceback.format_exc()
    return None


def legacy_name(path: Path) -> str:
    """The name among modules by which the field knows a pack: its path."""
    full = os.path.abspath(path)
    return full.replace(".", "_x_") if path.is_dir() else os.path.splitext(full)[0]


def import_file(name: str, path: Path, also: Iterable[str] = ()) -> ModuleType:
    """Import a file, or a folder's `__init__.py`, as the module `name`, known by further names too."""
    folder = path.is_dir()
    spec = importlib.util.spec_from_file_location(
        name,
        path / "__init__.py" if folder else path,
        submodule_search_locations=[str(path)] if folder else None,
    )
    if spec is None or spec.loader is None:
        raise HeddleError(f"{path} cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    names = (name, *also)
    sys.modules.update(dict.fromkeys(names, module))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        for known in names:
            sys.modules.pop(known, None)
        raise
    return module


def web_folders(module: ModuleType, path: Path, problems: list[str]) -> dict[str, str]:
    """The folders of scripts that a pack names: in its pyproject.toml, and as WEB_DIRECTORY."""
    if not path.is_dir():
        return {}
    named = {**project_web(path, problems), path.name: getattr(module, "WEB_DIRECTORY", None)}
    found = {}
    for name, folder in named.items():
        if not isinstance(folder, str):
            continue
        full = os.path.abspath(path / folder)
        if os.path.isdir(full):
            found[name] = full
        else:
            problems.append(f"its web folder {folder!r} is not there: {full}")
    return found


def project_web(path: Path, problems: list[str]) -> dict[str, str | None]:
    """The web folder that a pack's pyproject.toml names, under the name of the project."""
    try:
        data = tomllib.loads((path / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        problems.append(f"its pyproject.toml cannot be read: {error}")
        return {}
    own = data.get("tool", {}).get("comfy", {}).get("web")
    name = data.get("project", {}).get("name") or path.name
    return {str(name): own} if own else {}
