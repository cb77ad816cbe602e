"""What memory a call held: how a run asks, and what it hears where nobody counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

Held = tuple[int | None, str | None]  # the most bytes held during a call, None when not counted; on what
NOT_COUNTED: Held = (None, None)


class Watch(Protocol):
    """One call that is being watched."""

    def end(self, seconds: float) -> Held:
        """The call has ended, after so long; what is too short to matter need not be counted."""


class Meter(Protocol):
    """Counts memory; asked at every call, so asking has to cost next to nothing."""

    def begin(self) -> Watch:
        """A call begins; from any thread."""


class NoMeter:
    """Nobody counts."""

    def begin(self) -> NoMeter:
        return self

    def end(self, _: float) -> Held:
        return NOT_COUNTED


@dataclass(frozen=True)
class Meters:
    """Who counts for calls that are alone on the device, and who for those beside it."""

    device: Meter = field(default_factory=NoMeter)
    beside: Meter = field(default_factory=NoMeter)
