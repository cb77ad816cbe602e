"""The jobs that wait, by number, then by age."""

from __future__ import annotations

import heapq

from runtime.jobs import Ticket


class WaitingLine:
    """A heap from which any ticket may also leave by its id."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, str]] = []
        self._tickets: dict[str, Ticket] = {}

    def __len__(self) -> int:
        return len(self._tickets)

    def __contains__(self, run_id: object) -> bool:
        return run_id in self._tickets

    def add(self, ticket: Ticket) -> None:
        self._tickets[ticket.run_id] = ticket
        heapq.heappush(self._heap, (ticket.number, ticket.ordinal, ticket.run_id))

    def take(self) -> Ticket:
        """The next one; there must be one."""
        while True:
            run_id = heapq.heappop(self._heap)[2]
            if (ticket := self._tickets.pop(run_id, None)) is not None:
                return ticket

    def remove(self, run_id: str) -> bool:
        """Whether it was waiting."""
        return self._tickets.pop(run_id, None) is not None

    def ids(self) -> list[str]:
        """In the order in which they would run."""
        tickets = self._tickets.values()
        return [t.run_id for t in sorted(tickets, key=lambda t: (t.number, t.ordinal))]
