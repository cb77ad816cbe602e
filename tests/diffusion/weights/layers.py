"""Networks of known sizes, a memory on a simulated device, and calls under its leases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from diffusion.weights.devices import SimulatedDevice
from diffusion.weights.memory import Memory

PLENTY = 1 << 30


class Layer(nn.Module):
    """A weight of so many bytes that has to be whole: what does not add up shows in the answer."""

    def __init__(self, nbytes: int = 100) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(nbytes // 4), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N,) -> (N,)."""
        return x * self.weight.sum()


def tower(layers: int, side: int) -> nn.Sequential:
    """Blocks of one size, so that all but a few of them can stream."""
    blocks = (nn.Linear(side, side, bias=False) for _ in range(layers))
    return nn.Sequential(*blocks).requires_grad_(False)


def memory(budget: int | None = None, capacity: int = PLENTY) -> Memory:
    return Memory(SimulatedDevice(capacity), budget)


def address(module: nn.Module) -> int:
    return next(module.parameters()).data_ptr()


def use(memory: Memory, *modules: nn.Module, then: Sequence[nn.Module | Sequence[nn.Module]] = ()) -> None:
    """A call with these modules, while the calls after it are known."""

    def future() -> Iterator[Sequence[object]]:
        return iter([[call] for call in then])

    with memory.lease({"modules": modules}, future):
        assert not at_home(memory, *modules)


def at_home(memory: Memory, *modules: nn.Module) -> list[nn.Module]:
    """Those of the modules that are not whole on the device."""
    return [module for module in modules if not memory.is_ready([module])]


def run_with(device: SimulatedDevice, memory: Memory, module: nn.Module, nbytes: int, x: Tensor) -> None:
    """A call that needs activations."""
    with memory.lease({"m": module, "x": x}), device.borrow(nbytes):
        pass
