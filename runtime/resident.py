"""How much a process grows during a call: its resident memory at the start, at the end and in between."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from time import perf_counter

from graph.measure import Held
from runtime.machine import resident_memory

PERIOD = 0.05  # seconds between two looks during a call
SHORT = 0.005  # seconds; a call that takes less is not counted, and what was read so long ago is still true
UNCOUNTED: Held = (None, "cpu")


class ResidentMeter:
    """Counts for calls on the CPU. Calls at the same time cannot be told apart: each is given what all grew.

    A short call costs a look at the clock; longer ones share one thread, which sleeps while there are none.
    """

    def __init__(self, read: Callable[[], int] = resident_memory) -> None:
        self._read = read
        self._last, self._read_at = 0, -1.0
        self._open: set[ResidentWatch] = set()
        self._wake = threading.Event()
        self._asleep = True
        self._thread: threading.Thread | None = None

    def begin(self) -> ResidentWatch:
        if perf_counter() - self._read_at > SHORT:
            self.look()
        watch = ResidentWatch(self, self._last)
        self._open.add(watch)
        if self._asleep:
            self._rouse()
        return watch

    def look(self) -> int:
        """Bytes now."""
        self._last = self._read()
        self._read_at = perf_counter()
        return self._last

    def close(self, watch: ResidentWatch) -> None:
        """A call has ended."""
        self._open.discard(watch)

    def _rouse(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._sample, name="memory-meter", daemon=True)
            self._thread.start()
        self._wake.set()

    def _sample(self) -> None:
        while True:
            self._asleep = not self._open
            if self._asleep and not self._open:  # looked at again: a call may have begun between
                self._wake.wait()
                self._wake.clear()
                self._asleep = False
            time.sleep(PERIOD)
            if self._open:
                now = self.look()
                for watch in tuple(self._open):
                    watch.top = max(watch.top, now)


class ResidentWatch:
    """One call."""

    __slots__ = ("base", "meter", "top")

    def __init__(self, meter: ResidentMeter, base: int) -> None:
        self.meter, self.base, self.top = meter, base, base

    def end(self, seconds: float) -> Held:
        """The growth; what came and went within `PERIOD` is not seen."""
        self.meter.close(self)
        if seconds < SHORT:
            return UNCOUNTED
        return max(self.top, self.meter.look()) - self.base, "cpu"
