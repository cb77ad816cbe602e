"""The process that owns executor and devices: takes one job at a time and tells what happens.

Commands come on standard input, reports go out on what was standard output; whatever a node prints
goes to standard error, which the supervisor reads as log. End of input means that the parent is
gone, and the worker ends at once. Started as `python -m runtime.worker`.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import queue
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from graph.context import Cancel
from graph.errors import InvalidWorkflow
from graph.events import Event, NodePreview, NodeStarted
from graph.executor import Executor
from graph.folders import Folders
from graph.registry import Registry
from graph.workflow import Graph
from runtime.messages import (
    CancelRun,
    Configure,
    FrameReader,
    FreeMemory,
    Happened,
    Heartbeat,
    Message,
    PackReport,
    Ready,
    Report,
    RunDone,
    RunJob,
    Shutdown,
    encode,
)

HEARTBEAT = 1.0  # seconds
WAITING_REPORTS = 64  # more unsent reports than this and previews are dropped
PORTION = 1 << 16  # bytes read at once
PR_SET_PDEATHSIG = 1


class Free(Protocol):
    """Drops loaded models, and with `cache` the cached outputs too."""

    def __call__(self, *, models: bool, cache: bool) -> None: ...


@dataclass(frozen=True)
class Parts:
    """What the function named by `Configure.build` returns."""

    registry: Registry
    executor: Executor
    folders: Folders
    packs: Sequence[PackReport] = ()
    devices: Callable[[], Sequence[Mapping[str, object]]] = tuple
    free: Free | None = None


@dataclass
class Inbox:
    """Commands in order; a cancel overtakes the queue, even one that comes before its job."""

    commands: queue.SimpleQueue[Message] = field(default_factory=queue.SimpleQueue)
    flags: dict[str, Cancel] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

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
                if isinstance(message, CancelRun):
                    self.flag(message.run_id).set()
                else:
                    self.commands.put(message)
        os._exit(0)


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


def run(parts: Parts, job: RunJob, emit: Callable[[Event], None], flag: Cancel) -> RunDone:
    """One job from its JSON to its outcome."""
    prompt: dict[str, Any] = json.loads(job.prompt)
    try:
        graph = Graph.parse(
            prompt, parts.registry.schemas, targets=job.targets, list_files=parts.folders.list
        )
    except InvalidWorkflow as error:  # files or packs may have gone since the job was accepted
        return RunDone(job.run_id, "error", {}, f"the workflow is no longer valid: {error}")
    outcome = parts.executor.run(
        graph,
        run_id=job.run_id,
        emit=emit,
        cancel=flag,
        prompt=prompt,
        extra_pnginfo=dict(job.extra_pnginfo) if job.extra_pnginfo is not None else None,
    )
    return RunDone(job.run_id, outcome.status, outcome.outputs)


def serve(parts: Parts, inbox: Inbox, outbox: Outbox) -> None:
    """Take commands until `Shutdown`."""
    while not isinstance(command := inbox.commands.get(), Shutdown):
        if isinstance(command, RunJob):
            _serve_run(parts, command, inbox, outbox)
        elif isinstance(command, FreeMemory) and parts.free is not None:
            parts.free(models=command.models, cache=command.cache)


def _serve_run(parts: Parts, job: RunJob, inbox: Inbox, outbox: Outbox) -> None:
    def emit(event: Event) -> None:
        outbox.emit(event, previews=job.previews)

    done = run(parts, job, emit, inbox.flag(job.run_id))
    inbox.forget(job.run_id)
    outbox.put(done)


def build(configure: Configure) -> Parts:
    """Call the function that `configure.build` names as "module:function"."""
    module, _, function = configure.build.partition(":")
    parts: Parts = getattr(importlib.import_module(module), function)(configure.options)
    return parts


def ready(parts: Parts) -> Ready:
    """What the engine needs to know of a worker."""
    schemas = {name: schema.to_dict() for name, schema in parts.registry.schemas.items()}
    return Ready(schemas, tuple(parts.packs), tuple(parts.devices()))


def main() -> None:
    """Body of the worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    _die_with_parent()
    commands, reports = _own_pipes()
    outbox, inbox = Outbox(reports), Inbox()
    threading.Thread(target=inbox.read, args=(commands,), name="commands", daemon=True).start()
    configure = inbox.commands.get()
    if isinstance(configure, Configure):
        parts = build(configure)
        outbox.watch(parts.devices)
        outbox.put(ready(parts))
        serve(parts, inbox, outbox)
    outbox.close()


def _own_pipes() -> tuple[int, int]:
    """The two pipes, moved away from standard input and output so that no node can disturb them."""
    commands, reports = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return commands, reports


def _die_with_parent() -> None:
    """Linux: be killed with the parent even while native code holds the interpreter."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    main()
