"""The line under faults: of the disk, which must leave the order as it is there, and of its own."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from runtime import dispatcher
from runtime.engine import Engine
from runtime.errors import StoreFault
from runtime.jobs import Submission, Ticket, Work
from runtime.live import Live
from runtime.running import Running
from runtime.store import Store
from tests.runtime.test_engine import emptied, ended, settings, started
from tests.runtime.tiny import shown, slowly


class FullOnce(Store):
    """A store whose disk is full when the next new order is written, as soon as it is told to be."""

    full = False

    async def renumber(self, numbers: Mapping[str, float]) -> None:
        if self.full:
            self.full = False
            await asyncio.sleep(0.05)
            raise StoreFault("the disk is full")
        await super().renumber(numbers)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    started_one = Engine(settings(tmp_path), FullOnce.open)
    await started_one.start()
    try:
        yield started_one
    finally:
        await started_one.stop()


@pytest.fixture
async def faults() -> AsyncIterator[list[dict[str, Any]]]:
    """What the loop is told of as not foreseen."""
    told: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context))
    yield told
    loop.set_exception_handler(None)


def numbers_on_disk(engine: Engine) -> dict[str, float]:
    with contextlib.closing(sqlite3.connect(engine.settings.database)) as database:
        return dict(database.execute("SELECT run_id, number FROM jobs").fetchall())


def fill_disk(engine: Engine) -> None:
    store = engine._store
    assert isinstance(store, FullOnce)
    store.full = True


async def waiting_behind_one(engine: Engine, count: int) -> list[str]:
    """Runs that wait for a long one, which began before."""
    blocker = await engine.submit(Submission(slowly(steps=3_000)))
    await started(engine, blocker.run_id)
    return [(await engine.submit(Submission(shown(n), number=5))).run_id for n in range(count)]


async def test_an_order_that_the_disk_refused_does_not_undo_the_next_one(engine: Engine) -> None:
    a, b, c = await waiting_behind_one(engine, 3)
    fill_disk(engine)
    refused, moved = await asyncio.gather(
        engine.move_before(c, a), engine.move_to_front(c), return_exceptions=True
    )
    assert isinstance(refused, StoreFault)
    assert moved is True
    told = {ticket.run_id: ticket.number for ticket in engine._waiting.front(9)}
    assert list(told) == [c, a, b]
    on_disk = numbers_on_disk(engine)
    assert told == {run_id: on_disk[run_id] for run_id in told}
    await engine.clear_waiting()
    engine.interrupt()


async def test_a_job_begun_while_the_disk_refused_its_new_place_has_the_number_of_the_disk(
    engine: Engine,
) -> None:
    accepted = (await waiting_behind_one(engine, 1))[0]
    fill_disk(engine)
    moving = asyncio.create_task(engine.reprioritise(accepted, -7))
    await asyncio.sleep(0)
    ticket = engine._waiting.take()
    assert ticket.number == -7
    done = asyncio.get_running_loop().create_future()
    line = engine._dispatcher
    line.underway[accepted] = running = Running(ticket, Live(accepted), done)
    with pytest.raises(StoreFault):
        await moving
    assert running.ticket.number == numbers_on_disk(engine)[accepted] == 5
    del line.underway[accepted]
    engine.interrupt()


async def test_a_fault_of_the_line_is_told_and_the_job_runs_nevertheless(
    engine: Engine, faults: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "RETRY", 0.05)
    line, begin = engine._dispatcher, engine._dispatcher._begin

    def begin_once_broken(ticket: Ticket) -> None:
        monkeypatch.setattr(line, "_begin", begin)
        raise ArithmeticError(f"no place for {ticket.run_id}")

    monkeypatch.setattr(line, "_begin", begin_once_broken)
    accepted = await engine.submit(Submission(shown(7)))
    assert (await ended(engine, accepted.run_id)).status == "success"
    (fault,) = faults
    assert isinstance(fault["exception"], ArithmeticError)
    assert "no job could begin" in fault["message"]


async def test_a_run_that_is_lost_sight_of_is_told_and_holds_up_no_other(
    engine: Engine, faults: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    line, hand_over = engine._dispatcher, engine._dispatcher._hand_over

    def hand_over_once_broken(running: Running, work: Work) -> None:
        monkeypatch.setattr(line, "_hand_over", hand_over)
        raise ArithmeticError("nothing to hand over")

    monkeypatch.setattr(line, "_hand_over", hand_over_once_broken)
    lost = await engine.submit(Submission(shown(1)))
    second = await engine.submit(Submission(shown(2)))
    assert (await ended(engine, second.run_id)).status == "success"
    await emptied(engine)
    (fault,) = faults
    assert lost.run_id in fault["message"]
    assert isinstance(fault["exception"], ArithmeticError)
