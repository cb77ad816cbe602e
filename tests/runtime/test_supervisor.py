"""The lifetime of workers, played with a clock of its own."""

import asyncio
import contextlib
import json
import random
from collections.abc import Callable, Coroutine
from typing import Any

from runtime.messages import Configure, RunJob
from runtime.supervisor import Ears, Patience, Supervisor
from tests.runtime.simulation.loop import SimulatedLoop, Stalled
from tests.runtime.simulation.worker import Habits, Plan, SimulatedWorker

PATIENCE = Patience(silence=8.0, cancel=2.0, stop=1.0)


class Stage:
    """A supervisor whose workers pretend."""

    def __init__(self, starting: float = 0.01) -> None:
        self.habits = Habits(random.Random(1), {}, lambda _: None, lambda _: None)
        self.states: list[str] = []
        self.losses: list[str] = []
        self.pids = iter(range(1, 1_000))
        self.starting = starting
        ears = Ears(lambda _: None, self.states.append, self.losses.append, lambda _: None)
        self.supervisor = Supervisor(Configure("simulated", {}), ears, PATIENCE, self.spawn)

    async def spawn(self) -> SimulatedWorker:
        await asyncio.sleep(self.starting)
        return SimulatedWorker(self.habits, next(self.pids))


def play(story: Callable[[], Coroutine[Any, Any, None]]) -> float:
    """Run a story to its end; the seconds it took by its own clock."""
    loop = SimulatedLoop(random.Random(1), 100_000)
    task = loop.create_task(story())
    task.add_done_callback(lambda _: loop.stop())
    with contextlib.suppress(Stalled):
        loop.run_forever()
    assert task.done(), "it hangs"
    task.result()
    loop.discard()
    return loop.now


def job(run_id: str, plan: Plan) -> RunJob:
    return RunJob(run_id, json.dumps(plan.prompt()), ("1",), None, True)


def test_a_stop_that_comes_while_a_worker_is_being_started_ends() -> None:
    async def story() -> None:
        stage = Stage(starting=5.0)
        stage.supervisor.start()
        await asyncio.sleep(1.0)
        await stage.supervisor.stop()
        assert stage.supervisor.state == "stopped"

    assert play(story) < 10


def test_a_cancelled_run_that_heeds_nothing_costs_its_worker_after_the_grace_time() -> None:
    async def story() -> None:
        stage = Stage()
        stage.supervisor.start()
        await asyncio.sleep(1.0)
        stage.supervisor.send(job("deaf", Plan(deaf=True)))
        stage.supervisor.cancel("deaf")
        await asyncio.sleep(PATIENCE.cancel - 0.1)
        assert stage.losses == []
        await asyncio.sleep(2.0)
        assert stage.losses == ["it did not heed a cancel within 2 s"]
        await stage.supervisor.stop()

    play(story)


def test_each_run_has_a_grace_time_of_its_own() -> None:
    async def story() -> None:
        stage = Stage()
        stage.supervisor.start()
        await asyncio.sleep(1.0)
        stage.supervisor.cancel("first")
        await asyncio.sleep(1.5)
        stage.supervisor.cancel("second")
        stage.supervisor.run_ended("first")
        await asyncio.sleep(1.0)
        assert stage.losses == []
        stage.supervisor.run_ended("second")
        await asyncio.sleep(5.0)
        assert stage.losses == []
        await stage.supervisor.stop()

    play(story)


def test_a_worker_that_dies_at_every_start_is_started_ever_more_rarely() -> None:
    async def story() -> None:
        stage = Stage()
        stage.habits.chance = 1.0
        stage.supervisor.start()
        await asyncio.sleep(60.0)
        assert 3 <= len(stage.losses) <= 8
        await stage.supervisor.stop()

    play(story)


def test_a_worker_that_cannot_even_be_started_is_tried_again() -> None:
    async def story() -> None:
        stage = Stage()
        spawn, failures = stage.spawn, 0

        async def refused() -> SimulatedWorker:
            nonlocal failures
            failures += 1
            if failures < 3:
                raise OSError(12, "Cannot allocate memory")
            return await spawn()

        stage.supervisor._spawn = refused
        stage.supervisor.start()
        await asyncio.sleep(30.0)
        assert stage.losses == ["it cannot be started: Cannot allocate memory"] * 2
        assert stage.supervisor.state == "ready"
        await stage.supervisor.stop()

    play(story)
