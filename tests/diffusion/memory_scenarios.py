"""Recorded sequences of graphs, as the weights that each call reaches; and how a memory fares with them.

Sizes are those of the real models in half precision, in MB. The modules that stand for them are real ones,
of a few bytes for each of these, in tensors of unequal sizes up to those of Stable Diffusion's largest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, cycle

import torch
from torch import nn

from diffusion.weights.devices import SimulatedDevice
from diffusion.weights.memory import Counts, Memory

PER_MB = 64  # bytes that stand for one
TENSORS = (59, 29, 15, 7, 3, 1)  # MB, again and again; 59 is the largest convolution of SD 1.5's UNet

Call = tuple[str, ...]  # models that one node's arguments hold
Graph = tuple[Call, ...]


@dataclass(frozen=True)
class Scenario:
    """Graphs one after another."""

    name: str
    weights: Mapping[str, int]  # MB
    graphs: tuple[Graph, ...]
    models: Mapping[str, tuple[str, ...]]  # those made of several weights; the others are one of their name

    @property
    def calls(self) -> list[Call]:
        """All calls in their order."""
        return list(chain.from_iterable(self.graphs))

    def parts(self, call: Call) -> frozenset[str]:
        """The weights that a call needs."""
        return frozenset(part for model in call for part in self.parts_of(model))

    def parts_of(self, model: str) -> tuple[str, ...]:
        """The weights that a model is made of."""
        return self.models.get(model, (model,))

    def size(self, parts: frozenset[str]) -> int:
        """MB."""
        return sum(self.weights[part] for part in parts)

    @property
    def budgets(self) -> list[int]:
        """MB: what the largest call needs, all there is, and three steps between them."""
        least = max(self.size(self.parts(call)) for call in self.calls)
        most = self.size(frozenset().union(*map(self.parts, self.calls)))
        return [least + (most - least) * step // 4 for step in range(5)]


def text_to_image(name: str) -> Graph:
    """Two prompts, sampling, decoding."""
    return ((f"clip {name}",), (f"clip {name}",), (f"unet {name}",), (f"vae {name}",))


def alternating() -> Scenario:
    """Two checkpoints of Stable Diffusion 1.5 by turns."""
    weights = {
        f"{part} {name}": nbytes
        for name in ("a", "b")
        for part, nbytes in (("clip", 246), ("unet", 1720), ("vae", 167))
    }
    graphs = (text_to_image("a"), text_to_image("b")) * 4
    return Scenario("two checkpoints by turns", weights, graphs, {})


def hires_fix() -> Scenario:
    """A small picture, enlarged by an upscaler, encoded and sampled again; later without the second pass."""
    weights = {"clip": 246, "unet": 1720, "vae": 167, "upscaler": 67}
    first: Graph = (("clip",), ("clip",), ("unet",), ("vae",))
    second: Graph = (("upscaler",), ("vae",), ("unet",), ("vae",))
    return Scenario("hires fix with upscaler", weights, (first + second,) * 3 + (first,) * 2, {})


def three_control_nets() -> Scenario:
    """One, two and three control networks inside the conditionings of one model."""
    nets = {"canny": 723, "depth": 723, "pose": 723}
    weights = {"clip": 246, "unet": 1720, "vae": 167, **nets}

    def graph(*used: str) -> Graph:
        return (("clip",), ("clip",), ("unet", *used), ("vae",))

    graphs = (
        graph("canny", "depth", "pose"),
        graph("canny"),
        graph("depth", "pose"),
        graph(),
        graph("canny", "depth", "pose"),
        graph("pose"),
        graph("canny", "depth"),
    )
    return Scenario("three ControlNets", weights, graphs, {})


def base_and_refiner() -> Scenario:
    """SDXL: two text towers, the base, the refiner with its own tower, one VAE."""
    weights = {"clip": 1635, "base": 5135, "refiner clip": 1389, "refiner": 4519, "vae": 167}
    graph: Graph = (
        ("clip",),
        ("clip",),
        ("refiner clip",),
        ("refiner clip",),
        ("base",),
        ("refiner",),
        ("vae",),
    )
    return Scenario("SDXL base + refiner", weights, (graph,) * 4, {})


def lora_stacks() -> Scenario:
    """Stacks of LoRAs over one SDXL base: patched models share its weights and add their own."""
    loras = {"ink": 228, "light": 456, "face": 170, "fast": 394}
    weights = {"clip": 1635, "base": 5135, "vae": 167, **loras}
    weights |= {f"clip {lora}": size // 5 for lora, size in loras.items()}
    stacks = (("ink",), ("ink", "light"), ("face",), ("ink", "light", "face"), ("fast",), ("ink", "fast"))
    models = {f"base + {' '.join(stack)}": ("base", *stack) for stack in stacks}
    models |= {f"clip + {' '.join(stack)}": ("clip", *(f"clip {lora}" for lora in stack)) for stack in stacks}

    def graph(*stack: str) -> Graph:
        base, clip = f"base + {' '.join(stack)}", f"clip + {' '.join(stack)}"
        return ((clip,), (clip,), (base,), ("vae",))

    plain: Graph = (("clip",), ("clip",), ("base",), ("vae",))
    graphs = (plain, *(graph(*stack) for stack in stacks), plain, graph("ink", "light"), graph("face"))
    return Scenario("LoRA stacks", weights, graphs, models)


SCENARIOS = (alternating(), hires_fix(), three_control_nets(), base_and_refiner(), lora_stacks())


def unequal(megabytes: int) -> nn.ParameterList:
    """A weight of so many MB, in tensors as networks have them."""
    sizes: list[int] = []
    for size in cycle(TENSORS):
        sizes.append(min(size, megabytes - sum(sizes)))
        if sum(sizes) == megabytes:
            return in_tensors(sizes)
    raise AssertionError("a cycle has no end")


def in_tensors(sizes: Sequence[int]) -> nn.ParameterList:
    """A weight in tensors of so many MB."""
    floats = PER_MB // 4
    return nn.ParameterList([nn.Parameter(torch.randn(size * floats), requires_grad=False) for size in sizes])


def modules_of(scenario: Scenario, make: Callable[[int], nn.Module]) -> dict[str, nn.Module]:
    """A module for each model; those with a weight in common share its parameters."""
    parts = {name: make(megabytes) for name, megabytes in scenario.weights.items()}
    names = dict.fromkeys(chain.from_iterable(scenario.calls))
    return {name: nn.ModuleList([parts[part] for part in scenario.parts_of(name)]) for name in names}


def replay(
    scenario: Scenario,
    megabytes: int,
    *,
    ahead: int | None = None,
    make: Callable[[int], nn.Module] = unequal,
) -> Counts:
    """What the memory does with the graphs one after another, within a budget.

    `ahead`: how many graphs behind the one that runs are known, None for all. `make` makes a weight.
    """
    modules = modules_of(scenario, make)
    device = SimulatedDevice(megabytes * PER_MB)
    memory = Memory(device)
    graphs = [[[modules[model] for model in call] for call in graph] for graph in scenario.graphs]
    for number, graph in enumerate(graphs):
        queue = graphs[number + 1 :][:ahead]
        for place, call in enumerate(graph):
            coming = [*graph[place + 1 :], *chain.from_iterable(queue)]

            def future(coming: Sequence[Sequence[nn.Module]] = coming) -> Iterator[Sequence[object]]:
                return iter(coming)

            with memory.lease({"models": call}, future):
                check(memory, device, call)
    return memory.counts


def check(memory: Memory, device: SimulatedDevice, call: Sequence[nn.Module]) -> None:
    """Every weight of a call is on the device, and nothing that is not accounted for."""
    if memory.used != device.used():
        raise AssertionError(f"{device.used()} bytes on the device, {memory.used} of them known")
    if not memory.is_ready(call):
        raise AssertionError("a call was made without its weights")
