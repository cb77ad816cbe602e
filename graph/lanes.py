"""Threads beside the conducting one: one for CPU work, one for the disk, one event loop for async nodes."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class Lanes:
    """Work that goes on while the conducting thread does something else; made when first needed."""

    def __init__(self) -> None:
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_loop: Callable[[], object] = bool

    def submit(self, lane: str, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do the work on the lane's one thread, after what was handed in before; `done` is called there."""
        if lane not in self._threads:
            self._threads[lane] = ThreadPoolExecutor(1, thread_name_prefix=f"{lane}-lane")
        self._threads[lane].submit(lambda: done(work()))

    def start(self, work: Coroutine[Any, Any, T], done: Callable[[T | None], None]) -> Callable[[], object]:
        """Run a coroutine on the event loop; gives what cancels it.

        `done` is called there with its result, or with None when it was cancelled, even before it began.
        """
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            thread = threading.Thread(target=run_loop, args=(self._loop,), name="async-lane", daemon=True)
            thread.start()
            self._stop_loop = weakref.finalize(self, stop_loop, self._loop, thread)
        loop = self._loop
        tasks: list[asyncio.Task[T]] = []

        def begin() -> None:
            task = loop.create_task(work)
            task.add_done_callback(lambda ended: done(None if ended.cancelled() else ended.result()))
            tasks.append(task)

        loop.call_soon_threadsafe(begin)
        return lambda: loop.call_soon_threadsafe(lambda: tasks[0].cancel())

    def close(self) -> None:
        """Wait for what is underway on the threads."""
        for thread in self._threads.values():
            thread.shutdown()
        self._threads.clear()
        self._stop_loop()
        self._loop = None


def run_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Body of the event loop's thread."""
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()


def stop_loop(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    """End the thread; a task that is still underway is left where it is."""
    loop.call_soon_threadsafe(loop.stop)
    if thread is not threading.current_thread():
        thread.join(timeout=1.0)
