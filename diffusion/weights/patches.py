"""The kinds of patches that are laid upon weights."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from diffusion.weights.adapters import Adapter, lacks_inputs
from diffusion.weights.patched import Weights


@dataclass(frozen=True, eq=False)
class Adapted:
    """W + strength (W' - W), W' being what an adapter makes of it."""

    adapter: Adapter
    strength: float

    def __call__(self, weight: Tensor) -> Tensor:
        """The weight, adapted."""
        return weight.add_(self.adapter.change(weight), alpha=self.strength)


@dataclass(frozen=True, eq=False)
class Scaled:
    """A weight times a number."""

    factor: float

    def __call__(self, weight: Tensor) -> Tensor:
        """The weight, scaled."""
        return weight.mul_(self.factor)


@dataclass(frozen=True, eq=False)
class Mixed:
    """own W + other W2: W2 is a tensor of another network, read when it is wanted."""

    source: Weights
    name: str
    own: float
    other: float

    def __call__(self, weight: Tensor) -> Tensor:
        """The weight, mixed; input channels that the other network lacks stay as they are."""
        other = self.source.tensor(self.name).to(weight.device)
        if not lacks_inputs(other.shape, weight.shape):
            return weight.mul_(self.own).add_(self.other * other)
        weight[:, : other.shape[1]].mul_(self.own).add_(other, alpha=self.other)
        return weight
