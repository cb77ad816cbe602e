"""The facade that server and command line speak to: submit, cancel, queue, history, events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from graph.errors import InvalidWorkflow
from graph.events import Announced, NodeAnswered
from graph.question import problem_with
from runtime import catalogue
from runtime.catalogue import Catalogue
from runtime.changes import Changes, begun
from runtime.dispatcher import ATTEMPTS, Dispatcher
from runtime.endings import failed_at_start
from runtime.errors import (
    BadAnswer,
    DuplicateRun,
    EngineStopped,
    JobBegun,
    NobodyAsks,
    QueueFull,
    StoreFault,
    UnknownJob,
    WorkerFault,
)
from runtime.jobs import Accepted, Job, NewJob, Status, Submission, Ticket
from runtime.live import Live, NodeView
from runtime.logbook import Line, LogBook
from runtime.machine import main_memory
from runtime.measures import Measure
from runtime.messages import (
    Checked,
    Configure,
    FreeMemory,
    Happened,
    Ready,
    Report,
    RunDone,
    Schemas,
    Spare,
)
from runtime.questions import Questions
from runtime.settings import Settings
from runtime.store import Store
from runtime.stream import Listener, Notice, QueueChanged, Stream, Told, WorkerChanged
from runtime.submission import Draft, Verdict, aside, draft, is_large, judge, new_job, verdict_of
from runtime.supervisor import Ears, Patience, State, Supervisor

__all__ = [
    "Accepted", "BadAnswer", "Catalogue", "DuplicateRun", "Engine", "EngineStopped", "Job", "JobBegun",
    "Line", "Live", "LogBook", "Measure", "NobodyAsks", "NodeView", "Notice", "QueueChanged", "QueueFull",
    "Settings", "Status", "StoreFault", "Submission", "Told", "UnknownJob", "WorkerChanged", "WorkerFault",
    "main_memory",
]  # fmt: skip

LOG = logging.getLogger("heddle.engine")
WORKER_LOG = logging.getLogger("heddle.worker")

FIRST_CATALOGUE = 300.0  # seconds to wait for node types that were never remembered
CHECK = 60.0  # seconds for the validators of one prompt
REREAD = 3.0  # seconds; after that the choices known before are shown

MakeStore = Callable[[Path], Store]
MakeSupervisor = Callable[[Configure, Ears, Patience], Supervisor]


class Engine:
    """One queue and one worker; lives on an event loop between `start` and `stop`."""

    def __init__(
        self,
        settings: Settings,
        make_store: MakeStore = Store.open,
        make_supervisor: MakeSupervisor = Supervisor,
    ) -> None:
        self.settings = settings
        self.devices: tuple[Mapping[str, object], ...] = ()
        self._store = make_store(settings.database)
        self._known = asyncio.Event()
        self._catalogue: Catalogue | None = None
        if (remembered := catalogue.recall(settings.remembered, settings.code)) is not None:
            self._take_in(remembered)
        self._ready = asyncio.Event()
        self._stopping = False
        self._counter = 0.0
        self._adding = 0  # submissions on their way to disk
        self._rereading: asyncio.Task[None] | None = None
        self._stream = Stream()
        ears = Ears(self._on_report, self._on_state, self._on_lost, WORKER_LOG.info)
        self._supervisor = make_supervisor(settings.worker, ears, settings.patience)
        self._questions = Questions(self._supervisor.send)
        self._dispatcher = Dispatcher(settings, self._store, self._stream, self._supervisor)
        self._waiting = self._dispatcher.waiting
        self._changes = Changes(self._store, self._dispatcher)

    async def start(self) -> None:
        """Take up what waits on disk and bring up the worker in the background."""
        self._stream.go_on_after(await self._store.last_sequence())
        self._counter = max(0.0, await self._store.last_number())
        await self._store.prune()
        self._dispatcher.paused = await self._store.is_paused()
        for ticket in await self._store.tickets():
            await self._take_up(ticket)
        self._supervisor.start()
        self._dispatcher.start()

    async def stop(self) -> None:
        """Refuse new work, let the running steps end, leave the rest on disk."""
        self._stopping = True
        self._questions.lost("the server is shutting down")
        await self._dispatcher.drain()
        await self._supervisor.stop()
        await self._dispatcher.close()
        self._store.close()

    # What clients ask for

    async def submit(self, submission: Submission) -> Accepted:
        """Validate and keep a job; when this returns, it is on disk."""
        if self._stopping:
            raise EngineStopped("the server is shutting down")
        if len(self._waiting) + self._adding >= self.settings.queue_cap:
            raise QueueFull(f"{self.settings.queue_cap} jobs are waiting already")
        known = await self.catalogue()
        self._adding += 1
        try:
            new = await self._prepared(submission, known)
            stored = await self._store.add(new)
        finally:
            self._adding -= 1
        if stored.ticket is not None:
            self._waiting.add(stored.ticket)
            self._dispatcher.queue_changed()
        return stored.accepted

    async def catalogue(self) -> Catalogue:
        """The node types; waits for the worker when they were not remembered."""
        if self._catalogue is None:
            await self._until(self._known)
        assert self._catalogue is not None
        return self._catalogue

    async def fresh_catalogue(self) -> Catalogue:
        """The node types with the choices of this moment, as far as the worker tells them in time."""
        known = await self.catalogue()
        if known.rereads and self._ready.is_set():
            if self._rereading is None or self._rereading.done():
                self._rereading = asyncio.create_task(self._reread())
            await asyncio.shield(self._rereading)
        return await self.catalogue()

    async def cancel(self, run_id: str) -> bool:
        """Take a waiting job off the queue or interrupt a running one; whether there was one."""
        return await self.delete_waiting([run_id]) > 0 or self.interrupt(run_id)

    def interrupt(self, run_id: str | None = None) -> bool:
        """Stop the running job of this id, or all that run; whether there was one."""
        return self._dispatcher.interrupt(run_id)

    async def delete_waiting(self, run_ids: Sequence[str]) -> int:
        """Take jobs off the queue; ids that do not wait are ignored."""
        return await self._changes.delete(run_ids)

    async def clear_waiting(self) -> int:
        return await self._changes.delete(self._waiting.ids())

    async def reprioritise(self, run_id: str, number: float) -> bool:
        """Give a waiting job another number, on disk when this returns; whether it was waiting."""
        return await self._changes.renumber([run_id], lambda: {run_id: number})

    async def move_to_front(self, run_id: str) -> bool:
        """Let a waiting job be the next; whether it was waiting."""
        return await self._changes.renumber([run_id], lambda: {run_id: self._waiting.number_for_front()})

    async def move_before(self, run_id: str, other: str) -> bool:
        """Let a waiting job come right before another one; whether both were waiting."""
        numbers = partial(self._waiting.numbers_before, run_id, other)
        return run_id != other and await self._changes.renumber([run_id, other], numbers)

    @property
    def paused(self) -> bool:
        """Whether jobs that wait are held back."""
        return self._dispatcher.paused

    async def pause(self, paused: bool) -> None:
        """Hold back what waits, or let it go on; on disk when this returns. What runs goes on."""
        await self._changes.pause(paused)

    async def replace(self, run_id: str, submission: Submission) -> Accepted:
        """Other work for a job that waits, in its place; when this returns, it is on disk.

        Raises UnknownJob, JobBegun, and what `submit` raises; then the job is as it was.
        """
        if run_id not in self._waiting:
            known = await self._store.job(run_id)
            raise UnknownJob(f"there is no job {run_id!r}") if known is None else begun(run_id)
        new = await self._prepared(replace(submission, run_id=run_id), await self.catalogue())
        return await self._changes.replace(new)

    def answer(self, run_id: str, node_id: str, choice: object) -> None:
        """What a person says to a node that waits for it. Raises NobodyAsks, BadAnswer."""
        live = self.lives.get(run_id)
        waiting = None if live is None else live.waiting.get(node_id)
        if waiting is None:
            raise NobodyAsks(f"node {node_id!r} of the job {run_id!r} does not wait for an answer")
        if problem := problem_with(choice, waiting.asked):
            raise BadAnswer(problem)
        told = NodeAnswered(run_id, node_id, display_id=waiting.display_id, parent_id=waiting.parent_id)
        self._dispatcher.answer(told, choice)

    async def queue(self) -> tuple[list[Job], list[Job]]:
        """Running and waiting jobs, those that come first first."""
        jobs = {job.run_id: job for job in await self._store.jobs("status IN ('pending','running')")}
        running = [jobs[run_id] for run_id in self._dispatcher.underway if run_id in jobs]
        return running, [jobs[run_id] for run_id in self._waiting.ids() if run_id in jobs]

    @property
    def remaining(self) -> int:
        """Jobs that have not ended."""
        return self._dispatcher.remaining

    async def job(self, run_id: str) -> Job | None:
        """A job with what its nodes took, so far if it runs."""
        job, running = await self._store.job(run_id), self._dispatcher.underway.get(run_id)
        if job is None or running is None or not running.began or job.finished:
            return job
        return replace(job, status="running", measures=running.measures.all())

    async def jobs(
        self, statuses: Sequence[Status], newest: int | None = None, sweep: str | None = None
    ) -> list[Job]:
        """Jobs in these states, oldest first; only the `newest`, or those of a sweep, when that is given."""
        where = f"status IN ({','.join('?' * len(statuses))})"
        values: list[object] = [*statuses]
        if sweep is not None:
            where += " AND CAST(json_extract(extra_data, '$.sweep.id') AS TEXT)=?"
            values.append(sweep)
        tail = "ORDER BY ordinal DESC" + ("" if newest is None else f" LIMIT {newest:d}")
        return (await self._store.jobs(where, values, tail))[::-1]

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
        """When nothing runs, drop models and (with `cache`) cached outputs."""
        self._supervisor.send(FreeMemory(models or cache, cache))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
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
    def lives(self) -> Mapping[str, Live]:
        """How far the running jobs are, by id, the one that began first first."""
        return {run_id: running.live for run_id, running in self._dispatcher.underway.items()}

    # What the worker tells

    def _on_report(self, report: Report) -> None:
        if isinstance(report, Happened):
            self._on_event(report)
        elif isinstance(report, RunDone):
            self._dispatcher.done(report)
        elif isinstance(report, Spare):
            self._dispatcher.spare(report.run_ids)
        elif isinstance(report, Checked):
            self._questions.answered(report)
        elif isinstance(report, Schemas):
            self._freshen(report)
            self._questions.answered(report)
        else:
            self.devices = report.devices
            if isinstance(report, Ready):
                self._dispatcher.looks_ahead = report.looks_ahead
                self._learn(catalogue.from_ready(report))

    def _on_event(self, report: Happened) -> None:
        if isinstance(report.event, Announced):
            self._stream.tell(Told(self._stream.number(report.event), report.event.client_id))
        else:
            self._dispatcher.heard(report.event)

    def _on_lost(self, reason: str) -> None:
        LOG.warning("the worker ended: %s", reason)
        self._questions.lost(reason)
        self._dispatcher.lost(reason)

    def _on_state(self, state: State) -> None:
        if state == "ready":
            self._ready.set()
        else:
            self._ready.clear()
        self._dispatcher.look()
        self._stream.tell(WorkerChanged(state))

    def _learn(self, learned: Catalogue) -> None:
        self._take_in(learned)
        for pack in learned.packs:
            if pack.error is not None:
                LOG.error("the pack %s was left out: %s", pack.name, pack.error)
        try:
            catalogue.remember(self.settings.remembered, self.settings.code, learned)
        except OSError as error:
            LOG.warning("the node types could not be remembered: %s", error)

    def _take_in(self, learned: Catalogue) -> None:
        self._catalogue = learned
        if learned.folders:
            self.settings.folders.adopt(learned.folders)
        self._known.set()

    async def _reread(self) -> None:
        try:
            await self._questions.reread(REREAD)
        except WorkerFault as fault:
            LOG.warning("the choices of drop-downs could not be read anew: %s", fault)

    def _freshen(self, report: Schemas) -> None:
        """Also when it comes late: the worker tells a change once."""
        if self._catalogue is not None:
            self._catalogue = self._catalogue.with_fresh(report.schemas)

    async def _until(self, told: asyncio.Event) -> None:
        """Until the worker has come so far. Raises WorkerFault when it takes too long."""
        try:
            await asyncio.wait_for(told.wait(), FIRST_CATALOGUE)
        except TimeoutError:
            raise WorkerFault(f"the worker does not start: {self._supervisor.reason}") from None

    # The way into the queue

    async def _prepared(self, submission: Submission, known: Catalogue) -> NewJob:
        number = self._number(submission)
        large = is_large(submission.document)
        drafted = await aside(large, lambda: draft(submission, known.schemas))
        return new_job(drafted, await self._judged(drafted, known, large), number)

    async def _judged(self, drafted: Draft, known: Catalogue, large: bool) -> Verdict:
        """By the schemas where these say all, else by the worker."""
        if drafted.needs_validators(known.schemas):
            return await self._checked(drafted)
        try:
            return await aside(large, lambda: judge(drafted, known.schemas, self.settings.folders.list))
        except InvalidWorkflow:
            if not self._ready.is_set() or not drafted.uses(known.rereads):
                raise
            return await self._checked(drafted)  # choices may be new

    async def _checked(self, drafted: Draft) -> Verdict:
        await self._until(self._ready)
        return verdict_of(await self._questions.check(drafted.text, drafted.submission.targets, CHECK))

    def _number(self, submission: Submission) -> float:
        if submission.number is not None:
            return submission.number
        self._counter += 1
        if submission.front:
            return min(-self._counter, self._waiting.number_for_front())
        return self._counter

    async def _take_up(self, ticket: Ticket) -> None:
        """A job found on disk at start: to be run, unless it was running for the last time."""
        if ticket.status == "running" and ticket.attempts >= ATTEMPTS:
            await self._store.finish(failed_at_start(ticket, self._stream.number))
            return
        if ticket.status == "running":
            await self._store.requeue(ticket.run_id)
        self._waiting.add(replace(ticket, status="pending", alone=ticket.attempts > 0))
