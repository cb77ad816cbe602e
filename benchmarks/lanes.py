"""How much of the time of queued runs is device time, when writing pictures overlaps with the next run.

    python -m benchmarks.lanes [--runs 8]

Each row queues so many runs at a real server and compares the time from the first node to the last file
with the sum of what the device lane's nodes took. "Simulated" is a device that is busy for a fixed time while
the processor is free, as a GPU is, and gives a picture of noise, the hardest to compress.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.http import ROOT, running, wait_until_ready

PACK = """
import time
import torch
from nodes.api import Image, node

@node("bench")
def render(*, seed: int = 0, seconds: float = 0.5, side: int = 1024) -> Image:
    generator = torch.Generator().manual_seed(seed)
    picture = torch.rand(1, side, side, 3, generator=generator)
    time.sleep(seconds)
    return picture
"""
BESIDE = ("SaveImage",)  # classes whose time is not the device's
Prompt = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """One workload: seconds from the first node to the last file, and seconds of the device."""

    name: str
    total: float
    device: float
    written: float

    def __str__(self) -> str:
        ratio = self.total / self.device
        without = (self.device + self.written) / self.device
        return (
            f"| {self.name:<34} | {self.device:8.2f} s | {self.written:8.2f} s | {self.total:8.2f} s "
            f"| {ratio:5.3f} | {without:5.3f} |"
        )


HEADER = (
    "| 8 queued runs                      | device     | writing    | in all     | ratio | one by one |\n"
    "|------------------------------------|------------|------------|------------|-------|------------|"
)


def simulated(seconds: float, side: int) -> Callable[[int], Prompt]:
    """A device busy for so long, and a picture of side x side."""

    def prompt(seed: int) -> Prompt:
        inputs = {"seed": seed, "seconds": seconds, "side": side}
        return {
            "1": {"class_type": "Render", "inputs": inputs},
            "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": f"s{side}"}},
        }

    return prompt


def default_workflow(seed: int) -> Prompt:
    """The workflow that the canvas opens with, on the bundled model."""
    text = "a red house under a blue sky"
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "heddle-demo.safetensors"}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": text, "clip": ["1", 1]}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["1", 1]}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 128, "height": 128, "batch_size": 1}},
        "5": {
            "class_type": "KSampler",
            "inputs": {
                "model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0],
                "seed": seed, "steps": 20, "cfg": 5.0, "sampler_name": "dpmpp_2m", "scheduler": "karras",
                "denoise": 1.0,
            },
        },
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "demo"}},
    }  # fmt: skip


async def measure(url: str, name: str, prompt: Callable[[int], Prompt], runs: int) -> Row:
    """Queue the runs (after one that warms up) and add up what their nodes tell."""
    async with aiohttp.ClientSession(url) as session, session.ws_connect("/ws?clientId=bench") as socket:
        await queue(session, prompt(1_000_000))
        await listen(socket, 1, prompt(0))
        for seed in range(runs):
            await queue(session, prompt(seed))
        return Row(name, *await listen(socket, runs, prompt(0)))


async def queue(session: aiohttp.ClientSession, prompt: Prompt) -> None:
    async with session.post("/prompt", json={"prompt": prompt, "client_id": "bench"}) as answer:
        answer.raise_for_status()


async def listen(
    socket: aiohttp.ClientWebSocketResponse, runs: int, prompt: Prompt
) -> tuple[float, float, float]:
    """(seconds from the first start to the last end, of the device, of what lies beside it)."""
    times: list[int] = []  # ms, by the worker's clock
    device, beside, ended = 0.0, 0.0, 0
    while ended < runs:
        message = await socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            continue
        told = json.loads(message.data)
        data = told["data"]
        if told["type"] == "execution_error":
            raise RuntimeError(data["exception_message"])
        if told["type"] in ("execution_start", "execution_success"):
            times.append(data["timestamp"])
        ended += told["type"] == "execution_success"
        if isinstance(data, dict) and not data.get("cached", True):
            if prompt[data["node"]]["class_type"] in BESIDE:
                beside += data["seconds"]
            else:
                device += data["seconds"]
    return (max(times) - min(times)) / 1000, device, beside


def rows(url: str, runs: int) -> Iterator[Row]:
    """All workloads, one after another."""
    yield asyncio.run(measure(url, "simulated, 1 s, 1024x1024", simulated(1.0, 1024), runs))
    yield asyncio.run(measure(url, "simulated, 2 s, 2048x2048", simulated(2.0, 2048), runs))
    yield asyncio.run(measure(url, "bundled model, 20 steps, 128x128", default_workflow, runs))


def table(runs: int) -> Iterator[str]:
    """The lines of the table, as they are measured."""
    yield HEADER.replace("8", str(runs), 1)
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        (base / "custom_nodes").mkdir()
        (base / "custom_nodes" / "bench.py").write_text(PACK)
        (base / "models" / "checkpoints").mkdir(parents=True)
        model = "models/checkpoints/heddle-demo.safetensors"
        shutil.copy(ROOT / model, base / model)
        with running(base) as (url, _):
            wait_until_ready(url)
            yield from map(str, rows(url, runs))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--output", type=Path, help="also write the table to this file")
    options = parser.parse_args(arguments)
    lines = []
    for line in table(options.runs):
        print(line, flush=True)
        lines.append(line)
    if options.output:
        options.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
