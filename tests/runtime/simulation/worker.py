"""A worker that only pretends: it speaks the real messages, and ends in all the ways that a real one can."""

from __future__ import annotations

import asyncio
import json
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graph.events import Event as Said
from graph.events import NodeFailed, NodeFinished, NodesCached, NodeStarted, RunFinished, RunStarted
from graph.node import node
from runtime.messages import (
    Behind,
    CancelRun,
    FrameReader,
    Happened,
    Heartbeat,
    Message,
    Ready,
    Report,
    RunDone,
    RunJob,
    Shutdown,
    Spare,
    encode,
)

BEAT = 3.0  # seconds between heartbeats


@node("simulation", is_output=True)
def act(*, plan: str = "{}") -> None:
    """Do as the plan says."""


SCHEMAS = {"Act": act.schema.to_dict()}


@dataclass(frozen=True)
class Plan:
    """What a run does."""

    steps: int = 1  # on the device
    lane: int = 0  # beside it, afterwards
    deaths: int = 0  # how often it takes the worker down
    place: str = "device"  # where it does so: "begin", "device" or "lane"
    deaf: bool = False
    fails: bool = False

    @property
    def is_deadly(self) -> bool:
        """Whether no attempt at it ends well."""
        return self.deaths > 1 and {"begin": 1, "device": self.steps, "lane": self.lane}[self.place] > 0

    def prompt(self) -> dict[str, Any]:
        return {"1": {"class_type": "Act", "inputs": {"plan": json.dumps(vars(self))}}}

    @classmethod
    def of(cls, prompt: str) -> Plan:
        return cls(**json.loads(json.loads(prompt)["1"]["inputs"]["plan"]))


@dataclass
class Habits:
    """What workers of one simulation do, and what is remembered of them."""

    rng: random.Random
    deaths: dict[str, int]  # by run id, so far
    got_job: Callable[[str], None]  # checks of the simulation
    died_under: Callable[[str], None]
    chance: float = 0.0  # of dying for no reason, at each step


class SimulatedWorker:
    """One process."""

    def __init__(self, habits: Habits, pid: int) -> None:
        self.pid = pid
        self._habits, self._rng = habits, habits.rng
        self._code: int | None = None
        self._frames = FrameReader()
        self._backlog: deque[Message] = deque()
        self._flags: set[str] = set()
        self._runs: dict[str, bool] = {}  # underway, and whether they use the device
        self._spare: tuple[str, ...] = ()
        self._unsent: list[Report] = []
        self._pipe: list[bytes] = []
        self._bell, self._written, self._ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._tasks = [asyncio.create_task(self._conduct()), asyncio.create_task(self._beat())]

    # As its supervisor sees it

    def write(self, data: bytes) -> None:
        if self._code is None:
            for message in self._frames.feed(data):
                if isinstance(message, CancelRun):
                    self._flags.add(message.run_id)
                elif not isinstance(message, Behind):
                    self._backlog.append(message)
                if isinstance(message, RunJob):
                    self._habits.got_job(message.run_id)
            self._bell.set()

    async def read(self) -> bytes:
        while not self._pipe and self._code is None:
            self._written.clear()
            await self._written.wait()
        found, self._pipe = b"".join(self._pipe), []
        return found

    async def read_log(self) -> bytes:
        await self._ended.wait()
        return b""

    async def wait(self) -> int:
        await self._ended.wait()
        assert self._code is not None
        return self._code

    def kill(self) -> None:
        self._die(-9)

    # What it does

    def _die(self, code: int) -> None:
        if self._code is None:
            self._code = code
            for task in self._tasks:
                task.cancel()
            self._ended.set()
            self._written.set()
            for run_id in self._runs if code else ():
                self._habits.died_under(run_id)

    def _fall_silent(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _pause(self) -> None:
        await asyncio.sleep(self._rng.choice((0.0, 0.01, 0.1)))
        if self._rng.random() < self._habits.chance:
            if self._rng.random() < 0.2:
                self._fall_silent()
            else:
                self._die(-11)
            await asyncio.Event().wait()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            self._report(Heartbeat(()))

    def _report(self, report: Report) -> None:
        self._unsent.append(report)
        said = report.event if isinstance(report, Happened) else None
        if isinstance(said, NodeStarted):
            self._send()
        elif len(self._unsent) == 1:
            asyncio.get_running_loop().call_later(self._rng.choice((0.0, 0.005)), self._send)

    def _send(self) -> None:
        if self._code is None and self._unsent:
            self._pipe.append(b"".join(encode(report) for report in self._unsent))
            self._unsent.clear()
            self._written.set()

    def _say(self, event: Said) -> None:
        self._report(Happened(event))

    async def _conduct(self) -> None:
        await self._pause()
        self._report(Ready(SCHEMAS, (), ()))
        while True:
            self._bell.clear()
            if self._backlog and self._may_begin(self._backlog[0]):
                self._take(self._backlog.popleft())
                continue
            spare = tuple(self._runs) if self._is_idle() and not self._backlog else ()
            if spare and spare != self._spare:
                self._report(Spare(spare))
            self._spare = spare
            await self._bell.wait()

    def _is_idle(self) -> bool:
        return len(self._runs) == 1 and not any(self._runs.values())

    def _may_begin(self, message: Message) -> bool:
        return not self._runs or (isinstance(message, RunJob) and self._is_idle())

    def _take(self, message: Message) -> None:
        if isinstance(message, Shutdown):
            self._send()
            self._die(0)
        elif isinstance(message, RunJob):
            self._runs[message.run_id] = True
            self._tasks.append(asyncio.create_task(self._run(message.run_id, Plan.of(message.prompt))))

    async def _run(self, run_id: str, plan: Plan) -> None:
        await self._maybe_die(run_id, plan, "begin")
        self._say(RunStarted(run_id))
        self._say(NodesCached(run_id, ()))
        status = await self._node(run_id, "1", plan, "device", plan.steps)
        self._runs[run_id] = False
        self._bell.set()
        if status == "success" and plan.lane:
            status = await self._node(run_id, "1.1", plan, "lane", plan.lane)
        self._say(RunFinished(run_id, status, ["1"]))  # type: ignore[arg-type]
        self._report(RunDone(run_id, status, {"1": {"text": [run_id]}} if status == "success" else {}))
        del self._runs[run_id]
        self._flags.discard(run_id)
        self._bell.set()

    async def _node(self, run_id: str, node_id: str, plan: Plan, place: str, steps: int) -> str:
        self._say(NodeStarted(run_id, node_id))
        for _ in range(steps):
            if run_id in self._flags and not plan.deaf:
                return "interrupted"
            await self._pause()
            await self._maybe_die(run_id, plan, place)
        if plan.deaf:
            await asyncio.Event().wait()
        if plan.fails and place == "device":
            self._say(NodeFailed(run_id, node_id, "Act", "no luck", "ValueError", [], {}, []))
            return "error"
        self._say(NodeFinished(run_id, node_id, {"text": [run_id]}, False, 0.1))
        return "success"

    async def _maybe_die(self, run_id: str, plan: Plan, place: str) -> None:
        await self._pause()
        so_far = self._habits.deaths.get(run_id, 0)
        if plan.place == place and so_far < plan.deaths:
            self._habits.deaths[run_id] = so_far + 1
            self._die(-9)
            await asyncio.Event().wait()
