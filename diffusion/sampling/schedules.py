"""Noise levels: those a model was trained on, and the few of them that a sampler visits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import betaincinv
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.sampling import spacing

Sigmas: TypeAlias = NDArray[np.float64]

# No sampler can start from an SNR of zero, which is an infinite sigma: this stands for it (sigma 4096).
SMALLEST_ALPHA_BAR = 2.0**-24


@dataclass(frozen=True)
class Period:
    """A part of sampling as the noise levels between which something counts, both included."""

    first_sigma: float = math.inf
    last_sigma: float = 0.0

    def holds(self, sigma: float) -> bool:
        """Whether it counts at this level."""
        return self.last_sigma <= sigma <= self.first_sigma


ALWAYS = Period()


@dataclass(frozen=True, eq=False)
class NoiseSchedule:
    """The noise levels of a discrete model, sigma_t for t = 0 ... N - 1, on the host."""

    sigmas: Tensor  # (N,) float32 ascending

    @cached_property
    def log_sigmas(self) -> Sigmas:
        """(N,) natural logarithms."""
        return np.log(levels_of(self))

    @property
    def sigma_min(self) -> float:
        return float(self.sigmas[0])

    @property
    def sigma_max(self) -> float:
        return float(self.sigmas[-1])

    def sigma(self, t: float) -> float:
        """The noise level at a real timestep: log sigma interpolated linearly."""
        return float(self.sigma_at(np.array([t]))[0])

    def sigma_at(self, t: Sigmas) -> Sigmas:
        """The noise levels at real timesteps."""
        levels: Sigmas = np.exp(np.interp(t, np.arange(len(self.log_sigmas)), self.log_sigmas))
        return levels

    def timestep(self, sigma: float) -> float:
        """The step whose log sigma is nearest."""
        return int(np.abs(self.log_sigmas - math.log(sigma)).argmin()) if sigma > 0 else 0

    def sigma_after(self, share: float) -> float:
        """The noise level when this share of the way, 0 ... 1, is done; the ends include everything."""
        if share <= 0:
            return math.inf
        return self.sigma((1 - share) * (len(self.sigmas) - 1)) if share < 1 else 0.0

    def period(self, start: float, end: float) -> Period:
        """A part of sampling given in shares of the way, 0 ... 1."""
        return Period(self.sigma_after(start), self.sigma_after(end))


def levels_of(schedule: NoiseSchedule) -> Sigmas:
    """Its sigmas in double precision."""
    levels: Sigmas = schedule.sigmas.double().numpy()
    return levels


def linear_noise_schedule(start: float = 0.00085, end: float = 0.012, n: int = 1000) -> NoiseSchedule:
    """Stable Diffusion's: betas are squares of an even ramp (called "linear", or "scaled linear")."""
    roots: Sigmas = np.linspace(math.sqrt(start), math.sqrt(end), n)
    return from_alphas_bar(np.cumprod(1 - roots**2, dtype=np.float64))


def zero_terminal_snr(schedule: NoiseSchedule) -> NoiseSchedule:
    """The same schedule ending in pure noise (Lin et al. 2023, algorithm 1)."""
    roots = 1 / np.sqrt(levels_of(schedule) ** 2 + 1)  # square roots of alpha bar
    rescaled = (roots - roots[-1]) * roots[0] / (roots[0] - roots[-1])
    return from_alphas_bar(np.maximum(rescaled**2, SMALLEST_ALPHA_BAR))


def from_alphas_bar(alphas_bar: Sigmas) -> NoiseSchedule:
    """The schedule whose products of alphas these are: sigma_t = sqrt((1 - a_t) / a_t)."""
    return NoiseSchedule(torch.from_numpy(np.sqrt((1 - alphas_bar) / alphas_bar)).float())


def sigmas(name: str, schedule: NoiseSchedule, steps: int) -> Tensor:
    """The levels visited in this many steps, (steps + 1,) or so: float32, falling, ending in 0."""
    spaced = SCHEDULES.get(name)
    if spaced is None:
        raise DiffusionError(f"there is no schedule {name!r}; there are {', '.join(SCHEDULES)}")
    if steps < 1:
        raise DiffusionError(f"a schedule needs at least 1 step, not {steps}")
    return spacing.ended(spaced(schedule, steps))  # more steps than levels would repeat some


def schedule_names() -> tuple[str, ...]:
    """Every schedule there is, in the order of the drop-down."""
    return tuple(SCHEDULES)


