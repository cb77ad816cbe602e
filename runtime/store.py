"""Jobs and their events as tables: what is answered as accepted survives kill -9."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graph.events import Event
from runtime.errors import DuplicateRun
from runtime.jobs import WAITING, Accepted, Ending, Job, NewJob, NumberedEvent, Ticket, Work, integral
from runtime.journal import Journal, ThreadedJournal
from runtime.measures import measure_from
from runtime.messages import dumps, event_from, event_record

KEPT_JOBS = 10_000  # ended jobs in the history; older ones are forgotten
LARGEST_KEPT = 1 << 16  # characters of a job that waits in memory too; a larger one is read when it runs

TABLES = """
CREATE TABLE IF NOT EXISTS jobs (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    number REAL NOT NULL,
    status TEXT NOT NULL,
    prompt TEXT NOT NULL,
    targets TEXT NOT NULL,
    extra_data TEXT NOT NULL,
    node_errors TEXT NOT NULL,
    outputs TEXT NOT NULL DEFAULT '{}',
    client_id TEXT,
    workflow_id TEXT,
    idempotency_key TEXT UNIQUE,
    attempts INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    started INTEGER,
    finished INTEGER
);
CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (status, ordinal);
CREATE TABLE IF NOT EXISTS events (
    sequence INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_run ON events (run_id, sequence);
CREATE TABLE IF NOT EXISTS measures (
    run_id TEXT PRIMARY KEY,
    rows TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS states (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
"""

DETAILS = ("events", "measures")  # tables of what is kept with a job
COLUMNS = (
    "run_id, ordinal, number, status, prompt, targets, extra_data, outputs, client_id, workflow_id,"
    " attempts, created, started, finished"
)


@dataclass(frozen=True)
class Stored:
    """The answer to `Store.add`: a ticket for the queue, or None when the key was seen before."""

    accepted: Accepted
    ticket: Ticket | None


class Store:
    """The jobs of one server."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @classmethod
    def open(cls, path: Path) -> Store:
        """The database file of a server; open it once, close it at the end. Raises StoreFault."""
        return cls(ThreadedJournal(path, TABLES))

    def close(self) -> None:
        """Finish what is queued and let go of the files."""
        self._journal.close()

    async def add(self, job: NewJob) -> Stored:
        """Keep a new job; the same idempotency key gives the first answer again."""
        return await self._journal.change(lambda db: _add(db, job))

    def note_start(self, run_id: str, started: int) -> asyncio.Future[None]:
        """A worker is about to run the job: one attempt more. Needs no waiting for: order is kept."""
        sql = "UPDATE jobs SET status='running', attempts=attempts+1, started=? WHERE run_id=?"
        return self._journal.change(lambda db: _run(db, sql, (started, run_id)), urgent=False)

    def count_attempt(self, run_id: str, by: int) -> asyncio.Future[None]:
        """One attempt more or less, of a run that goes on. Needs no waiting for either."""
        sql = "UPDATE jobs SET attempts=attempts+? WHERE run_id=?"
        return self._journal.change(lambda db: _run(db, sql, (by, run_id)), urgent=False)

    async def replace(self, job: NewJob) -> Work | None:
        """Other work for a job that waits, under its number. Raises DuplicateRun when it does not wait.

        What a worker needs of it is given where that is little.
        """
        return await self._journal.change(lambda db: _replace(db, job))

    async def requeue(self, run_id: str, *, forget_attempt: bool = False) -> None:
        """Back to the queue; `forget_attempt` when the job was not to blame."""
        sql = "UPDATE jobs SET status='pending', attempts=attempts-? WHERE run_id=?"
        await self._journal.change(lambda db: _run(db, sql, (int(forget_attempt), run_id)))

    async def finish(self, ending: Ending) -> None:
        """Keep how a run ended, with its events, in one transaction."""
        await self._journal.change(lambda db: _finish(db, ending))

    async def remove(self, run_ids: Sequence[str], *, waiting: bool) -> int:
        """Delete waiting jobs, or ended ones; ids of the other kind are left alone. Counts them."""
        return await self._journal.change(lambda db: _remove(db, run_ids, waiting))

    async def renumber(self, numbers: Mapping[str, float]) -> None:
        """New queue numbers for jobs that wait; others keep theirs."""
        rows = [(number, run_id) for run_id, number in numbers.items()]
        sql = "UPDATE jobs SET number=? WHERE run_id=? AND status='pending'"
        await self._journal.change(lambda db: _run_many(db, sql, rows))

    async def clear_history(self) -> None:
        """Forget every ended job."""
        await self._journal.change(_clear_history)

    async def is_paused(self) -> bool:
        """Whether what waits was held back last."""
        sql = "SELECT value FROM states WHERE name='paused'"
        return await self._journal.read(lambda db: db.execute(sql).fetchone() == ("1",))

    async def pause(self, paused: bool) -> None:
        """Hold back what waits, or let it go on; over a restart too."""
        sql = "INSERT OR REPLACE INTO states VALUES ('paused',?)"
        await self._journal.change(lambda db: _run(db, sql, (str(int(paused)),)))

    async def tickets(self) -> list[Ticket]:
        """Every job that has not ended, in no order."""
        return await self._journal.read(_tickets)

    async def last_number(self) -> float:
        """The largest queue number ever given (0 when none was)."""
        return await self._journal.read(
            lambda db: db.execute("SELECT coalesce(max(number),0) FROM jobs").fetchone()[0]
        )

    async def last_sequence(self) -> int:
        return await self._journal.read(
            lambda db: db.execute("SELECT coalesce(max(sequence),0) FROM events").fetchone()[0]
        )

    async def work(self, run_id: str) -> Work | None:
        """What a worker needs of the job, its prompt as the text that was stored."""
        return await self._journal.read(lambda db: _work(db, run_id))

    async def job(self, run_id: str) -> Job | None:
        """A job with what its nodes took."""
        return await self._journal.read(lambda db: _whole(db, run_id))

    async def jobs(
        self, where: str, values: Sequence[object] = (), tail: str = "ORDER BY ordinal"
    ) -> list[Job]:
        """Jobs by a condition on the columns, with their events."""
        return await self._journal.read(lambda db: _jobs(db, where, values, tail))

    async def count(self, where: str, values: Sequence[object] = ()) -> int:
        sql = f"SELECT count(*) FROM jobs WHERE {where}"
        return await self._journal.read(lambda db: int(db.execute(sql, values).fetchone()[0]))

    async def prune(self, keep: int = KEPT_JOBS) -> None:
        """Forget all but the newest `keep` ended jobs."""
        await self._journal.change(lambda db: _prune(db, keep))


def _run(db: sqlite3.Connection, sql: str, values: Sequence[object]) -> None:
    db.execute(sql, values)


def _run_many(db: sqlite3.Connection, sql: str, rows: Sequence[Sequence[object]]) -> None:
    db.executemany(sql, rows)


def _add(db: sqlite3.Connection, job: NewJob) -> Stored:
    if job.idempotency_key is not None and (earlier := _earlier(db, job)) is not None:
        return Stored(earlier, None)
    sql = (
        "INSERT INTO jobs (run_id, number, status, prompt, targets, extra_data, node_errors, client_id,"
        " workflow_id, idempotency_key, created) VALUES (?,?,'pending',?,?,?,?,?,?,?,?)"
    )
    values = (job.run_id, job.number, job.prompt, job.targets, job.extra_data, job.node_errors)
    try:
        row = db.execute(sql, (*values, job.client_id, job.workflow_id, job.idempotency_key, job.created))
    except sqlite3.IntegrityError as error:
        raise DuplicateRun(f"a run with the id {job.run_id!r} was submitted before") from error
    accepted = Accepted(job.run_id, integral(job.number), json.loads(job.node_errors))
    ticket = Ticket(job.number, int(row.lastrowid or 0), job.run_id, job.client_id, 0, work=_small(job))
    return Stored(accepted, ticket)


def _replace(db: sqlite3.Connection, job: NewJob) -> Work | None:
    sql = (
        "UPDATE jobs SET prompt=?, targets=?, extra_data=?, node_errors=?, client_id=?, workflow_id=?,"
        " attempts=0 WHERE run_id=? AND status='pending'"
    )
    values = (job.prompt, job.targets, job.extra_data, job.node_errors, job.client_id, job.workflow_id)
    if not db.execute(sql, (*values, job.run_id)).rowcount:
        return None
    return _small(job)


def _small(job: NewJob) -> Work | None:
    """What a worker needs of a job, kept in memory while it waits if that is little."""
    if len(job.prompt) + len(job.extra_data) > LARGEST_KEPT:
        return None
    return Work(job.prompt, tuple(json.loads(job.targets)), json.loads(job.extra_data))


def _earlier(db: sqlite3.Connection, job: NewJob) -> Accepted | None:
    """What was answered to this idempotency key before; the same key for other work is refused."""
    sql = "SELECT run_id, number, node_errors, prompt FROM jobs WHERE idempotency_key=?"
    row = db.execute(sql, (job.idempotency_key,)).fetchone()
    if row is None:
        return None
    if row[3] != job.prompt:
        raise DuplicateRun(f"the Idempotency-Key {job.idempotency_key!r} was used before for another prompt")
    return Accepted(row[0], integral(row[1]), json.loads(row[2]))


def _finish(db: sqlite3.Connection, ending: Ending) -> None:
    sql = "UPDATE jobs SET status=?, outputs=?, finished=? WHERE run_id=?"
    db.execute(sql, (ending.status, dumps(ending.outputs), ending.finished, ending.run_id))
    rows = ((item.sequence, ending.run_id, _record(item)) for item in ending.events)
    db.executemany("INSERT OR REPLACE INTO events VALUES (?,?,?)", rows)
    measures = dumps([measure.row() for measure in ending.measures])
    db.execute("INSERT OR REPLACE INTO measures VALUES (?,?)", (ending.run_id, measures))


def _record(item: NumberedEvent) -> str:
    return dumps(event_record(item.event))


def _remove(db: sqlite3.Connection, run_ids: Sequence[str], waiting: bool) -> int:
    condition = "status='pending'" if waiting else "status NOT IN ('pending','running')"
    removed = 0
    for run_id in run_ids:
        gone = db.execute(f"DELETE FROM jobs WHERE run_id=? AND {condition}", (run_id,)).rowcount
        if gone:
            for table in DETAILS:
                db.execute(f"DELETE FROM {table} WHERE run_id=?", (run_id,))
        removed += gone
    return removed


def _clear_history(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM jobs WHERE status NOT IN ('pending','running')")
    for table in DETAILS:
        db.execute(f"DELETE FROM {table} WHERE run_id NOT IN (SELECT run_id FROM jobs)")


def _prune(db: sqlite3.Connection, keep: int) -> None:
    condition = "status NOT IN ('pending','running')"
    sql = f"SELECT ordinal FROM jobs WHERE {condition} ORDER BY ordinal DESC LIMIT 1 OFFSET ?"
    if (oldest := db.execute(sql, (keep,)).fetchone()) is None:
        return
    old = f"SELECT run_id FROM jobs WHERE {condition} AND ordinal<=?"
    for table in DETAILS:
        db.execute(f"DELETE FROM {table} WHERE run_id IN ({old})", oldest)
    db.execute(f"DELETE FROM jobs WHERE {condition} AND ordinal<=?", oldest)


def _tickets(db: sqlite3.Connection) -> list[Ticket]:
    sql = "SELECT number, ordinal, run_id, client_id, attempts, status FROM jobs WHERE status IN (?,?)"
    return [Ticket(*row) for row in db.execute(sql, WAITING)]


def _work(db: sqlite3.Connection, run_id: str) -> Work | None:
    sql = "SELECT prompt, targets, extra_data FROM jobs WHERE run_id=?"
    if (row := db.execute(sql, (run_id,)).fetchone()) is None:
        return None
    return Work(row[0], tuple(json.loads(row[1])), json.loads(row[2]))


def _jobs(db: sqlite3.Connection, where: str, values: Sequence[object], tail: str) -> list[Job]:
    rows = db.execute(f"SELECT {COLUMNS} FROM jobs WHERE {where} {tail}", values).fetchall()
    return [_job(row, _events(db, row[0])) for row in rows]


def _whole(db: sqlite3.Connection, run_id: str) -> Job | None:
    found = _jobs(db, "run_id=?", (run_id,), "")
    kept = db.execute("SELECT rows FROM measures WHERE run_id=?", (run_id,)).fetchone()
    if not found or kept is None:
        return found[0] if found else None
    return replace(found[0], measures=tuple(map(measure_from, json.loads(kept[0]))))


def _events(db: sqlite3.Connection, run_id: str) -> tuple[Event, ...]:
    rows = db.execute("SELECT record FROM events WHERE run_id=? ORDER BY sequence", (run_id,))
    return tuple(event_from(json.loads(row[0])) for row in rows)


def _job(row: Sequence[Any], events: tuple[Event, ...]) -> Job:
    run_id, ordinal, number, status, prompt, targets, extra_data, outputs, *rest = row
    client_id, workflow_id, attempts, created, started, finished = rest
    return Job(
        run_id=run_id,
        ordinal=ordinal,
        number=integral(number),
        status=status,
        prompt=json.loads(prompt),
        targets=tuple(json.loads(targets)),
        extra_data=json.loads(extra_data),
        outputs=json.loads(outputs),
        client_id=client_id,
        workflow_id=workflow_id,
        attempts=attempts,
        created=created,
        started=started,
        finished=finished,
        events=events,
    )
