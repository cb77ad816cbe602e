"""Differential diffusion: a grey mask says from which step on a place is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from diffusion.sampling.rules import Rule
from diffusion.sampling.schedules import NoiseSchedule
from diffusion.types import Model

TINY = 1e-6  # keeps 0 / 0 away where sampling begins where it ends


@dataclass(frozen=True)
class DifferentialDiffusion(Rule):
    """Levin & Fried 2023, algorithm 1. `strength` of it, the rest is the mask as it is."""

    strength: float = 1.0

    def begin(self, model: Model, levels: Sequence[float]) -> Rule:
        """With the time from which to which is sampled."""
        schedule = model.schedule
        last = max(levels[-1], schedule.sigma_min)  # at no noise at all some clocks show minus infinity
        return Unveiling(self.strength, schedule, schedule.timestep(levels[0]), schedule.timestep(last))


@dataclass(frozen=True, eq=False)
class Unveiling(Rule):
    """Differential diffusion during one sampling."""

    strength: float
    schedule: NoiseSchedule
    first: float
    last: float

    def mask(self, mask: Tensor, sigma: float) -> Tensor:
        """1 where the mask is at least the share of the way that is left, but never where it is black."""
        left = (self.schedule.timestep(sigma) - self.last) / max(self.first - self.last, TINY)
        return torch.lerp(mask, ((mask >= left) & (mask > 0)).to(mask), self.strength)
