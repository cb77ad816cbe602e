"""Servers that live and die over one database, clients that want things of them, and what must hold."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from graph.errors import InvalidWorkflow
from graph.events import RunFinished
from graph.folders import Folders
from runtime.engine import Engine, Settings
from runtime.errors import EngineStopped, QueueFull, StoreFault, WorkerFault
from runtime.jobs import Submission, Ticket
from runtime.messages import Configure, event_from
from runtime.store import Store
from runtime.stream import Notice, Told
from runtime.supervisor import Ears, Patience, Supervisor
from tests.runtime.simulation.disk import Disk, SimulatedJournal
from tests.runtime.simulation.loop import SimulatedLoop, Stalled
from tests.runtime.simulation.worker import Habits, Plan, SimulatedWorker

PATIENCE = Patience(silence=8.0, cancel=2.0, stop=1.0)
ENDED = ("success", "error", "interrupted")
REFUSALS = (StoreFault, WorkerFault, EngineStopped, QueueFull, InvalidWorkflow)
MOST_STEPS = 60_000  # of a life that should come to its end


class Broken(AssertionError):
    """Something that must hold does not."""


@dataclass(frozen=True)
class Weather:
    """What may happen in a simulation."""

    crashes: bool = True  # the server dies at any step
    chance: float = 0.01  # of a worker to die for no reason, at each of its steps
    full: float = 0.05  # the chance of a commit to fail


STORM = Weather()
SQUALL = Weather(chance=0.0, full=0.0)  # only guilty runs take their workers down, but servers die
CALM = Weather(crashes=False, chance=0.0, full=0.0)  # only guilty runs take their workers down


@dataclass
class Known:
    """What the clients have been told, and what they have asked for."""

    plans: dict[str, Plan] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)  # answered
    in_line: set[str] = field(default_factory=set)  # what this life's server has put in its line
    dying: set[str] = field(default_factory=set)  # their worker died
    orphans: set[str] = field(default_factory=set)  # the server knows it, and has not begun them again
    touched: Counter[str] = field(default_factory=Counter)  # changes of the queue that are underway
    maybe_deleted: set[str] = field(default_factory=set)  # asked for
    cancelled: set[str] = field(default_factory=set)  # asked for
    stopped: set[str] = field(default_factory=set)  # answered by the server of this life
    keys: dict[str, set[str]] = field(default_factory=dict)  # run ids answered, by idempotency key
    open_keys: dict[str, Plan] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)  # ends heard
    struck: Counter[str] = field(default_factory=Counter)  # deaths of the server while it ran


class World:
    """One seed."""

    def __init__(self, seed: int, weather: Weather, folder: Path) -> None:
        self.rng = random.Random(seed)
        self.weather = weather
        self.disk = Disk()
        self.known = Known()
        self.habits = Habits(self.rng, {}, self._check_may_run, self.known.dying.add)
        self.settings = Settings(
            folders=Folders(folder),
            database=folder / "jobs.sqlite",
            remembered=folder / "node_types.json",
            code=str(seed),
            worker=Configure("simulated", {}),
            patience=PATIENCE,
            queue_cap=50,
        )
        self.engine: Engine | None = None
        self._journal: SimulatedJournal | None = None
        self._pids = iter(range(100, 10_000))
        self._finished = False

    def run(self) -> None:
        """Some lives that are cut short, and one in which all comes to its end."""
        for _ in range(self.rng.randint(1, 3)):
            self._live(last=False)
        self._live(last=True)
        self._check_end()

    # One life of a server

    def _live(self, *, last: bool) -> None:
        self.habits.chance = 0.0 if last else self.weather.chance
        self.disk.full = 0.0
        crash = not last and self.weather.crashes and self.rng.random() < 0.8
        most = int(10 ** self.rng.uniform(0.5, 3.0)) if crash else MOST_STEPS
        loop = SimulatedLoop(self.rng, most)
        self._finished = False
        main = loop.create_task(self._serve(last))
        main.add_done_callback(lambda _: loop.stop())
        try:
            with contextlib.suppress(Stalled):
                loop.run_forever()
            self._look_at(main, loop, crash)
            self.known.struck.update(
                run_id for (run_id,) in self.disk.rows("SELECT run_id FROM jobs WHERE status='running'")
            )
        finally:
            self.engine = None
            if self._journal is not None:
                self._journal.dead = True
            loop.discard()
            self.known.touched.clear()
            self.known.stopped.clear()
            self.known.orphans.clear()
            self.known.dying.clear()

    def _look_at(self, main: asyncio.Task[None], loop: SimulatedLoop, crash: bool) -> None:
        if main.done() and main.exception() is not None:
            raise main.exception()  # type: ignore[misc]
        for fault in loop.faults:
            raise Broken(f"unhandled: {fault}") from fault.get("exception")
        if not main.done() and not crash:
            raise Broken(f"it hangs after {loop.steps} steps, {loop.now:.0f} s: {main}")

    async def _serve(self, last: bool) -> None:
        engine = self._make_engine()
        await engine.start()
        self.known.in_line = {row[0] for row in self.disk.rows("SELECT run_id FROM jobs")}
        engine.subscribe(self._hear)
        self._watch_order(engine)
        self.disk.full = 0.0 if last else self.weather.full
        clients = [asyncio.create_task(self._client(engine, last)) for _ in range(1 if last else 2)]
        await asyncio.gather(*clients)
        await asyncio.sleep(self.rng.choice((0.0, 1.0, 3.0)))
        self.disk.full = 0.0
        if last or self.rng.random() < 0.3:
            await self._drain(engine)
        await engine.stop()
        self._check_stopped()

    def _make_engine(self) -> Engine:
        def make_store(_: Path) -> Store:
            self._journal = SimulatedJournal(self.disk, self.rng)
            return Store(self._journal)

        def make_supervisor(configure: Configure, ears: Ears, patience: Patience) -> Supervisor:
            return Supervisor(configure, ears, patience, self._spawn)

        self.engine = Engine(self.settings, make_store, make_supervisor)
        return self.engine

    async def _spawn(self) -> SimulatedWorker:
        await asyncio.sleep(0.01)
        return SimulatedWorker(self.habits, next(self._pids))

    async def _drain(self, engine: Engine) -> None:
        """Deaf runs never end by themselves."""
        while engine.remaining:
            await asyncio.sleep(1.0)
            for run_id in engine.lives:
                if self.known.plans[run_id].deaf:
                    self.known.cancelled.add(run_id)
                    engine.interrupt(run_id)

    # What clients want

    async def _client(self, engine: Engine, last: bool) -> None:
        for key, plan in list(self.known.open_keys.items()):  # who was not answered asks again
            with contextlib.suppress(*REFUSALS):
                await self._submit(engine, plan, key)
        for _ in range(0 if last else self.rng.randint(1, 7)):
            await asyncio.sleep(self.rng.choice((0.0, 0.0, 0.0, 0.05, 0.4)))
            wish = self.rng.choice((self._submit_any, self._submit_any, self._submit_any, self._change))
            with contextlib.suppress(*REFUSALS):
                await wish(engine)

    async def _submit_any(self, engine: Engine) -> None:
        plan = self._plan()
        key = None
        if self.rng.random() < 0.3:
            key = uuid.UUID(int=self.rng.getrandbits(128)).hex
            self.known.open_keys[key] = plan
            if self.rng.random() < 0.3:
                await asyncio.gather(
                    *(self._submit(engine, plan, key) for _ in range(2)), return_exceptions=True
                )
                return
        await self._submit(engine, plan, key)

    def _plan(self) -> Plan:
        rng, odd = self.rng, self.rng.random()
        plan = {"steps": rng.randint(0, 3), "lane": rng.choice((0, 1, 5, 15))}
        if odd < 0.1:
            return Plan(**plan, deaths=rng.choice((1, 99)), place=rng.choice(("begin", "device", "lane")))
        return Plan(**plan, deaf=odd > 0.96, fails=0.9 < odd < 0.95)

    async def _submit(self, engine: Engine, plan: Plan, key: str | None) -> None:
        run_id = str(uuid.UUID(int=self.rng.getrandbits(128)))
        self.known.plans[run_id] = plan
        number = self.rng.choice((None, None, None, 0.0, 2.0))
        submission = Submission(
            plan.prompt(),
            client_id=self.rng.choice((None, "a", "b")),
            run_id=run_id,
            number=number,
            front=number is None and self.rng.random() < 0.2,
            idempotency_key=key,
        )
        answer = await engine.submit(submission)
        self._expect(self.disk.status(answer.run_id) is not None or self._may_be_gone(answer.run_id),
                     f"{answer.run_id} was answered but is not on disk")  # fmt: skip
        self.known.accepted.add(answer.run_id)
        if answer.run_id == run_id:  # not the answer to another submission of the same key
            self.known.in_line.add(run_id)
        if key is not None:
            self.known.keys.setdefault(key, set()).add(answer.run_id)
            self.known.open_keys.pop(key, None)

    async def _change(self, engine: Engine) -> None:
        rows = self.disk.rows("SELECT run_id FROM jobs ORDER BY ordinal DESC LIMIT 8")
        if not rows:
            return
        run_id = self.rng.choice(rows)[0]
        other = self.rng.choice(rows)[0]
        with self._touching(run_id, other):
            await self._do_change(engine, run_id, other)

    async def _do_change(self, engine: Engine, run_id: str, other: str) -> None:
        kind = self.rng.choice(("delete", "cancel", "interrupt", "number", "front", "before"))
        if kind == "delete":
            self.known.maybe_deleted.add(run_id)
            if await engine.delete_waiting([run_id]):
                self.known.deleted.add(run_id)
        elif kind == "cancel":
            self.known.maybe_deleted.add(run_id)
            self.known.cancelled.add(run_id)
            if await engine.cancel(run_id):
                self.known.stopped.add(run_id)
        elif kind == "interrupt":
            self.known.cancelled |= engine.lives.keys()
            named = self.rng.choice((None, *engine.lives))
            if engine.interrupt(named) and named is not None:
                self.known.stopped.add(named)
        elif kind == "number":
            await engine.reprioritise(run_id, self.rng.choice((-3.0, 1.0, 2.5)))
        elif kind == "front":
            with self._touching(*(row[0] for row in self.disk.rows("SELECT run_id FROM jobs"))):
                await engine.move_to_front(run_id)
        else:
            with self._touching(*(row[0] for row in self.disk.rows("SELECT run_id FROM jobs"))):
                await engine.move_before(run_id, other)

    @contextlib.contextmanager
    def _touching(self, *run_ids: str) -> Iterator[None]:
        self.known.touched.update(run_ids)
        try:
            yield
        finally:
            self.known.touched.subtract(run_ids)

    # What must hold

    def _expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise Broken(otherwise)

    def _may_be_gone(self, run_id: str) -> bool:
        return run_id in self.known.maybe_deleted

    def _check_may_run(self, run_id: str) -> None:
        """Called when a worker is given a job."""
        status = self.disk.status(run_id)
        self.known.orphans.discard(run_id)
        self._expect(run_id not in self.known.deleted, f"{run_id} runs though its deletion was answered")
        self._expect(run_id not in self.known.stopped, f"{run_id} begins again though it was stopped")
        self._expect(status in ("pending", "running"), f"{run_id} runs again though it is {status}")

    def _watch_order(self, engine: Engine) -> None:
        begin = engine._dispatcher._begin

        def watched(ticket: Ticket) -> None:
            self._check_order(engine, ticket)
            begin(ticket)

        lost = engine._dispatcher.lost

        def heard_of_it(reason: str) -> None:
            self.known.orphans |= self.known.dying
            self.known.dying.clear()
            lost(reason)

        engine._dispatcher._begin = watched  # type: ignore[method-assign]
        engine._dispatcher.lost = heard_of_it  # type: ignore[method-assign]

    def _check_order(self, engine: Engine, ticket: Ticket) -> None:
        if self.known.touched[ticket.run_id] > 0:
            return
        sql = "SELECT run_id, number, ordinal FROM jobs WHERE status IN ('pending','running')"
        mine = (ticket.number, ticket.ordinal)
        orphans = self.known.orphans - self.known.cancelled - {ticket.run_id}
        for run_id, number, ordinal in self.disk.rows(sql):
            waits = run_id in orphans or (run_id in self.known.in_line and run_id not in engine.lives)
            if waits and not self.known.touched[run_id] > 0 and (number, ordinal) < mine:
                raise Broken(f"{ticket.run_id} {mine} begins before {run_id} {(number, ordinal)}")

    def _hear(self, notice: Notice) -> None:
        if not isinstance(notice, Told) or self.engine is None:
            return
        event = notice.item.event
        self._expect(not self.known.told[event.run_id], f"{event} is told after the end of its run")
        if isinstance(event, RunFinished):
            self.known.told[event.run_id] += 1
            self._expect(self.disk.status(event.run_id) in ENDED, f"{event.run_id}: told before it was kept")
            self._check_events(event.run_id)

    def _check_events(self, run_id: str) -> None:
        rows = self.disk.rows("SELECT record FROM events WHERE run_id=? ORDER BY sequence", run_id)
        kinds = [_kind(row[0]) for row in rows]
        self._expect(kinds.count("RunFinished") == 1 and kinds[-1] == "RunFinished", f"{run_id}: {kinds}")

    def _check_stopped(self) -> None:
        left = self.disk.rows("SELECT run_id FROM jobs WHERE status='running'")
        self._expect(not left or self.weather.full > 0, f"a stop left {left} as if it ran")

    def _check_end(self) -> None:
        rows = {run_id: (status, attempts) for run_id, status, attempts in self.disk.rows(
            "SELECT run_id, status, attempts FROM jobs")}  # fmt: skip
        for run_id, (status, _) in rows.items():
            self._expect(status in ENDED, f"{run_id} has not ended: {status}")
            self._check_events(run_id)
            self._check_outcome(run_id, status)
        for run_id in self.known.accepted:
            self._expect(run_id in rows or self._may_be_gone(run_id), f"{run_id} was accepted and is lost")
        for key, run_ids in self.known.keys.items():
            self._expect(len(run_ids) == 1, f"one key, several runs: {run_ids}")
            count = self.disk.rows("SELECT count(*) FROM jobs WHERE idempotency_key=?", key)[0][0]
            self._expect(count <= 1, f"one key, {count} jobs")

    def _check_outcome(self, run_id: str, status: str) -> None:
        plan = self.known.plans[run_id]
        if run_id in self.known.cancelled:
            return
        if plan.is_deadly and not plan.fails:
            self._expect(status == "error", f"{run_id} kills its worker again and again, but is {status}")
        elif plan.fails:
            self._expect(status == "error", f"{run_id} fails, but is {status}")
        elif not plan.deaf and self._must_succeed(run_id, plan):
            self._expect(status == "success", f"{run_id} is innocent, but is {status}: {plan}")

    def _must_succeed(self, run_id: str, plan: Plan) -> bool:
        """Whether nothing happened that could excuse a failure: no run fails through another's fault."""
        if plan.deaths or self.weather.chance:
            return False
        alone_to_blame = all(not other.deaths for other in self.known.plans.values())
        return not self.known.struck[run_id] or (self.known.struck[run_id] == 1 and alone_to_blame)


def _kind(record: str) -> str:
    return type(event_from(json.loads(record))).__name__


def simulate(seed: int, folder: Path) -> World:
    """Play one seed; raises with what went wrong."""
    (folder / "node_types.json").unlink(missing_ok=True)
    world = World(seed, (CALM, STORM, SQUALL)[seed % 3], folder)
    world.run()
    return world
