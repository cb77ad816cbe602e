"""Which runs may share the worker, and whose doing its death is.

Two runs are underway at most, and the second only once the worker has said that the first leaves the
device idle. Runs that rest, for a person is to answer, are not counted. What happens when the worker dies
under several of them:

- one that had not begun, or that rests, is innocent, and goes back as if nothing had been;
- when one of them had been asked to stop, the death is put on that one (most likely it was the kill for
  not stopping), and the others are forgiven;
- otherwise it cannot be told which of them did it, and each counts an attempt.

All of them run alone afterwards. So the death that makes a run fail, its last attempt, has never been
shared: no run fails through another's fault. (Where one that rested went on beside a run that was to be
alone, a death they share does not count for the latter.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runtime.jobs import Ticket
from runtime.running import Running

MOST_UNDERWAY = 2  # in the worker
MOST_RESTING = 8  # in the worker besides, that only wait for a person


def has_room(first: Ticket, active: Sequence[Running], spare: frozenset[str]) -> bool:
    """Whether a job may begin beside the runs underway, under which the worker was told to be spare."""
    busy = [running for running in active if not running.live.rests]
    if busy and (first.alone or any(running.ticket.alone for running in busy)):
        return False
    if len(busy) >= MOST_UNDERWAY or len(active) - len(busy) > MOST_RESTING:
        return False
    return spare == {running.run_id for running in active}


def forgive(active: Iterable[Running], sent: Sequence[Running]) -> None:
    """The worker has died under what was sent: mark those that are not to blame."""
    accused = any(running.cancelled for running in sent)
    shared = sum(running.noted for running in sent) > 1
    for running in active:
        innocent = accused or not running.noted or (running.ticket.alone and shared)
        running.forgiven = running.live.rests or (len(sent) > 1 and innocent)


def overdue(sent: Sequence[Running]) -> list[Running]:
    """Cancelled runs whose grace time begins, but none that another's node only holds up."""
    return [
        running
        for running in sent
        if running.cancelled
        and (running.live.busy or not any(other.live.busy for other in sent if other is not running))
    ]
