"""Networks with something laid upon their weights: the plain ones stay as they are, to the last bit."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol, TypeAlias

import torch
from torch import Tensor, nn

from diffusion.weights.reach import Lendable, own_tensors


class Patch(Protocol):
    """A change of one weight."""

    def __call__(self, weight: Tensor) -> Tensor:
        """The weight in float32, on the CPU, changed: what is given, written to, or another of its shape."""


Patches: TypeAlias = Mapping[str, Sequence[Patch]]
"""Changes by the names of the network's tensors, in the order in which they are made."""


@dataclass(frozen=True, eq=False)
class Weights(Lendable):
    """A network and the patches upon it; the patched network is made when it is first used.

    It shares every weight that no patch touches with the plain one, so that a lease brings those once; what
    patches touch is computed anew from the plain weights, in float32 and rounded once.
    """

    plain: nn.Module
    patches: Patches = field(default_factory=dict)
    dtype: torch.dtype | None = None  # of its numbers; None: as the plain one has them
    backend: str | None = None  # of torch.compile, by which it runs; None: as it is

    @cached_property
    def network(self) -> nn.Module:
        """The network as it is to be used."""
        if not self.patches and self.dtype is None and self.backend is None:
            return self.plain
        network = with_tensors(self.plain, dict(changed_tensors(self)))
        if self.backend is not None:
            network.compile(backend=self.backend)
        return network

    @property
    def made(self) -> nn.Module:
        """The network if it has been made, else the plain one; costs nothing."""
        found: nn.Module = self.__dict__.get("network", self.plain)
        return found

    def with_patches(self, more: Mapping[str, Patch]) -> Weights:
        """The same with a further patch for each of these tensors."""
        names = list(dict.fromkeys([*self.patches, *more]))
        patches = {name: (*self.patches.get(name, ()), *one(more, name)) for name in names}
        return replace(self, patches=patches) if more else self

    @cached_property
    def plain_tensors(self) -> Mapping[str, Tensor]:
        """The plain network's own tensors by name."""
        found: dict[str, Tensor] = self.plain.state_dict(keep_vars=True)
        return found

    def tensor(self, name: str) -> Tensor:
        """One tensor with its patches, in float32 on the CPU: what `network` rounds. Not to be written to."""
        return patched(self.plain_tensors[name], self.patches.get(name, ()))

    def dtype_of(self, name: str) -> torch.dtype:
        """In which number format the network keeps a tensor."""
        plain = self.plain_tensors[name]
        return self.dtype if self.dtype is not None and plain.is_floating_point() else plain.dtype

    def kept(self, name: str) -> Tensor:
        """One tensor as the network keeps it, on the CPU. Not to be written to."""
        plain = self.plain_tensors[name]
        tensor = self.tensor(name) if name in self.patches else plain.detach().cpu()
        return tensor.to(dtype=self.dtype_of(name), memory_format=memory_format_of(plain))


def one(patches: Mapping[str, Patch], name: str) -> tuple[Patch, ...]:
    """The patch of this name, if there is one."""
    return (patches[name],) if name in patches else ()


@torch.no_grad()
def patched(weight: Tensor, patches: Sequence[Patch]) -> Tensor:
    """A weight after its patches, in float32 on the CPU."""
    changed = weight.detach().to("cpu", torch.float32, copy=bool(patches))
    for patch in patches:
        changed = patch(changed)
    return changed


def changed_tensors(weights: Weights) -> Iterator[tuple[str, Tensor]]:
    """What differs from the plain network's, at home. Raises KeyError for a patch of no tensor."""
    plain = weights.plain_tensors
    for name in plain if weights.dtype is not None else weights.patches:
        if name in weights.patches or plain[name].dtype != weights.dtype_of(name):
            yield name, weights.kept(name)


def memory_format_of(weight: Tensor) -> torch.memory_format:
    """How a weight of a convolution lies in memory."""
    channels_last = weight.ndim == 4 and weight.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if channels_last else torch.contiguous_format


def with_tensors(network: nn.Module, replaced: Mapping[str, Tensor]) -> nn.Module:
    """A copy of a network that shares all tensors with it but these."""
    shared = {id(tensor): tensor for tensor in own_tensors(network)}
    copied: nn.Module = copy.deepcopy(network, dict(shared))
    for name, tensor in replaced.items():
        owner, _, last = name.rpartition(".")
        module = copied.get_submodule(owner)
        if last in module._parameters:
            module.register_parameter(last, nn.Parameter(tensor, requires_grad=False))
        else:
            module.register_buffer(last, tensor)
    return copied
