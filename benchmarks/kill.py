"""kill -9 of the real server, and of the real worker, at random moments: what was accepted must end, once.

    python -m benchmarks.kill [--rounds 100] [--seed 1]

Each round hands in jobs, kills the server or its worker at a random moment, starts the server again, hands
in again what was not answered (same Idempotency-Key), and waits until all has ended. The worker runs the
nodes of the tests, which need no torch. Lost: accepted, but not ended in success. Twice: the same key gave
two jobs, a run has two ends, or a run went on after its end had been seen.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parent.parent
SERVER = ("-m", "tests.server.tiny_server")
LATEST = 0.6  # seconds after the first submission of a round until its kill
PATIENCE = 60.0  # seconds for all jobs of a round to end
GONE = (aiohttp.ClientError, ConnectionError, asyncio.TimeoutError)


@dataclass
class Tally:
    """What became of all jobs."""

    rounds: int = 0
    servers: int = 0  # killed
    workers: int = 0
    accepted: set[str] = field(default_factory=set)
    completed: set[str] = field(default_factory=set)
    twice: set[str] = field(default_factory=set)

    @property
    def lost(self) -> set[str]:
        return self.accepted - self.completed

    @property
    def is_clean(self) -> bool:
        return bool(self.accepted) and not self.lost and not self.twice

    def __str__(self) -> str:
        kills = f"{self.rounds} rounds: {self.servers} servers and {self.workers} workers killed"
        ends = f"accepted {len(self.accepted)}, completed {len(self.completed)}"
        return f"{kills}\n{ends}, lost {len(self.lost)}, twice {len(self.twice)}"


class Server:
    """The server over one folder, as often as it has to be started."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self._start()

    def _start(self) -> None:
        words = [sys.executable, *SERVER, "--base-directory", str(self.base), "--port", "0"]
        with (self.base / "log").open("a") as log:
            self.process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if "http" not in line:
            raise RuntimeError(f"the server did not start: {(self.base / 'log').read_text()[-2000:]}")
        self.url = line.split()[-1]

    def worker(self) -> int | None:
        """The process id of its worker, if there is one."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else None

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)

    def again(self) -> None:
        """Start anew after a kill."""
        self._end()
        self._start()

    def stop(self) -> None:
        self.process.terminate()
        self._end()

    def _end(self) -> None:
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()


class Round:
    """Some jobs and one kill."""

    def __init__(self, server: Server, rng: random.Random, tally: Tally, jobs: int) -> None:
        self.server, self.tally = server, tally
        self.rng = rng
        self.jobs = {str(uuid.UUID(int=rng.getrandbits(128))): self._prompt() for _ in range(jobs)}
        self.answered: set[str] = set()

    async def play(self, victim: str) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
            await self._until_ready(http)
            killing = asyncio.create_task(self._kill(victim))
            await self._hand_in(http)
            await killing
            if victim == "server":
                await asyncio.to_thread(self.server.again)
            await self._hand_in(http)
            await self._until_ended(http)
        self.tally.rounds += 1
        self._count()

    def _prompt(self) -> dict[str, Any]:
        """Steps on the device, then a mark left beside it, so that runs overlap."""
        rng = self.rng
        slow = {"value": rng.randrange(10**9), "steps": rng.randint(0, 8), "pause": 0.005}
        mark = {"value": ["1", 0], "pause": rng.choice((0.0, 0.01, 0.05))}
        return {"1": {"class_type": "Slow", "inputs": slow}, "2": {"class_type": "Mark", "inputs": mark}}

    async def _kill(self, victim: str) -> None:
        await asyncio.sleep(self.rng.uniform(0.0, LATEST))
        if victim == "server":
            self.server.kill()
            self.tally.servers += 1
        elif (pid := self.server.worker()) is not None:
            os.kill(pid, signal.SIGKILL)
            self.tally.workers += 1

    async def _hand_in(self, http: aiohttp.ClientSession) -> None:
        for run_id, prompt in self.jobs.items():
            if run_id in self.answered:
                continue
            with contextlib.suppress(*GONE):
                body = {"prompt": prompt, "prompt_id": run_id}
                headers = {"Idempotency-Key": f"key of {run_id}"}
                async with http.post(f"{self.server.url}/prompt", json=body, headers=headers) as answer:
                    if answer.status == 200:
                        self.answered.add((await answer.json())["prompt_id"])
            await asyncio.sleep(self.rng.choice((0.0, 0.02)))

    async def _until_ready(self, http: aiohttp.ClientSession) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                async with http.get(f"{self.server.url}/api/worker") as answer:
                    if (await answer.json())["state"] == "ready":
                        return
                await asyncio.sleep(0.02)

    async def _until_ended(self, http: aiohttp.ClientSession) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                async with http.get(f"{self.server.url}/prompt") as answer:
                    if (await answer.json())["exec_info"]["queue_remaining"] == 0:
                        return
                await asyncio.sleep(0.03)

    def _count(self) -> None:
        self.tally.accepted |= self.answered
        with contextlib.closing(sqlite3.connect(self.server.base / "user" / "heddle.sqlite")) as db:
            rows = db.execute("SELECT run_id, status FROM jobs").fetchall()
            ends = db.execute("SELECT run_id FROM events WHERE record LIKE '%\"RunFinished\"%'").fetchall()
        self.tally.completed |= {run_id for run_id, status in rows if status == "success"}
        self.tally.twice |= {run_id for (run_id,), count in Counter(ends).items() if count > 1}
        self.tally.twice |= {run_id for run_id, _ in rows if run_id not in self.tally.accepted}


def marks(base: Path) -> Counter[str]:
    """How often each run came to its last node."""
    path = base / "user" / "marks"
    return Counter(path.read_text().split()) if path.exists() else Counter()


async def play(
    base: Path, rounds: int, victims: tuple[str, ...], rng: random.Random, jobs: int = 10
) -> Tally:
    """Some rounds over one folder; the marks of a round must not grow in those that follow."""
    tally, seen = Tally(), Counter[str]()
    server = await asyncio.to_thread(Server, base)
    try:
        for _ in range(rounds):
            await Round(server, rng, tally, jobs).play(rng.choice(victims))
            now = marks(base)
            tally.twice |= {run_id for run_id in seen if now[run_id] > seen[run_id]}
            seen = now
    finally:
        server.stop()
    tally.completed &= set(seen)
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        rng = random.Random(options.seed)
        tally = asyncio.run(play(Path(name), options.rounds, ("server", "worker"), rng))
        again = Counter(marks(Path(name)).values())
    print(tally)
    print(f"last nodes that ran more than once, their end not yet kept: {again.total() - again[1]}")
    print(f"{time.perf_counter() - began:.0f} s, seed {options.seed}")
    return 0 if tally.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
