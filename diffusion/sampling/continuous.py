"""Other clocks of a model: continuous noise levels, and the few steps of a distilled one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch

from diffusion.errors import DiffusionError
from diffusion.sampling.schedules import (
    NoiseSchedule,
    Sigmas,
    linear_noise_schedule,
    zero_terminal_snr,
)
from diffusion.types import Model, Prediction

LEVELS = 1000  # in the tables of continuous schedules
CASCADE_LEVELS = 10_000
ALPHA_BAR_RANGE = (1e-4, 0.9999)  # of Stable Cascade's levels
DISTILLED_STEPS = 50  # that a consistency model was distilled on (Luo et al. 2023, section 4.3)
TINY = 1e-12
COSINE_OFFSET = 8e-3  # of Stable Cascade's schedule (Nichol & Dhariwal 2021, equation 17)
Clock = Literal["log", "arctan"]
DISCRETE: Mapping[str, Prediction] = {
    "eps": "epsilon",
    "v_prediction": "v",
    "lcm": "lcm",
    "x0": "x0",
    "img_to_img": "direct",
}


@dataclass(frozen=True, eq=False)
class ContinuousSchedule(NoiseSchedule):
    """Noise levels evenly spaced in log sigma, told to the network as a real number.

    "log": sigma's logarithm over 4 (Karras et al. 2022, table 1); "arctan": 2 / pi arctan sigma.
    """

    clock: Clock = "log"

    def timestep(self, sigma: float) -> float:
        """What the network is told."""
        if self.clock == "arctan":
            return math.atan(sigma) * 2 / math.pi
        return 0.25 * math.log(sigma) if sigma > 0 else -math.inf

    def sigma_at(self, t: Sigmas) -> Sigmas:
        """The noise levels of such times."""
        levels: Sigmas = np.tan(t * math.pi / 2) if self.clock == "arctan" else np.exp(4 * np.asarray(t))
        return levels

    def sigma_after(self, share: float) -> float:
        """The noise level when this share of the way is done, evenly in log sigma; the ends include all."""
        if share <= 0:
            return math.inf
        if share >= 1:
            return 0.0
        return float(self.sigma_max ** (1 - share) * self.sigma_min**share)


def continuous_schedule(sigma_min: float, sigma_max: float, clock: Clock = "log") -> ContinuousSchedule:
    """Levels from the smallest to the largest. Raises DiffusionError unless 0 < smallest < largest."""
    if not 0 < sigma_min < sigma_max:
        raise DiffusionError(f"sigma_min {sigma_min} must lie between 0 and sigma_max {sigma_max}")
    levels = np.exp(np.linspace(math.log(sigma_min), math.log(sigma_max), LEVELS))
    return ContinuousSchedule(torch.from_numpy(levels).float(), clock)


@dataclass(frozen=True, eq=False)
class DistilledSchedule(NoiseSchedule):
    """Every so manieth level of a discrete schedule, told to the network by its place in the whole."""

    stride: int = 1

    def timestep(self, sigma: float) -> float:
        """The place in the whole schedule of the nearest level."""
        return super().timestep(sigma) * self.stride + self.stride - 1

    def sigma_at(self, t: Sigmas) -> Sigmas:
        """The noise levels at places of the whole schedule."""
        return super().sigma_at((np.asarray(t) - (self.stride - 1)) / self.stride)

    def sigma_after(self, share: float) -> float:
        """The noise level when this share of the way is done; the ends include everything."""
        if share <= 0:
            return math.inf
        return self.sigma((1 - share) * (len(self.sigmas) * self.stride - 1)) if share < 1 else 0.0


def distilled(schedule: NoiseSchedule, steps: int = DISTILLED_STEPS) -> DistilledSchedule:
    """The levels that so many even steps visit, the last one included."""
    stride = len(schedule.sigmas) // steps
    return DistilledSchedule(schedule.sigmas[stride - 1 :: stride].contiguous(), stride)


def cascade_schedule(shift: float) -> ContinuousSchedule:
    """Stable Cascade's: a cosine in time, its log signal-to-noise ratio lowered by 2 ln shift."""
    if shift <= 0:
        raise DiffusionError(f"shift {shift} must be above 0")
    times = (np.arange(CASCADE_LEVELS) + 1) / CASCADE_LEVELS
    return CascadeSchedule(torch.from_numpy(shifted_cosine(times, shift)).float(), shift=shift)


def shifted_cosine(t: Sigmas, shift: float) -> Sigmas:
    """The noise levels at times in 0 ... 1."""
    alphas_bar = cosine(t) / cosine(np.zeros(1))
    ratios = alphas_bar / np.maximum(1 - alphas_bar, TINY) / shift**2  # signal to noise
    alphas_bar = np.clip(ratios / (1 + ratios), *ALPHA_BAR_RANGE)
    levels: Sigmas = np.sqrt((1 - alphas_bar) / alphas_bar)
    return levels


def cosine(t: Sigmas) -> Sigmas:
    """The square of the cosine that alpha bar follows."""
    levels: Sigmas = np.cos((t + COSINE_OFFSET) / (1 + COSINE_OFFSET) * math.pi / 2) ** 2
    return levels


@dataclass(frozen=True, eq=False)
class CascadeSchedule(ContinuousSchedule):
    """A cosine schedule whose network is told at what time the cosine, not shifted, has a noise level.

    So `timestep` and `sigma_at` are no inverses: a shift makes a sampler stay longer where noise is strong,
    while the network goes by the noise that there is.
    """

    shift: float = 1.0

    def timestep(self, sigma: float) -> float:
        """The time in 0 ... 1 at which the plain cosine has this level."""
        alpha_bar = 1 / (sigma**2 + 1)
        angle = math.acos(min(1.0, math.sqrt(alpha_bar * float(cosine(np.zeros(1))[0]))))
        return max(0.0, angle * 2 / math.pi * (1 + COSINE_OFFSET) - COSINE_OFFSET)

    def sigma_at(self, t: Sigmas) -> Sigmas:
        """The noise levels at times in 0 ... 1, shifted."""
        return shifted_cosine(np.asarray(t), self.shift)

    def sigma_after(self, share: float) -> float:
        """The noise level when this share of the way is done; the ends include everything."""
        if share <= 0:
            return math.inf
        return float(self.sigma_at(np.array([1 - share]))[0]) if share < 1 else 0.0


def with_discrete_sampling(model: Model, kind: str, zero_snr: bool) -> Model:
    """The model as one trained to predict `kind`: eps, v_prediction, lcm, x0 or img_to_img, by 1000 steps."""
    if kind not in DISCRETE:
        raise DiffusionError(f"sampling {kind!r} is not one of {', '.join(DISCRETE)}")
    schedule = linear_noise_schedule()
    schedule = zero_terminal_snr(schedule) if zero_snr else schedule
    schedule = distilled(schedule) if kind == "lcm" else schedule
    return replace(model, schedule=schedule, prediction=DISCRETE[kind], data_std=1.0)
