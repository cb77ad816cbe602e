"""Noise levels spaced between two ends by a formula, whatever the model."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from diffusion.errors import DiffusionError

Levels: TypeAlias = NDArray[np.float64]

LAPLACE_MARGIN = 1e-5  # keeps the ends, which lie at infinity, within reach of the logarithm


def ended(levels: Levels) -> Tensor:
    """The levels and a 0 behind them as float32; those that do not fall are left out."""
    whole = np.append(levels, 0.0).astype(np.float32)
    falling = np.append(True, whole[1:] < whole[:-1])
    return torch.from_numpy(whole[falling])


def ramp(steps: int) -> Levels:
    """From 0 to 1 in this many points. Raises DiffusionError for none."""
    if steps < 1:
        raise DiffusionError(f"a schedule needs at least 1 step, not {steps}")
    return np.linspace(0, 1, steps)


def positive(value: float, name: str) -> float:
    """The value, if it may be divided by or have a logarithm. Raises DiffusionError elsewhere."""
    if value <= 0:
        raise DiffusionError(f"{name} must be above 0 for this schedule, not {value:g}")
    return value


def karras(steps: int, highest: float, lowest: float, rho: float = 7.0) -> Levels:
    """Even in sigma^(1/rho) (Karras et al. 2022, equation 5)."""
    root = 1 / positive(rho, "rho")
    start, end = highest**root, lowest**root
    return np.asarray((start + ramp(steps) * (end - start)) ** rho)


def polyexponential(steps: int, highest: float, lowest: float, rho: float = 1.0) -> Levels:
    """A power of an even ramp in log sigma; rho = 1 is the exponential schedule."""
    start, end = math.log(positive(highest, "sigma_max")), math.log(positive(lowest, "sigma_min"))
    return np.asarray(np.exp((1 - ramp(steps)) ** rho * (start - end) + end))


def laplace(steps: int, highest: float, lowest: float, mu: float = 0.0, beta: float = 0.5) -> Levels:
    """Quantiles of a Laplace distribution of log sigma (Hang et al. 2024, arXiv:2407.03297), cut off."""
    away = 0.5 - ramp(steps)
    logs = mu - beta * np.sign(away) * np.log(1 - 2 * np.abs(away) + LAPLACE_MARGIN)
    return np.asarray(np.clip(np.exp(logs), lowest, highest))


def variance_preserving(
    steps: int, beta_d: float = 19.9, beta_min: float = 0.1, eps_s: float = 1e-3
) -> Levels:
    """Even in the time of the variance preserving SDE, from 1 to eps_s (Song et al. 2021, equation 32)."""
    t = 1 + ramp(steps) * (eps_s - 1)
    return np.asarray(np.sqrt(np.expm1(beta_d * t**2 / 2 + beta_min * t)))


def arctangent(steps: int, highest: float, lowest: float) -> Levels:
    """Even in arctan sigma (Sabour et al. 2024, "Align Your Steps", theorem 3.1)."""
    start, end = math.atan(highest), math.atan(lowest)
    return np.asarray(np.tan(start + ramp(steps) * (end - start)))


def resampled(levels: Levels, points: int) -> Levels:
    """As many levels along the same curve: log sigma interpolated linearly."""
    places = np.linspace(0, 1, len(levels))
    return np.asarray(np.exp(np.interp(np.linspace(0, 1, points), places, np.log(levels))))
