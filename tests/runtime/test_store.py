"""What the database keeps."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from graph.events import NodeFailed, RunFinished, RunStarted
from runtime.errors import DuplicateRun, StoreFault
from runtime.jobs import Ending, NewJob, NumberedEvent
from runtime.journal import ThreadedJournal
from runtime.measures import Measure
from runtime.store import Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store.open(tmp_path / "jobs.sqlite")
    yield opened
    opened.close()


def new(run_id: str, number: float = 1, key: str | None = None, prompt: str = "{}") -> NewJob:
    return NewJob(run_id, number, prompt, '["9"]', '{"a": 1}', "{}", "client", None, key, 1_000)


def ending(run_id: str, sequence: int = 1) -> Ending:
    events = (
        NumberedEvent(sequence, RunStarted(run_id)),
        NumberedEvent(sequence + 1, RunFinished(run_id, "success", [])),
    )
    return Ending(run_id, "success", {"9": {"text": ["a"]}}, 2_000, events)


async def test_a_job_is_there_for_another_connection_as_soon_as_add_returns(
    store: Store, tmp_path: Path
) -> None:
    await store.add(new("a"))
    with sqlite3.connect(tmp_path / "jobs.sqlite") as other:
        assert other.execute("SELECT run_id, status FROM jobs").fetchall() == [("a", "pending")]
    other.close()


async def test_many_jobs_at_once_share_commits_and_each_gets_its_own_answer(store: Store) -> None:
    found = await asyncio.gather(*(store.add(new(f"r{n}", n)) for n in range(300)))
    assert [stored.accepted.run_id for stored in found] == [f"r{n}" for n in range(300)]
    assert await store.count("1") == 300


async def test_the_same_idempotency_key_gives_the_first_answer_and_one_job(store: Store) -> None:
    first, second = await asyncio.gather(store.add(new("a", 1, "key")), store.add(new("b", 2, "key")))
    assert second.accepted == first.accepted
    assert (first.ticket is None, second.ticket is None) == (False, True)
    assert await store.count("1") == 1


async def test_an_idempotency_key_is_not_taken_for_another_prompt(store: Store) -> None:
    await store.add(new("a", 1, "key"))
    with pytest.raises(DuplicateRun, match="another prompt"):
        await store.add(new("b", 2, "key", '{"1": {}}'))


async def test_a_refused_change_does_not_take_its_neighbours_in_the_batch_with_it(store: Store) -> None:
    await store.add(new("a"))
    answers = await asyncio.gather(
        *(store.add(new(name)) for name in ("b", "a", "c")), return_exceptions=True
    )
    assert isinstance(answers[1], DuplicateRun)
    assert {job.run_id for job in await store.jobs("1")} == {"a", "b", "c"}


async def test_a_finished_job_comes_back_with_its_events_in_order(store: Store) -> None:
    await store.add(new("a"))
    store.note_start("a", 1_500)
    await store.finish(ending("a"))
    job = await store.job("a")
    assert job is not None
    assert (job.status, job.attempts, job.started, job.finished) == ("success", 1, 1_500, 2_000)
    assert job.outputs == {"9": {"text": ["a"]}}
    assert [type(event) for event in job.events] == [RunStarted, RunFinished]
    assert await store.last_sequence() == 2


async def test_waiting_and_ended_jobs_are_removed_only_as_what_they_are(store: Store) -> None:
    await store.add(new("waits"))
    await store.add(new("ended"))
    await store.finish(ending("ended"))
    assert await store.remove(["ended"], waiting=True) == 0
    assert await store.remove(["waits"], waiting=False) == 0
    assert await store.remove(["ended"], waiting=False) == 1
    assert await store.last_sequence() == 0
    await store.clear_history()
    assert [job.run_id for job in await store.jobs("1")] == ["waits"]


async def test_only_the_newest_ended_jobs_are_kept(store: Store) -> None:
    for n in range(6):
        await store.add(new(f"r{n}"))
        await store.finish(ending(f"r{n}", 10 * n + 1))
    await store.add(new("waits"))
    await store.prune(keep=2)
    assert [job.run_id for job in await store.jobs("1")] == ["r4", "r5", "waits"]


async def test_a_second_server_on_the_same_database_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreFault, match="another Heddle"):
        Store.open(tmp_path / "jobs.sqlite")


async def test_a_commit_that_fails_fails_every_caller_and_the_next_one_goes_on(store: Store) -> None:
    assert isinstance(store._journal, ThreadedJournal)
    connection = store._journal._connection
    connection.execute("PRAGMA max_page_count=1")
    answers = await asyncio.gather(
        *(store.add(new(f"r{n}", prompt="x" * 100_000)) for n in range(3)), return_exceptions=True
    )
    assert all(isinstance(answer, StoreFault) for answer in answers)
    connection.execute("PRAGMA max_page_count=1000000")
    await store.add(new("later"))
    assert [job.run_id for job in await store.jobs("1")] == ["later"]


async def test_a_failure_keeps_its_details(store: Store) -> None:
    await store.add(new("a"))
    failure = NodeFailed("a", "1", "Fail", "no", "ValueError", ["t"], {"x": "1"}, [])
    await store.finish(Ending("a", "error", {}, 2, (NumberedEvent(1, failure),)))
    job = await store.job("a")
    assert job is not None
    assert job.events == (failure,)


async def test_what_nodes_took_is_kept_with_the_ending_and_goes_with_the_job(
    store: Store, tmp_path: Path
) -> None:
    measures = (Measure("1", seconds=0.5, peak_bytes=1 << 40), Measure("2", cached=True))
    await store.add(new("a"))
    await store.finish(replace(ending("a"), measures=measures))
    job = await store.job("a")
    assert job is not None
    assert job.measures == measures
    assert (await store.jobs("1"))[0].measures == ()
    await store.remove(["a"], waiting=False)
    with sqlite3.connect(tmp_path / "jobs.sqlite") as other:
        assert other.execute("SELECT count(*) FROM measures").fetchone() == (0,)
    other.close()


async def test_a_database_of_before_gets_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    opened = Store.open(path)
    await opened.add(new("a"))
    await opened.finish(ending("a"))
    opened.close()
    with sqlite3.connect(path) as other:
        other.executescript("DROP TABLE measures; DROP TABLE states")
    other.close()
    opened = Store.open(path)
    assert not await opened.is_paused()
    job = await opened.job("a")
    assert job is not None
    assert job.measures == ()
    opened.close()


async def test_other_work_is_taken_only_by_a_job_that_waits(store: Store) -> None:
    await store.add(new("a"))
    await store.replace(new("a", number=9, prompt='{"new": 1}'))
    work = await store.work("a")
    assert work is not None
    assert work.prompt == '{"new": 1}'
    assert (await store.jobs("1"))[0].number == 1
    await store.note_start("a", 1)
    await store.replace(new("a", prompt='{"late": 1}'))
    work = await store.work("a")
    assert work is not None
    assert work.prompt == '{"new": 1}'
