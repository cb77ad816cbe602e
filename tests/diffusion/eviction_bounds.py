"""What others would move for the same calls: memories that go by the last use, and the optimum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from tests.diffusion.memory_scenarios import Scenario


def lru(scenario: Scenario, budget: int) -> int:
    """MB moved when whole models leave, the least recently used first; shared weights with their last."""
    order: list[str] = []  # models on the device, the least recently used first
    moved = 0
    for call in scenario.calls:
        present = [model for model in order if model in call]
        order = [model for model in order if model not in call] + present
        for model in call:
            if model in order:
                continue
            while scenario.size(scenario.parts((*order, model))) > budget:
                order.remove(next(old for old in order if old not in call))
            before = scenario.parts(tuple(order))
            moved += scenario.size(scenario.parts((model,)) - before)
            order.append(model)
    return moved


def lru_in_parts(scenario: Scenario, budget: int) -> int:
    """The same when parts of a weight may leave, of that used longest ago no more than has to."""
    held: dict[str, int] = {}  # MB of each weight, the least recently used first
    moved = 0
    for call in scenario.calls:
        needed = scenario.parts(call)
        idle = {part: held[part] for part in held if part not in needed}
        moved += scenario.size(needed) - sum(held.get(part, 0) for part in needed)
        over = sum(idle.values()) + scenario.size(needed) - budget
        for part in idle:
            leaving = min(idle[part], max(over, 0))
            idle[part] -= leaving
            over -= leaving
        held = idle | {part: scenario.weights[part] for part in sorted(needed)}
    return moved


@dataclass(frozen=True)
class Gap:
    """The time between two uses of a weight, in which it may stay: calls `start` < t < `end`."""

    size: int
    start: int
    end: int


def gaps(calls: Sequence[frozenset[str]], sizes: dict[str, int]) -> list[Gap]:
    """All gaps between uses."""
    found: list[Gap] = []
    last: dict[str, int] = {}
    for now, parts in enumerate(calls):
        found += [Gap(sizes[part], last[part], now) for part in sorted(parts) if part in last]
        last.update(dict.fromkeys(parts, now))
    return found


def optimum(calls: Sequence[frozenset[str]], sizes: dict[str, int], budget: int, *, whole: bool) -> float:
    """The fewest MB that anybody who knows the whole sequence can move.

    Exact: what stays from one use to the next need not be moved again, and may stay if at every call between
    them there is room beside what that call needs. `whole` decides over each weight as one (an integer
    program); otherwise parts may stay (a linear program), a bound for every strategy that there is.
    """
    every = gaps(calls, sizes)
    total = sum(sizes[part] for parts in calls for part in parts)
    if not every:
        return total
    weights = np.array([gap.size for gap in every], dtype=float)
    crossing = np.array(
        [[gap.size * (gap.start < now < gap.end) for gap in every] for now in range(len(calls))]
    )
    room = np.array([budget - sum(sizes[part] for part in parts) for parts in calls], dtype=float)
    answer = milp(
        -weights,
        constraints=LinearConstraint(crossing, ub=room),
        bounds=Bounds(0, 1),
        integrality=np.full(len(every), whole),
    )
    if answer.fun is None:
        raise ValueError(f"the solver found nothing for {budget} MB: {answer.message}")
    return total + float(answer.fun)
