"""Favourites and tags, by the content of files: they outlive the index, and follow a file that moves."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

LOG = logging.getLogger("heddle.gallery")

TABLE = """
CREATE TABLE IF NOT EXISTS marks (
    digest TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    favourite INTEGER NOT NULL,
    tags TEXT NOT NULL
)
"""


@dataclass(frozen=True)
class Mark:
    """Of one file."""

    favourite: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """What is to be changed of a mark."""

    favourite: bool | None = None
    add: Sequence[str] = ()
    remove: Sequence[str] = ()

    def of(self, mark: Mark) -> Mark:
        """The mark with the change made."""
        kept = [tag for tag in mark.tags if tag not in self.remove]
        tags = tuple(dict.fromkeys([*kept, *self.add]))
        return Mark(mark.favourite if self.favourite is None else self.favourite, tags)


def prepare(path: Path) -> None:
    """See that there is a sound file of marks; a damaged one is laid aside, never deleted."""
    try:
        _check(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):  # locked, full: no damage
            raise
        aside = path.with_name(f"{path.name}.damaged-{time.time_ns()}")
        LOG.warning("the gallery's marks are damaged (%s) and were laid aside as %s", error, aside)
        os.replace(path, aside)
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        _check(path)


def _check(path: Path) -> None:
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        found = connection.execute("PRAGMA quick_check").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        connection.execute(TABLE)
        connection.commit()
    finally:
        connection.close()


def sizes(db: sqlite3.Connection) -> set[int]:
    """Of all files that are marked: only a file of such a size may be one of them."""
    return {row[0] for row in db.execute("SELECT size FROM marks.marks")}


def read(db: sqlite3.Connection, digest: str | None) -> Mark:
    """The mark of some content; an empty one when it has none."""
    sql = "SELECT favourite, tags FROM marks.marks WHERE digest=?"
    row = db.execute(sql, (digest,)).fetchone()
    return Mark(bool(row[0]), tuple(json.loads(row[1]))) if row else Mark()


def write(db: sqlite3.Connection, digest: str, size: int, mark: Mark) -> None:
    """Keep a mark; an empty one is forgotten."""
    if mark == Mark():
        db.execute("DELETE FROM marks.marks WHERE digest=?", (digest,))
        return
    row = (digest, size, int(mark.favourite), json.dumps(mark.tags))
    db.execute("INSERT OR REPLACE INTO marks.marks VALUES (?,?,?,?)", row)


def digest_of(path: Path) -> str:
    """Of a file's content. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tags_of(rows: Iterable[str]) -> list[str]:
    """All tags of some marks, sorted."""
    return sorted({tag for row in rows for tag in json.loads(row)}, key=lambda tag: (tag.casefold(), tag))
