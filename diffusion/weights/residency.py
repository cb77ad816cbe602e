"""Decides which weights stay on a device: who leaves for others, and how much stays of what is too big."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from diffusion.weights.reach import own_tensors, reachable_modules

# The values that each call still to come will be given, the soonest first; costs nothing until it is called.
Future: TypeAlias = Callable[[], Iterator[Sequence[object]]]

NEVER = math.inf


def no_future() -> Iterator[Sequence[object]]:
    """Nothing is known of what comes."""
    return iter(())


@dataclass(frozen=True)
class Candidate:
    """Something idle that can leave the device as one."""

    key: int
    size: int  # bytes
    next_use: float = NEVER  # index of the call that needs it next
    last_use: int = 0  # number of the lease that used it last
    cost: int = 0  # bytes that the model it belongs to would move to be whole again


def victims(idle: Iterable[Candidate], needed: int) -> list[Candidate]:
    """Who leaves so that `needed` bytes become free, all when they do not suffice.

    Belady's rule (1966): the farthest next use first; of those that one call uses, the cheapest model. Those
    never heard of again come before all others, the longest unused first: otherwise a large model that nobody
    uses any more would stay while small ones that take turns push each other out.
    """
    chosen: list[Candidate] = []
    left = needed
    for _, group in groupby(sorted(idle, key=leaving_order), key=lambda one: leaving_order(one)[:-1]):
        if left <= 0:
            break
        leaving = fitting(list(group), left)
        chosen += leaving
        left -= sum(one.size for one in leaving)
    return necessary(chosen, -left)


def leaving_order(candidate: Candidate) -> tuple[float, int, int, int]:
    """Sorts who leaves first to the front; the large before the small, so that few have to move."""
    idle_since = candidate.last_use if candidate.next_use == NEVER else 0
    return (-candidate.next_use, idle_since, candidate.cost, -candidate.size)


def fitting(group: Sequence[Candidate], needed: int) -> list[Candidate]:
    """Of candidates that could all leave as well, the largest first, those that exceed `needed` least."""
    taken: list[Candidate] = []
    too_large: list[Candidate] = []
    for candidate in group:
        if candidate.size <= needed:
            taken.append(candidate)
            needed -= candidate.size
        else:
            too_large.append(candidate)
    return taken + (too_large[-1:] if needed > 0 else [])


def necessary(chosen: Sequence[Candidate], spare: int) -> list[Candidate]:
    """Without those that can stay because `spare` bytes too many would leave, the soonest needed first."""
    leaving: list[Candidate] = []
    for candidate in reversed(chosen):
        if candidate.size <= spare:
            spare -= candidate.size
        else:
            leaving.append(candidate)
    return leaving[::-1]


class Outlook:
    """The calls to come: looked at once, and only when something has to leave."""

    def __init__(self, future: Future) -> None:
        self.future = future
        self._uses: dict[int, int] | None = None

    def next_uses(self, tensors: Collection[int]) -> Mapping[int, int]:
        """The index of the first call that reaches a tensor, by its id; without those that none reaches."""
        if self._uses is None:
            self._uses = next_uses(self.future(), tensors)
        return self._uses


def next_uses(calls: Iterable[Sequence[object]], tensors: Collection[int]) -> dict[int, int]:
    """The index of the first call that reaches each of these tensors, by id."""
    missing, seen = set(tensors), set[int]()
    found: dict[int, int] = {}
    for index, values in enumerate(calls):
        for module in reachable_modules(values):
            if id(module) not in seen:
                seen.add(id(module))
                new = missing.intersection(map(id, own_tensors(module)))
                found.update(dict.fromkeys(new, index))
                missing -= new
        if not missing:
            break
    return found


def shares(
    sizes: Sequence[int], least: Sequence[int], limits: Sequence[int | None], room: int
) -> list[int | None]:
    """The bytes of each module that may stay on the device during one call, None for all of them.

    `limits` come from earlier calls, `least` is what a module needs there even if it streams. Where all
    that is still too large for `room`, the largest give way first; it may remain too large.
    """
    kept = [limit if limit is None else max(limit, low) for limit, low in zip(limits, least, strict=True)]
    for index in sorted(range(len(sizes)), key=lambda index: -sizes[index]):
        at_most = most_kept(sizes, kept)
        over = sum(at_most) - room
        if over > 0 and least[index] < at_most[index]:
            kept[index] = max(least[index], at_most[index] - over)
    return kept


def most_kept(sizes: Sequence[int], kept: Sequence[int | None]) -> list[int]:
    """Shares in bytes."""
    return [whole if part is None else min(whole, part) for whole, part in zip(sizes, kept, strict=True)]
