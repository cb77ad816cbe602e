"""Runs on a device: what the graphs say of the future, and out of memory at every single allocation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pytest
import torch
from torch import Tensor, nn

from diffusion.weights.devices import SimulatedDevice
from diffusion.weights.memory import Memory
from diffusion.weights.reach import own_tensors
from graph.cache import OutputCache
from graph.events import Event
from graph.executor import Executor, RunOutcome
from graph.folders import Folders
from graph.node import NodeType, Result, node
from graph.registry import Registry
from graph.types import Socket
from graph.workflow import Graph

SIDE = 64
BLOCK = 4 * SIDE * SIDE  # bytes
Tower = Annotated[object, Socket("TOWER")]
Signal = Annotated[object, Socket("SIGNAL")]


def tower(blocks: int) -> nn.Module:
    """A network of blocks of one size."""
    layers = (nn.Linear(SIDE, SIDE, bias=False) for _ in range(blocks))
    return nn.Sequential(*layers).requires_grad_(False)


@dataclass
class World:
    """Two checkpoints, their nodes, and the device on which they run."""

    device: SimulatedDevice
    towers: Mapping[str, nn.Module]
    shown: dict[str, list[float]] = field(default_factory=dict)

    def through(self, network: Any, x: Any, activations: int) -> Tensor:
        """A call of a network, which needs so much beside its weights."""
        with self.device.borrow(activations):
            out: Tensor = network(x)
            return out

    def nodes(self) -> Iterator[NodeType]:
        """What graphs are made of."""

        @node("test", name="Load")
        def load(name: str) -> Tower:
            return self.towers[name]

        @node("test", name="Encode")
        def encode(clip: Tower, text: int) -> Signal:
            return self.through(clip, torch.full((1, SIDE), text / 10), BLOCK // 2)

        @node("test", name="Sample")
        def sample(unet: Tower, signal: Signal) -> Signal:
            return self.through(unet, self.through(unet, signal, 2 * BLOCK), 2 * BLOCK)

        @node("test", name="Show", is_output=True)
        def show(vae: Tower, signal: Signal, name: str) -> Result:
            self.shown[name] = self.through(vae, signal, BLOCK).flatten().tolist()
            return Result()

        yield from (load, encode, sample, show)


def checkpoints() -> dict[str, nn.Module]:
    """Two networks with what they share."""
    sizes = {"clip": 2, "unet a": 7, "unet b": 14, "vae": 1}
    return {name: tower(blocks) for name, blocks in sizes.items()}


def prompt() -> dict[str, Any]:
    """Text to image with one checkpoint, then with the other."""
    made: dict[str, Any] = {
        name: {"class_type": "Load", "inputs": {"name": name}} for name in ("clip", "unet a", "unet b", "vae")
    }
    for letter, text in (("a", 3), ("b", 5)):
        encode = {"clip": ["clip", 0], "text": text}
        sample = {"unet": [f"unet {letter}", 0], "signal": [f"text {letter}", 0]}
        show = {"vae": ["vae", 0], "signal": [f"latent {letter}", 0], "name": letter}
        made[f"text {letter}"] = {"class_type": "Encode", "inputs": encode}
        made[f"latent {letter}"] = {"class_type": "Sample", "inputs": sample}
        made[f"image {letter}"] = {"class_type": "Show", "inputs": show}
    return made


def executor_of(world: World, memory: Memory, folder: Path) -> Executor:
    """One that knows the world's nodes."""
    return Executor(Registry.build(list(world.nodes())), OutputCache(), Folders(folder), memory=memory)


def parsed(executor: Executor, prompt: Mapping[str, Any]) -> Graph:
    return Graph.parse(prompt, executor.registry.schemas, list_files=lambda _: [])


def run(world: World, memory: Memory, folder: Path) -> RunOutcome:
    """One run in an executor of its own."""
    executor = executor_of(world, memory, folder)
    graph = parsed(executor, prompt())
    events: list[Event] = []
    try:
        return executor.run(graph, run_id="run", emit=events.append)
    finally:
        executor.close()


def expected(towers: Mapping[str, nn.Module], folder: Path) -> dict[str, list[float]]:
    """What a device with room for everything shows."""
    world = World(SimulatedDevice(1 << 30), towers)
    assert succeeds(world, folder)
    return world.shown


