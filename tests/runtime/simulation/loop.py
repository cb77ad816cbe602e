"""An event loop with a clock of its own and a seeded order: a whole day passes in a moment, always alike."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any


class Stalled(Exception):
    """Nothing is left that could ever happen."""


class _NoFiles:
    """The loop's selector: waiting is moving the clock."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise Stalled
        self._loop.now += max(0.0, timeout)
        return []


class SimulatedLoop(asyncio.base_events.BaseEventLoop):
    """Runs one callback at a time, a random one of those that are ready, and may stop after so many."""

    def __init__(self, rng: random.Random, most: int) -> None:
        super().__init__()
        self.now = 0.0
        self.steps = 0
        self._rng, self._most = rng, most
        self._selector = _NoFiles(self)
        self.faults: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _, context: self.faults.append(context))

    def time(self) -> float:
        return self.now

    @property
    def ran_out(self) -> bool:
        """Whether the steps allowed have been used up."""
        return self.steps >= self._most

    def _run_once(self) -> None:
        ready = self._ready  # type: ignore[attr-defined]
        rest: list[Any] = []
        if len(ready) > 1:
            index = self._rng.randrange(len(ready)) if self._rng.random() < 0.5 else 0
            ready.rotate(-index)
            chosen = ready.popleft()
            ready.rotate(index)
            rest = list(ready)
            ready.clear()
            ready.append(chosen)
        super()._run_once()  # type: ignore[misc]
        ready.extendleft(reversed(rest))
        self.steps += 1
        if self.ran_out:
            self.stop()

    def _process_events(self, _: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody waits."""

    def discard(self) -> None:
        """As if the power had gone: what is left is closed without being run."""
        for task in asyncio.all_tasks(self):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            coroutine = task.get_coro()
            for _ in range(5):  # each `await` in a `finally` takes one more
                with contextlib.suppress(RuntimeError):
                    coroutine.close()  # type: ignore[union-attr]
                    break
        self.close()
