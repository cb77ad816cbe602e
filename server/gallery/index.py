"""The index of the output folder: facts of every file in SQLite, made from the files themselves."""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from graph.folders import fault
from server.gallery import marks, metadata, tables, tree
from server.gallery.facts import Facts, from_texts
from server.gallery.marks import Change, Mark
from server.gallery.metadata import Metadata
from server.gallery.query import NANO, ORDERS, Wish, condition

T = TypeVar("T")
LOG = logging.getLogger("heddle.gallery")

BATCH = 32  # files read in one transaction
LARGEST_NUMBER = 2**31
JOINED = "files LEFT JOIN marks.marks AS marks ON marks.digest=files.digest"
SHOWN = (
    "files.name, files.subfolder, files.mtime_ns, files.size, width, height, prompt, negative, seed, model,"
    " sampler, scheduler, steps, cfg, marks.tags, marks.favourite"
)


@dataclass(frozen=True)
class Item:
    """One file as it is shown."""

    filename: str
    subfolder: str
    type: str
    created: int  # ms
    size: int  # bytes
    width: int | None
    height: int | None
    prompt: str
    negative: str
    seed: int | None
    model: str | None
    sampler: str | None
    scheduler: str | None
    steps: int | None
    cfg: float | None
    tags: list[str]
    favourite: bool


@dataclass(frozen=True)
class Page:
    """What was asked for, and what there is to choose from."""

    items: list[Item]
    total: int
    folders: list[dict[str, object]]
    models: list[str]
    tags: list[str]
    pending: int  # files whose facts are not read yet


