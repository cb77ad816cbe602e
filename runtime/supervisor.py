"""Keeps one worker process alive: starts it, listens, kills what hangs, starts it again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runtime.messages import CancelRun, Command, Configure, FrameReader, Ready, Report, Shutdown, encode

State = Literal["starting", "ready", "restarting", "stopped"]

ROOT = Path(__file__).resolve().parent.parent
PORTION = 1 << 18  # bytes read at once
LOG_LINE = 1 << 20  # bytes; a longer line is cut there
LONGEST_PAUSE = 30.0  # seconds between starts of a worker that never gets ready


@dataclass(frozen=True)
class Patience:
    """Seconds that a worker is given."""

    silence: float = 60.0  # without a heartbeat
    cancel: float = 20.0  # between a cancel and the end of the run
    stop: float = 5.0  # between `Shutdown` and its end


@dataclass(frozen=True)
class Ears:
    """Who is told what; all are called on the event loop."""

    report: Callable[[Report], None]
    state: Callable[[State], None]
    lost: Callable[[str], None]  # the worker died; the reason
    log: Callable[[str], None]


class Supervisor:
    """The lifetime of worker processes, one after another."""

    def __init__(self, configure: Configure, ears: Ears, patience: Patience) -> None:
        self.state: State = "starting"
        self.reason = ""  # why the last worker ended
        self._configure = configure
        self._ears = ears
        self._patience = patience
        self._process: Process | None = None
        self._verdict = ""  # why we killed it
        self._heard = 0.0
        self._cancelled_at: float | None = None
        self._stopping = asyncio.Event()
        self._last_lines: deque[str] = deque(maxlen=12)
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Begin in the background."""
        self._task = asyncio.create_task(self._keep(), name="supervisor")

    async def stop(self) -> None:
        """Ask the worker to end, then make it end; one that is still being built hears nothing."""
        self._stopping.set()
        self.send(Shutdown())
        if self._task is not None:
            seconds = self._patience.stop if self.state == "ready" else 0.0
            _, late = await asyncio.wait({self._task}, timeout=seconds)
            if late:
                self._kill("it did not stop")
            await self._task
        self._enter("stopped")

    def send(self, command: Command) -> None:
        """Hand over a command; one for a worker that is not there is lost."""
        pipe = self._process.stdin if self._process else None
        if pipe is not None and not pipe.is_closing():
            pipe.write(encode(command))

    def cancel(self, run_id: str) -> None:
        """Stop a run: politely now, with a kill when it has not ended after the grace time."""
        if self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
        self.send(CancelRun(run_id))

    def run_ended(self) -> None:
        """The run at hand is over, so that no kill is due for it."""
        self._cancelled_at = None

    async def _keep(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            got_ready = await self._live()
            if self._stopping.is_set():
                return
            failures = 0 if got_ready else failures + 1
            self._enter("restarting")
            self._ears.lost(self.reason)
            pause = min(LONGEST_PAUSE, 0.1 * 4**failures) if failures else 0.0
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause or 0.001)

    async def _live(self) -> bool:
        """One process from birth to death; whether it ever got ready."""
        self._verdict, self._cancelled_at = "", None
        self._last_lines.clear()
        self._process = process = await _spawn()
        self._heard = time.monotonic()
        self.send(self._configure)
        watch = asyncio.create_task(self._watch())
        listening = [asyncio.create_task(self._listen(process)), asyncio.create_task(self._log(process))]
        try:
            await process.wait()
            await asyncio.wait(listening, timeout=1.0)
        finally:
            _kill_group(process)  # what the worker itself had started
            for task in (watch, *listening):
                task.cancel()
            await asyncio.gather(watch, *listening, return_exceptions=True)
            self._process = None
        self.reason = self._verdict or _death(process.returncode, self._last_lines)
        return self.state == "ready"

    async def _listen(self, process: Process) -> None:
        frames = FrameReader()
        assert process.stdout is not None
        while portion := await process.stdout.read(PORTION):
            self._heard = time.monotonic()
            for message in frames.feed(portion):
                if isinstance(message, Ready):
                    self._enter("ready")
                self._ears.report(message)  # type: ignore[arg-type]  # workers send only reports

    async def _log(self, process: Process) -> None:
        assert process.stderr is not None
        rest = ""
        while portion := await process.stderr.read(PORTION):
            *lines, rest = (rest + portion.decode(errors="replace")).replace("\r", "\n").split("\n")
            rest = rest[-LOG_LINE:]
            for line in filter(str.strip, lines):
                self._last_lines.append(line)
                self._ears.log(line)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(min(1.0, self._patience.cancel / 4, self._patience.silence / 4))
            now = time.monotonic()
            if now - self._heard > self._patience.silence:
                self._kill(f"it gave no sign of life for {self._patience.silence:g} s")
            elif self._cancelled_at is not None and now - self._cancelled_at > self._patience.cancel:
                self._kill(f"it did not heed a cancel within {self._patience.cancel:g} s")

    def _kill(self, verdict: str) -> None:
        if self._process is not None:
            self._verdict = self._verdict or verdict
            _kill_group(self._process)

    def _enter(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self._ears.state(state)


async def _spawn() -> Process:
    """A worker in a session of its own, so that Ctrl-C in the terminal does not reach it."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "runtime.worker"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
    )


def _kill_group(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _death(code: int | None, last_lines: deque[str]) -> str:
    """Words for an exit status, with the last thing that was logged."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return f"killed by {name}" + (" (often: out of memory)" if name == "SIGKILL" else "")
    return f"exit status {code}" + (f": {last_lines[-1]}" if last_lines else "")
