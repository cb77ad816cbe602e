"""Hands waiting jobs to the worker and follows each to its end on disk."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from graph.events import (
    Event,
    NodeAnswered,
    NodeFailed,
    NodeFinished,
    NodesCached,
    NodeSkipped,
    NodeStarted,
    NodeWaiting,
    RunFinished,
    RunStarted,
    now,
)
from runtime import endings
from runtime.company import forgive, has_room, overdue
from runtime.errors import StoreFault, WorkerFault
from runtime.jobs import Ending, Status, Ticket, Work
from runtime.live import Live
from runtime.messages import AnswerNode, Behind, CancelRun, RunDone
from runtime.running import Running, command
from runtime.settings import Settings
from runtime.store import Store
from runtime.stream import QueueChanged, Stream, Told
from runtime.supervisor import Supervisor
from runtime.waiting import WaitingLine

T = TypeVar("T")

LOG = logging.getLogger("heddle.engine")

ATTEMPTS = 2  # a run that takes its worker down is tried this often
MOST_UNSTORED = 24  # of which the end, too, is not on disk yet
LOOKAHEAD = 3  # waiting jobs that the worker is told of
PRUNE_EVERY = 256  # finished jobs
RETRY = 5.0  # seconds until a full disk is tried again
STORED_EVENTS = (RunStarted, NodesCached, NodeFailed, NodeSkipped)
TURNS = (NodeStarted, NodeWaiting, NodeAnswered, NodeFinished, NodeFailed)  # a run may begin or end to rest


class Dispatcher:
    """The waiting line and the runs underway."""

    def __init__(self, settings: Settings, store: Store, stream: Stream, supervisor: Supervisor) -> None:
        self.waiting = WaitingLine()
        self.underway: dict[str, Running] = {}  # by id, in the order of their dispatch
        self._settings, self._store, self._stream = settings, store, stream
        self._supervisor = supervisor
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()
        self._spare: frozenset[str] = frozenset()  # the runs under which the worker said so
        self._behind: tuple[str, ...] = ()  # what the worker was told of last
        self.looks_ahead = True  # whether the worker wants to know what waits
        self.paused = False  # nothing begins
        self._parting: dict[str, Running] = {}  # ended here, while the worker still has them
        self.held: set[str] = set()  # waiting jobs that are being changed: they do not begin
        self._stuck = 0  # changes that the disk does not take
        self._finished = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def remaining(self) -> int:
        """Jobs that have not ended."""
        return len(self.waiting) + len(self.underway)

    def start(self) -> None:
        self._spawn(self._work()).add_done_callback(self._begin_again)

    async def drain(self) -> None:
        """Begin nothing more, and let the running steps end, for as long as patience lasts."""
        self._stopping.set()
        self._wake.set()
        for running in self._active():
            self._supervisor.cancel(running.run_id)
        if waited := {running.done for running in self._active()}:
            await asyncio.wait(waited, timeout=self._settings.patience.stop)

    async def close(self) -> None:
        """Leave on disk what has not ended. The worker must have gone."""
        self.lost("the server is shutting down")
        while self._tasks:
            await asyncio.wait(self._tasks)

    # What clients ask for

    def interrupt(self, run_id: str | None = None) -> bool:
        """Stop the run of this id, or all of them; whether there was one."""
        named = [run for run in self.underway.values() if run_id in (None, run.run_id) and not run.is_over]
        for running in named:
            running.cancelled = True
            if running.sent:
                self._supervisor.send(CancelRun(running.run_id))
            if running.live.rests and not running.done.done():
                self._part(running)
        self._press()
        return bool(named)

    def renumber(self, numbers: Mapping[str, float]) -> dict[str, float]:
        """Give jobs numbers, also those just begun, which may come back; the numbers of those that waited."""
        for run_id, number in numbers.items():
            if (running := self.underway.get(run_id)) is not None:
                running.ticket = replace(running.ticket, number=number)
        return self.waiting.renumber(numbers)

    def look(self) -> None:
        """Something has changed that may let a job begin."""
        self._wake.set()

    def queue_changed(self) -> None:
        self._wake.set()
        self._tell_behind()
        self._stream.tell(QueueChanged(self.remaining, self.paused))

    def answer(self, event: NodeAnswered, choice: object) -> None:
        """A person has spoken; from here on the run counts as at work again."""
        self.heard(event)
        self._spare = frozenset()  # it may need the device
        self._supervisor.send(AnswerNode(event.run_id, event.node_id, choice))

    def renew(self, ticket: Ticket) -> None:
        """Other work for a job that waits, in its place; the worker's view of the queue is told anew."""
        self.waiting.remove(ticket.run_id)
        self.waiting.add(ticket)
        self._behind = ()
        self.queue_changed()

    # What the worker tells

    def heard(self, event: Event) -> None:
        """Something a run says."""
        running = self.underway.get(event.run_id)
        if running is None or event.run_id in self._parting:
            return
        running.live.observe(event)
        item = self._stream.number(event)
        if isinstance(event, STORED_EVENTS) or (isinstance(event, NodeFinished) and event.ui is not None):
            running.events.append(item)
        if isinstance(event, NodeFinished):
            running.measures.finished(event)
        elif isinstance(event, NodesCached):
            running.measures.cached(event)
        if isinstance(event, RunFinished):
            running.last = item
            running.events.append(item)
        else:
            self._stream.tell(Told(item, running.ticket.client_id))
        if isinstance(event, RunStarted):
            self._note(running)
        elif running.began and isinstance(event, TURNS):
            self._weigh(running)
        self._press()

    def done(self, report: RunDone) -> None:
        """A run's last word."""
        self._supervisor.run_ended(report.run_id)
        self._parting.pop(report.run_id, None)
        running = self.underway.get(report.run_id)
        if running is None or running.done.done():
            return
        running.done.set_result(report)
        sent = self._sent()
        if len(sent) == 1:
            self._note(sent[0])
        self._press()
        self._wake.set()

    def spare(self, run_ids: Iterable[str]) -> None:
        """These runs leave the device idle."""
        self._spare = frozenset(run_ids)
        self._wake.set()

    def lost(self, reason: str) -> None:
        """The worker died under what it had."""
        forgive(self._active(), [*self._sent(), *self._parting.values()])
        self._spare, self._behind, self._parting = frozenset(), (), {}
        for running in self._active():
            running.done.set_exception(WorkerFault(reason))

    # From the line to the worker

    def _active(self) -> list[Running]:
        return [running for running in self.underway.values() if not running.done.done()]

    def _sent(self) -> list[Running]:
        """What the worker has."""
        return [running for running in self._active() if running.sent]

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _work(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            if self._may_begin() and (first := self.waiting.first()) is not None:
                self._begin(first)
                self.waiting.remove(first.run_id)
            else:
                await self._wake.wait()

    def _begin_again(self, work: asyncio.Task[None]) -> None:
        """A fault of the line's own is told, and the line goes on: nobody may wait for ever in silence."""
        if _failed(work, f"no job could begin; trying again in {RETRY:g} s") and not self._stopping.is_set():
            asyncio.get_running_loop().call_later(RETRY, self._go_on)

    def _go_on(self) -> None:
        if not self._stopping.is_set():
            self.start()

    def _may_begin(self) -> bool:
        first, active = self.waiting.first(), self._active()
        if first is None or self.paused or self._stuck or self._supervisor.state != "ready":
            return False
        if first.run_id in self.held:
            return False
        if len(active) < sum(not running.is_over for running in self.underway.values()):
            return False  # one is on its way back to its place in the line
        if not active:
            return len(self.underway) < MOST_UNSTORED
        return has_room(first, active, self._spare)

    def _begin(self, ticket: Ticket) -> None:
        running = Running(ticket, Live(ticket.run_id), asyncio.get_running_loop().create_future())
        self.underway[ticket.run_id] = running
        self._spawn(self._run(running)).add_done_callback(lambda run: self._let_go(running, run))

    def _let_go(self, running: Running, run: asyncio.Task[None]) -> None:
        """A run that was not followed to its end holds up no other; the next start takes it up again."""
        if _failed(run, f"{running.run_id} was lost sight of") and running.run_id in self.underway:
            self._leave(running)

    async def _run(self, running: Running) -> None:
        """One job to its end; a full disk holds it up, and only a stop leaves it there."""
        try:
            work = running.ticket.work or await self._store.work(running.run_id)
            if work is None:  # deleted meanwhile
                self._leave(running)
            elif running.cancelled:
                await self._stopped(running)
            elif self._stopping.is_set() or running.done.done():  # stopped, or the worker lost
                await self._give_back(running, forgive=True)
            else:
                self._hand_over(running, work)
                await self._follow(running)
        except StoreFault as fault:
            LOG.error("%s; the next start takes it up again", fault)
        finally:
            if not running.done.cancel():
                running.done.exception()  # seen

    def _hand_over(self, running: Running, work: Work) -> None:
        running.prompt, running.sent = work.prompt, True
        self._supervisor.send(command(self._settings, running.ticket, work))
        if len(self._sent()) == 1:
            self._note(running)
        self._tell_behind()

    def _note(self, running: Running) -> None:
        """From here on, a death of the worker may be this run's doing."""
        if not running.began and running.sent:
            running.noted = running.began = True
            self._store.note_start(running.run_id, now()).add_done_callback(_log_fault)

    def _weigh(self, running: Running) -> None:
        """A run that only waits for a person takes no worker down, however long it waits."""
        if running.noted == running.live.rests:
            running.noted = not running.noted
            change = self._store.count_attempt(running.run_id, 1 if running.noted else -1)
            change.add_done_callback(_log_fault)

    def _press(self) -> None:
        for running in overdue([*self._sent(), *self._parting.values()]):
            self._supervisor.press(running.run_id)

    def _tell_behind(self) -> None:
        """What waits next, as far as it is held in memory, while something runs."""
        front = self.waiting.front(LOOKAHEAD)
        run_ids = tuple(ticket.run_id for ticket in front)
        if self.looks_ahead and run_ids != self._behind and self._sent():
            self._behind = run_ids
            known = (ticket.work for ticket in front if ticket.work is not None)
            self._supervisor.send(Behind(tuple((work.prompt, work.targets) for work in known)))

    # From the worker to the end

    def _part(self, running: Running) -> None:
        """End a run that waits for a person: another's node may keep the worker from telling it."""
        self._add(endings.stopped(running.live, running.prompt))
        self._parting[running.run_id] = running
        running.done.set_result(RunDone(running.run_id, "interrupted", running.live.outputs))

    async def _follow(self, running: Running) -> None:
        try:
            done = await running.done
        except WorkerFault as fault:
            await self._after_loss(running, str(fault))
        else:
            await self._after(running, done)

    async def _after(self, running: Running, done: RunDone) -> None:
        if self._stopping.is_set() and done.status == "interrupted" and not running.cancelled:
            await self._give_back(running, forgive=True)
            return
        if running.last is None:  # the run never began
            reason = done.error or "the run ended without a word"
            self._add(endings.failed(running.live, running.prompt, reason))
        await self._end(running, endings.status(done.status), done.outputs)

    async def _after_loss(self, running: Running, reason: str) -> None:
        """The worker died under the run."""
        if running.cancelled:
            await self._stopped(running)
        elif self._stopping.is_set() or running.forgiven:
            await self._give_back(running, forgive=True, alone=not self._stopping.is_set())
        elif running.ticket.attempts + 1 < ATTEMPTS:
            LOG.warning("trying %s once more", running.run_id)
            await self._give_back(running, alone=True)
        else:
            told = f"the worker process died twice under this run; the last time: {reason}"
            self._add(endings.failed(running.live, running.prompt, told))
            await self._end(running, "error", running.live.outputs)

    async def _stopped(self, running: Running) -> None:
        """Interrupted before the worker had it, or by the worker's end."""
        self._add(endings.stopped(running.live, running.prompt))
        await self._end(running, "interrupted", running.live.outputs)

    def _add(self, events: Iterable[Event]) -> None:
        """The engine's own words, as if the worker had said them."""
        for event in events:
            self.heard(event)

    async def _give_back(self, running: Running, *, forgive: bool = False, alone: bool = False) -> None:
        """To its place in the line; a cancel that came meanwhile ends it instead."""
        ticket, counted = running.ticket, running.noted and not forgive
        if running.began:
            forget = forgive and running.noted
            await self._insist(lambda: self._store.requeue(ticket.run_id, forget_attempt=forget))
        if running.cancelled:
            await self._stopped(running)
            return
        self.waiting.add(replace(ticket, attempts=ticket.attempts + counted, alone=ticket.alone or alone))
        self._leave(running)

    async def _end(self, running: Running, status: Status, outputs: Mapping[str, Any]) -> None:
        """Keep the ending on disk, then tell of it: who reads the history on hearing of it finds it."""
        measures = running.measures.all()
        ending = Ending(running.run_id, status, outputs, now(), tuple(running.events), measures)
        await self._insist(lambda: self._store.finish(ending))
        self._leave(running)
        if running.last is not None:
            self._stream.tell(Told(running.last, running.ticket.client_id))
        self.queue_changed()
        self._finished += 1
        if self._finished % PRUNE_EVERY == 0:
            await self._insist(self._store.prune)

    def _leave(self, running: Running) -> None:
        del self.underway[running.run_id]
        self._wake.set()

    async def _insist(self, change: Callable[[], Awaitable[T]]) -> T:
        """Until the disk takes it; nothing begins meanwhile. Raises StoreFault when stopped."""
        while True:
            try:
                return await change()
            except StoreFault as fault:
                if self._stopping.is_set():
                    raise
                LOG.error("%s; trying again in a few seconds", fault)
            self._stuck += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), RETRY)
            self._stuck -= 1
            self._wake.set()


def _failed(task: asyncio.Task[None], told: str) -> bool:
    """Whether a task ended by an error that nobody foresaw, which is then told."""
    if task.cancelled() or (fault := task.exception()) is None:
        return False
    task.get_loop().call_exception_handler({"message": told, "exception": fault, "task": task})
    return True


def _log_fault(future: asyncio.Future[None]) -> None:
    if not future.cancelled() and (fault := future.exception()) is not None:
        LOG.warning("%s", fault)
