"""Bytes that the memory moves for recorded sequences of graphs, and what a small budget costs a UNet.

    python -m benchmarks.memory [--only graphs|networks] [--calls 5] [--output FILE]

The first table holds the memory against one that sends home whole models, the least recently used first
(LRU), against one that sends home parts of them by the same rule, and against the optimum of who knows the
future. The second runs UNets of full size and random weights on the GPU under budgets. Without a GPU it runs
narrow ones on a simulated device, whose clock knows how long copies and computing take on assumed hardware.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from diffusion.networks.unet import UNet, UNetConfig
from diffusion.weights.devices import Device, SimulatedDevice, TorchDevice
from diffusion.weights.memory import Memory
from diffusion.weights.reach import own_tensors, size
from tests.diffusion.eviction_bounds import lru, lru_in_parts, optimum
from tests.diffusion.memory_scenarios import PER_MB, SCENARIOS, Scenario, replay

GB = 10**9
BUDGETS = (24, 12, 8, 6, 4)  # GB
SD1 = UNetConfig()
SDXL = UNetConfig(
    widths=(320, 640, 1280),
    depths=(0, 2, 10),
    middle_depth=10,
    context_width=2048,
    vector_width=2816,
    heads=None,
    head_dim=64,
    linear_projection=True,
)
NARROWER = 8  # times, on the simulated device
BUS = 16e9  # bytes a second: PCIe 4 with 16 lanes does 20 to 26 from pinned memory

GRAPHS_HEADER = """\
| graphs                   | budget | Heddle | one graph ahead | none ahead |   LRU | LRU in parts | optimum |
|--------------------------|--------|--------|-----------------|------------|-------|--------------|---------|"""
NETWORKS_HEADER = """\
| network          | budget GB | weights on device GB | peak GB | ms a call | times as long |
|------------------|-----------|----------------------|---------|-----------|---------------|"""


@dataclass(frozen=True)
class Subject:
    """A network as it is used: a prompt and its negative in one call."""

    name: str
    config: UNetConfig
    side: int  # of the latents
    seconds: float  # that a call computes on the simulated device; that of a GPU with about 100 TFLOP/s
    activations: float  # GB, on the simulated device


SUBJECTS = (
    Subject("SD 1.5, 512x512", SD1, 64, 0.03, 0.6),
    Subject("SDXL, 1024x1024", SDXL, 128, 0.12, 1.6),
)


def graph_rows(scenario: Scenario) -> Iterator[str]:
    """GB moved for one sequence of graphs, at budgets from the least to as much as there is."""
    calls = [scenario.parts(call) for call in scenario.calls]
    for budget in scenario.budgets:
        moved = [replay(scenario, budget, ahead=ahead).bytes_moved / PER_MB for ahead in (None, 1, 0)]
        others = [
            lru(scenario, budget),
            lru_in_parts(scenario, budget),
            optimum(calls, dict(scenario.weights), budget, whole=False),
        ]
        ours, next_known, alone, whole, parts, best = (f"{mb / 1000:.1f}" for mb in (*moved, *others))
        yield (
            f"| {scenario.name:<24} | {budget / 1000:>6.1f} | {ours:>6} | {next_known:>15} | {alone:>10} "
            f"| {whole:>5} | {parts:>12} | {best:>7} |"
        )


def random_network(config: UNetConfig, dtype: torch.dtype) -> UNet:
    """Weights of no meaning, made at once in their format."""
    with torch.device("meta"):
        network = UNet(config).to(dtype)
    network.to_empty(device="cpu")
    for parameter in network.parameters():
        nn.init.uniform_(parameter, -0.02, 0.02)
    return network.requires_grad_(False).eval()


def inputs(subject: Subject, device: torch.device, dtype: torch.dtype) -> tuple[Tensor | None, ...]:
    """Latents, timesteps, context and vector of a batch of two."""
    config, side = subject.config, subject.side
    shapes = [(2, config.input_channels, side, side), (2, 77, config.context_width)]
    x, context = (torch.randn(shape, device=device).to(dtype) for shape in shapes)
    vector = None if config.vector_width is None else torch.randn(2, config.vector_width, device=device)
    return x, torch.full((2,), 500.0, device=device), context, None if vector is None else vector.to(dtype)


@dataclass(frozen=True)
class Stage:
    """Where a network runs, and how its use is measured."""

    device: Device
    network: UNet
    arguments: tuple[Tensor | None, ...]
    clock: Callable[[], float]  # seconds, after everything asked for is done
    activations: Callable[[], AbstractContextManager[None]]
    per_gb: float  # bytes that stand for one GB


def on_gpu(subject: Subject, _: float) -> Stage:
    """Full size, real time."""
    device = torch.device("cuda")

    def clock() -> float:
        torch.cuda.synchronize(device)
        return time.perf_counter()

    dtype = torch.bfloat16
    network = random_network(subject.config, dtype)
    arguments = inputs(subject, device, dtype)
    return Stage(TorchDevice(device), network, arguments, clock, nullcontext, GB)


def narrow(config: UNetConfig) -> UNetConfig:
    """The same shape with a fraction of the channels."""
    vector = config.vector_width
    return replace(
        config,
        widths=tuple(width // NARROWER for width in config.widths),
        context_width=config.context_width // NARROWER,
        vector_width=None if vector is None else vector // NARROWER,
        head_dim=None if config.head_dim is None else config.head_dim // NARROWER,
        norm_groups=config.norm_groups // NARROWER,
    )


def simulated(subject: Subject, budget: float) -> Stage:
    """Narrow, with bytes and time in proportion: as many to a GB as make the weights what they really are."""
    network = random_network(narrow(subject.config), torch.float32)
    with torch.device("meta"):
        full = 2 * sum(parameter.numel() for parameter in UNet(subject.config).parameters())  # half precision
    per_gb = bytes_of(network) * GB / full
    device = SimulatedDevice(int(budget * per_gb), BUS * per_gb / GB)
    small = replace(subject, config=network.config, side=subject.side // NARROWER)
    arguments = inputs(small, device.torch_device, torch.float32)
    keep_time(network, arguments, device, subject.seconds)
    needed = int(subject.activations * per_gb)
    return Stage(device, network, arguments, lambda: device.now, lambda: device.borrow(needed), per_gb)


def bytes_of(network: nn.Module) -> int:
    """Bytes of weights."""
    return sum(map(size, own_tensors(network)))


def keep_time(
    network: UNet, arguments: Sequence[Tensor | None], device: SimulatedDevice, seconds: float
) -> None:
    """Let a call take so many seconds of the device's clock, each layer by its multiplications."""
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    work: dict[nn.Module, int] = {}

    def weigh(layer: nn.Module, _: object, out: Tensor) -> None:
        weight = layer.weight
        assert isinstance(weight, Tensor)
        work[layer] = out.numel() // weight.shape[0] * weight.numel()

    handles = [layer.register_forward_hook(weigh) for layer in layers]
    network(*arguments)
    for handle in handles:
        handle.remove()
    total = sum(work.values())
    for layer in layers:
        share = seconds * work.get(layer, 0) / total
        layer.register_forward_hook(lambda _layer, _given, _out, share=share: device.compute(share))