def succeeds(world: World, folder: Path) -> bool:
    """Whether a run does, with a memory that is emptied after it."""
    memory = Memory(world.device)
    try:
        return run(world, memory, folder).status == "success"
    finally:
        memory.free()


def check_end(
    outcome: RunOutcome, right: Mapping[str, list[float]], shown: Mapping[str, list[float]]
) -> None:
    """Whatever was shown is right; what was not is told of once, with what was tried."""
    assert all(shown[name] == right[name] for name in shown)
    assert (outcome.status == "success") == (shown.keys() == right.keys())
    for failure in outcome.failures:
        assert failure.exception_type == "torch.OutOfMemoryError"
        assert "Tried: " in failure.message


@pytest.mark.parametrize("blocks", [12, 20])  # the larger network streams, or pushes out the others
@pytest.mark.parametrize("for_good", [False, True])
@pytest.mark.parametrize("hoards", [False, True])
def test_whichever_allocation_fails_the_run_ends_cleanly_and_nothing_leaks(
    tmp_path: Path, for_good: bool, hoards: bool, blocks: int
) -> None:
    towers = checkpoints()
    homes = {id(t): t.data_ptr() for module in towers.values() for t in own_tensors(module)}
    before = {name: [t.clone() for t in own_tensors(module)] for name, module in towers.items()}
    right = expected(towers, tmp_path)
    whole = World(SimulatedDevice(blocks * BLOCK, hoards=hoards), towers)
    assert succeeds(whole, tmp_path)
    assert whole.shown == right
    survived = 0
    for fail_at in range(1, whole.device.allocations + 1):
        device = SimulatedDevice(blocks * BLOCK, fail_at=fail_at, for_good=for_good, hoards=hoards)
        world, memory = World(device, towers), Memory(device)
        outcome = run(world, memory, tmp_path)
        check_end(outcome, right, world.shown)
        survived += outcome.status == "success"
        assert not memory.leased
        assert memory.used == device.used()
        memory.free()
        assert device.used() == 0
        for name, module in towers.items():
            for tensor, old in zip(own_tensors(module), before[name], strict=True):
                assert tensor.data_ptr() == homes[id(tensor)]
                assert torch.equal(tensor, old)
    assert survived >= (0 if for_good else whole.device.allocations * 3 // 4)


def sampled_with(text: int, *towers: str) -> dict[str, Any]:
    """A picture sampled by one tower after another, which also encode and decode it."""
    made: dict[str, Any] = {f"load {i}": use("Load", name=name) for i, name in enumerate(towers)}
    made["0"] = use("Encode", clip=["load 0", 0], text=text)
    for i in range(len(towers)):
        made[str(i + 1)] = use("Sample", unet=[f"load {i}", 0], signal=[str(i), 0])
    last = len(towers) - 1
    made["show"] = use("Show", vae=[f"load {last}", 0], signal=[str(last + 1), 0], name=str(text))
    return made


def use(kind: str, **inputs: object) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


@pytest.mark.parametrize("queued", [False, True])
def test_the_queue_behind_a_graph_decides_what_stays(tmp_path: Path, queued: bool) -> None:
    """Two of three towers fit; without the queue that used longest ago leaves, which the next graph needs."""
    world = World(SimulatedDevice(11 * BLOCK), {name: tower(4) for name in "abc"})
    memory = Memory(world.device)
    executor = executor_of(world, memory, tmp_path)
    graphs = [parsed(executor, sampled_with(3, "a", "b", "c")), parsed(executor, sampled_with(4, "a"))]
    for number, graph in enumerate(graphs):
        behind = graphs[number + 1 :] if queued else []
        outcome = executor.run(graph, run_id="run", emit=lambda _: None, behind=lambda behind=behind: behind)  # type: ignore[misc]
        assert outcome.status == "success"
    executor.close()
    assert memory.counts.loads == (3 if queued else 4)
    memory.free()


def test_the_rest_of_a_graph_decides_what_stays(tmp_path: Path) -> None:
    world = World(SimulatedDevice(11 * BLOCK), {name: tower(4) for name in "abc"})
    memory = Memory(world.device)
    executor = executor_of(world, memory, tmp_path)
    graph = parsed(executor, sampled_with(3, "a", "b", "c", "a"))
    assert executor.run(graph, run_id="run", emit=lambda _: None).status == "success"
    executor.close()
    assert memory.counts.loads == 3
    memory.free()
