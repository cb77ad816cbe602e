"""Which runs may share the worker, and whose doing its death is."""

import asyncio

from graph.events import NodeStarted, NodeWaiting
from runtime.company import MOST_RESTING, forgive, has_room, overdue
from runtime.jobs import Ticket
from runtime.live import Live
from runtime.running import Running


def running(
    run_id: str, *, rests: bool = False, noted: bool = True, alone: bool = False, cancelled: bool = False
) -> Running:
    ticket = Ticket(1.0, 1, run_id, None, 0, alone=alone)
    made = Running(ticket, Live(run_id), asyncio.Future(), noted=noted, cancelled=cancelled, sent=True)
    made.live.observe(NodeStarted(run_id, "1"))
    if rests:
        made.live.observe(NodeWaiting(run_id, "1", {}))
    return made


NEXT, NEXT_ALONE = Ticket(2.0, 2, "next", None, 0), Ticket(2.0, 2, "next", None, 1, alone=True)


def room(ticket: Ticket, *active: Running) -> bool:
    return has_room(ticket, active, frozenset(run.run_id for run in active))


def forgiven(*sent: Running) -> list[bool]:
    forgive(sent, sent)
    return [run.forgiven for run in sent]


async def test_the_second_begins_beside_one_that_leaves_the_device_and_a_third_never() -> None:
    assert room(NEXT, running("a"))
    assert not has_room(NEXT, [running("a")], frozenset())
    assert not room(NEXT, running("a"), running("b"))


async def test_runs_that_rest_are_not_counted_up_to_a_bound() -> None:
    resting = [running(str(n), rests=True) for n in range(MOST_RESTING + 1)]
    assert room(NEXT, *resting[:MOST_RESTING], running("a"))
    assert not room(NEXT, *resting, running("a"))


async def test_a_run_that_is_to_be_alone_goes_beside_resting_ones_only() -> None:
    assert room(NEXT_ALONE, running("a", rests=True, noted=False))
    assert not room(NEXT_ALONE, running("a"))
    assert not room(NEXT, running("a", alone=True))
    assert room(NEXT, running("a", alone=True, rests=True, noted=False))


async def test_one_that_rests_is_never_to_blame_and_leaves_the_blame_to_the_other() -> None:
    assert forgiven(running("a", rests=True, noted=False)) == [True]
    assert forgiven(running("a", rests=True, noted=False), running("b")) == [True, False]
    assert forgiven(running("a", rests=True, noted=False), running("b", alone=True)) == [True, False]


async def test_one_that_was_to_be_alone_does_not_pay_for_a_death_that_it_shares() -> None:
    assert forgiven(running("a"), running("b", alone=True)) == [False, True]
    assert forgiven(running("a"), running("b")) == [False, False]
    assert forgiven(running("a", cancelled=True), running("b")) == [True, True]


async def test_the_grace_time_of_a_cancelled_run_that_rests_does_not_begin_while_another_works() -> None:
    waiting, busy = running("a", rests=True, cancelled=True), running("b")
    assert overdue([waiting, busy]) == []
    assert overdue([waiting]) == [waiting]
    assert overdue([waiting, running("c", rests=True)]) == [waiting]
