"""A database that outlives its servers, and a way into it that commits when the simulation says so."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from runtime.errors import StoreFault
from runtime.journal import Change, commit, settle
from runtime.store import TABLES

T = TypeVar("T")


class Disk:
    """What a power cut leaves."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.executescript(TABLES)
        self.full = 0.0  # the chance of a commit to fail

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self.db.execute(sql, values).fetchall()

    def status(self, run_id: str) -> str | None:
        found = self.rows("SELECT status FROM jobs WHERE run_id=?", run_id)
        return found[0][0] if found else None


class SimulatedJournal:
    """Commits in order, some time after it was asked; what has not been committed dies with the server."""

    def __init__(self, disk: Disk, rng: random.Random) -> None:
        self._disk, self._rng = disk, rng
        self._loop = asyncio.get_running_loop()
        self._queue: list[Change] = []
        self._due = False
        self.dead = False

    def change(self, work: Callable[[sqlite3.Connection], T], *, urgent: bool = True) -> asyncio.Future[T]:
        future: asyncio.Future[T] = self._loop.create_future()
        if not self.dead:
            self._queue.append(Change(work, future))
            self._commit_soon()
        return future

    def read(self, work: Callable[[sqlite3.Connection], T]) -> Awaitable[T]:
        return self._look(work)

    def close(self) -> None:
        self._commit(len(self._queue))
        self.dead = True

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        await asyncio.sleep(self._rng.choice((0.0, 0.001, 0.02)))
        return work(self._disk.db)

    def _commit_soon(self) -> None:
        if self._queue and not self._due:
            self._due = True
            self._loop.call_later(self._rng.choice((0.0, 0.002, 0.03)), self._flush)

    def _flush(self) -> None:
        self._due = False
        if not self.dead:
            self._commit(self._rng.randint(1, max(1, len(self._queue))))
            self._commit_soon()

    def _commit(self, count: int) -> None:
        batch, self._queue = self._queue[:count], self._queue[count:]
        if not batch:
            return
        if self._rng.random() < self._disk.full:
            answers: list[Any] = [StoreFault("the disk is full")] * len(batch)
        else:
            answers = commit(self._disk.db, batch)
        self._loop.call_later(self._rng.choice((0.0, 0.001)), settle, batch, answers)
