"""What the engine asks the worker, and the answers that come back by ticket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from runtime.errors import WorkerFault
from runtime.messages import Answer, Checked, CheckPrompt, Reread, Schemas


class Questions:
    """The questions that wait for an answer."""

    def __init__(self, send: Callable[[CheckPrompt | Reread], None]) -> None:
        self._send = send
        self._open: dict[int, asyncio.Future[Answer]] = {}
        self._tickets = 0

    async def check(self, prompt: str, targets: tuple[str, ...] | None, seconds: float) -> Checked:
        """What the worker's validators say of a prompt (JSON). Raises WorkerFault."""
        answer = await self._ask(lambda ticket: CheckPrompt(ticket, prompt, targets), seconds)
        assert isinstance(answer, Checked)
        return answer

    async def reread(self, seconds: float) -> Schemas:
        """The schemas whose choices may have changed. Raises WorkerFault."""
        answer = await self._ask(Reread, seconds)
        assert isinstance(answer, Schemas)
        return answer

    def answered(self, answer: Answer) -> None:
        """The worker has spoken; too late an answer is ignored."""
        future = self._open.get(answer.ticket)
        if future is not None and not future.done():
            future.set_result(answer)

    def lost(self, reason: str) -> None:
        """Nobody will answer any more."""
        for future in self._open.values():
            if not future.done():
                future.set_exception(WorkerFault(reason))

    async def _ask(self, question: Callable[[int], CheckPrompt | Reread], seconds: float) -> Answer:
        self._tickets += 1
        ticket = self._tickets
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._open[ticket] = future
        self._send(question(ticket))
        try:
            answer = await asyncio.wait_for(future, seconds)
        except TimeoutError:
            raise WorkerFault(f"the worker did not answer within {seconds:g} s") from None
        finally:
            del self._open[ticket]
        if answer.fault is not None:
            raise WorkerFault(answer.fault)
        return answer
