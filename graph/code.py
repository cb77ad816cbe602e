"""By which hash the code of a node is known: its module's, or its whole pack's."""

from __future__ import annotations

import hashlib
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

VERSION_BYTES = 8
PACKS = "custom_nodes"


def module_of(function: Callable[..., Any]) -> str:
    """`custom_nodes.<pack>` for a pack's node, else the top package."""
    parts = function.__module__.split(".")
    return ".".join(parts[:2]) if parts[0] == PACKS else parts[0]


def code_version(function: Callable[..., Any]) -> str:
    """A hash of the source that the function comes from: an edited node is another node.

    That is its module; for a pack that is a folder, every Python file below it: a node may use them all.
    """
    pack = sys.modules.get(module_of(function))
    if pack is not None and pack.__name__.startswith(f"{PACKS}.") and hasattr(pack, "__path__"):
        return pack_version(pack)
    try:
        source = inspect.getsource(inspect.getmodule(function) or function)
    except (OSError, TypeError):
        source = function.__qualname__
    return hashlib.blake2b(source.encode(), digest_size=VERSION_BYTES).hexdigest()


@lru_cache(maxsize=256)  # by module object, which is a new one whenever the pack is imported again
def pack_version(pack: ModuleType) -> str:
    """One hash for all Python files of an imported pack."""
    digest = hashlib.blake2b(digest_size=VERSION_BYTES)
    for folder in map(Path, pack.__path__):
        for path in python_files(folder):
            source = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{len(source)}\0".encode())
            digest.update(source)
    return digest.hexdigest()


def python_files(folder: Path) -> Iterator[Path]:
    """The Python files below a folder in a fixed order, hidden folders left out."""
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__pycache__")))
        yield from (Path(here, name) for name in sorted(files) if name.endswith(".py"))
