"""How soon the server answers after its start, and how many durable submissions it takes a second.

    python -m benchmarks.http [--seconds 3]

Every submission counted was answered 200, that is: its job was on disk (SQLite, synchronous=FULL). The
worker runs the jobs meanwhile on the same cores, so the figures are those of a busy server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

ROOT = Path(__file__).resolve().parent.parent
PACK = """
from graph.node import Result, node

@node("bench")
def one(*, value: int = 1) -> int:
    return value

@node("bench", is_output=True)
def told(*, value: int = 0) -> Result:
    return Result(ui={"text": [str(value)]})
"""
STARTS = 5


def prompt(value: int) -> dict[str, object]:
    """Three nodes, never the same twice."""
    return {
        "1": {"class_type": "One", "inputs": {"value": value}},
        "2": {"class_type": "One", "inputs": {"value": ["1", 0]}},
        "3": {"class_type": "Told", "inputs": {"value": ["2", 0]}},
    }


def start(base: Path) -> tuple[subprocess.Popen[str], str, float]:
    """The process, its address, and the seconds until its first answer."""
    words = [sys.executable, str(ROOT / "main.py"), "--base-directory", str(base), "--port", "0", "--cpu"]
    began = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    with urllib.request.urlopen(f"{url}/prompt") as answer:
        answer.read()
    return process, url, time.perf_counter() - began


@contextmanager
def running(base: Path) -> Iterator[tuple[str, float]]:
    """A server's address and the seconds until its first answer; stopped at the end, come what may."""
    process, url, taken = start(base)
    try:
        yield url, taken
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def wait_until_ready(url: str) -> None:
    """Until the worker is up, so that its import of torch is not measured."""
    state = ""
    while state != "ready":
        time.sleep(0.2)
        with urllib.request.urlopen(f"{url}/api/worker") as answer:
            state = json.load(answer)["state"]


def one_after_another(url: str, seconds: float) -> tuple[float, float]:
    """Submissions a second over one connection, each sent when the one before was answered; runs beside."""
    connection = HTTPConnection(urlsplit(url).netloc)
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        connection.request("POST", "/prompt", json.dumps({"prompt": prompt(count)}))
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        count += 1
    taken = time.perf_counter() - began
    connection.request("GET", "/prompt")
    left = json.loads(connection.getresponse().read())["exec_info"]["queue_remaining"]
    connection.close()
    return count / taken, (count - left) / taken


async def at_once(url: str, seconds: float, clients: int) -> float:
    """Submissions a second from several connections, until the time is over or the queue is full."""
    counts = [0] * clients
    full = asyncio.Event()

    async def submit(client: int, until: float) -> None:
        async with aiohttp.ClientSession() as session:
            while time.perf_counter() < until and not full.is_set():
                body = json.dumps({"prompt": prompt(counts[client] * clients + client)})
                async with session.post(f"{url}/prompt", data=body) as answer:
                    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                        full.set()
                        return
                    assert answer.status == HTTPStatus.OK, answer.status
                    await answer.read()
                counts[client] += 1

    began = time.perf_counter()
    await asyncio.gather(*(submit(client, began + seconds) for client in range(clients)))
    return sum(counts) / (time.perf_counter() - began)


def clear(url: str) -> None:
    """Take what still waits off the queue."""
    request = urllib.request.Request(f"{url}/queue", b'{"clear": true}', method="POST")
    with urllib.request.urlopen(request) as answer:
        answer.read()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        (base / "custom_nodes").mkdir()
        (base / "custom_nodes" / "bench.py").write_text(PACK)
        print(
            f"first answer after start          {statistics.median(starts(base)):6.2f} s (median of {STARTS})"
        )
        with running(base) as (url, _):
            wait_until_ready(url)
            submitted, ran = one_after_another(url, seconds)
            print(f"submissions, one after another    {submitted:6.0f} /s, run meanwhile {ran:.0f} /s")
            for clients in (8, 32):
                clear(url)
                rate = asyncio.run(at_once(url, seconds, clients))
                print(f"submissions, {clients:2} clients at once   {rate:6.0f} /s")


def starts(base: Path) -> Iterator[float]:
    """Seconds until the first answer, of several starts."""
    for _ in range(STARTS):
        with running(base) as (_, taken):
            yield taken


if __name__ == "__main__":
    main()