@dataclass(frozen=True)
class Use:
    """What calls of a network cost under a budget; GB and seconds."""

    resident: float
    peak: float
    seconds: float


def use(stage: Stage, budget: float, calls: int) -> Use:
    """Two leases, each called again as the memory makes room; the second knows the activations and counts."""
    memory = Memory(stage.device, int(budget * stage.per_gb))
    arguments = {"model": stage.network, "inputs": stage.arguments}
    measured: Use | None = None
    tried: list[str] = []
    for _ in range(2):
        measured = None
        while measured is None:
            try:
                with memory.lease(arguments):
                    measured = timed(stage, memory, calls)
            except torch.OutOfMemoryError as error:
                step = memory.relieve(error, arguments, tried)
                if step is None:
                    raise
                tried.append(step)
    memory.free()
    assert measured is not None
    return measured


def timed(stage: Stage, memory: Memory, calls: int) -> Use:
    """Calls under a lease, after two that only warm up."""
    with stage.activations():
        for _ in range(2):
            stage.network(*stage.arguments)
        start = stage.clock()
        for _ in range(calls):
            stage.network(*stage.arguments)
        seconds = (stage.clock() - start) / calls
        return Use(memory.used / stage.per_gb, (stage.device.peak() or 0) / stage.per_gb, seconds)


def network_rows(subject: Subject, calls: int) -> Iterator[str]:
    """One network under each budget, against the first, in which it fits."""
    first: float | None = None
    for budget in BUDGETS:
        stage = (on_gpu if torch.cuda.is_available() else simulated)(subject, budget)
        got = use(stage, budget, calls)
        first = first or got.seconds
        yield (
            f"| {subject.name:<16} | {budget:>9} | {got.resident:>20.2f} | {got.peak:>7.2f} "
            f"| {1000 * got.seconds:>9.1f} | {got.seconds / first:>13.2f} |"
        )


def tables(only: str | None, calls: int) -> Iterator[str]:
    """The lines of both, as they are measured."""
    if only != "networks":
        yield "GB moved to the device, sizes of the real models in half precision"
        yield ""
        yield GRAPHS_HEADER
        for scenario in SCENARIOS:
            yield from graph_rows(scenario)
    if only is None:
        yield ""
    if only != "graphs":
        yield where()
        yield ""
        yield NETWORKS_HEADER
        for subject in SUBJECTS:
            yield from network_rows(subject, calls)


def where() -> str:
    """What the second table was made on."""
    if torch.cuda.is_available():
        gpu = torch.cuda.get_device_name()
        return f"Full size, bfloat16, random weights, on {gpu}, torch {torch.__version__}"
    assumed = "; ".join(
        f"{one.name}: {1000 * one.seconds:.0f} ms of computing a call, {one.activations} GB of activations"
        for one in SUBJECTS
    )
    return (
        f"No GPU here: 1/{NARROWER} of the channels on a simulated device, in proportion to the real sizes. "
        f"Assumed: {BUS / GB:.0f} GB/s to the device; {assumed}"
    )


@torch.no_grad()
def main(arguments: Sequence[str]) -> None:
    """Print the tables, and write them where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=["graphs", "networks"])
    parser.add_argument("--calls", type=int, default=5, help="of a network, timed together")
    parser.add_argument("--output", type=Path, help="also write the tables to this file")
    options = parser.parse_args(arguments)
    lines: list[str] = []
    for line in tables(options.only, options.calls):
        print(line, flush=True)
        lines.append(line)
    if options.output:
        options.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
