"""A run that waits for a person: who answers, who goes ahead meanwhile, and what a death costs."""

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from graph.events import NodeFailed, RunFinished
from runtime.engine import Engine
from runtime.errors import BadAnswer, NobodyAsks
from runtime.jobs import Submission
from tests.runtime.test_engine import ended, on_disk, running, until
from tests.runtime.tiny import choosing, shown, slowly, through


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with running(tmp_path) as made:
        yield made


async def submit(engine: Engine, prompt: dict[str, Any]) -> str:
    return (await engine.submit(Submission(prompt))).run_id


async def asked(engine: Engine, run_id: str) -> None:
    async def look() -> bool:
        return run_id in engine.lives and "1" in engine.lives[run_id].waiting

    await until(look)


async def begun(engine: Engine, run_id: str) -> None:
    async def look() -> bool:
        return run_id in engine.lives and "1" in engine.lives[run_id].nodes

    await until(look)


async def attempts(engine: Engine, run_id: str, wanted: int) -> None:
    async def look() -> bool:
        job = await engine.job(run_id)
        return job is not None and job.attempts == wanted

    await until(look)


async def test_the_answer_goes_to_the_node(engine: Engine) -> None:
    run_id = await submit(engine, choosing())
    await asked(engine, run_id)
    assert engine.lives[run_id].waiting["1"].asked["message"] == "which?"
    engine.answer(run_id, "1", [2, 0])
    job = await ended(engine, run_id)
    assert (job.status, job.outputs, job.attempts) == ("success", {"2": {"text": ["0: [2, 0]"]}}, 1)


async def test_answers_that_do_not_fit_or_that_nobody_waits_for_are_refused(engine: Engine) -> None:
    run_id = await submit(engine, choosing(least=2))
    await asked(engine, run_id)
    with pytest.raises(BadAnswer, match="at least 2"):
        engine.answer(run_id, "1", [0])
    for job, node in ((run_id, "2"), ("unheard", "1")):
        with pytest.raises(NobodyAsks):
            engine.answer(job, node, [0, 1])
    engine.answer(run_id, "1", [0, 1])
    with pytest.raises(NobodyAsks):
        engine.answer(run_id, "1", [1, 2])
    assert (await ended(engine, run_id)).outputs == {"2": {"text": ["0: [0, 1]"]}}


async def test_other_jobs_go_ahead_also_when_several_wait(engine: Engine) -> None:
    waiting = [await submit(engine, choosing(value)) for value in range(3)]
    for run_id in waiting:
        await asked(engine, run_id)
    for value in range(3):
        assert (await ended(engine, await submit(engine, shown(value, 40)))).status == "success"
    for run_id in waiting:
        engine.answer(run_id, "1", [1])
    jobs = [await ended(engine, run_id) for run_id in waiting]
    assert [job.outputs["2"]["text"] for job in jobs] == [["0: [1]"], ["1: [1]"], ["2: [1]"]]


async def test_an_answer_comes_through_while_another_job_runs(engine: Engine) -> None:
    waiting = await submit(engine, choosing())
    await asked(engine, waiting)
    other = await submit(engine, slowly(steps=100))
    engine.answer(waiting, "1", [1])
    assert (await ended(engine, waiting)).status == "success"
    assert (await ended(engine, other)).status == "success"
    assert (await ended(engine, await submit(engine, shown(3, 41)))).status == "success"


async def test_a_waiting_run_can_be_interrupted(engine: Engine) -> None:
    run_id = await submit(engine, choosing())
    await asked(engine, run_id)
    assert engine.interrupt(run_id)
    assert (await ended(engine, run_id)).status == "interrupted"
    assert (await ended(engine, await submit(engine, shown(3, 42)))).status == "success"


async def test_an_interrupted_run_ends_at_once_though_another_keeps_the_worker_busy(engine: Engine) -> None:
    waiting = await submit(engine, choosing())
    await asked(engine, waiting)
    busy = await submit(engine, through("Deaf", value=1, seconds=1.5))
    await begun(engine, busy)
    assert engine.interrupt(waiting)
    job = await ended(engine, waiting)
    assert busy in engine.lives
    assert job.status == "interrupted"
    (finish,) = [event for event in job.events if isinstance(event, RunFinished)]
    assert finish.node_id == "1"
    assert (await ended(engine, busy)).status == "success"
    assert (await ended(engine, await submit(engine, shown(3, 43)))).status == "success"
    assert engine.worker_pid is not None


async def test_a_node_that_asks_and_does_not_heed_the_interrupt_is_killed(engine: Engine) -> None:
    waiting = await submit(engine, through("Stubborn"))
    await asked(engine, waiting)
    worker = engine.worker_pid
    assert engine.interrupt(waiting)
    assert (await ended(engine, waiting)).status == "interrupted"
    assert (await ended(engine, await submit(engine, shown(3, 44)))).status == "success"
    assert engine.worker_pid != worker


async def test_after_any_number_of_restarts_the_question_is_asked_again(tmp_path: Path) -> None:
    async with running(tmp_path) as engine:
        run_id = await submit(engine, choosing())
    for _ in range(3):
        async with running(tmp_path) as engine:
            await asked(engine, run_id)
        assert on_disk(engine) == {run_id: "pending"}
    async with running(tmp_path) as engine:
        await asked(engine, run_id)
        engine.answer(run_id, "1", [0])
        assert (await ended(engine, run_id)).status == "success"


async def test_waiting_is_no_attempt_so_that_a_killed_worker_costs_nothing(engine: Engine) -> None:
    run_id = await submit(engine, choosing())
    for _ in range(3):
        await asked(engine, run_id)
        await attempts(engine, run_id, 0)
        assert engine.worker_pid is not None
        os.kill(engine.worker_pid, signal.SIGKILL)

        async def asks_no_more() -> bool:
            return run_id not in engine.lives or not engine.lives[run_id].waiting

        await until(asks_no_more)
    await asked(engine, run_id)
    engine.answer(run_id, "1", [0])
    job = await ended(engine, run_id)
    assert (job.status, job.attempts) == ("success", 1)


async def test_a_job_that_kills_its_worker_beside_a_waiting_one_pays_alone(engine: Engine) -> None:
    waiting = await submit(engine, choosing())
    await asked(engine, waiting)
    deadly = {
        "1": {"class_type": "Deadly", "inputs": {"value": 1, "times": 9}},
        "2": {"class_type": "Show", "inputs": {"value": ["1", 0]}},
    }
    killer = await submit(engine, deadly)
    job = await ended(engine, killer)
    assert (job.status, job.attempts) == ("error", 2)
    await asked(engine, waiting)
    engine.answer(waiting, "1", [0])
    assert (await ended(engine, waiting)).status == "success"


async def test_without_anybody_to_ask_the_node_fails(tmp_path: Path) -> None:
    async with running(tmp_path, attended=False) as engine:
        job = await ended(engine, await submit(engine, choosing()))
        (failure,) = [event for event in job.events if isinstance(event, NodeFailed)]
        assert "nobody who could answer" in failure.message


async def test_a_job_keeps_what_its_nodes_took(engine: Engine) -> None:
    run_id = await submit(engine, slowly(steps=3))
    job = await ended(engine, run_id)
    assert [measure.node_id for measure in job.measures] == ["1", "2"]
    assert job.measures[0].seconds > 0.02
    again = await ended(engine, await submit(engine, slowly(steps=3)))
    assert [(measure.node_id, measure.cached) for measure in again.measures] == [("1", True), ("2", True)]
