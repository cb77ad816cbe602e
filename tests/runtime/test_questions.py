"""What only the worker knows: validators, choices that change, folders, packs' own messages."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from graph.errors import InvalidWorkflow
from graph.events import Announced, NodeFailed
from runtime import engine as engines
from runtime.engine import Engine
from runtime.errors import WorkerFault
from runtime.jobs import Submission
from runtime.stream import Told
from tests.runtime.test_engine import ended, running, started, until
from tests.runtime.tiny import configure, shown, slowly


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with running(tmp_path) as made:
        yield made


def picky(value: int) -> dict[str, Any]:
    return {"1": {"class_type": "Picky", "inputs": {"value": value}}}


def changing(choice: str) -> dict[str, Any]:
    return {"1": {"class_type": "Changing", "inputs": {"choice": choice}}}


async def test_a_nodes_own_validator_is_asked_at_submission(engine: Engine) -> None:
    job = await ended(engine, (await engine.submit(Submission(picky(4)))).run_id)
    assert job.outputs == {"1": {"text": ["4"]}}
    with pytest.raises(InvalidWorkflow) as refused:
        await engine.submit(Submission(picky(5)))
    problem = refused.value.node_errors["1"]["errors"][0]
    assert problem["type"] == "custom_validation_failed"
    assert "5 is odd" in str(problem)
    assert engine.remaining == 0


async def test_valid_outputs_run_while_the_validator_refuses_others(engine: Engine) -> None:
    prompt = shown(3) | {"9": {"class_type": "Picky", "inputs": {"value": 7}}}
    accepted = await engine.submit(Submission(prompt))
    assert set(accepted.node_errors) == {"9"}
    assert (await ended(engine, accepted.run_id)).targets == ("3",)


async def test_checks_are_answered_while_a_run_goes_on(engine: Engine) -> None:
    busy = await engine.submit(Submission(slowly(steps=3_000)))
    await started(engine, busy.run_id)
    waiting = await engine.submit(Submission(picky(2)))
    with pytest.raises(InvalidWorkflow):
        await engine.submit(Submission(picky(3)))
    assert list(engine.lives) == [busy.run_id]
    assert await engine.cancel(waiting.run_id)
    engine.interrupt()


async def test_a_validator_that_raises_is_told_as_a_problem_of_its_node(engine: Engine) -> None:
    with pytest.raises(InvalidWorkflow) as refused:
        await engine.submit(Submission(picky(99)))
    assert refused.value.node_errors["1"]["errors"][0]["type"] == "exception_during_validation"
    assert (await engine.submit(Submission(picky(2)))).node_errors == {}


async def test_a_validator_that_never_answers_is_a_fault_of_the_worker(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.catalogue()
    monkeypatch.setattr(engines, "CHECK", 0.3)
    with pytest.raises(WorkerFault, match=r"did not answer within 0\.3 s"):
        await engine.submit(Submission(picky(98)))
    assert engine.remaining == 0


async def test_who_asks_while_the_worker_dies_is_told(engine: Engine) -> None:
    await engine.catalogue()
    asking = asyncio.create_task(engine.submit(Submission(picky(98))))
    await asyncio.sleep(0.2)
    engine._supervisor._kill("the test wants it")
    with pytest.raises(WorkerFault, match="the test wants it"):
        await asking


async def test_a_submission_waits_for_the_worker_when_it_needs_a_validator(tmp_path: Path) -> None:
    async with running(tmp_path) as engine:
        await engine.catalogue()
    async with running(tmp_path) as engine:
        assert engine.worker_state == "starting"
        with pytest.raises(InvalidWorkflow):
            await engine.submit(Submission(picky(5)))


async def test_what_is_no_longer_valid_when_its_turn_comes_fails_with_the_reason(
    engine: Engine, tmp_path: Path
) -> None:
    choices = tmp_path / "user" / "choices"
    await engine.catalogue()
    blocker = await engine.submit(Submission(slowly(steps=3_000)))
    await started(engine, blocker.run_id)
    choices.write_text("b")
    accepted = await engine.submit(Submission(changing("b")))
    choices.write_text("c")
    await engine.fresh_catalogue()
    engine.interrupt(blocker.run_id)
    job = await ended(engine, accepted.run_id)
    failure = next(event for event in job.events if isinstance(event, NodeFailed))
    assert job.status == "error"
    assert "no longer valid" in failure.message


async def test_choices_are_read_anew_for_the_list_of_nodes_and_for_a_submission(
    engine: Engine, tmp_path: Path
) -> None:
    choices = tmp_path / "user" / "choices"
    before = await engine.fresh_catalogue()
    assert before.schemas["Changing"].inputs[0].choices == ("a",)
    choices.write_text("a b")
    assert (await ended(engine, (await engine.submit(Submission(changing("b")))).run_id)).status == "success"
    choices.write_text("a b c")
    after = await engine.fresh_catalogue()
    assert after.schemas["Changing"].inputs[0].choices == ("a", "b", "c")
    assert after.schemas["BrokenChoices"] == before.schemas["BrokenChoices"]
    with pytest.raises(InvalidWorkflow):
        await engine.submit(Submission(changing("z")))


async def test_the_remembered_choices_are_shown_when_the_worker_does_not_answer(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.catalogue()
    monkeypatch.setattr(engines, "CHECK", 0.05)
    monkeypatch.setattr(engines, "REREAD", 0.05)
    with pytest.raises(WorkerFault):
        await engine.submit(Submission(picky(98)))  # keeps the thread for questions busy
    assert "Changing" in (await engine.fresh_catalogue()).schemas


async def test_folders_that_packs_added_are_known_to_the_engine_and_remembered(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "one.tiny").touch()
    (tmp_path / "tiny" / "two.txt").touch()
    async with running(tmp_path) as engine:
        await engine.catalogue()
        assert engine.settings.folders.list("tiny_models") == ["one.tiny"]
    async with running(tmp_path, worker=configure(tmp_path, "build_nothing")) as engine:
        assert engine.settings.folders.list("tiny_models") == ["one.tiny"]
        assert (await engine.catalogue()).rereads == ("Changing", "BrokenChoices")


async def test_packs_messages_go_to_their_client_or_to_all_and_are_not_kept(tmp_path: Path) -> None:
    told: list[Told] = []

    def heard() -> list[tuple[str, str | None, Any]]:
        events = [(item.item.event, item.client_id) for item in told]
        return [(event.kind, client, event.data) for event, client in events if isinstance(event, Announced)]

    async with running(tmp_path, worker=configure(tmp_path, "build_early")) as engine:
        engine.subscribe(lambda notice: told.append(notice) if isinstance(notice, Told) else None)
        await engine.catalogue()
        for everyone in (False, True):
            prompt = {"1": {"class_type": "Tell", "inputs": {"text": "hi", "everyone": everyone}}}
            accepted = await engine.submit(Submission(prompt, client_id="me"))
            await ended(engine, accepted.run_id)
        assert heard() == [
            ("tiny.early", None, {}),  # said while the worker was being built
            ("tiny.told", "me", {"text": "hi"}),
            ("tiny.told", None, {"text": "hi"}),
        ]
        assert not any(isinstance(item.item.event, Announced) for item in engine.events(0))


async def test_a_late_answer_still_refreshes_the_choices(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.catalogue()
    (tmp_path / "user" / "choices").write_text("late")
    monkeypatch.setattr(engines, "REREAD", 0.0)
    await engine.fresh_catalogue()

    async def look() -> bool:
        return (await engine.catalogue()).schemas["Changing"].inputs[0].choices == ("late",)

    await until(look)
