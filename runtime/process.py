"""A worker process and the pipes to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parent.parent
PORTION = 1 << 18  # bytes read at once


class Child(Protocol):
    """A worker as its supervisor sees it."""

    @property
    def pid(self) -> int: ...

    def write(self, data: bytes) -> None:
        """Towards its commands; lost when it has gone."""

    async def read(self) -> bytes:
        """Some of its reports; nothing at their end."""

    async def read_log(self) -> bytes:
        """Some of what it printed; nothing at its end."""

    async def wait(self) -> int:
        """Its exit status, when it has ended."""

    def kill(self) -> None:
        """End it and what it has started, at once."""


Spawn = Callable[[], Awaitable[Child]]


class WorkerProcess:
    """`python -m runtime.worker`."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._commands, self._reports, self._log = process.stdin, process.stdout, process.stderr

    @property
    def pid(self) -> int:
        return self._process.pid

    def write(self, data: bytes) -> None:
        if not self._commands.is_closing():
            self._commands.write(data)

    async def read(self) -> bytes:
        return await self._reports.read(PORTION)

    async def read_log(self) -> bytes:
        return await self._log.read(PORTION)

    async def wait(self) -> int:
        return await self._process.wait()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()


async def spawn() -> WorkerProcess:
    """A worker in a session of its own, so that Ctrl-C in the terminal does not reach it."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "runtime.worker"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
    )
    return WorkerProcess(process)
