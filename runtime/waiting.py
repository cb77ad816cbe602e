"""The jobs that wait, by number, then by age."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import replace

from runtime.jobs import Ticket

Place = tuple[float, int, str]


class WaitingLine:
    """Tickets in the order in which they would run; any may leave, or move, by its id."""

    def __init__(self) -> None:
        self._places: list[Place] = []  # sorted
        self._tickets: dict[str, Ticket] = {}

    def __len__(self) -> int:
        return len(self._tickets)

    def __contains__(self, run_id: object) -> bool:
        return run_id in self._tickets

    def add(self, ticket: Ticket) -> None:
        self._tickets[ticket.run_id] = ticket
        insort(self._places, place_of(ticket))

    def get(self, run_id: str) -> Ticket | None:
        """The ticket of a job, left where it is."""
        return self._tickets.get(run_id)

    def first(self) -> Ticket | None:
        """The next one, left where it is."""
        return self._tickets[self._places[0][2]] if self._places else None

    def front(self, count: int) -> list[Ticket]:
        """The next ones, the soonest first."""
        return [self._tickets[run_id] for _, _, run_id in self._places[:count]]

    def take(self) -> Ticket:
        """The next one; there must be one."""
        return self._tickets.pop(self._places.pop(0)[2])

    def remove(self, run_id: str) -> Ticket | None:
        """Take it out; None when it was not waiting."""
        ticket = self._tickets.pop(run_id, None)
        if ticket is not None:
            del self._places[bisect_left(self._places, place_of(ticket))]
        return ticket

    def ids(self) -> list[str]:
        """In the order in which they would run."""
        return [run_id for _, _, run_id in self._places]

    def renumber(self, numbers: Mapping[str, float]) -> dict[str, float]:
        """Give numbers to those that wait; the numbers that these had before."""
        left = [ticket for run_id in numbers if (ticket := self.remove(run_id)) is not None]
        for ticket in left:
            self.add(replace(ticket, number=numbers[ticket.run_id]))
        return {ticket.run_id: ticket.number for ticket in left}

    def number_for_front(self) -> float:
        """A number that comes before all that wait."""
        first = self.first()
        return 0.0 if first is None else first.number - 1

    def numbers_before(self, run_id: str, other: str) -> dict[str, float]:
        """Numbers that bring one job right before another; of others too where there is no room."""
        order = [self._tickets[name] for name in self.ids() if name != run_id]
        at = next(i for i, ticket in enumerate(order) if ticket.run_id == other)
        ahead, target, mover = order[:at], order[at], self._tickets[run_id]
        low = ahead[-1].number if ahead else target.number - 2
        middle = (low + target.number) / 2
        if low < middle < target.number:
            return {run_id: middle}
        return numbered_below(target.number, [*ahead, mover])


def place_of(ticket: Ticket) -> Place:
    """Where a ticket stands among others."""
    return ticket.number, ticket.ordinal, ticket.run_id


def numbered_below(number: float, tickets: Sequence[Ticket]) -> dict[str, float]:
    """Whole steps down from a number, so that these come right before it in this order."""
    return {ticket.run_id: number - (len(tickets) - i) for i, ticket in enumerate(tickets)}
