"""Two runs underway: what one leaves of the device goes to the next, and neither pays for the other."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.events import NodeFailed, NodeStarted, RunFinished
from runtime.engine import Engine
from runtime.jobs import Submission
from runtime.stream import Told
from tests.runtime.test_engine import QUICK, ended, on_disk, running, started, until
from tests.runtime.tiny import shown, slowly


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with running(tmp_path) as made:
        yield made


def writing(
    value: int, pause: float = 0.5, steps: int = 0, kind: str = "Write", **more: Any
) -> dict[str, Any]:
    """A prompt that leaves the device for the disk's lane after some steps."""
    return {
        "1": {"class_type": "Slow", "inputs": {"value": value, "steps": steps, "pause": 0.01}},
        "2": {"class_type": kind, "inputs": {"value": ["1", 0], "pause": pause, **more}},
    }


async def submit(engine: Engine, prompt: dict[str, Any], client: str | None = None) -> str:
    return (await engine.submit(Submission(prompt, client_id=client))).run_id


async def both_underway(engine: Engine, *run_ids: str) -> None:
    async def look() -> bool:
        return set(run_ids) <= set(engine.lives)

    await until(look)


async def left(engine: Engine, run_id: str) -> None:
    """A run is in the history a moment before it leaves the queue."""

    async def look() -> bool:
        return run_id not in engine.lives

    await until(look)


async def test_the_next_run_begins_while_the_one_before_writes(engine: Engine) -> None:
    told: list[Told] = []
    engine.subscribe(lambda notice: told.append(notice) if isinstance(notice, Told) else None)
    first = await submit(engine, writing(1, pause=1.0), "a")
    second = await submit(engine, slowly(value=2, steps=3), "b")
    await ended(engine, first)
    await ended(engine, second)
    events = [(item.item.event.run_id, type(item.item.event)) for item in told]
    assert events.index((second, NodeStarted)) < events.index((first, RunFinished))
    assert {item.client_id for item in told if item.item.event.run_id == first} == {"a"}
    assert {item.client_id for item in told if item.item.event.run_id == second} == {"b"}


async def test_what_is_written_and_the_history_keep_the_order_of_the_queue(engine: Engine) -> None:
    runs = [await submit(engine, writing(n, pause=0.05)) for n in range(8)]
    jobs = [await ended(engine, run_id) for run_id in runs]
    assert [job.outputs["2"] for job in jobs] == [{"text": [str(n)]} for n in range(8)]
    assert [job.run_id for job in await engine.history()] == runs
    assert sorted(job.finished or 0 for job in jobs) == [job.finished for job in jobs]


async def test_no_more_than_two_are_underway_and_the_others_can_still_be_moved(engine: Engine) -> None:
    runs = [await submit(engine, writing(n, pause=1.0)) for n in range(4)]
    await both_underway(engine, *runs[:2])
    await asyncio.sleep(0.1)
    underway, waiting = await engine.queue()
    assert [job.run_id for job in underway] == runs[:2]
    assert [job.run_id for job in waiting] == runs[2:]
    assert await engine.move_to_front(runs[3])
    assert await engine.delete_waiting([runs[2]]) == 1
    assert list(engine.lives) == runs[:2]
    engine.interrupt()


async def test_a_run_on_the_device_is_not_joined_by_another(engine: Engine) -> None:
    first = await submit(engine, slowly(steps=30))
    second = await submit(engine, shown(5))
    await started(engine, first)
    await asyncio.sleep(0.1)
    assert list(engine.lives) == [first]
    assert (await ended(engine, second)).status == "success"


async def test_one_of_two_is_interrupted_by_its_id_and_all_without(engine: Engine) -> None:
    first = await submit(engine, writing(1, pause=30))
    second = await submit(engine, slowly(value=2, steps=5_000))
    await both_underway(engine, first, second)
    await started(engine, second)
    assert engine.interrupt(second)
    assert (await ended(engine, second)).status == "interrupted"
    await left(engine, second)
    assert list(engine.lives) == [first]
    third = await submit(engine, slowly(value=3, steps=5_000))
    await started(engine, third)
    assert engine.interrupt()
    assert {(await ended(engine, run_id)).status for run_id in (first, third)} == {"interrupted"}


