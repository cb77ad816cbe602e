"""Where chance comes from: the start's noise, each step's, and a path of it that any steps share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
import torchsde
from torch import Tensor

from diffusion.sampling.step import UnitNoise
from diffusion.types import Latent

SEEDS = 2**64
# To so many torchsde rounds times, its path's ends too, and warns of queries that are then outside.
TREE_DIGITS = 6


def make_noise(latent: Latent, seed: int) -> Tensor:
    """Normal noise (B, C, h, w) in float32 for a batch, drawn on the host: the same on every device."""
    generator = seeded(seed)
    if latent.batch_index is None:
        return torch.randn(latent.samples.shape, generator=generator)
    shape = (1, *latent.samples.shape[1:])
    drawn = [torch.randn(shape, generator=generator) for _ in range(max(latent.batch_index) + 1)]
    return torch.cat([drawn[index] for index in latent.batch_index])


def redrawn(noise: Tensor, seed: int) -> Tensor:
    """Other noise of the same shape, from the seed after this one."""
    return torch.randn(noise.shape, generator=seeded(seed + 1)).to(noise)


def seeded(seed: int, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator of its own, which draws what torch's global one would after `manual_seed(seed)`."""
    return torch.Generator(device).manual_seed(seed % SEEDS)


def fresh_noise(x: Tensor, sigmas: Sequence[float], seed: int) -> Callable[[Tensor], Tensor]:
    """Noise like a tensor that is given, drawn on its device."""
    del sigmas  # the same at every level
    generator = seeded(seed, x.device)
    return lambda like: torch.randn(like.shape, generator=generator, dtype=like.dtype, device=like.device)


def ancestral_noise(x: Tensor, sigmas: Sequence[float], seed: int) -> UnitNoise:
    """Fresh noise at every call, drawn on the latent's device."""
    fresh = fresh_noise(x, sigmas, seed)

    def noise(sigma: float, sigma_next: float) -> Tensor:
        del sigma, sigma_next
        return fresh(x)

    return noise


def brownian_noise(x: Tensor, sigmas: Sequence[float], seed: int) -> UnitNoise:
    """Increments of one Brownian path over sigma, drawn on the host: more steps refine the same picture."""
    return brownian_path(x, sigmas, seed, torch.device("cpu"))


def brownian_device_noise(x: Tensor, sigmas: Sequence[float], seed: int) -> UnitNoise:
    """Increments of one Brownian path over sigma, drawn on the latent's device."""
    return brownian_path(x, sigmas, seed, x.device)


def brownian_path(x: Tensor, sigmas: Sequence[float], seed: int, device: torch.device) -> UnitNoise:
    """The path between the smallest positive and the largest of the levels, by a tree (Li et al. 2020)."""
    smallest, largest = min((sigma for sigma in sigmas if sigma > 0), default=0.0), max(sigmas)
    if smallest == largest:
        return ancestral_noise(x, sigmas, seed)  # a path of no length: nothing will be drawn
    origin = torch.zeros_like(x, device=device)
    tree = torchsde.BrownianTree(smallest, origin, largest, entropy=seed % SEEDS)
    first, last = round(smallest, TREE_DIGITS), round(largest, TREE_DIGITS)

    def noise(sigma: float, sigma_next: float) -> Tensor:
        low, high = sorted((sigma, sigma_next))
        if low == high:
            return torch.zeros_like(x)
        increment: Tensor = tree(max(first, low), min(last, high))
        root = math.sqrt(high - low)
        return increment.to(x.device) / (root if sigma < sigma_next else -root)

    return noise
