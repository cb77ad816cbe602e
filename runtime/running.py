"""The run at hand, from its dispatch to its end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from runtime.jobs import NumberedEvent, Ticket
from runtime.live import Live
from runtime.messages import RunDone


@dataclass
class Running:
    """The run at hand."""

    ticket: Ticket
    live: Live
    done: asyncio.Future[RunDone]
    events: list[NumberedEvent] = field(default_factory=list)
    last: NumberedEvent | None = None  # RunFinished, held back until the history is on disk
    cancelled: bool = False
    prompt: str = "{}"
