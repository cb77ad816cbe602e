"""Earlier contents of a user's workflows: kept when they change, thinned out as they age."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server import area

SHELVES = ".versions"  # beside the user's files; in it their names are the names of folders
LABELS = ".labels.json"  # of one file's versions, by id
ROOM = "workflows/"
HOUR = 3_600_000  # ms
DAY = 24 * HOUR
WEEK = 7 * DAY
LONGEST = 90 * DAY
MOST = 500  # versions of one file
LONGEST_LABEL = 200  # characters
ID = re.compile(r"(?P<saved>\d{15})-(?P<nodes>\d{1,9})-(?P<etag>[0-9a-f]{32})")


@dataclass(frozen=True)
class Version:
    """One content that a file had."""

    saved: int  # ms since 1970
    nodes: int
    etag: str
    size: int = 0  # bytes
    label: str | None = None  # what its owner calls it; it stays then

    @property
    def id(self) -> str:
        """Its file name without the ending; they sort by age."""
        return f"{self.saved:015}-{self.nodes}-{self.etag}"


def etag(data: bytes) -> str:
    """The revision of a content."""
    return hashlib.sha256(data).hexdigest()[:32]


def is_kept(name: str) -> bool:
    """Whether the file of this name has versions: a workflow, hidden files apart."""
    hidden = any(part.startswith(".") for part in name.split("/"))
    return name.startswith(ROOM) and name.endswith(".json") and not hidden


def shelf(home: Path, name: str) -> Path:
    """Where the versions of a file lie."""
    return home / SHELVES / name


def listed(shelf: Path) -> list[Version]:
    """Newest first."""
    labels = _labels(shelf)
    found = []
    for entry in os.scandir(shelf) if shelf.is_dir() else ():
        told = ID.fullmatch(entry.name.removesuffix(".json"))
        if told is not None and entry.name.endswith(".json") and entry.is_file():
            saved, nodes = int(told["saved"]), int(told["nodes"])
            label = labels.get(told[0])
            found.append(Version(saved, nodes, told["etag"], entry.stat().st_size, label))
    return sorted(found, key=lambda version: version.id, reverse=True)


def read(shelf: Path, version: str) -> bytes | None:
    """A version's content; None when there is none of this id."""
    if ID.fullmatch(version) is None:
        return None
    try:
        return _file(shelf, version).read_bytes()
    except FileNotFoundError:
        return None


def label(shelf: Path, version: str, text: str | None) -> bool:
    """Name a version, or take its name away; False when there is none of this id."""
    if ID.fullmatch(version) is None or not _file(shelf, version).is_file():
        return False
    labels = {key: value for key, value in _labels(shelf).items() if key != version}
    _write_labels(shelf, labels | ({version: text} if text else {}))
    return True


# With the file itself. `home` is the user's folder without links, and `path` lies in it.


def write(home: Path, path: Path, data: bytes, now: int) -> None:
    """Give a file a new content. The version comes first: killed between the two, nothing is lost."""
    name = _name(home, path)
    if is_kept(name):
        keep_unseen(shelf(home, name), path, now)
        keep(shelf(home, name), data, now)
    area.write(path, data)


def remove(home: Path, path: Path, now: int) -> None:
    """Delete a file; its versions stay."""
    _keep_last(home, path, now)
    path.unlink()


def move(home: Path, source: Path, target: Path, now: int) -> None:
    """Move a file with its versions: copied before and dropped after, so a kill between loses nothing."""
    one, other = _name(home, source), _name(home, target)
    _keep_last(home, source, now)
    _keep_last(home, target, now)
    if is_kept(one) and is_kept(other):
        copy(shelf(home, one), shelf(home, other))
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    if is_kept(other):
        keep(shelf(home, other), target.read_bytes(), now)
        if is_kept(one):
            drop(shelf(home, one))


def _keep_last(home: Path, path: Path, now: int) -> None:
    """Keep what a file holds before it goes."""
    name = _name(home, path)
    if is_kept(name):
        keep_unseen(shelf(home, name), path, now)


def _name(home: Path, path: Path) -> str:
    return path.relative_to(home).as_posix()


# One shelf


