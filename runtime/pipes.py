"""Both ends of the worker's pipes: commands that come in, reports that go out."""

from __future__ import annotations

import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from graph.context import Cancel
from graph.events import Event, NodePreview, NodeStarted
from runtime.messages import (
    AnswerNode,
    Behind,
    CancelRun,
    CheckPrompt,
    FrameReader,
    Happened,
    Heartbeat,
    Message,
    Report,
    Reread,
    encode,
)

HEARTBEAT = 1.0  # seconds
WAITING_REPORTS = 64  # more unsent reports than this and previews are dropped
PORTION = 1 << 16  # bytes read at once


def nothing() -> None:
    """No one is woken."""


def ignore(_: CheckPrompt | Reread | AnswerNode) -> None:
    """No one answers."""


@dataclass
class Inbox:
    """Commands in order; cancels, questions, answers and the view of the queue overtake them.

    A cancel may come before its job.
    """

    commands: queue.SimpleQueue[Message] = field(default_factory=queue.SimpleQueue)
    behind: Behind = field(default_factory=lambda: Behind(()))
    flags: dict[str, Cancel] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    ring: Callable[[], None] = nothing  # something has come
    ask: Callable[[CheckPrompt | Reread], None] = ignore  # on the reading thread
    answer: Callable[[AnswerNode], None] = ignore  # likewise

    def flag(self, run_id: str) -> Cancel:
        with self.lock:
            return self.flags.setdefault(run_id, Cancel())

    def forget(self, run_id: str) -> None:
        with self.lock:
            self.flags.pop(run_id, None)

    def read(self, descriptor: int) -> None:
        """Body of the reading thread; ends the process when the parent has gone."""
        frames = FrameReader()
        while portion := os.read(descriptor, PORTION):
            for message in frames.feed(portion):
                self.take(message)
            self.ring()
        os._exit(0)

    def take(self, message: Message) -> None:
        """Put a message where it belongs."""
        if isinstance(message, CancelRun):
            self.flag(message.run_id).set()
        elif isinstance(message, AnswerNode):
            self.answer(message)
        elif isinstance(message, Behind):
            self.behind = message
        elif isinstance(message, CheckPrompt | Reread):
            self.ask(message)
        else:
            self.commands.put(message)


class Outbox:
    """Reports on their way to the parent; what waits is written in one go, by a thread of its own.

    That a node starts is written at once, by the caller: should the node take the process down, the
    parent knows which one it was.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting: deque[Report] = deque()
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._devices: Callable[[], Sequence[Mapping[str, object]]] = tuple
        self._thread = threading.Thread(target=self._write, name="reports", daemon=True)
        self._thread.start()

    def watch(self, devices: Callable[[], Sequence[Mapping[str, object]]]) -> None:
        """Heartbeats carry what this function says from now on."""
        self._devices = devices

    def put(self, report: Report) -> None:
        self._waiting.append(report)
        self._wake.set()

    def emit(self, event: Event, *, previews: bool = True) -> None:
        """An event; previews are left out when unwanted or when the parent does not keep up."""
        if isinstance(event, NodePreview) and (not previews or len(self._waiting) > WAITING_REPORTS):
            return
        self._waiting.append(Happened(event))
        if isinstance(event, NodeStarted):
            self._flush()
        else:
            self._wake.set()

    def close(self) -> None:
        self._closing = True
        self._wake.set()
        self._thread.join()

    def _write(self) -> None:
        while not self._closing:
            if not self._wake.wait(HEARTBEAT):
                self._waiting.append(Heartbeat(tuple(self._devices())))
            self._wake.clear()
            self._flush()

    def _flush(self) -> None:
        with self._writing:
            reports = [self._waiting.popleft() for _ in range(len(self._waiting))]
            try:
                _write_all(self._descriptor, b"".join(encode(report) for report in reports))
            except OSError:  # the parent has gone
                os._exit(0)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
