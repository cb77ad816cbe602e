"""Jobs and their events on disk: what is answered as accepted survives kill -9.

SQLite in WAL mode with synchronous=FULL. One thread owns the writing connection and puts all that
waits into one transaction, so that many submissions share one fsync; each caller is answered after
the commit that holds its change. Reads go through a second connection on a second thread.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from graph.events import Event
from runtime.errors import DuplicateRun, StoreFault
from runtime.jobs import WAITING, Accepted, Ending, Job, NewJob, NumberedEvent, Ticket, Work, integral
from runtime.messages import dumps, event_from, event_record

T = TypeVar("T")

KEPT_JOBS = 10_000  # ended jobs in the history; older ones are forgotten
LARGEST_KEPT = 1 << 16  # characters of a job that waits in memory too; a larger one is read when it runs
LARGEST_BATCH = 512  # changes that share one commit

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
"""

COLUMNS = (
    "run_id, ordinal, number, status, prompt, targets, extra_data, outputs, client_id, workflow_id,"
    " attempts, created, started, finished"
)


@dataclass(frozen=True)
class _Change:
    work: Callable[[sqlite3.Connection], Any]
    future: asyncio.Future[Any]


@dataclass(frozen=True)
class Stored:
    """The answer to `Store.add`: a ticket for the queue, or None when the key was seen before."""

    accepted: Accepted
    ticket: Ticket | None


