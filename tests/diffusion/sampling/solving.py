"""How the tests of samplers run one: levels, starts, a denoiser of both answers, a crowd of data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from diffusion.sampling.samplers import Sampler, find_sampler, solve
from diffusion.sampling.step import Denoise, Step
from tests.diffusion.sampling.worlds import Gaussian

SEED = 1234


@dataclass(frozen=True)
class Both:
    """A denoiser with another one for what it would say unguided; by default the same."""

    guided: Denoise
    unguided: Denoise | None = None

    def __call__(self, x: Tensor, sigma: float) -> Tensor:
        return self.guided(x, sigma)

    def both(self, x: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
        return self.guided(x, sigma), (self.unguided or self.guided)(x, sigma)


def quiet(step: Step) -> None:
    """Listens to nothing."""


def run(
    sampler: str | Sampler, denoise: Denoise, x: Tensor, sigmas: Sequence[float], seed: int = SEED, **how: Any
) -> Tensor:
    """A sampler by name or with settings, at work on a denoiser that is never guided."""
    found = find_sampler(sampler) if isinstance(sampler, str) else sampler
    return solve(found, Both(denoise), x, sigmas, quiet, seed, **how)


def karras(steps: int, highest: float = 14.6, lowest: float = 0.03) -> list[float]:
    ramp = np.linspace(highest ** (1 / 7), lowest ** (1 / 7), steps) ** 7
    return [*ramp.tolist(), 0.0]


def geometric(steps: int, highest: float = 10.0, lowest: float = 0.1) -> list[float]:
    return [*np.geomspace(highest, lowest, steps).tolist(), 0.0]


def even(steps: int, highest: float = 10.0, lowest: float = 0.5) -> list[float]:
    return [*np.linspace(highest, lowest, steps).tolist(), 0.0]


def start(sigma: float, shape: tuple[int, ...] = (2, 4, 6, 5)) -> Tensor:
    generator = torch.Generator().manual_seed(5)
    return sigma * torch.randn(shape, generator=generator, dtype=torch.float64)


def flow_error(sampler: str | Sampler, levels: Callable[[int], list[float]], steps: int) -> float:
    """How far from the exact flow a sampler lands; the step to zero shows x0 as seen from the last level."""
    world, sigmas = Gaussian(), levels(steps)
    x = start(sigmas[0])
    exact = world.denoise(world.flow(x, sigmas[0], sigmas[-2]), sigmas[-2])
    return float((run(sampler, world.denoise, x, sigmas) - exact).abs().max())


def crowd(world: Gaussian, sigma: float, shrunk: float = 1.0) -> Tensor:
    """Very many noisy values, as the data would give them."""
    generator = torch.Generator().manual_seed(9)
    clean, noise = torch.randn((2, 1, 1, 200, 200), generator=generator, dtype=torch.float64)
    return shrunk * (world.mean + world.spread * clean) + sigma * noise
