"""Finds the weights and the tensors that values hold, however deep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from itertools import chain

from torch import Tensor, nn


class Lendable:
    """What stands for a network that is made when it is first used."""

    @property
    def network(self) -> nn.Module:
        """The network, made now if need be."""
        raise NotImplementedError

    @property
    def made(self) -> nn.Module:
        """What there is of it without making anything."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Reach:
    """What there is inside values, each once, in the order of meeting it."""

    modules: tuple[nn.Module, ...]
    tensors: tuple[Tensor, ...]  # those outside of modules


def reach(values: object, *, make: bool = True) -> Reach:
    """The modules and tensors inside dataclasses, tuples, lists, sets and mappings.

    Patched networks are made for it, unless it is only a look ahead.
    """
    modules: list[nn.Module] = []
    tensors: list[Tensor] = []
    seen: set[int] = set()
    todo: list[object] = [values]
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, nn.Module):
            modules.append(value)
        elif isinstance(value, Tensor):
            tensors.append(value)
        elif isinstance(value, Lendable):
            todo.append(value.network if make else value.made)
        else:
            todo.extend(inside(value))
    return Reach(tuple(modules), tuple(tensors))


def reachable_modules(values: object) -> tuple[nn.Module, ...]:
    """The modules inside values, each once, as far as they have been made."""
    return reach(values, make=False).modules


def inside(value: object) -> list[object]:
    """What a container holds, last first, so that a stack meets it in order; nothing for anything else."""
    if isinstance(value, Mapping):
        return list(value.values())[::-1]
    if isinstance(value, tuple | list | set | frozenset):
        return list(value)[::-1]
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, part.name) for part in fields(value)][::-1]
    return []


def own_tensors(module: nn.Module) -> list[Tensor]:
    """A module's parameters and buffers, each once, in the order of its parts.

    Each lease asks this of every network: torch's own walks take ten times as long over a thousand parts.
    """
    unique: dict[int, Tensor] = {}
    seen: set[int] = set()
    todo: list[nn.Module | None] = [module]
    while todo:
        part = todo.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        for tensor in chain(part._parameters.values(), part._buffers.values()):
            if tensor is not None:
                unique[id(tensor)] = tensor
        todo.extend(reversed(part._modules.values()))
    return list(unique.values())


def size(tensor: Tensor) -> int:
    """Bytes."""
    return tensor.numel() * tensor.element_size()
