"""The words that samplers share: a denoiser, unit noise, what is told of each step, the walk over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from torch import Tensor

Denoise: TypeAlias = Callable[[Tensor, float], Tensor]
"""`denoise(x, sigma)`: the expected clean latents x0 in x = x0 + sigma * noise, all (B, C, h, w) float32."""


class GuidedDenoise(Protocol):
    """A denoiser that can also tell what it would say unguided (CFG++ samplers go on from that)."""

    def __call__(self, x: Tensor, sigma: float) -> Tensor:
        """x0."""

    def both(self, x: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
        """x0, and the x0 of the negative prompt alone."""


UnitNoise: TypeAlias = Callable[[float, float], Tensor]
"""`noise(sigma, sigma_next)`: normal noise of unit variance for the way between two noise levels."""


@dataclass(frozen=True, eq=False)
class Step:
    """One step done: its number, how many there are, where it began and what the network then saw."""

    index: int
    total: int
    denoised: Tensor  # (B, C, h, w) x0 as the step began, scaled as the network sees latents
    sigma: float


OnStep: TypeAlias = Callable[[Step], None]
"""Told of each step after it; raising ends the sampling."""

Advance: TypeAlias = Callable[[Tensor, Tensor, float, float], Tensor]
"""`advance(x, denoised, sigma, sigma_next)`: x at the next level."""


def walk(denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep, advance: Advance) -> Tensor:
    """From the first level to the last, the network asked as each step begins."""
    total = len(sigmas) - 1
    for i in range(total):
        denoised = denoise(x, sigmas[i])
        x = advance(x, denoised, sigmas[i], sigmas[i + 1])
        on_step(Step(i, total, denoised, sigmas[i]))
    return x


def toward(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
    """x at the next level if x0 stays as it is: the straight way to it, and a step of Euler's method."""
    return denoised + (sigma_next / sigma) * (x - denoised)
