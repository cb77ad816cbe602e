"""Changes of the jobs that wait: on disk and in memory alike, or not at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from runtime.dispatcher import Dispatcher
from runtime.errors import JobBegun, StoreFault
from runtime.jobs import Accepted, NewJob, integral
from runtime.store import Store


class Changes:
    """One change of the line at a time: what the disk refuses is undone."""

    def __init__(self, store: Store, dispatcher: Dispatcher) -> None:
        self._store, self._dispatcher, self._waiting = store, dispatcher, dispatcher.waiting
        self._changing = asyncio.Lock()

    async def pause(self, paused: bool) -> None:
        """Hold back what waits, or let it go on."""
        async with self._changing:
            await self._store.pause(paused)
            self._dispatcher.paused = paused
            self._dispatcher.queue_changed()

    async def replace(self, new: NewJob) -> Accepted:
        """Other work for a job that waits, under its number; it does not begin meanwhile. Raises JobBegun."""
        async with self._changing:
            ticket = self._waiting.get(new.run_id)
            if ticket is None:
                raise begun(new.run_id)
            new = replace(new, client_id=new.client_id or ticket.client_id)
            self._dispatcher.held.add(new.run_id)
            try:
                work = await self._store.replace(new)
            finally:
                self._dispatcher.held.discard(new.run_id)
                self._dispatcher.look()
            fresh = replace(ticket, client_id=new.client_id, attempts=0, alone=False, work=work)
            self._dispatcher.renew(fresh)
        return Accepted(new.run_id, integral(ticket.number), json.loads(new.node_errors))

    async def delete(self, run_ids: Sequence[str]) -> int:
        """Take jobs off the queue; how many of them waited."""
        async with self._changing:
            return await self._delete(run_ids)

    async def _delete(self, run_ids: Sequence[str]) -> int:
        mine = [ticket for run_id in run_ids if (ticket := self._waiting.remove(run_id)) is not None]
        if not mine:
            return 0
        try:
            removed = await self._store.remove([ticket.run_id for ticket in mine], waiting=True)
        except StoreFault:
            for ticket in mine:
                self._waiting.add(ticket)
            raise
        finally:
            self._dispatcher.queue_changed()
        return removed

    async def renumber(self, named: Sequence[str], choose: Callable[[], Mapping[str, float]]) -> bool:
        """Give jobs the numbers chosen once it is their turn; False when not all those named wait then."""
        async with self._changing:
            if not all(run_id in self._waiting for run_id in named):
                return False
            numbers = choose()
            before = self._dispatcher.renumber(numbers)
            try:
                await self._store.renumber(numbers)
            except StoreFault:
                self._dispatcher.renumber(before)
                raise
            finally:
                self._dispatcher.queue_changed()
        return True


def begun(run_id: str) -> JobBegun:
    """The refusal to change a job that does not wait."""
    return JobBegun(f"the job {run_id!r} has begun or ended: only a job that waits can be changed")
