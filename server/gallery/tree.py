"""The output folder walked: every visible picture, video and sound with its time and size."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from graph.folders import entries_of

Kind = Literal["image", "video", "audio"]

KINDS: dict[str, Kind] = {
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".avif", ".tif", ".tiff"), "image"),
    **dict.fromkeys((".mp4", ".m4v", ".mov", ".webm", ".mkv"), "video"),
    **dict.fromkeys((".mp3", ".wav", ".ogg", ".opus", ".flac", ".m4a"), "audio"),
}

LATEST = 2**63 - 1  # ns; what a database can count


@dataclass(frozen=True)
class Found:
    """One file; its path is relative, with forward slashes."""

    path: str
    mtime_ns: int
    size: int  # bytes

    @property
    def stamp(self) -> tuple[int, int]:
        """What changes when the file does."""
        return self.mtime_ns, self.size


def kind_of(name: str) -> Kind | None:
    """What a file is by the ending of its name; None for what a gallery does not show."""
    return KINDS.get(os.path.splitext(name)[1].lower())


def walk(root: Path) -> Iterator[Found]:
    """What is shown of a folder; hidden names, and links that lead out, are left alone."""
    pending = [(root, "")]
    while pending:
        here, above = pending.pop()
        for entry in entries_of(here):
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                pending.append((Path(entry.path), f"{above}{entry.name}/"))
            elif kind_of(entry.name) and (found := _found(entry, above, root)):
                yield found


def newest(root: Path) -> list[str]:
    """The names of all files below a folder, the newest first."""
    found = [(file.mtime_ns, file.path.split("/"), file.path) for file in walk(root)]
    return [path for _, _, path in sorted(found, reverse=True)]


def _found(entry: os.DirEntry[str], above: str, root: Path) -> Found | None:
    """The file of an entry; None when it went away meanwhile or is none of ours."""
    try:
        if not entry.is_file() or (entry.is_symlink() and not _is_inside(entry, root)):
            return None
        status = entry.stat()
    except OSError:
        return None
    return Found(above + entry.name, min(status.st_mtime_ns, LATEST), status.st_size)


def _is_inside(entry: os.DirEntry[str], root: Path) -> bool:
    return Path(entry.path).resolve().is_relative_to(root.resolve())
