"""The run at hand, from its dispatch to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.jobs import NumberedEvent, Ticket, Work
from runtime.live import Live
from runtime.messages import RunDone, RunJob
from runtime.settings import Settings


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


def command(settings: Settings, run_id: str, work: Work) -> RunJob:
    """What the worker is told of a job; metadata and previews only where both sides want them."""
    info = work.extra_data.get("extra_pnginfo")
    wants = work.extra_data.get("preview_method") != "none"
    return RunJob(
        run_id=run_id,
        prompt=work.prompt,
        targets=work.targets,
        extra_pnginfo=info if settings.metadata and isinstance(info, Mapping) else None,
        previews=settings.previews and wants,
    )
