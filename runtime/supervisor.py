"""Keeps one worker process alive: starts it, listens, kills what hangs, starts it again."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from runtime.messages import CancelRun, Command, Configure, FrameReader, Ready, Report, Shutdown, encode
from runtime.process import Child, Spawn, spawn

State = Literal["starting", "ready", "restarting", "stopped"]

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

    def __init__(self, configure: Configure, ears: Ears, patience: Patience, spawn: Spawn = spawn) -> None:
        self.state: State = "starting"
        self.reason = ""  # why the last worker ended
        self._configure = configure
        self._ears = ears
        self._patience = patience
        self._spawn = spawn
        self._child: Child | None = None
        self._verdict = ""  # why we killed it
        self._exited = False
        self._heard = 0.0
        self._cancelled: dict[str, float] = {}  # runs that were asked to stop, and when
        self._stopping = asyncio.Event()
        self._last_lines: deque[str] = deque(maxlen=12)
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

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
        if self._child is not None:
            self._child.write(encode(command))

    def cancel(self, run_id: str) -> None:
        """Stop a run: politely now, with a kill when it has not ended after the grace time."""
        self.send(CancelRun(run_id))
        self.press(run_id)

    def press(self, run_id: str) -> None:
        """The grace time of a run that was asked to stop begins, unless it has before."""
        self._cancelled.setdefault(run_id, _now())

    def run_ended(self, run_id: str) -> None:
        """This run is over, so that no kill is due for it."""
        self._cancelled.pop(run_id, None)

    async def _keep(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                got_ready = await self._live()
            except OSError as error:
                got_ready, self.reason = False, f"it cannot be started: {error.strerror}"
            if self._stopping.is_set():
                return
            failures = 0 if got_ready else failures + 1
            self._ears.lost(self.reason)
            pause = min(LONGEST_PAUSE, 0.1 * 4**failures) if failures else 0.0
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause or 0.001)

    async def _live(self) -> bool:
        """One process from birth to death; whether it ever got ready."""
        self._verdict, self._exited = "", False
        self._cancelled.clear()
        self._last_lines.clear()
        self._child = child = await self._spawn()
        self._heard = _now()
        if self._stopping.is_set():  # since it was started; `stop` found no one to tell
            child.kill()
        self.send(self._configure)
        watch = asyncio.create_task(self._watch())
        listening = [asyncio.create_task(self._listen(child)), asyncio.create_task(self._log(child))]
        code, got_ready = None, False
        try:
            code = await child.wait()
            got_ready = self._note_exit()
            await asyncio.wait(listening, timeout=1.0)
        finally:
            child.kill()  # what the worker itself had started
            for task in (watch, *listening):
                task.cancel()
            await asyncio.gather(watch, *listening, return_exceptions=True)
            self._child = None
        self.reason = self._verdict or _death(code, self._last_lines)
        return got_ready

    def _note_exit(self) -> bool:
        """No more work for this worker, whatever it still has to tell; whether it ever got ready."""
        got_ready, self._exited = self.state == "ready", True
        if not self._stopping.is_set():
            self._enter("restarting")
        return got_ready

    async def _listen(self, child: Child) -> None:
        frames = FrameReader()
        while portion := await child.read():
            self._heard = _now()
            for message in frames.feed(portion):
                if isinstance(message, Ready) and not self._exited:
                    self._enter("ready")
                self._ears.report(message)  # type: ignore[arg-type]  # workers send only reports

    async def _log(self, child: Child) -> None:
        rest = ""
        while portion := await child.read_log():
            *lines, rest = (rest + portion.decode(errors="replace")).replace("\r", "\n").split("\n")
            rest = rest[-LOG_LINE:]
            for line in filter(str.strip, lines):
                self._last_lines.append(line)
                self._ears.log(line)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(min(1.0, self._patience.cancel / 4, self._patience.silence / 4))
            now = _now()
            if now - self._heard > self._patience.silence:
                self._kill(f"it gave no sign of life for {self._patience.silence:g} s")
            elif now - min(self._cancelled.values(), default=now) > self._patience.cancel:
                self._kill(f"it did not heed a cancel within {self._patience.cancel:g} s")

    def _kill(self, verdict: str) -> None:
        if self._child is not None:
            self._verdict = self._verdict or verdict
            self._child.kill()

    def _enter(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self._ears.state(state)


def _now() -> float:
    """The event loop's clock, in seconds."""
    return asyncio.get_running_loop().time()


def _death(code: int | None, last_lines: deque[str]) -> str:
    """Words for an exit status, with the last thing that was logged."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return f"killed by {name}" + (" (often: out of memory)" if name == "SIGKILL" else "")
    return f"exit status {code}" + (f": {last_lines[-1]}" if last_lines else "")
