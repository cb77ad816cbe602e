"""The words that samplers share: a denoiser, unit noise, and what is told of each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor

Denoise: TypeAlias = Callable[[Tensor, float], Tensor]
"""`denoise(x, sigma)`: the expected clean latents x0 in x = x0 + sigma * noise, all (B, C, h, w) float32."""

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
