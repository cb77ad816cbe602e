"""A thousand runs through the real server: memory, handles, threads and the time of a run must stay flat.

    python -m benchmarks.soak [--runs 1000] [--model [--cpu] [--steps 2]]

Without `--model` the nodes are those of the tests and need no torch; with it each run is the bundled
model's default workflow at few steps. Of what is measured after each run the lower quartile of every
twenty counts (what else the machine does only adds); these are fitted by a straight line over the second
half of the runs: caches and buffers that have an end are full by then. Flat means that the line rises by
less than the tolerance in a thousand runs, or that its slope is within its own uncertainty.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WORKFLOW = ROOT / "workflows" / "text_to_image.json"
HUNDRED = 100
BLOCK = 20  # runs
SURE = 3.0  # standard errors
STARTING = 300.0  # seconds for a worker to get ready
KILO = 1024


@dataclass(frozen=True)
class Measure:
    """One curve: its unit, and by how much it may rise in a thousand runs and still be flat."""

    unit: str
    tolerance: float


MEASURES: Mapping[str, Measure] = {
    "server memory": Measure("KiB", 2 * KILO),
    "worker memory": Measure("KiB", 8 * KILO),
    "server handles": Measure("", 0.5),
    "worker handles": Measure("", 0.5),
    "server threads": Measure("", 0.5),
    "worker threads": Measure("", 0.5),
    "time of a run": Measure("ms", math.inf),  # set to a twentieth of its mean
}


@dataclass(frozen=True)
class Fit:
    """A straight line through a curve."""

    slope: float  # in a run
    error: float  # of the slope

    def is_flat(self, tolerance: float) -> bool:
        """Whether it rises by less than this in a thousand runs, or not surely at all."""
        return self.slope * 1_000 <= tolerance or self.slope <= SURE * self.error


def fit(values: Sequence[float]) -> Fit:
    """Least squares, with the standard error of the slope."""
    count = len(values)
    middle, mean = (count - 1) / 2, statistics.fmean(values)
    spread = sum((i - middle) ** 2 for i in range(count))
    slope = sum((i - middle) * (value - mean) for i, value in enumerate(values)) / spread
    rest = sum((value - mean - slope * (i - middle)) ** 2 for i, value in enumerate(values))
    return Fit(slope, math.sqrt(rest / max(1, count - 2) / spread))


def trend(values: Sequence[float]) -> Fit:
    """Of the second half, in a run."""
    half = values[len(values) // 2 :]
    size = max(1, min(BLOCK, len(half) // 5))
    blocks = [sorted(half[i : i + size]) for i in range(0, len(half) - size + 1, size)]
    line = fit([block[len(block) // 4] for block in blocks])
    return Fit(line.slope / size, line.error / size)


def process(pid: int) -> tuple[int, int, int]:
    """Resident memory (KiB), open handles and threads of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = dict(line.split(":", 1) for line in lines if ":" in line)
    memory, threads = int(found["VmRSS"].split()[0]), int(found["Threads"])
    return memory, len(list(Path(f"/proc/{pid}/fd").iterdir())), threads


def child(pid: int) -> int:
    """The worker of a server."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def call(url: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data), timeout=60) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def tiny(run: int) -> dict[str, Any]:
    """Previews and steps, a failing branch, an expansion, something written beside the device."""
    return {
        "1": {"class_type": "Slow", "inputs": {"value": run, "steps": 5, "pause": 0.0}},
        "2": {"class_type": "Show", "inputs": {"value": ["1", 0]}},
        "3": {"class_type": "Draw", "inputs": {"name": f"soak{run % 10}"}},
        "4": {"class_type": "Fail", "inputs": {"value": run}},
        "5": {"class_type": "Show", "inputs": {"value": ["4", 0]}},
        "6": {"class_type": "Grow", "inputs": {"value": run, "steps": 1}},
        "7": {"class_type": "Write", "inputs": {"value": ["6", 0], "pause": 0.0}},
    }


def model(run: int, steps: int) -> dict[str, Any]:
    """The canvas's first document with another seed."""
    document: dict[str, Any] = json.loads(WORKFLOW.read_text(encoding="utf-8"))
    for node in document["nodes"]:
        if node["type"] == "KSampler":
            node["widgets_values"][0], node["widgets_values"][2] = run, steps
    return document


