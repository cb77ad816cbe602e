"""The way into the database: changes share commits and are answered after theirs, reads go beside them.

SQLite in WAL mode with synchronous=FULL. One thread owns the writing connection and puts all that
waits into one transaction, so that many submissions share one fsync; each caller is answered after
the commit that holds its change. Reads go through a second connection on a second thread.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from runtime.errors import DuplicateRun, StoreFault

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

LARGEST_BATCH = 512  # changes that share one commit
COMPANY = 0.02  # seconds that a change which no one waits for may take to share a commit


class Journal(Protocol):
    """What a store needs of its database."""

    def change(self, work: Work[T], *, urgent: bool = True) -> asyncio.Future[T]:
        """Do it, in the order of asking; done when it is on disk. `DuplicateRun` takes back only itself.

        What is not urgent may wait a moment for others to share its commit.
        """

    def read(self, work: Work[T]) -> Awaitable[T]:
        """Look at what has been committed."""

    def close(self) -> None:
        """Finish what is queued and let go of the files."""


@dataclass(frozen=True)
class Change:
    """One piece of work, and who waits for it."""

    work: Work[Any]
    future: asyncio.Future[Any]
    urgent: bool = True


class ThreadedJournal:
    """A database file with a thread to write it and one to read it."""

    def __init__(self, path: Path, tables: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(path.with_suffix(".lock"))
        try:
            self._connection = _connect(path)
            self._connection.executescript(tables)
            self._reading = _connect(path)
        except sqlite3.Error as error:
            raise StoreFault(f"cannot open the job database {path}: {error}") from error
        self._changes: queue.SimpleQueue[Change | None] = queue.SimpleQueue()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="store-reader")
        self._writer = threading.Thread(target=self._write, name="store-writer", daemon=True)
        self._writer.start()

    def close(self) -> None:
        """Finish what is queued and let go of the files."""
        self._changes.put(None)
        self._writer.join()
        self._reader.shutdown()
        self._reading.close()
        self._connection.close()
        self._lock.close()

    def change(self, work: Work[T], *, urgent: bool = True) -> asyncio.Future[T]:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._changes.put(Change(work, future, urgent))
        return future

    def read(self, work: Work[T]) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(self._reader, work, self._reading)

    def _write(self) -> None:
        while (first := self._changes.get()) is not None:
            batch, ending = self._batch(first)
            answers = commit(self._connection, batch)
            batch[0].future.get_loop().call_soon_threadsafe(settle, batch, answers)
            if ending:
                return

    def _batch(self, first: Change) -> tuple[list[Change], bool]:
        """All that waits, and whether the closing mark was among it; company is waited for a moment."""
        batch, urgent = [first], first.urgent
        until = time.monotonic() + COMPANY
        while len(batch) < LARGEST_BATCH:
            try:
                change = self._changes.get(timeout=0 if urgent else max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if change is None:
                return batch, True
            batch.append(change)
            urgent = urgent or change.urgent
        return batch, False


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _lock(path: Path) -> sqlite3.Connection:
    """Held for as long as the connection is open: two servers on one database would run every job twice."""
    holder = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
    try:
        holder.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        holder.close()
        raise StoreFault(
            f"another Heddle is using {path.parent}; give this one a --user-directory of its own"
        ) from None
    return holder


def commit(db: sqlite3.Connection, batch: Sequence[Change]) -> list[Any]:
    """One transaction; a change that fails takes back only itself, a failed commit fails all.

    Gives what each change answered, errors among it.
    """
    try:
        db.execute("BEGIN IMMEDIATE")
        answers = [_attempt(db, change) for change in batch]
        db.execute("COMMIT")
    except sqlite3.Error as error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        return [StoreFault(f"the job database could not be written: {error}")] * len(batch)
    return answers


def settle(batch: Sequence[Change], answers: Sequence[Any]) -> None:
    """Answer everyone who waited for a commit; runs on the event loop, once for each commit."""
    for change, answer in zip(batch, answers, strict=True):
        if change.future.done():  # who waited has gone; the change stands
            continue
        if isinstance(answer, BaseException):
            change.future.set_exception(answer)
        else:
            change.future.set_result(answer)


def _attempt(db: sqlite3.Connection, change: Change) -> object:
    db.execute("SAVEPOINT change")
    try:
        answer: object = change.work(db)
    except DuplicateRun as error:
        db.execute("ROLLBACK TO change")
        answer = error
    db.execute("RELEASE change")
    return answer
