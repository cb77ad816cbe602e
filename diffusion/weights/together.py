"""Networks that share weights, lent as one where not all of them can be whole on a device."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import nn

from diffusion.weights.copies import Resident
from diffusion.weights.reach import own_tensors
from diffusion.weights.streaming import Networks


def counted_once(residents: Iterable[Resident]) -> list[int]:
    """Bytes of each, tensors that several share counted for the first."""
    seen: set[int] = set()
    sizes: list[int] = []
    for resident in residents:
        sizes.append(sum(nbytes for key, nbytes in resident.sizes.items() if key not in seen))
        seen.update(resident.sizes)
    return sizes


def together(modules: Sequence[nn.Module]) -> tuple[nn.Module, ...]:
    """Those that share tensors, also through a third, as one module in the place of the first of them.

    A tensor has one place at a time, so that two streams of one tensor would take it from each other.
    """
    groups: list[tuple[list[int], set[int]]] = []  # places, ids of tensors
    for place, module in enumerate(modules):
        places, tensors = [place], {id(tensor) for tensor in own_tensors(module)}
        for group in [group for group in groups if not group[1].isdisjoint(tensors)]:
            groups.remove(group)
            places, tensors = [*places, *group[0]], tensors | group[1]
        groups.append((sorted(places), tensors))
    chosen = ([modules[place] for place in places] for places, _ in sorted(groups, key=lambda one: one[0]))
    return tuple(group[0] if len(group) == 1 else Networks(group) for group in chosen)
