"""Linear multistep samplers: each step's slope comes from those of the steps before."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeAlias

from torch import Tensor

from diffusion.sampling.ode import slope
from diffusion.sampling.quadrature import adams_weights
from diffusion.sampling.step import Denoise, OnStep, walk

Weights: TypeAlias = Callable[[Sequence[float], float], list[float]]
"""`weights(levels, sigma_next)`: what the slopes at these levels, the step's start last, count for it."""

UNIFORM = ((1,), (-1, 3), (5, -16, 23), (-9, 37, -59, 55))  # of Adams and Bashforth, times these:
DIVISORS = (1, 2, 12, 24)
# Time of the variance preserving SDE whose sigmas at t = 0.001 and 1 are 0.002 and 80 (Karras et al. 2022,
# appendix C.1): sigma(t)^2 + 1 = exp(BETA_D t^2 / 2 + BETA_MIN t).
FIRST, LAST, FIRST_TIME = math.log1p(0.002**2), math.log1p(80**2), 1e-3
BETA_D = 2 * (FIRST / FIRST_TIME - LAST) / (FIRST_TIME - 1)
BETA_MIN = LAST - BETA_D / 2


def multistep(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    order: int,
    weights: Weights,
    *,
    ends_clean: bool = True,
) -> Tensor:
    """Steps along the weighted slopes of so many levels; if it ends clean, the step to zero goes to x0."""
    past: deque[tuple[float, Tensor]] = deque(maxlen=order)

    def advance(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        past.append((sigma, slope(x, sigma, denoised)))
        if sigma_next == 0 and ends_clean:
            return denoised
        shares = weights([level for level, _ in past], sigma_next)
        for share, (_, d) in zip(shares, past, strict=True):
            x = x + share * d
        return x

    return walk(denoise, x, sigmas, on_step, advance)


def lms(denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep, *, order: int = 4) -> Tensor:
    """Adams and Bashforth's method in sigma for steps of any length, to zero as well."""
    return multistep(denoise, x, sigmas, on_step, order, variable, ends_clean=False)


def ipndm(denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep, *, order: int = 4) -> Tensor:
    """iPNDM (Zhang & Chen 2022, arXiv:2204.13902, appendix H.2): weights as if all steps were equal."""
    return multistep(denoise, x, sigmas, on_step, order, uniform)


def ipndm_v(
    denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep, *, order: int = 4
) -> Tensor:
    """The same with the weights that unequal steps ask for (Zhou et al. 2023, arXiv:2312.00094)."""
    return multistep(denoise, x, sigmas, on_step, order, variable)


def deis(denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep, *, order: int = 3) -> Tensor:
    """DEIS-tAB (Zhang & Chen 2022, arXiv:2204.13902, equation 15): noise extrapolated in time, not sigma."""
    return multistep(denoise, x, sigmas, on_step, order, in_time)


def uniform(levels: Sequence[float], sigma_next: float) -> list[float]:
    """The weights of equal steps."""
    order = len(levels)
    return [share * (sigma_next - levels[-1]) / DIVISORS[order - 1] for share in UNIFORM[order - 1]]


def variable(levels: Sequence[float], sigma_next: float) -> list[float]:
    """The weights of a slope that is a polynomial in sigma."""
    return adams_weights(levels, levels[-1], sigma_next)


def in_time(levels: Sequence[float], sigma_next: float) -> list[float]:
    """The weights of a slope that is a polynomial in the time of a variance preserving SDE."""
    times = [time_of(level) for level in levels]
    return adams_weights(times, times[-1], time_of(sigma_next), pace)


def time_of(sigma: float) -> float:
    """When that SDE has this noise level."""
    return (math.sqrt(BETA_MIN**2 + 2 * BETA_D * math.log1p(sigma**2)) - BETA_MIN) / BETA_D


def pace(t: float) -> float:
    """dsigma/dt."""
    grown = BETA_D * t**2 / 2 + BETA_MIN * t
    return (BETA_D * t + BETA_MIN) * math.exp(grown) / (2 * math.sqrt(math.expm1(grown)))