def last_part(name: str, schedule: NoiseSchedule, steps: int, denoise: float) -> Tensor:
    """The last `steps` of a schedule longer by 1 / denoise; no levels at all for a denoise of 0."""
    if denoise <= 0:
        return torch.zeros(0)
    longer = steps if denoise >= 1 else int(steps / denoise)
    return sigmas(name, schedule, longer)[-(steps + 1) :]


def turbo(schedule: NoiseSchedule, steps: int, denoise: float) -> Tensor:
    """Levels of timesteps 999, 899 ... 99, for models of few steps; a low denoise skips the first."""
    first = 10 - int(10 * denoise)
    times = np.arange(10, 0, -1)[first : first + steps] * 100 - 1
    return spacing.ended(schedule.sigma_at(times.astype(np.float64)))


def simple(schedule: NoiseSchedule, steps: int) -> Sigmas:
    """Every so manieth of the model's own levels, from the last."""
    count = len(schedule.sigmas)
    return levels_of(schedule)[[count - 1 - k * count // steps for k in range(steps)]]


def normal(schedule: NoiseSchedule, steps: int) -> Sigmas:
    """Even in time, both ends included."""
    ends_at_zero = schedule.sigma_min < 1e-5
    return schedule.sigma_at(even_times(schedule, steps + 1 if ends_at_zero else steps))


def sgm_uniform(schedule: NoiseSchedule, steps: int) -> Sigmas:
    """Even in time, the model's smallest level left out."""
    return schedule.sigma_at(even_times(schedule, steps + 1)[:-1])


def even_times(schedule: NoiseSchedule, points: int) -> Sigmas:
    """This many timesteps from the last to the first."""
    last, first = schedule.timestep(schedule.sigma_max), schedule.timestep(schedule.sigma_min)
    return np.linspace(last, first, points)


def ddim_uniform(schedule: NoiseSchedule, steps: int) -> Sigmas:
    """DDIM's stride from step 1 up (Song et al. 2020); its first level is seldom the model's largest."""
    stride = max(len(schedule.sigmas) // steps, 1)
    return levels_of(schedule)[1::stride][::-1]


def karras(schedule: NoiseSchedule, steps: int) -> Sigmas:
    """Even in sigma^(1/7)."""
    return spacing.karras(steps, schedule.sigma_max, schedule.sigma_min)


def exponential(schedule: NoiseSchedule, steps: int) -> Sigmas:
    """Even in log sigma."""
    return spacing.polyexponential(steps, schedule.sigma_max, schedule.sigma_min)


def beta(schedule: NoiseSchedule, steps: int, a: float = 0.6, b: float = 0.6) -> Sigmas:
    """Dense at both ends, by quantiles (Lee et al. 2024, "Beta Sampling is All You Need")."""
    if a <= 0 or b <= 0:
        raise DiffusionError(f"a beta distribution needs alpha and beta above 0, not {a:g} and {b:g}")
    quantiles = betaincinv(a, b, 1 - np.arange(steps) / steps)
    indices = np.rint(quantiles * (len(schedule.sigmas) - 1)).astype(int)
    kept = np.append(True, indices[1:] != indices[:-1])
    levels: Sigmas = levels_of(schedule)[indices[kept]]
    return levels


def linear_quadratic(schedule: NoiseSchedule, steps: int, threshold: float = 0.025) -> Sigmas:
    """Half the steps evenly through the first bit of the noise, then ever larger ones, without a kink."""
    linear = steps // 2
    if linear == 0:
        return np.array([schedule.sigma_max])
    slope, rest = threshold / linear, steps - linear
    curve = (1 - threshold - slope * rest) / rest**2  # such that step number `steps` comes to 1
    k = np.arange(steps)
    removed = slope * k + curve * np.maximum(k - linear, 0) ** 2
    return np.asarray(schedule.sigma_max * (1 - removed))


def kl_optimal(schedule: NoiseSchedule, steps: int) -> Sigmas:
    """Even in arctan sigma."""
    return spacing.arctangent(steps, schedule.sigma_max, schedule.sigma_min)


SCHEDULES: dict[str, Callable[[NoiseSchedule, int], Sigmas]] = {
    "simple": simple,
    "sgm_uniform": sgm_uniform,
    "karras": karras,
    "exponential": exponential,
    "ddim_uniform": ddim_uniform,
    "beta": beta,
    "normal": normal,
    "linear_quadratic": linear_quadratic,
    "kl_optimal": kl_optimal,
}
