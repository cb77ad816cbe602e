"""The last lines of the log, for those who look at it through the browser."""

from __future__ import annotations

import logging
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

KEPT_LINES = 1_000


@dataclass(frozen=True)
class Line:
    """One line: when (ISO time) and what."""

    time: str
    text: str


class LogBook(logging.Handler):
    """Remembers what is logged and tells listeners."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: deque[Line] = deque(maxlen=KEPT_LINES)
        self.listeners: list[Callable[[Line], None]] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = Line(datetime.fromtimestamp(record.created, UTC).isoformat(), self.format(record))
        self.lines.append(line)
        for listener in tuple(self.listeners):
            listener(line)


def open_log(level: str, *handlers: logging.Handler) -> None:
    """Write what is logged from this level on to stderr, and hand it to the handlers."""
    logging.basicConfig(
        level=level, format="%(message)s", handlers=[logging.StreamHandler(sys.stderr), *handlers], force=True
    )
    logging.getLogger("asyncio").setLevel("WARNING")
