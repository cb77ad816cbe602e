"""Puts the tensors of an archive into a network that was built without memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

from diffusion.errors import CheckpointError
from diffusion.weights.archive import Archive, Entry

Net = TypeVar("Net", bound=nn.Module)

SHOWN = 5  # keys named in an error


@dataclass(frozen=True)
class Placement:
    """In which form weights are kept."""

    dtype: torch.dtype
    channels_last: bool = False


def load_network(build: Callable[[], Net], archive: Archive, placement: Placement, what: str) -> Net:
    """The network that `build` describes, filled from an archive; it allocates only what is cast."""
    try:
        with torch.device("meta"):
            network = build()
    except (LookupError, ValueError, TypeError, ArithmeticError, RuntimeError) as problem:
        raise CheckpointError(f"the sizes of the {what} do not fit together: {problem}") from problem
    check_keys(network, archive, what)
    state = dict(placed_tensors(archive, placement))
    network.load_state_dict(state, strict=True, assign=True)
    restore_buffers(network)
    return network.eval().requires_grad_(False)


def placed_tensors(archive: Archive, placement: Placement) -> Iterator[tuple[str, Tensor]]:
    """Every tensor in its form; those to copy are read apart from those to map: their pages can go."""
    for part in archive.split(lambda entry: changes(entry, placement)):
        for key, tensor in part.tensors():
            yield key, placed(tensor, placement)


def changes(entry: Entry, placement: Placement) -> bool:
    """Whether a tensor must be copied for its form."""
    if not entry.dtype.is_floating_point:
        return False
    return entry.dtype != placement.dtype or (placement.channels_last and len(entry.shape) == 4)


def placed(tensor: Tensor, placement: Placement) -> Tensor:
    """The tensor in the wanted form: itself where it has it already, otherwise one copy."""
    images = placement.channels_last and tensor.ndim == 4
    layout = torch.channels_last if images else torch.preserve_format
    if not tensor.is_floating_point():
        return tensor
    return tensor.to(dtype=placement.dtype, memory_format=layout)


def restore_buffers(network: nn.Module) -> None:
    """Position numbers, which transformers makes at build and does not store, made again with memory."""
    for module in network.modules():
        for name, buffer in module.named_buffers(recurse=False):
            if buffer.is_meta:
                positions = torch.arange(buffer.shape[-1]).expand(buffer.shape)
                module.register_buffer(name, positions, persistent=False)


def check_keys(network: nn.Module, archive: Archive, what: str) -> None:
    """The archive holds exactly the network's keys in the network's shapes, or CheckpointError."""
    wanted = network.state_dict()
    found = archive.entries
    missing = sorted(wanted.keys() - found.keys())
    unexpected = sorted(found.keys() - wanted.keys())
    if missing or unexpected:
        parts = [named("lacks", missing), named("has unexpected", unexpected)]
        raise CheckpointError(f"the {what} {' and '.join(part for part in parts if part)}")
    shapes = [
        f"{key} {found[key].shape} instead of {tuple(tensor.shape)}"
        for key, tensor in wanted.items()
        if found[key].shape != tuple(tensor.shape)
    ]
    if shapes:
        raise CheckpointError(f"the {what} has wrong shapes: {few(shapes)}")


def named(verb: str, keys: Sequence[str]) -> str:
    """`lacks 7 keys: a, b, …`, or nothing."""
    return f"{verb} {len(keys)} keys: {few(keys)}" if keys else ""


def few(names: Iterable[str]) -> str:
    """The first names of many."""
    names = list(names)
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
