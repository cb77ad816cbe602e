"""The one stream of events with sequence numbers that history, websocket and command line read."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from graph.events import Announced, Event, NodePreview
from runtime.jobs import NumberedEvent
from runtime.supervisor import State

KEPT_EVENTS = 5_000  # for those who come back; previews and packs' own messages are not kept


@dataclass(frozen=True)
class Told:
    """An event, and whose run it is about (None: nobody's in particular)."""

    item: NumberedEvent
    client_id: str | None


@dataclass(frozen=True)
class QueueChanged:
    """How many jobs have not ended, and whether those that wait are held back."""

    remaining: int
    paused: bool = False


@dataclass(frozen=True)
class WorkerChanged:
    """The worker went into this state."""

    state: State


Notice = Told | QueueChanged | WorkerChanged
Listener = Callable[[Notice], None]


class Stream:
    """Numbers events, keeps the last ones, tells listeners in order."""

    def __init__(self) -> None:
        # Microseconds of the clock as the base: after a crash numbers go on above all that were
        # given before, also those of events that were never stored; exact as a JavaScript number.
        self._sequence = time.time_ns() // 1_000
        self._kept: deque[Told] = deque(maxlen=KEPT_EVENTS)
        self._listeners: list[Listener] = []

    @property
    def last(self) -> int:
        return self._sequence

    def go_on_after(self, sequence: int) -> None:
        """Give no number that was stored before (a clock may have been set back)."""
        self._sequence = max(self._sequence, sequence)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every notice from now on; returns how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def number(self, event: Event) -> NumberedEvent:
        self._sequence += 1
        return NumberedEvent(self._sequence, event)

    def tell(self, notice: Notice) -> None:
        if isinstance(notice, Told) and not isinstance(notice.item.event, NodePreview | Announced):
            self._kept.append(notice)
        for listener in tuple(self._listeners):
            listener(notice)

    def since(self, sequence: int) -> list[Told]:
        """What was told after the event of this number."""
        return [told for told in self._kept if told.item.sequence > sequence]