def keep(shelf: Path, data: bytes, now: int) -> None:
    """Make a content the newest version, unless it is that already; then thin out."""
    found = listed(shelf)
    if found and found[0].etag == etag(data):
        return
    _add(shelf, data, max(now, found[0].saved + 1) if found else now)
    _thin(shelf, now)


def keep_unseen(shelf: Path, path: Path, now: int) -> None:
    """Keep what stands in a file when it came there by another way, a copy or another program."""
    if not path.is_file():
        return
    data, found = path.read_bytes(), listed(shelf)
    if any(version.etag == etag(data) for version in found):
        return
    changed = min(path.stat().st_mtime_ns // 1_000_000, now - 1)
    _add(shelf, data, max(changed, found[0].saved + 1) if found else changed)


def copy(source: Path, target: Path) -> None:
    """Give the versions of one file to another one too, beside its own."""
    found = listed(source)
    if found:
        target.mkdir(parents=True, exist_ok=True)
    for version in found:
        _link(_file(source, version.id), _file(target, version.id))
    if labels := _labels(source):
        _write_labels(target, _labels(target) | labels)


def drop(shelf: Path) -> None:
    """Forget the versions of a file."""
    for version in listed(shelf):
        _file(shelf, version.id).unlink(missing_ok=True)
    (shelf / LABELS).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # it holds the versions of other files
        shelf.rmdir()


def staying(found: Sequence[Version], now: int) -> list[Version]:
    """Those that are not thinned out, newest first.

    All of the last day, the last one of an hour for a week, the last one of a day for 90 days, what the file
    was a day ago however old that is, and those with names; 500 in all, the oldest without a name go first.
    """
    ordered = sorted(found, key=lambda version: version.id, reverse=True)
    slots: dict[tuple[str, int], Version] = {}
    for version in ordered:
        slots.setdefault(_slot(version, now), version)
    slots.pop(("gone", 0), None)
    older = next((version for version in ordered if now - version.saved >= DAY), None)
    chosen = {version.id for version in (*slots.values(), *ordered[:1], *([older] if older else []))}
    room = MOST - sum(version.label is not None for version in ordered)
    unnamed = [version.id for version in ordered if version.label is None and version.id in chosen]
    chosen = {*unnamed[: max(room, 0)], *(version.id for version in ordered[:1])}
    return [version for version in ordered if version.label is not None or version.id in chosen]


def _slot(version: Version, now: int) -> tuple[str, int]:
    """Of the versions in one slot the newest stays."""
    age = now - version.saved
    if age < DAY:
        return version.id, 0
    if age < WEEK:
        return "hour", version.saved // HOUR
    return ("day", version.saved // DAY) if age < LONGEST else ("gone", 0)


def _thin(shelf: Path, now: int) -> None:
    found = listed(shelf)
    stay = {version.id for version in staying(found, now)}
    for version in found:
        if version.id not in stay:
            _file(shelf, version.id).unlink(missing_ok=True)
    for draft in shelf.glob(".*.part"):  # of a server that was killed
        if now - draft.stat().st_mtime * 1000 > DAY:
            draft.unlink(missing_ok=True)


def _add(shelf: Path, data: bytes, saved: int) -> None:
    area.write(_file(shelf, Version(saved, _count(data), etag(data)).id), data)


def _count(data: bytes) -> int:
    """The nodes of a workflow in either form; 0 for what is none."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return 0
    if not isinstance(document, dict):
        return 0
    nodes = document.get("nodes")
    if isinstance(nodes, list):
        return len(nodes)
    return sum(isinstance(node, dict) and "class_type" in node for node in document.values())


def _file(shelf: Path, version: str) -> Path:
    return shelf / f"{version}.json"


def _link(source: Path, target: Path) -> None:
    """The same file under a second name; a copy where the disk knows no links."""
    try:
        os.link(source, target)
    except FileExistsError:
        pass
    except OSError:
        with source.open("rb") as file, area.draft(target) as draft:
            shutil.copyfileobj(file, draft)


def _labels(shelf: Path) -> dict[str, str]:
    try:
        labels: Any = json.loads((shelf / LABELS).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    if not isinstance(labels, dict):
        return {}
    return {key: text for key, text in labels.items() if isinstance(text, str)}


def _write_labels(shelf: Path, labels: Mapping[str, str]) -> None:
    area.write(shelf / LABELS, json.dumps(labels, indent=1).encode())
