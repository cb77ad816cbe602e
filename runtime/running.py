"""A run underway, from its dispatch to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.jobs import NumberedEvent, Ticket, Work
from runtime.live import Live
from runtime.measures import Measures
from runtime.messages import RunDone, RunJob
from runtime.settings import Settings


@dataclass
class Running:
    """A run underway."""

    ticket: Ticket
    live: Live
    done: asyncio.Future[RunDone]
    events: list[NumberedEvent] = field(default_factory=list)
    measures: Measures = field(default_factory=Measures)
    last: NumberedEvent | None = None  # RunFinished, held back until the history is on disk
    prompt: str = "{}"
    sent: bool = False  # the worker has it
    noted: bool = False  # its attempt is counted on disk
    began: bool = False  # it was noted before
    cancelled: bool = False
    forgiven: bool = False  # the worker died, by another's fault

    @property
    def run_id(self) -> str:
        return self.ticket.run_id

    @property
    def is_over(self) -> bool:
        """Whether the worker has told its outcome."""
        return self.done.done() and not self.done.cancelled() and self.done.exception() is None


def command(settings: Settings, ticket: Ticket, work: Work) -> RunJob:
    """What the worker is told of a job; metadata and previews only where both sides want them."""
    info = work.extra_data.get("extra_pnginfo")
    wants = work.extra_data.get("preview_method") != "none"
    return RunJob(
        run_id=ticket.run_id,
        prompt=work.prompt,
        targets=work.targets,
        extra_pnginfo=(info if isinstance(info, Mapping) else {}) if settings.metadata else None,
        previews=settings.previews and wants,
        client_id=ticket.client_id,
        attended=settings.attended,
    )