class Store:
    """The database of one server; open it once, close it at the end."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(path.with_suffix(".lock"))
        try:
            self._connection = _connect(path)
            self._connection.executescript(TABLES)
            self._reading = _connect(path)
        except sqlite3.Error as error:
            raise StoreFault(f"cannot open the job database {path}: {error}") from error
        self._changes: queue.SimpleQueue[_Change | None] = queue.SimpleQueue()
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

    async def add(self, job: NewJob) -> Stored:
        """Keep a new job; the same idempotency key gives the first answer again."""
        return await self._change(lambda db: _add(db, job))

    def note_start(self, run_id: str, started: int) -> asyncio.Future[None]:
        """A worker is about to run the job: one attempt more. Needs no waiting for: order is kept."""
        sql = "UPDATE jobs SET status='running', attempts=attempts+1, started=? WHERE run_id=?"
        return self._enqueue(lambda db: _run(db, sql, (started, run_id)))

    async def requeue(self, run_id: str, *, forget_attempt: bool = False) -> None:
        """Back to the queue; `forget_attempt` when the job was not to blame."""
        sql = "UPDATE jobs SET status='pending', attempts=attempts-? WHERE run_id=?"
        await self._change(lambda db: _run(db, sql, (int(forget_attempt), run_id)))

    async def finish(self, ending: Ending) -> None:
        """Keep how a run ended, with its events, in one transaction."""
        await self._change(lambda db: _finish(db, ending))

    async def remove(self, run_ids: Sequence[str], *, waiting: bool) -> int:
        """Delete waiting jobs, or ended ones; ids of the other kind are left alone. Counts them."""
        return await self._change(lambda db: _remove(db, run_ids, waiting))

    async def clear_history(self) -> None:
        """Forget every ended job."""
        await self._change(_clear_history)

    async def tickets(self) -> list[Ticket]:
        """Every job that has not ended, in no order."""
        return await self._read(_tickets)

    async def last_number(self) -> float:
        """The largest queue number ever given (0 when none was)."""
        return await self._read(
            lambda db: db.execute("SELECT coalesce(max(number),0) FROM jobs").fetchone()[0]
        )

    async def last_sequence(self) -> int:
        return await self._read(
            lambda db: db.execute("SELECT coalesce(max(sequence),0) FROM events").fetchone()[0]
        )

    async def work(self, run_id: str) -> Work | None:
        """What a worker needs of the job, its prompt as the text that was stored."""
        return await self._read(lambda db: _work(db, run_id))

    async def job(self, run_id: str) -> Job | None:
        found = await self.jobs("run_id=?", (run_id,))
        return found[0] if found else None

    async def jobs(
        self, where: str, values: Sequence[object] = (), tail: str = "ORDER BY ordinal"
    ) -> list[Job]:
        """Jobs by a condition on the columns, with their events."""
        return await self._read(lambda db: _jobs(db, where, values, tail))

    async def count(self, where: str, values: Sequence[object] = ()) -> int:
        sql = f"SELECT count(*) FROM jobs WHERE {where}"
        return await self._read(lambda db: int(db.execute(sql, values).fetchone()[0]))

    async def prune(self, keep: int = KEPT_JOBS) -> None:
        """Forget all but the newest `keep` ended jobs."""
        await self._change(lambda db: _prune(db, keep))

    def _enqueue(self, work: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._changes.put(_Change(work, future))
        return future

    async def _change(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._enqueue(work)

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reader, work, self._reading)

    def _write(self) -> None:
        while (first := self._changes.get()) is not None:
            batch, ending = self._batch(first)
            _commit(self._connection, batch)
            if ending:
                return

    def _batch(self, first: _Change) -> tuple[list[_Change], bool]:
        """All that waits, and whether the closing mark was among it."""
        batch = [first]
        while len(batch) < LARGEST_BATCH:
            try:
                change = self._changes.get_nowait()
            except queue.Empty:
                break
            if change is None:
                return batch, True
            batch.append(change)
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


def _commit(db: sqlite3.Connection, batch: Sequence[_Change]) -> None:
    """One transaction; a change that fails takes back only itself, a failed commit fails all."""
    try:
        db.execute("BEGIN IMMEDIATE")
        answers = [(change, _attempt(db, change)) for change in batch]
        db.execute("COMMIT")
    except sqlite3.Error as error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        fault = StoreFault(f"the job database could not be written: {error}")
        answers = [(change, fault) for change in batch]
    answers[0][0].future.get_loop().call_soon_threadsafe(_settle, answers)


def _settle(answers: Sequence[tuple[_Change, Any]]) -> None:
    """Answer everyone who waited for a commit; runs on the event loop, once for each commit."""
    for change, answer in answers:
        if change.future.done():  # who waited has gone; the change stands
            continue
        if isinstance(answer, BaseException):
            change.future.set_exception(answer)
        else:
            change.future.set_result(answer)


def _attempt(db: sqlite3.Connection, change: _Change) -> object:
    db.execute("SAVEPOINT change")
    try:
        answer: object = change.work(db)
    except DuplicateRun as error:
        db.execute("ROLLBACK TO change")
        answer = error
    db.execute("RELEASE change")
    return answer


def _run(db: sqlite3.Connection, sql: str, values: Sequence[object]) -> None:
    db.execute(sql, values)


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


def _record(item: NumberedEvent) -> str:
    return dumps(event_record(item.event))


def _remove(db: sqlite3.Connection, run_ids: Sequence[str], waiting: bool) -> int:
    condition = "status='pending'" if waiting else "status NOT IN ('pending','running')"
    removed = 0
    for run_id in run_ids:
        gone = db.execute(f"DELETE FROM jobs WHERE run_id=? AND {condition}", (run_id,)).rowcount
        if gone:
            db.execute("DELETE FROM events WHERE run_id=?", (run_id,))
        removed += gone
    return removed


def _clear_history(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM jobs WHERE status NOT IN ('pending','running')")
    db.execute("DELETE FROM events WHERE run_id NOT IN (SELECT run_id FROM jobs)")


def _prune(db: sqlite3.Connection, keep: int) -> None:
    condition = "status NOT IN ('pending','running')"
    sql = f"SELECT ordinal FROM jobs WHERE {condition} ORDER BY ordinal DESC LIMIT 1 OFFSET ?"
    if (oldest := db.execute(sql, (keep,)).fetchone()) is None:
        return
    old = f"SELECT run_id FROM jobs WHERE {condition} AND ordinal<=?"
    db.execute(f"DELETE FROM events WHERE run_id IN ({old})", oldest)
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
