"""Changes of the jobs that wait: a pause, and other work in a job's place."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graph.errors import InvalidWorkflow
from runtime.engine import Engine
from runtime.errors import JobBegun, StoreFault, UnknownJob
from runtime.jobs import NewJob, Submission, Work
from runtime.store import Store
from runtime.stream import Notice, QueueChanged
from tests.runtime.test_engine import ended, on_disk, running, settings, started
from tests.runtime.tiny import shown, slowly


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with running(tmp_path) as made:
        yield made


async def submit(engine: Engine, value: int) -> str:
    return (await engine.submit(Submission(shown(value, 0), client_id="me"))).run_id


async def test_a_paused_queue_begins_nothing_until_it_goes_on_and_tells_both(engine: Engine) -> None:
    told: list[bool] = []

    def hear(notice: Notice) -> None:
        if isinstance(notice, QueueChanged):
            told.append(notice.paused)

    engine.subscribe(hear)
    await engine.pause(True)
    run_id = await submit(engine, 7)
    await asyncio.sleep(0.3)
    assert on_disk(engine) == {run_id: "pending"}
    assert told == [True, True]
    await engine.pause(False)
    assert (await ended(engine, run_id)).outputs == {"3": {"text": ["7"]}}
    assert not any(told[2:])


async def test_what_runs_goes_on_under_a_pause(engine: Engine) -> None:
    run_id = (await engine.submit(Submission(slowly(steps=20)))).run_id
    await started(engine, run_id)
    await engine.pause(True)
    assert (await ended(engine, run_id)).status == "success"


async def test_a_pause_outlives_the_engine(tmp_path: Path) -> None:
    async with running(tmp_path) as engine:
        await engine.pause(True)
        run_id = await submit(engine, 7)
    async with running(tmp_path) as engine:
        assert engine.paused
        await asyncio.sleep(0.3)
        assert on_disk(engine) == {run_id: "pending"}
        await engine.pause(False)
        await ended(engine, run_id)
    async with running(tmp_path) as engine:
        assert not engine.paused


async def test_a_waiting_job_runs_what_replaced_it_in_its_place(engine: Engine) -> None:
    await engine.pause(True)
    runs = [await submit(engine, value) for value in (1, 2, 3)]
    accepted = await engine.replace(runs[1], Submission(shown(20, 0), front=True))
    assert (accepted.run_id, accepted.number) == (runs[1], 2)
    _, waiting = await engine.queue()
    assert [job.run_id for job in waiting] == runs
    assert waiting[1].prompt == shown(20, 0)
    await engine.pause(False)
    jobs = [await ended(engine, run_id) for run_id in runs]
    assert [job.outputs["3"]["text"] for job in jobs] == [["1"], ["20"], ["3"]]
    assert [job.client_id for job in jobs] == ["me"] * 3
    assert jobs[0].started <= jobs[1].started <= jobs[2].started  # type: ignore[operator]


async def test_work_that_cannot_run_leaves_the_old_one(engine: Engine) -> None:
    await engine.pause(True)
    run_id = await submit(engine, 5)
    with pytest.raises(InvalidWorkflow):
        await engine.replace(run_id, Submission(shown(1_000)))
    await engine.pause(False)
    assert (await ended(engine, run_id)).outputs == {"3": {"text": ["5"]}}


async def test_only_a_job_that_waits_can_be_replaced(engine: Engine) -> None:
    run_id = (await engine.submit(Submission(slowly(steps=3_000)))).run_id
    await started(engine, run_id)
    with pytest.raises(JobBegun):
        await engine.replace(run_id, Submission(shown()))
    engine.interrupt(run_id)
    await ended(engine, run_id)
    with pytest.raises(JobBegun):
        await engine.replace(run_id, Submission(shown()))
    with pytest.raises(UnknownJob):
        await engine.replace("unheard", Submission(shown()))


async def test_either_the_old_work_has_begun_or_the_new_one_runs(engine: Engine) -> None:
    """At whatever moment the edit comes in."""
    for moment in range(12):
        run_id = await submit(engine, 1)
        await asyncio.sleep(moment * 0.002)
        try:
            await engine.replace(run_id, Submission(shown(50, moment)))
        except JobBegun:
            expected = "1"
        else:
            expected = str(50 + moment)
        assert (await ended(engine, run_id)).outputs["3"]["text"] == [expected]


class SlowOrFull(Store):
    """A store whose disk takes its time over an edit, and may then be full."""

    full = False

    async def replace(self, job: NewJob) -> Work | None:
        await asyncio.sleep(0.3)
        if self.full:
            raise StoreFault("the disk is full")
        return await super().replace(job)


@pytest.mark.parametrize("full", [False, True])
async def test_a_job_does_not_begin_while_it_is_being_changed(tmp_path: Path, full: bool) -> None:
    engine = Engine(settings(tmp_path), SlowOrFull.open)
    await engine.start()
    try:
        await engine.pause(True)
        run_id = await submit(engine, 1)
        assert isinstance(engine._store, SlowOrFull)
        engine._store.full = full
        editing = asyncio.create_task(engine.replace(run_id, Submission(shown(60, 0))))
        await asyncio.sleep(0.1)
        engine._dispatcher.paused = False
        engine._dispatcher.look()
        outcome = (await asyncio.gather(editing, return_exceptions=True))[0]
        assert isinstance(outcome, StoreFault) == full
        assert (await ended(engine, run_id)).outputs["3"]["text"] == ["1" if full else "60"]
    finally:
        await engine.stop()


async def test_a_large_job_can_be_replaced_too(engine: Engine) -> None:
    await engine.pause(True)
    run_id = await submit(engine, 1)
    more = {str(n): {"class_type": "Number", "inputs": {"value": 1}} for n in range(10, 1_500)}
    await engine.replace(run_id, Submission(shown(30, 0) | more))
    await engine.pause(False)
    assert (await ended(engine, run_id)).outputs["3"]["text"] == ["30"]
