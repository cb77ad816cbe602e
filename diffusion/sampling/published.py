"""Noise levels that were found by search: tables that were published, and a search where there is none.

The tables are of the step counts that they were searched for; others are interpolated in log sigma.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.sampling.schedules import linear_noise_schedule
from diffusion.sampling.spacing import Levels, resampled

ALIGN_YOUR_STEPS = {  # Sabour et al. 2024, https://research.nvidia.com/labs/toronto-ai/AlignYourSteps
    "SD1": (14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029),
    "SDXL": (14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029),
    "SVD": (700.00, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002),
}
OPTIMAL_STEPS = {  # Pei et al. 2025, arXiv:2503.21774, for flow models; that of Chroma is its users'
    "FLUX": (0.9968, 0.9886, 0.9819, 0.975, 0.966, 0.9471, 0.9158, 0.8287, 0.5512, 0.2808, 0.001),
    "Wan": (
        *(1.0, 0.997, 0.995, 0.993, 0.991, 0.989, 0.987, 0.985, 0.98, 0.975, 0.973, 0.968, 0.96, 0.946),
        *(0.927, 0.902, 0.864, 0.776, 0.539, 0.208, 0.001),
    ),
    "Chroma": (
        *(0.992, 0.99, 0.988, 0.985, 0.982, 0.978, 0.973, 0.968, 0.961, 0.953, 0.943, 0.931, 0.917, 0.9),
        *(0.881, 0.858, 0.832, 0.802, 0.769, 0.731, 0.69, 0.646, 0.599, 0.55, 0.501, 0.451, 0.402, 0.355),
        *(0.311, 0.27, 0.232, 0.199, 0.169, 0.143, 0.12, 0.101, 0.084, 0.07, 0.058, 0.048, 0.001),
    ),
}

FINE_STEPS = 50  # of the trajectory whose levels are chosen from
MOST_SEARCHED = 20  # steps; longer schedules follow the curve of these
# Variances along the principal axes of the data, their ends and count, each octave counting alike: such that
# a coefficient of 1.2, the usual one, spreads steps about evenly in log sigma.
SPECTRUM = (0.1, 100.0, 64)


def stretched(levels: Levels, steps: int, denoise: float) -> Tensor:
    """The last share of these levels at this many steps, the last one 0: (steps * denoise + 1,) float32."""
    kept = round(steps * denoise)
    if kept < 1:
        return torch.zeros(0)
    if len(levels) != steps + 1:
        levels = resampled(levels, steps + 1)
    return torch.from_numpy(np.append(levels[-(kept + 1) : -1], 0.0).astype(np.float32))


def align_your_steps(model: str, steps: int, denoise: float = 1.0) -> Tensor:
    """NVIDIA's levels for Stable Diffusion 1, XL and Video, found by the KL divergence they leave."""
    return stretched(np.array(ALIGN_YOUR_STEPS[model]), steps, denoise)


def optimal_steps(model: str, steps: int, denoise: float = 1.0) -> Tensor:
    """Levels whose few steps stay nearest to a teacher's many."""
    return stretched(np.array(OPTIMAL_STEPS[model]), steps, denoise)


def gits(coeff: float, steps: int, denoise: float = 1.0) -> Tensor:
    """Levels by geometry-inspired time scheduling (Chen et al. 2024, arXiv:2405.11326, algorithm 1).

    The paper searches on a network's trajectories and prints what it found; here it is the exact ones of
    Gaussian data, so the levels are not those of its tables. A larger `coeff` puts more of them where there
    is little noise.
    """
    found = np.array(searched(round(coeff, 2), min(steps, MOST_SEARCHED)))
    return stretched(found, steps, denoise)


@cache
def searched(coeff: float, steps: int) -> tuple[float, ...]:
    """Levels of the fine trajectory, both ends and the best between, by dynamic programming.

    The cost of a schedule is its first step's error and `coeff` times the cost of what follows.
    """
    if not 1 <= steps <= FINE_STEPS:
        raise DiffusionError(f"the search finds 1 to {FINE_STEPS} steps, not {steps}")
    levels = fine_levels()
    errors = step_errors(levels)
    best, choices = errors[:, -1].copy(), []
    for _ in range(steps - 1):
        totals = errors + coeff * best[None, :]  # (from, by way of)
        choices.append(totals.argmin(axis=1))
        best = totals.min(axis=1)
    path = [0]
    for choice in reversed(choices):
        path.append(int(choice[path[-1]]))
    return tuple(float(levels[i]) for i in (*path, len(levels) - 1))


def fine_levels() -> Levels:
    """Stable Diffusion's, even in time."""
    return linear_noise_schedule().sigma_at(np.linspace(999, 0, FINE_STEPS + 1))


def step_errors(levels: Levels) -> Levels:
    """(n, n): how far a step of Euler's from one level to a later one ends from the trajectory; else inf.

    Gaussian data of variance v flow as sqrt(v + sigma^2), the whole of them by the sum over the spectrum.
    """
    variances = np.geomspace(*SPECTRUM)[:, None]
    places = np.sqrt(variances + levels**2)  # (variances, n)
    slopes = levels / places
    landed = places[:, :, None] + slopes[:, :, None] * (levels[None, None, :] - levels[None, :, None])
    errors = np.sqrt(((landed - places[:, None, :]) ** 2).mean(axis=0))
    errors[np.tril_indices(len(levels))] = math.inf
    return np.asarray(errors)
