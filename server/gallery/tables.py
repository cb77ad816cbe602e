"""The tables of the index, and the way to open them: what is damaged or of another version is made anew."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from pathlib import Path

LOG = logging.getLogger("heddle.gallery")

VERSION = 2  # of the tables and of what is read from files; another one is made anew
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

TABLES = """
CREATE TABLE IF NOT EXISTS files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    subfolder TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    mtime_ns INTEGER NOT NULL,
    size INTEGER NOT NULL,
    is_read INTEGER NOT NULL DEFAULT 0,
    digest TEXT,
    width INTEGER, height INTEGER,
    prompt TEXT NOT NULL DEFAULT '', negative TEXT NOT NULL DEFAULT '',
    seed TEXT, model TEXT, sampler TEXT, scheduler TEXT, steps INTEGER, cfg REAL
);
CREATE INDEX IF NOT EXISTS files_by_time ON files (mtime_ns, path);
CREATE INDEX IF NOT EXISTS files_by_folder ON files (subfolder);
CREATE INDEX IF NOT EXISTS files_by_size ON files (size);
CREATE INDEX IF NOT EXISTS unread_files ON files (mtime_ns) WHERE is_read=0;
CREATE INDEX IF NOT EXISTS marked_files ON files (digest) WHERE digest IS NOT NULL;
CREATE TABLE IF NOT EXISTS models (id INTEGER NOT NULL, name TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS models_by_name ON models (name, id);
CREATE INDEX IF NOT EXISTS models_by_file ON models (id);
"""
FULL_TEXT = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS words"
    " USING fts5(text, tokenize=\"unicode61 remove_diacritics 2\", prefix='2 3')"
)
PLAIN_TEXT = "CREATE TABLE IF NOT EXISTS words (rowid INTEGER PRIMARY KEY, text TEXT NOT NULL)"


class Outdated(Exception):
    """The index was made by another version."""


def connect(path: Path, marked: Path, *, full_text: bool) -> sqlite3.Connection:
    """A connection to sound tables of this version, with the marks as `marks`. Raises DatabaseError."""
    try:
        return _opened(path, marked, full_text)
    except Outdated:
        LOG.info("the gallery's index is of another version and is made anew")
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        LOG.warning("the gallery's index is damaged (%s) and is made anew", error)
    discard(path)
    return _opened(path, marked, full_text)


def _opened(path: Path, marked: Path, full_text: bool) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        _prepare(db, full_text)
        db.execute("ATTACH ? AS marks", (str(marked),))
        db.execute("PRAGMA marks.synchronous=FULL")
    except (Outdated, sqlite3.DatabaseError):
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, full_text: bool) -> None:
    wanted = VERSION * 2 + full_text
    if db.execute("PRAGMA user_version").fetchone()[0] not in (0, wanted):
        raise Outdated
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.executescript(TABLES)
    db.execute(FULL_TEXT if full_text else PLAIN_TEXT)
    db.execute(f"PRAGMA user_version={wanted}")


def discard(path: Path) -> None:
    """Remove a database that nobody has open."""
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def has_full_text() -> bool:
    """Whether SQLite was built with FTS5."""
    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        try:
            db.execute("CREATE VIRTUAL TABLE probe USING fts5(text)")
        except sqlite3.OperationalError:
            return False
    return True


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is broken, not the disk full or the file locked."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in DAMAGE