class Index:
    """The database of one gallery; used by one thread at a time."""

    def __init__(self, path: Path, marked: Path, *, full_text: bool | None = None) -> None:
        self._path, self._marked = path, marked
        self.full_text = tables.has_full_text() if full_text is None else full_text
        self._open()
        self.ask(self._load)

    def close(self) -> None:
        self._db.close()

    def ask(self, work: Callable[[], T]) -> T:
        """Do some work; a damaged index is thrown away and made anew, once."""
        try:
            return work()
        except sqlite3.DatabaseError as error:
            if not tables.is_damage(error):
                raise
            LOG.warning("the gallery's index is damaged (%s) and is made anew", error)
        self.close()
        tables.discard(self._path)
        self._open()
        self._load()
        return work()

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        marks.prepare(self._marked)
        self._db = tables.connect(self._path, self._marked, full_text=self.full_text)

    def _load(self) -> None:
        """What is kept in memory, to be compared with the folder."""
        rows = self._db.execute("SELECT path, mtime_ns, size FROM files")
        self._known = {path: (mtime_ns, size) for path, mtime_ns, size in rows}
        self._sizes = marks.sizes(self._db)
        self._unreadable = set[int]()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    # Bringing it up to date

    def refresh(self, root: Path) -> None:
        """Take in what has come, changed or gone; what is new is listed, but not read yet."""
        found = {file.path: file for file in tree.walk(root)}
        gone = [path for path in self._known if path not in found]
        new = [file for file in found.values() if self._known.get(file.path) != file.stamp]
        if not gone and not new:
            return
        with self._transaction():
            self._forget([*gone, *(file.path for file in new if file.path in self._known)])
            # A name that no request could carry is remembered, but not shown.
            self._add([file for file in new if fault(file.path) is None])
        for path in gone:
            del self._known[path]
        self._known.update({file.path: file.stamp for file in new})

    def _forget(self, paths: Sequence[str]) -> None:
        for path in paths:
            if fault(path) is not None:
                continue
            row = self._db.execute("SELECT id FROM files WHERE path=?", (path,)).fetchone()
            if row is None:
                continue
            self._db.execute("DELETE FROM words WHERE rowid=?", row)
            self._db.execute("DELETE FROM models WHERE id=?", row)
            self._db.execute("DELETE FROM files WHERE id=?", row)

    def _add(self, files: Sequence[tree.Found]) -> None:
        sql = "INSERT INTO files (path, subfolder, name, kind, mtime_ns, size) VALUES (?,?,?,?,?,?)"
        for file in files:
            subfolder, _, name = file.path.rpartition("/")
            row = (file.path, subfolder, name, tree.kind_of(name), file.mtime_ns, file.size)
            key = self._db.execute(sql, row).lastrowid
            self._db.execute("INSERT INTO words (rowid, text) VALUES (?,?)", (key, file.path))

    def read_more(self, root: Path, seconds: float) -> int:
        """Read facts from files, the newest first, for some time; how many are left."""
        until = time.monotonic() + seconds
        sql = "SELECT id, path, size FROM files WHERE is_read=0 ORDER BY mtime_ns DESC LIMIT ?"
        while rows := self._db.execute(sql, (BATCH,)).fetchall():
            with self._transaction():
                for key, path, size in rows:
                    self._read(root, key, path, size)
            if time.monotonic() >= until:
                break
        return self.pending()

    def pending(self) -> int:
        """Files that are listed, but not read yet."""
        found: int = self._db.execute("SELECT count(*) FROM files WHERE is_read=0").fetchone()[0]
        return found

    def _read(self, root: Path, key: int, path: str, size: int) -> None:
        found, facts = self._facts_of(root, key, path)
        digest = _digest(root / path) if size in self._sizes else None
        values = (
            digest,
            _column(found.width or facts.width),
            _column(found.height or facts.height),
            _clean(facts.prompt),
            _clean(facts.negative),
            None if facts.seed is None else str(facts.seed),
            *(
                None if word is None else _clean(word)
                for word in (facts.model, facts.sampler, facts.scheduler)
            ),
            _column(facts.steps),
            facts.cfg,
        )
        self._db.execute(
            "UPDATE files SET is_read=1, digest=?, width=?, height=?, prompt=?, negative=?, seed=?, model=?,"
            " sampler=?, scheduler=?, steps=?, cfg=? WHERE id=?",
            (*values, key),
        )
        models = [(key, _clean(name)) for name in facts.models]
        self._db.executemany("INSERT INTO models VALUES (?,?)", models)
        self._write_words(key, path, facts, marks.read(self._db, digest))

    def _facts_of(self, root: Path, key: int, path: str) -> tuple[Metadata, Facts]:
        """What the file says; one that brought a fault to light is listed without, and harms no other."""
        if key in self._unreadable:
            return Metadata(), Facts()
        try:
            found = metadata.read(root / path)
            return found, from_texts(found.texts, path)
        except BaseException:
            self._unreadable.add(key)
            raise

    def _write_words(self, key: int, path: str, facts: Facts, mark: Mark) -> None:
        seed = "" if facts.seed is None else str(facts.seed)
        words = (path, facts.prompt, facts.negative, seed, *facts.models, *mark.tags)
        self._db.execute("UPDATE words SET text=? WHERE rowid=?", (_clean("\n".join(words)), key))

    # Looking

    def page(self, wish: Wish) -> Page:
        where, values = condition(wish, full_text=self.full_text)
        total = self._db.execute(f"SELECT count(*) FROM {JOINED} WHERE {where}", values).fetchone()[0]
        order = ORDERS[wish.sort]
        sql = f"SELECT {SHOWN} FROM {JOINED} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
        rows = self._db.execute(sql, (*values, wish.limit, wish.offset)).fetchall()
        return Page(
            items=[_item(row) for row in rows],
            total=total,
            folders=self._folders(),
            models=[row[0] for row in self._db.execute("SELECT DISTINCT name FROM models ORDER BY name")],
            tags=self._tags(),
            pending=self.pending(),
        )

    def _folders(self) -> list[dict[str, object]]:
        """Every folder with the number of files in it and below."""
        counts: dict[str, int] = {}
        for subfolder, count in self._db.execute("SELECT subfolder, count(*) FROM files GROUP BY subfolder"):
            parts = subfolder.split("/") if subfolder else []
            for depth in range(1, len(parts) + 1):
                name = "/".join(parts[:depth])
                counts[name] = counts.get(name, 0) + count
        return [{"name": name, "count": counts[name]} for name in sorted(counts)]

    def _tags(self) -> list[str]:
        sql = "SELECT DISTINCT marks.tags FROM marks.marks AS marks JOIN files ON files.digest=marks.digest"
        return marks.tags_of(row[0] for row in self._db.execute(sql))

    # Marking

    def mark(self, root: Path, paths: Sequence[str], change: Change) -> int:
        """Change the marks of files; how many there were."""
        rows = [row for path in dict.fromkeys(paths) if (row := self._row(path)) is not None]
        digests = {known: size for path, size, digest in rows if (known := digest or _digest(root / path))}
        with self._transaction():
            for digest, size in digests.items():
                marks.write(self._db, digest, size, change.of(marks.read(self._db, digest)))
        self._sizes = marks.sizes(self._db)
        with self._transaction():
            for size in {*digests.values()}:
                self._recognise(root, size)
        return len(rows)

    def _row(self, path: str) -> tuple[str, int, str | None] | None:
        found = self._db.execute("SELECT path, size, digest FROM files WHERE path=?", (path,)).fetchone()
        return tuple(found) if found else None

    def _recognise(self, root: Path, size: int) -> None:
        """Learn which files of this size are marked ones, and let them be found by their tags."""
        sql = "SELECT id, path, digest FROM files WHERE size=?"
        for key, path, digest in self._db.execute(sql, (size,)).fetchall():
            known = digest or _digest(root / path)
            self._db.execute("UPDATE files SET digest=? WHERE id=?", (known, key))
            self._write_words(key, path, self._facts_kept(key), marks.read(self._db, known))

    def _facts_kept(self, key: int) -> Facts:
        """As far as words are made of them."""
        sql = "SELECT prompt, negative, seed FROM files WHERE id=?"
        prompt, negative, seed = self._db.execute(sql, (key,)).fetchone()
        models = self._db.execute("SELECT name FROM models WHERE id=? ORDER BY rowid", (key,))
        names = tuple(row[0] for row in models)
        return Facts(prompt=prompt, negative=negative, seed=None if seed is None else int(seed), models=names)


def _digest(path: Path) -> str | None:
    try:
        return marks.digest_of(path)
    except OSError:
        return None


def _item(row: Sequence[Any]) -> Item:
    name, subfolder, mtime_ns, size, width, height, prompt, negative, seed, *rest = row
    model, sampler, scheduler, steps, cfg, tags, favourite = rest
    return Item(
        filename=name,
        subfolder=subfolder,
        type="output",
        created=mtime_ns // NANO,
        size=size,
        width=width,
        height=height,
        prompt=prompt,
        negative=negative,
        seed=None if seed is None else int(seed),
        model=model,
        sampler=sampler,
        scheduler=scheduler,
        steps=steps,
        cfg=cfg,
        tags=json.loads(tags) if tags else [],
        favourite=bool(favourite),
    )


def _column(value: int | None) -> int | None:
    """A number that the database has room for."""
    return value if value is not None and abs(value) < LARGEST_NUMBER else None


def _clean(text: str) -> str:
    """Text that the database takes: no half characters, no zeros."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode()