@contextmanager
def serving(words: Sequence[str], base: Path) -> Iterator[tuple[int, str]]:
    """A server's process id and address, its worker ready."""
    with (base / "log").open("w") as log:
        command = [sys.executable, *words, "--port", "0"]
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    assert server.stdout is not None
    try:
        url = server.stdout.readline().split()[-1]
        until(lambda: call(f"{url}/api/worker")["state"] == "ready", STARTING)
        yield server.pid, url
    finally:
        server.terminate()
        server.wait(60)
        server.stdout.close()


def until(true: Callable[[], Any], seconds: float) -> Any:
    """Ask until the answer is true."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s")
        time.sleep(0.005)
    return found


def measured(pid: int, url: str, prompt: dict[str, Any]) -> dict[str, float]:
    """One run, and what the processes hold after it."""
    began = time.perf_counter()
    run_id = call(f"{url}/prompt", {"prompt": prompt})["prompt_id"]
    until(lambda: call(f"{url}/history/{run_id}"), 600)
    taken = (time.perf_counter() - began) * 1_000
    server, worker = process(pid), process(child(pid))
    names = ("memory", "handles", "threads")
    found: dict[str, float] = {f"server {name}": value for name, value in zip(names, server, strict=True)}
    found |= {f"worker {name}": value for name, value in zip(names, worker, strict=True)}
    return found | {"time of a run": taken}


def soak(
    words: Sequence[str], base: Path, runs: int, make: Callable[[int], dict[str, Any]]
) -> dict[str, list[float]]:
    """Each curve, a value for each run."""
    curves: dict[str, list[float]] = {name: [] for name in MEASURES}
    with serving(words, base) as (pid, url):
        for run in range(runs):
            for name, value in measured(pid, url, make(run)).items():
                curves[name].append(value)
            if (run + 1) % HUNDRED == 0:
                last = ", ".join(f"{name} {values[-1]:.0f}" for name, values in curves.items())
                print(f"{run + 1} runs: {last}", file=sys.stderr, flush=True)
    return curves


def verdict(curves: Mapping[str, Sequence[float]]) -> tuple[list[str], bool]:
    """The table, and whether all is flat."""
    lines = [f"{'':16} {'first hundred':>14} {'last hundred':>14} {'slope / 1000 runs':>20}"]
    flat = True
    for name, values in curves.items():
        line = trend(values)
        tolerance = MEASURES[name].tolerance
        if math.isinf(tolerance):
            tolerance = statistics.fmean(values) / 20
        good = line.is_flat(tolerance)
        flat = flat and good
        first, last = (statistics.median(part) for part in (values[:HUNDRED], values[-HUNDRED:]))
        slope = f"{line.slope * 1_000:+.1f} ± {line.error * 1_000:.1f}"
        word = "flat" if good else f"RISES (more than {tolerance:.1f})"
        lines.append(f"{name:16} {first:14.1f} {last:14.1f} {slope:>20} {MEASURES[name].unit:3} {word}")
    return lines, flat


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--model", action="store_true", help="the bundled model instead of tiny nodes")
    parser.add_argument("--cpu", action="store_true", help="with --model: use no GPU")
    parser.add_argument("--steps", type=int, default=2, help="with --model: of the sampler")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        if options.model:
            places = [f"--{place}-directory={base / place}" for place in ("output", "input", "temp", "user")]
            words = ["main.py", "serve", *places, *(["--cpu"] if options.cpu else [])]
            curves = soak(words, base, options.runs, lambda run: model(run, options.steps))
        else:
            words = ["-m", "tests.server.tiny_server", "--base-directory", str(base)]
            curves = soak(words, base, options.runs, tiny)
    lines, flat = verdict(curves)
    print("\n".join(lines))
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
