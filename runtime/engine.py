"""The facade that server and command line speak to: submit, cancel, queue, history, events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from graph.events import (
    Event,
    NodeFailed,
    NodeFinished,
    NodesCached,
    NodeSkipped,
    RunFinished,
    RunStarted,
    now,
)
from runtime import catalogue, endings
from runtime.catalogue import Catalogue
from runtime.errors import DuplicateRun, EngineStopped, QueueFull, StoreFault, WorkerFault
from runtime.jobs import Accepted, Ending, Job, Status, Submission, Ticket
from runtime.live import Live, NodeView
from runtime.logbook import Line, LogBook
from runtime.machine import main_memory
from runtime.messages import FreeMemory, Happened, Heartbeat, Ready, Report, RunDone
from runtime.running import Running, command
from runtime.settings import Settings
from runtime.store import Store
from runtime.stream import Listener, Notice, QueueChanged, Stream, Told, WorkerChanged
from runtime.submission import prepare
from runtime.supervisor import Ears, State, Supervisor
from runtime.waiting import WaitingLine

__all__ = [
    "Accepted", "Catalogue", "DuplicateRun", "Engine", "EngineStopped", "Job", "Line", "Live", "LogBook",
    "NodeView", "Notice", "QueueChanged", "QueueFull", "Settings", "Status", "StoreFault", "Submission",
    "Told", "WorkerChanged", "WorkerFault", "main_memory",
]  # fmt: skip

LOG = logging.getLogger("heddle.engine")
WORKER_LOG = logging.getLogger("heddle.worker")

ATTEMPTS = 2  # a run that takes its worker down is tried this often
LARGE = 300  # nodes; a bigger graph is parsed on a thread so that the server stays responsive
FIRST_CATALOGUE = 300.0  # seconds to wait for node types that were never remembered
PRUNE_EVERY = 256  # finished jobs
STORED_EVENTS = (RunStarted, NodesCached, NodeFailed, NodeSkipped)


class Engine:
    """One queue and one worker; lives on an event loop between `start` and `stop`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.devices: tuple[Mapping[str, object], ...] = ()
        self._store = Store(settings.database)
        self._waiting = WaitingLine()
        self._running: Running | None = None
        self._catalogue = catalogue.recall(settings.remembered, settings.code)
        self._known = asyncio.Event()
        self._wake = asyncio.Event()
        self._stopping = False
        self._counter = 0.0
        self._adding = 0  # submissions on their way to disk
        self._finished = 0
        self._stream = Stream()
        ears = Ears(self._on_report, self._on_state, self._on_lost, WORKER_LOG.info)
        self._supervisor = Supervisor(settings.worker, ears, settings.patience)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up what waits on disk and bring up the worker in the background."""
        if self._catalogue is not None:
            self._known.set()
        self._stream.go_on_after(await self._store.last_sequence())
        self._counter = max(0.0, await self._store.last_number())
        await self._store.prune()
        for ticket in await self._store.tickets():
            await self._take_up(ticket)
        self._supervisor.start()
        self._task = asyncio.create_task(self._work(), name="engine")

    async def stop(self) -> None:
        """Refuse new work, let the running step end, leave the rest on disk."""
        self._stopping = True
        if self._running is not None:
            self._supervisor.cancel(self._running.ticket.run_id)
            await asyncio.wait({self._running.done}, timeout=self.settings.patience.stop)
        await self._supervisor.stop()
        if self._running is not None and not self._running.done.done():
            self._running.done.set_exception(WorkerFault("the server is shutting down"))
        self._wake.set()
        if self._task is not None:
            await self._task
        self._store.close()

    # What clients ask for

    async def submit(self, submission: Submission) -> Accepted:
        """Validate and keep a job; when this returns, it is on disk."""
        if self._stopping:
            raise EngineStopped("the server is shutting down")
        if len(self._waiting) + self._adding >= self.settings.queue_cap:
            raise QueueFull(f"{self.settings.queue_cap} jobs are waiting already")
        schemas = (await self.catalogue()).schemas
        self._adding += 1
        try:
            new = await self._prepared(submission, schemas)
            stored = await self._store.add(new)
        finally:
            self._adding -= 1
        if stored.ticket is not None:
            self._waiting.add(stored.ticket)
            self._queue_changed()
        return stored.accepted

    async def catalogue(self) -> Catalogue:
        """The node types; waits for the worker when they were not remembered."""
        if self._catalogue is None:
            try:
                await asyncio.wait_for(self._known.wait(), FIRST_CATALOGUE)
            except TimeoutError:
                raise WorkerFault(f"the worker does not start: {self._supervisor.reason}") from None
        assert self._catalogue is not None
        return self._catalogue

    async def cancel(self, run_id: str) -> bool:
        """Take a waiting job off the queue or interrupt a running one; whether there was one."""
        return await self.delete_waiting([run_id]) > 0 or self.interrupt(run_id)

    def interrupt(self, run_id: str | None = None) -> bool:
        """Stop the running job, if it is the one named (any when None)."""
        running = self._running
        if running is None or run_id not in (None, running.ticket.run_id):
            return False
        running.cancelled = True
        self._supervisor.cancel(running.ticket.run_id)
        return True

    async def delete_waiting(self, run_ids: Sequence[str]) -> int:
        """Take jobs off the queue; ids that do not wait are ignored."""
        mine = [run_id for run_id in run_ids if self._waiting.remove(run_id)]
        if not mine:
            return 0
        removed = await self._store.remove(mine, waiting=True)
        self._queue_changed()
        return removed

    async def clear_waiting(self) -> int:
        return await self.delete_waiting(self._waiting.ids())

    async def queue(self) -> tuple[list[Job], list[Job]]:
        """Running and waiting jobs, those that come first first."""
        jobs = {job.run_id: job for job in await self._store.jobs("status IN ('pending','running')")}
        running = [self._running.ticket.run_id] if self._running else []
        waiting = [jobs[run_id] for run_id in self._waiting.ids() if run_id in jobs]
        return [jobs[run_id] for run_id in running if run_id in jobs], waiting

    @property
    def remaining(self) -> int:
        """Jobs that have not ended."""
        return len(self._waiting) + (self._running is not None)

    async def job(self, run_id: str) -> Job | None:
        return await self._store.job(run_id)

    async def jobs(self, statuses: Sequence[Status], newest: int | None = None) -> list[Job]:
        """Jobs in these states, oldest first; only the `newest` when that is given."""
        where = f"status IN ({','.join('?' * len(statuses))})"
        tail = "ORDER BY ordinal DESC" + ("" if newest is None else f" LIMIT {newest:d}")
        return (await self._store.jobs(where, statuses, tail))[::-1]

    async def history(self, newest: int | None = None, offset: int | None = None) -> list[Job]:
        """Ended jobs, oldest first: the newest ones, or a window counted from the oldest."""
        if offset is None or offset < 0:
            return await self.jobs(("success", "error", "interrupted"), newest)
        tail = f"ORDER BY ordinal LIMIT {-1 if newest is None else newest:d} OFFSET {offset:d}"
        return await self._store.jobs("status NOT IN ('pending','running')", (), tail)

    async def delete_history(self, run_ids: Sequence[str]) -> None:
        await self._store.remove(run_ids, waiting=False)

    async def clear_history(self) -> None:
        await self._store.clear_history()

    def free(self, *, models: bool, cache: bool) -> None:
        """Between jobs, drop models and (with `cache`) cached outputs."""
        self._supervisor.send(FreeMemory(models or cache, cache))

    def subscribe(self, listener: Listener) -> Any:
        """Call `listener` with every notice; returns a function that ends it."""
        return self._stream.subscribe(listener)

    def events(self, since: int) -> list[Told]:
        """What was told after the event of this number (previews are not kept)."""
        return self._stream.since(since)

    @property
    def worker_state(self) -> State:
        return self._supervisor.state

    @property
    def worker_reason(self) -> str:
        """Why the last worker ended; empty when none did."""
        return self._supervisor.reason

    @property
    def worker_pid(self) -> int | None:
        return self._supervisor.pid

    @property
    def live(self) -> Live | None:
        """How far the running job is."""
        return self._running.live if self._running else None

    # What the worker tells

    def _on_report(self, report: Report) -> None:
        if isinstance(report, Happened):
            self._on_event(report.event)
        elif isinstance(report, RunDone):
            self._on_done(report)
        elif isinstance(report, Heartbeat):
            self.devices = report.devices
        elif isinstance(report, Ready):
            self.devices = report.devices
            self._learn(catalogue.from_ready(report))

    def _on_event(self, event: Event) -> None:
        running = self._running
        if running is None or event.run_id != running.ticket.run_id:
            return
        running.live.observe(event)
        item = self._stream.number(event)
        if isinstance(event, STORED_EVENTS) or (isinstance(event, NodeFinished) and event.ui is not None):
            running.events.append(item)
        if isinstance(event, RunFinished):
            running.last = item
            running.events.append(item)
        else:
            self._stream.tell(Told(item, running.ticket.client_id))

    def _on_done(self, done: RunDone) -> None:
        running = self._running
        if running and running.ticket.run_id == done.run_id and not running.done.done():
            running.done.set_result(done)

    def _on_lost(self, reason: str) -> None:
        LOG.warning("the worker ended: %s", reason)
        if self._running is not None and not self._running.done.done():
            self._running.done.set_exception(WorkerFault(reason))

    def _on_state(self, state: State) -> None:
        self._wake.set()
        self._stream.tell(WorkerChanged(state))

    def _learn(self, learned: Catalogue) -> None:
        self._catalogue = learned
        self._known.set()
        for pack in learned.packs:
            if pack.error is not None:
                LOG.error("the pack %s was left out: %s", pack.name, pack.error)
        try:
            catalogue.remember(self.settings.remembered, self.settings.code, learned)
        except OSError as error:
            LOG.warning("the node types could not be remembered: %s", error)

    # The queue

    async def _prepared(self, submission: Submission, schemas: Mapping[str, Any]) -> Any:
        number = self._number(submission)
        arguments = (submission, schemas, self.settings.folders.list, number)
        if len(submission.document.get("nodes", submission.document)) < LARGE:
            return prepare(*arguments)
        return await asyncio.to_thread(prepare, *arguments)

    def _number(self, submission: Submission) -> float:
        if submission.number is not None:
            return submission.number
        self._counter += 1
        return -self._counter if submission.front else self._counter

    async def _take_up(self, ticket: Ticket) -> None:
        """A job found on disk at start: to be run, unless it was running for the last time."""
        if ticket.status == "running" and ticket.attempts >= ATTEMPTS:
            reason = "the server ended twice while this was running"
            ended = endings.failed(Live(ticket.run_id), "{}", reason)
            events = tuple(self._stream.number(event) for event in ended)
            await self._store.finish(Ending(ticket.run_id, "error", {}, now(), events))
            return
        if ticket.status == "running":
            await self._store.requeue(ticket.run_id)
        self._waiting.add(ticket)

    async def _work(self) -> None:
        while not self._stopping:
            self._wake.clear()
            if self._supervisor.state == "ready" and len(self._waiting):
                await self._guarded(self._waiting.take())
            else:
                await self._wake.wait()

    async def _guarded(self, ticket: Ticket) -> None:
        """One job; a full disk pauses the queue instead of ending it."""
        loop = asyncio.get_running_loop()
        self._running = Running(ticket, Live(ticket.run_id), loop.create_future())
        try:
            await self._execute(self._running)
        except StoreFault as error:
            LOG.error("%s; trying again in a few seconds", error)
            self._waiting.add(ticket)
            self._running = None
            await asyncio.sleep(0 if self._stopping else 5)

    async def _execute(self, running: Running) -> None:
        run_id = running.ticket.run_id
        work = running.ticket.work or await self._store.work(run_id)
        if work is None:  # deleted meanwhile
            self._running = None
            return
        if self._stopping or running.done.done():  # stopped, or the worker lost, before it began
            if not running.done.cancel():
                running.done.exception()  # seen
            self._waiting.add(running.ticket)
            self._running = None
            return
        running.prompt = work.prompt
        self._store.note_start(run_id, now()).add_done_callback(_log_fault)
        self._supervisor.send(command(self.settings, run_id, work))
        if running.cancelled or self._stopping:
            self._supervisor.cancel(run_id)
        try:
            done = await running.done
        except WorkerFault as fault:
            await self._after_loss(running, str(fault))
        else:
            self._supervisor.run_ended()
            await self._after(running, done)

    async def _after(self, running: Running, done: RunDone) -> None:
        if self._stopping and done.status == "interrupted" and not running.cancelled:
            await self._give_back(running, forget_attempt=True)
            return
        if running.last is None:  # the run never began
            reason = done.error or "the run ended without a word"
            self._add(endings.failed(running.live, running.prompt, reason))
        await self._end(running, endings.status(done.status), done.outputs)

    async def _after_loss(self, running: Running, reason: str) -> None:
        """The worker died under the run."""
        if running.cancelled:
            self._add(endings.stopped(running.live, running.prompt))
            await self._end(running, "interrupted", running.live.outputs)
        elif self._stopping:
            await self._give_back(running, forget_attempt=True)
        elif running.ticket.attempts + 1 < ATTEMPTS:
            LOG.warning("trying %s once more", running.ticket.run_id)
            await self._give_back(running)
        else:
            told = f"the worker process died twice under this run; the last time: {reason}"
            self._add(endings.failed(running.live, running.prompt, told))
            await self._end(running, "error", running.live.outputs)

    def _add(self, events: Sequence[Event]) -> None:
        """The engine's own words, as if the worker had said them."""
        for event in events:
            self._on_event(event)

    async def _give_back(self, running: Running, *, forget_attempt: bool = False) -> None:
        ticket = running.ticket
        await self._store.requeue(ticket.run_id, forget_attempt=forget_attempt)
        self._waiting.add(replace(ticket, attempts=ticket.attempts + (not forget_attempt)))
        self._running = None

    async def _end(self, running: Running, status: Status, outputs: Mapping[str, Any]) -> None:
        """Keep the ending on disk, then tell of it: who reads the history on hearing of it finds it."""
        ending = Ending(running.ticket.run_id, status, outputs, now(), tuple(running.events))
        await self._store.finish(ending)
        self._running = None
        if running.last is not None:
            self._stream.tell(Told(running.last, running.ticket.client_id))
        self._queue_changed()
        self._finished += 1
        if self._finished % PRUNE_EVERY == 0:
            await self._store.prune()

    def _queue_changed(self) -> None:
        self._wake.set()
        self._stream.tell(QueueChanged(self.remaining))


def _log_fault(future: asyncio.Future[None]) -> None:
    if (fault := future.exception()) is not None:
        LOG.warning("%s", fault)
