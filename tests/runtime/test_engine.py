"""Jobs from submission to history, with a real worker process."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.errors import InvalidWorkflow
from graph.events import NodeFailed, NodeFinished, NodePreview, RunFinished
from graph.folders import Folders
from runtime.engine import Engine, Settings
from runtime.errors import EngineStopped, QueueFull
from runtime.jobs import Job, Submission
from runtime.stream import Notice, QueueChanged, Told, WorkerChanged
from runtime.supervisor import Patience
from tests.runtime.tiny import configure, shown, slowly, through

QUICK = Patience(silence=20.0, cancel=0.4, stop=3.0)


def settings(base: Path, **changes: Any) -> Settings:
    (base / "user").mkdir(exist_ok=True)
    made = Settings(
        folders=Folders(base),
        database=base / "user" / "jobs.sqlite",
        remembered=base / "user" / "node_types.json",
        code="this code",
        worker=configure(base),
        patience=QUICK,
    )
    return replace(made, **changes)


@contextlib.asynccontextmanager
async def running(base: Path, **changes: Any) -> AsyncIterator[Engine]:
    engine = Engine(settings(base, **changes))
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with running(tmp_path) as started:
        yield started


async def until(true: Callable[[], Awaitable[Any]], seconds: float = 15.0) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := await true()):
            await asyncio.sleep(0.01)
    return found


async def ended(engine: Engine, run_id: str) -> Job:
    async def look() -> Job | None:
        job = await engine.job(run_id)
        return job if job and job.finished else None

    job: Job = await until(look)
    return job


async def emptied(engine: Engine) -> None:
    """A run is in the history a moment before it leaves the queue."""

    async def look() -> bool:
        return engine.remaining == 0

    await until(look)


async def started(engine: Engine, run_id: str, node: str = "1") -> None:
    async def look() -> bool:
        return run_id in engine.lives and engine.lives[run_id].current == node

    await until(look)


def on_disk(engine: Engine) -> dict[str, str]:
    """Status by run id, as another process would find it."""
    with contextlib.closing(sqlite3.connect(engine.settings.database)) as database:
        return dict(database.execute("SELECT run_id, status FROM jobs").fetchall())


async def test_a_job_runs_and_its_outputs_are_in_the_history(engine: Engine) -> None:
    accepted = await engine.submit(Submission(shown(7, 3), client_id="me"))
    job = await ended(engine, accepted.run_id)
    assert (job.status, job.attempts) == ("success", 1)
    assert job.outputs == {"3": {"text": ["10"]}}
    assert job.extra_data["client_id"] == "me"


async def test_the_history_is_on_disk_before_the_end_is_told(engine: Engine) -> None:
    seen: list[str | None] = []

    def hear(notice: Notice) -> None:
        if isinstance(notice, Told) and isinstance(notice.item.event, RunFinished):
            seen.append(on_disk(engine)[notice.item.event.run_id])

    engine.subscribe(hear)
    await ended(engine, (await engine.submit(Submission(shown()))).run_id)
    await asyncio.sleep(0.05)
    assert seen == ["success"]


async def test_every_problem_is_told_at_submission_and_nothing_is_queued(engine: Engine) -> None:
    with pytest.raises(InvalidWorkflow) as told:
        await engine.submit(Submission(shown(value=1_000)))
    assert told.value.node_errors["1"]["errors"][0]["type"] == "value_bigger_than_max"
    assert engine.remaining == 0


async def test_secrets_in_extra_data_are_never_stored(engine: Engine, tmp_path: Path) -> None:
    extra = {"api_key_comfy_org": "s3cret", "auth_token_comfy_org": "s3cret", "kept": 1}
    accepted = await engine.submit(Submission(shown(), extra_data=extra))
    job = await ended(engine, accepted.run_id)
    assert job.extra_data["kept"] == 1
    assert all(b"s3cret" not in file.read_bytes() for file in (tmp_path / "user").iterdir())


async def test_an_error_skips_its_dependants_and_other_branches_finish(engine: Engine) -> None:
    prompt = {
        **through("Fail", value=3),
        **{f"1{key}": node for key, node in through("Number", value=4).items()},
    }
    prompt["12"]["inputs"]["value"] = ["11", 0]
    job = await ended(engine, (await engine.submit(Submission(prompt))).run_id)
    failure = next(event for event in job.events if isinstance(event, NodeFailed))
    assert job.status == "error"
    assert (failure.node_id, failure.message) == ("1", "no luck with 3")
    assert job.outputs == {"12": {"text": ["4"]}}


async def test_lower_numbers_run_first_and_front_goes_before_all(engine: Engine) -> None:
    blocker = await engine.submit(Submission(slowly(steps=30)))
    await started(engine, blocker.run_id)
    late = await engine.submit(Submission(shown(1), number=50))
    early = await engine.submit(Submission(shown(2), number=40))
    front = await engine.submit(Submission(shown(3), front=True))
    _, waiting = await engine.queue()
    assert [job.run_id for job in waiting] == [front.run_id, early.run_id, late.run_id]
    jobs = [await ended(engine, accepted.run_id) for accepted in (front, early, late)]
    assert jobs[0].finished <= jobs[1].finished <= jobs[2].finished  # type: ignore[operator]


async def test_waiting_jobs_move_to_the_front_before_another_and_to_a_number(engine: Engine) -> None:
    blocker = await engine.submit(Submission(slowly(steps=3_000)))
    await started(engine, blocker.run_id)
    a, b, c, d = [(await engine.submit(Submission(shown(n)))).run_id for n in range(4)]

    async def order() -> list[str]:
        rows = [(job.number, job.ordinal, job.run_id) for job in (await engine.queue())[1]]
        assert rows == sorted(rows)  # what is on disk tells the same order
        return [run_id for _, _, run_id in rows]

    assert await engine.move_to_front(c)
    assert await order() == [c, a, b, d]
    assert await engine.move_before(d, a)
    assert await order() == [c, d, a, b]
    assert await engine.reprioritise(c, 1_000)
    assert await order() == [d, a, b, c]
    front = await engine.submit(Submission(shown(9), front=True))
    assert await order() == [front.run_id, d, a, b, c]
    assert not await engine.move_to_front("unknown")
    assert not await engine.move_before(a, blocker.run_id)
    assert not await engine.move_before(a, a)
    assert not await engine.reprioritise(blocker.run_id, 1)
    await engine.clear_waiting()
    engine.interrupt()


async def test_a_new_order_survives_a_stop_and_ends_in_that_order(tmp_path: Path) -> None:
    async with running(tmp_path) as engine:
        await engine.catalogue()
        runs = [
            (await engine.submit(Submission(slowly(value=n, steps=300), number=5))).run_id for n in range(4)
        ]
        await started(engine, runs[0])
        assert await engine.move_before(runs[3], runs[2])  # equal numbers leave no room: others move too
        assert await engine.move_to_front(runs[2])
    async with running(tmp_path) as engine:
        _, waiting = await engine.queue()
        assert [job.run_id for job in waiting] == [runs[2], runs[1], runs[3], runs[0]]
        await engine.clear_waiting()
        engine.interrupt()


async def test_the_worker_is_told_what_waits_behind_a_run(engine: Engine) -> None:
    prompts = [shown(n) for n in range(5)]
    first = await engine.submit(Submission({"1": {"class_type": "Ahead", "inputs": {"seconds": 0.5}}}))
    await started(engine, first.run_id)
    for prompt in prompts:
        await engine.submit(Submission(prompt))
    calls = 3 * len(shown())  # of the next three, not of all
    assert (await ended(engine, first.run_id)).outputs == {"1": {"text": [str(calls)]}}


async def test_a_running_job_is_interrupted_between_its_steps(engine: Engine) -> None:
    accepted = await engine.submit(Submission(slowly(steps=2_000)))
    await started(engine, accepted.run_id)
    assert not engine.interrupt("another")
    assert engine.interrupt(accepted.run_id)
    job = await ended(engine, accepted.run_id)
    last = job.events[-1]
    assert isinstance(last, RunFinished)
    assert (job.status, last.node_id, last.node_type) == ("interrupted", "1", "Slow")


async def test_a_node_that_will_not_listen_is_killed_and_the_queue_goes_on(engine: Engine) -> None:
    deaf = await engine.submit(Submission(through("Deaf", value=1, seconds=60.0)))
    after = await engine.submit(Submission(shown(5)))
    await started(engine, deaf.run_id)
    first = engine.worker_pid
    assert await engine.cancel(deaf.run_id)
    assert (await ended(engine, deaf.run_id)).status == "interrupted"
    assert (await ended(engine, after.run_id)).status == "success"
    assert engine.worker_pid != first


async def test_a_waiting_job_leaves_the_queue_without_a_trace(engine: Engine) -> None:
    blocker = await engine.submit(Submission(slowly(steps=40)))
    waiting = await engine.submit(Submission(shown()))
    assert await engine.cancel(waiting.run_id)
    assert not await engine.cancel(waiting.run_id)
    assert await engine.job(waiting.run_id) is None
    await ended(engine, blocker.run_id)
    await emptied(engine)


async def test_a_run_that_took_its_worker_down_is_tried_once_more(engine: Engine) -> None:
    accepted = await engine.submit(Submission(through("Deadly", value=6, times=1)))
    job = await ended(engine, accepted.run_id)
    assert (job.status, job.attempts, job.outputs) == ("success", 2, {"2": {"text": ["6"]}})


async def test_a_run_that_took_its_worker_down_twice_fails_with_the_reason(engine: Engine) -> None:
    deadly = await engine.submit(Submission(through("Deadly", value=6, times=9)))
    after = await engine.submit(Submission(shown(5)))
    job = await ended(engine, deadly.run_id)
    failure = next(event for event in job.events if isinstance(event, NodeFailed))
    assert (job.status, job.attempts) == ("error", 2)
    assert (failure.node_id, failure.node_type) == ("1", "Deadly")
    assert "SIGKILL" in failure.message
    assert (await ended(engine, after.run_id)).status == "success"


async def test_a_worker_killed_from_outside_comes_back_and_says_so(engine: Engine) -> None:
    states: list[str] = []
    engine.subscribe(
        lambda notice: states.append(notice.state) if isinstance(notice, WorkerChanged) else None
    )
    accepted = await engine.submit(Submission(slowly(steps=60)))
    await started(engine, accepted.run_id)
    assert engine.worker_pid is not None
    os.kill(engine.worker_pid, 9)
    job = await ended(engine, accepted.run_id)
    assert (job.status, job.attempts) == ("success", 2)
    assert states[-2:] == ["restarting", "ready"]


async def test_a_worker_that_falls_silent_is_replaced(tmp_path: Path) -> None:
    async with running(tmp_path, patience=replace(QUICK, silence=2.5)) as engine:
        accepted = await engine.submit(Submission(slowly(steps=30, pause=0.05)))
        await started(engine, accepted.run_id)
        assert engine.worker_pid is not None
        os.kill(engine.worker_pid, 19)  # SIGSTOP: alive, but mute
        job = await ended(engine, accepted.run_id)
        assert (job.status, job.attempts) == ("success", 2)


async def test_stopping_leaves_the_running_and_the_waiting_job_for_the_next_start(tmp_path: Path) -> None:
    async with running(tmp_path) as engine:
        first = await engine.submit(Submission(slowly(steps=100, value=3)))
        second = await engine.submit(Submission(shown(8)))
        await started(engine, first.run_id)
        pid = engine.worker_pid
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(EngineStopped):
        await engine.submit(Submission(shown()))
    async with running(tmp_path) as engine:
        jobs = [await ended(engine, accepted.run_id) for accepted in (first, second)]
    assert [(job.status, job.attempts) for job in jobs] == [("success", 1), ("success", 1)]


async def test_node_types_are_remembered_for_the_same_code_only(tmp_path: Path) -> None:
    async with running(tmp_path) as engine:
        learned = await engine.catalogue()
    async with running(tmp_path, worker=configure(tmp_path, "build_nothing")) as engine:
        async with asyncio.timeout(0.5):
            assert await engine.catalogue() == learned
        accepted = await engine.submit(Submission(shown()))  # durable though no worker is there
        assert engine.remaining == 1
    async with running(tmp_path, code="other code") as engine:
        assert engine._catalogue is None
        assert (await ended(engine, accepted.run_id)).status == "success"


async def test_a_worker_that_cannot_be_built_says_why(tmp_path: Path) -> None:
    async with running(tmp_path, worker=configure(tmp_path, "build_nothing")) as engine:

        async def reason() -> str:
            return engine.worker_reason

        assert "torch is broken" in await until(reason)
        assert engine.worker_state == "restarting"


async def test_a_full_queue_refuses_more(tmp_path: Path) -> None:
    async with running(tmp_path, queue_cap=2) as engine:
        await engine.catalogue()
        blocker = await engine.submit(Submission(slowly(steps=500)))
        await started(engine, blocker.run_id)
        await asyncio.gather(*(engine.submit(Submission(shown(n))) for n in range(2)))
        with pytest.raises(QueueFull):
            await engine.submit(Submission(shown()))


async def test_events_are_numbered_upwards_and_can_be_asked_for_again(engine: Engine) -> None:
    told: list[Told] = []
    engine.subscribe(lambda notice: told.append(notice) if isinstance(notice, Told) else None)
    await ended(engine, (await engine.submit(Submission(slowly()))).run_id)
    await asyncio.sleep(0.05)
    numbers = [item.item.sequence for item in told]
    assert numbers == sorted(set(numbers))
    assert any(isinstance(item.item.event, NodePreview) for item in told)
    kept = [item for item in told if not isinstance(item.item.event, NodePreview)]
    assert engine.events(kept[2].item.sequence) == kept[3:]


async def test_a_second_run_of_the_same_is_answered_from_the_cache(engine: Engine) -> None:
    told: list[Any] = []
    for _ in range(2):
        await ended(engine, (await engine.submit(Submission(shown()))).run_id)
    engine.subscribe(lambda notice: told.append(notice.item.event) if isinstance(notice, Told) else None)
    job = await ended(engine, (await engine.submit(Submission(shown()))).run_id)
    assert job.outputs == {"3": {"text": ["8"]}}
    assert all(event.cached for event in told if isinstance(event, NodeFinished))
    engine.free(models=False, cache=True)


async def test_a_queue_change_tells_how_many_are_left(engine: Engine) -> None:
    remaining: list[int] = []
    engine.subscribe(
        lambda notice: remaining.append(notice.remaining) if isinstance(notice, QueueChanged) else None
    )
    accepted = await engine.submit(Submission(shown()))
    await ended(engine, accepted.run_id)
    await asyncio.sleep(0.05)
    assert remaining[0] == 1
    assert remaining[-1] == 0


async def test_values_that_json_does_not_know_reach_the_history_as_plain_ones(engine: Engine) -> None:
    prompt = {"1": {"class_type": "OddUi", "inputs": {}}}
    job = await ended(engine, (await engine.submit(Submission(prompt))).run_id)
    assert job.outputs == {"1": {"text": [None, "somewhere", [1, 2]]}}


async def test_a_canvas_document_is_accepted_and_kept_for_the_pictures(engine: Engine) -> None:
    document = {
        "id": "w1",
        "version": 0.4,
        "nodes": [
            {"id": 1, "type": "Number", "mode": 0, "inputs": [], "outputs": [], "widgets_values": [4]},
            {
                "id": 2,
                "type": "Show",
                "mode": 0,
                "inputs": [{"name": "value", "type": "INT", "link": 1}],
                "outputs": [],
                "widgets_values": [0],
            },
        ],
        "links": [[1, 1, 0, 2, 0, "INT"]],
    }
    job = await ended(engine, (await engine.submit(Submission(document))).run_id)
    assert job.outputs == {"2": {"text": ["4"]}}
    assert job.extra_data["extra_pnginfo"]["workflow"] == document
    assert job.workflow_id == "w1"
