"""Deleted files: they wait in a hidden folder of the output folder, and come back when asked for."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from server import area

LOG = logging.getLogger("heddle.gallery")

FOLDER = ".deleted"
TOKEN = re.compile(r"(?P<ms>[0-9a-f]{11,12})-[0-9a-f]{16}")
KEPT = 7 * 86_400_000  # ms


def delete(root: Path, names: Sequence[str]) -> tuple[list[str], str | None]:
    """Move files away, all or none; the names of those that were there, and the token to undo it.

    Raises FolderError for names that lead outside, OSError when the disk refuses.
    """
    token = f"{_now():011x}-{secrets.token_hex(8)}"
    moves = [(root / name, area.place(root, f"{FOLDER}/{token}/{name}"), name) for name in names]
    moved: list[tuple[Path, Path, str]] = []
    try:
        for source, target, name in moves:
            if _move(source, target):
                moved.append((source, target, name))
    except OSError:
        for source, target, _ in reversed(moved):
            _move(target, source)
        _tidy(root, token)
        raise
    return [name for _, _, name in moved], token if moved else None


def restore(root: Path, token: str) -> list[str] | None:
    """Put the files of a token back, under a free name where theirs is taken; None when there are none."""
    place = root / FOLDER / token
    if not TOKEN.fullmatch(token) or not place.is_dir() or place.is_symlink():
        return None
    restored = []
    for source in sorted(path for path in place.rglob("*") if _is_there(path)):
        target = _free(area.place(root, source.relative_to(place).as_posix()))
        if _move(source, target):
            restored.append(target.relative_to(root.resolve()).as_posix())
    _tidy(root, token)
    return restored


def purge(root: Path, kept: int = KEPT) -> None:
    """Remove for good what was deleted more than so many milliseconds ago."""
    now = _now()
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for name in os.listdir(root / FOLDER):
            found = TOKEN.fullmatch(name)
            if found and now - int(found["ms"], 16) > kept:
                shutil.rmtree(root / FOLDER / name, ignore_errors=True)
        _tidy(root)


def _move(source: Path, target: Path) -> bool:
    """Whether the file was there; also from one disk to another."""
    if not _is_there(source):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(source, target)
    return True


def _is_there(path: Path) -> bool:
    """A file, or a link whatever it leads to."""
    return path.is_symlink() or path.is_file()


def _free(path: Path) -> Path:
    """This path, or the first `name (n)` that is free."""
    count, candidate = 0, path
    while os.path.lexists(candidate):
        count += 1
        candidate = path.with_name(f"{path.stem} ({count}){path.suffix}")
    return candidate


def _tidy(root: Path, token: str = "") -> None:
    """Remove the folders that are empty now."""
    place = root / FOLDER / token if token else root / FOLDER
    below = sorted(place.rglob("*"), reverse=True) if token else []
    for folder in (*below, place, root / FOLDER):
        with contextlib.suppress(OSError):  # it holds something, or is gone
            folder.rmdir()


def _now() -> int:
    return time.time_ns() // 1_000_000
