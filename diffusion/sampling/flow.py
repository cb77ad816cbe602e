"""Samplers on flow models, x = (1 - sigma) x0 + sigma * noise, where their steps are others there.

Divided by 1 - sigma such an x is of the form x0 + sigma * noise, at the level sigma / (1 - sigma).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from torch import Tensor

from diffusion.sampling.ancestral import renoised
from diffusion.sampling.ode import midpoint
from diffusion.sampling.step import Advance, Denoise, GuidedDenoise, OnStep, Step, UnitNoise, toward, walk

HIGHEST = 0.9999  # stands for sigma = 1, at which nothing of x0 is left and the ratio is infinite


def ratio(sigma: float) -> float:
    """Noise to signal at a level of a flow model."""
    sigma = min(sigma, HIGHEST)
    return sigma / (1 - sigma)


def level(ratio: float) -> float:
    """The flow model's level at a ratio of noise to signal."""
    return ratio / (1 + ratio)


@dataclass(frozen=True, eq=False)
class ByRatio:
    """A flow model's denoiser as samplers in the other form ask it."""

    denoise: GuidedDenoise

    def __call__(self, x: Tensor, sigma: float) -> Tensor:
        """x0 from x0 + sigma * noise."""
        return self.denoise(x / (1 + sigma), level(sigma))

    def both(self, x: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
        """x0, and the x0 that was not guided."""
        return self.denoise.both(x / (1 + sigma), level(sigma))


def by_ratio(
    solver: Callable[..., Tensor],
    denoise: GuidedDenoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    *noise: UnitNoise,
    **settings: object,
) -> Tensor:
    """A solver for x0 + sigma * noise at work on a flow model: its log sigma is half the log SNR."""

    def told(step: Step) -> None:
        on_step(replace(step, sigma=level(step.sigma)))

    def drawn(sigma: float, sigma_next: float) -> Tensor:
        return noise[0](level(sigma), level(sigma_next))

    ratios = [ratio(sigma) for sigma in sigmas]
    chance = (drawn,) if noise else ()
    x = solver(ByRatio(denoise), x * (1 + ratios[0]), ratios, told, *chance, **settings)
    return x / (1 + ratios[-1])


def with_ratio(solver: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The solver for flow models that this one is by the ratio of noise to signal."""
    return partial(by_ratio, solver)


def split(sigma: float, sigma_next: float, eta: float) -> tuple[float, float, float]:
    """(the level to go down to, what x is multiplied by there, the noise to add).

    The step is longer by eta times itself, relative to its end; noise then takes x back up to the end.
    """
    down = sigma_next * (1 + (sigma_next / sigma - 1) * eta)
    shrunk = (1 - sigma_next) / (1 - down)
    return down, shrunk, math.sqrt(max(0.0, sigma_next**2 - (shrunk * down) ** 2))


def ancestral(down: Advance, noise: UnitNoise, eta: float, s_noise: float) -> Advance:
    """A step made ancestral."""

    def advance(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        below, shrunk, up = split(sigma, sigma_next, eta)
        return renoised(shrunk * down(x, denoised, sigma, below), up * s_noise, noise, sigma, sigma_next)

    return advance


def euler_ancestral(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """Euler's method with ancestral noise, for flow models."""
    return walk(denoise, x, sigmas, on_step, ancestral(toward, noise, eta, s_noise))


def dpm_2_ancestral(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """The midpoint method with ancestral noise, for flow models."""
    return walk(denoise, x, sigmas, on_step, ancestral(partial(midpoint, denoise), noise, eta, s_noise))


def dpmpp_2s_ancestral(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """DPM-Solver++(2S) with ancestral noise, for flow models: its middle is that of the log SNR."""

    def down(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        if sigma_next == 0:
            return denoised
        mid = level(math.sqrt(ratio(sigma) * ratio(sigma_next))) if sigma < 1 else HIGHEST
        return toward(x, denoise(toward(x, denoised, sigma, mid), mid), sigma, sigma_next)

    return walk(denoise, x, sigmas, on_step, ancestral(down, noise, eta, s_noise))