async def test_a_deaf_run_is_killed_and_the_one_beside_it_is_not_to_blame(engine: Engine) -> None:
    deaf = await submit(engine, {
        "1": {"class_type": "DeafWrite", "inputs": {"value": 1, "seconds": 60.0}},
        "2": {"class_type": "Show", "inputs": {"value": ["1", 0]}},
    })  # fmt: skip
    beside = await submit(engine, slowly(value=2, steps=5))
    await started(engine, deaf)
    assert not set(engine.lives) - {deaf}  # its last node needs the device: no one joins it
    assert engine.interrupt(deaf)
    assert (await ended(engine, deaf)).status == "interrupted"
    assert (await ended(engine, beside)).status == "success"


async def test_who_is_killed_beside_a_cancelled_run_begins_again_without_blame(engine: Engine) -> None:
    deaf = await submit(engine, writing(1, pause=60.0, kind="DeadlyWrite", times=0))
    beside = await submit(engine, slowly(value=2, steps=150))
    await started(engine, beside)
    assert set(engine.lives) == {deaf, beside}
    assert engine.interrupt(deaf)
    assert (await ended(engine, deaf)).status == "interrupted"
    job = await ended(engine, beside)
    assert (job.status, job.attempts) == ("success", 1)


async def test_no_run_fails_for_one_that_takes_the_worker_down_again_and_again(engine: Engine) -> None:
    guilty = await submit(engine, writing(1, pause=0.3, kind="DeadlyWrite", times=9))
    innocent = await submit(engine, slowly(value=2, steps=100))
    after = await submit(engine, shown(3))
    jobs = [await ended(engine, run_id) for run_id in (guilty, innocent, after)]
    assert [job.status for job in jobs] == ["error", "success", "success"]
    assert [job.attempts for job in jobs] == [2, 2, 1]
    failure = next(event for event in jobs[0].events if isinstance(event, NodeFailed))
    assert (failure.node_id, failure.node_type) == ("2", "DeadlyWrite")


async def test_two_whose_worker_died_run_one_after_the_other(engine: Engine) -> None:
    first = await submit(engine, writing(1, pause=1.0))
    second = await submit(engine, writing(2, pause=1.0, steps=1))
    await both_underway(engine, first, second)
    await started(engine, second, "1")
    died = engine.worker_pid
    assert died is not None
    os.kill(died, signal.SIGKILL)
    most = 0

    async def look() -> bool:
        nonlocal most
        back = engine.worker_state == "ready" and engine.worker_pid != died
        in_worker = len(engine._dispatcher._sent())
        most = max(most, in_worker if back else 0)
        return engine.remaining == 0

    await until(look)
    jobs = [await ended(engine, run_id) for run_id in (first, second)]
    assert [job.status for job in jobs] == ["success"] * 2
    assert most == 1


async def test_a_run_that_had_not_begun_when_the_worker_died_has_no_attempt_against_it(
    engine: Engine,
) -> None:
    first = await submit(engine, writing(1, pause=0.6))
    await started(engine, first, "2")
    await asyncio.sleep(0.1)  # the worker has said that it is spare
    assert engine.worker_pid is not None
    os.kill(engine.worker_pid, signal.SIGSTOP)
    second = await submit(engine, writing(2, pause=0.0))
    await both_underway(engine, first, second)
    assert on_disk(engine) == {first: "running", second: "pending"}
    os.kill(engine.worker_pid, signal.SIGKILL)
    assert (await ended(engine, first)).attempts == 2
    assert (await ended(engine, second)).attempts == 1


async def test_stopping_with_two_underway_leaves_both_for_the_next_start(tmp_path: Path) -> None:
    async with running(tmp_path) as engine:
        first = await submit(engine, writing(1, pause=30.0))
        second = await submit(engine, slowly(value=2, steps=3_000))
        await started(engine, second)
    async with running(tmp_path) as engine:
        assert set(on_disk(engine).values()) <= {"pending", "running"}
        await started(engine, first, "2")
        engine.interrupt(first)
        engine.interrupt(second)


async def test_a_stop_ends_though_a_run_heeds_nothing(tmp_path: Path) -> None:
    patience = replace(QUICK, cancel=60.0, stop=0.3)
    async with running(tmp_path, patience=patience) as engine:
        prompt = {
            "1": {"class_type": "Deaf", "inputs": {"value": 1, "seconds": 60.0}},
            "2": {"class_type": "Show", "inputs": {"value": ["1", 0]}},
        }
        deaf = await submit(engine, prompt)
        await started(engine, deaf)
        async with asyncio.timeout(10):
            await engine.stop()
        assert on_disk(engine) == {deaf: "pending"}
        engine.stop = nothing  # type: ignore[method-assign]


async def nothing() -> None:
    """It has stopped already."""
