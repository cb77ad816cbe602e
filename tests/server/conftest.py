"""A real server process for each module of tests, and a client that speaks to it."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Server:
    """One process, listening."""

    process: subprocess.Popen[str]
    url: str
    base: Path
    answered_after: float  # seconds between its start and its first answer

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self._wait()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self._wait()

    def _wait(self) -> int:
        code = self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def start(base: Path, *options: str, program: tuple[str, ...] = ("-m", "tests.server.tiny_server")) -> Server:
    """Start and wait until it answers."""
    began = time.monotonic()
    words = [sys.executable, *program, "--base-directory", str(base), "--port", "0", *options]
    log = (base / "log").open("a")
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    log.close()
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "Heddle is at http" in line, (base / "log").read_text()
    url = line.split()[-1]
    with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(f"{url}/prompt", timeout=5):
        pass
    return Server(process, url, base, time.monotonic() - began)


@contextlib.contextmanager
def serving(base: Path, *options: str) -> Iterator[Server]:
    server = start(base, *options)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as started:
        yield started


class Client:
    """Speaks HTTP and WebSocket to one server."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session, self.url = session, url

    async def get(self, path: str, **options: Any) -> Any:
        async with self.session.get(self.url + path, **options) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def status(self, method: str, path: str, **options: Any) -> int:
        async with self.session.request(method, self.url + path, **options) as answer:
            await answer.read()
            return answer.status

    async def post(self, path: str, body: Any, **options: Any) -> tuple[int, Any]:
        async with self.session.post(self.url + path, json=body, **options) as answer:
            text = await answer.text()
            return answer.status, (await answer.json() if text else None)

    async def submit(self, prompt: Any, **fields: Any) -> str:
        status, data = await self.post("/prompt", {"prompt": prompt, **fields})
        assert status == 200, data
        run_id: str = data["prompt_id"]
        return run_id

    async def ended(self, run_id: str, seconds: float = 15.0) -> Any:
        async with asyncio.timeout(seconds):
            while not (found := await self.get(f"/history/{run_id}")):
                await asyncio.sleep(0.02)
        return found[run_id]

    @contextlib.asynccontextmanager
    async def socket(self, name: str | None = None, query: str = "", **options: Any) -> AsyncIterator[Any]:
        name = name or uuid.uuid4().hex
        address = f"{self.url}/ws?clientId={name}{query}"
        async with self.session.ws_connect(address, **options) as socket:
            yield socket


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(session, server.url)


async def hear(socket: aiohttp.ClientWebSocketResponse, run_id: str, seconds: float = 15.0) -> list[Any]:
    """Every message up to the end mark of the run; binary ones as bytes."""
    heard: list[Any] = []
    async with asyncio.timeout(seconds):
        async for message in socket:
            heard.append(message.data if message.type is aiohttp.WSMsgType.BINARY else message.json())
            last = heard[-1]
            if isinstance(last, dict) and last["type"] == "executing":
                data = last["data"]
                if data["node"] is None and data["prompt_id"] == run_id:
                    return heard
    raise AssertionError(f"the socket closed before the end of {run_id}: {heard}")


def kinds(heard: list[Any]) -> list[str]:
    return [message["type"] for message in heard if isinstance(message, dict)]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
