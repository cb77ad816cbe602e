"""What families' networks are shown beside the noisy latents: masks, other pictures, depth."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion.sampling.inputs import Occasion
from diffusion.sampling.mask import planes_of, repeated
from diffusion.sampling.noise import seeded
from diffusion.sampling.schedules import NoiseSchedule
from diffusion.types import Beside, Cond

NOISE = "noise_augmentation"  # among a conditioning's facts: noise upon the picture to be upscaled, 0 … 1
GREY_SIDE = 128  # pixels of the grey picture that is encoded: its middle is free of the edges' influence


@dataclass(frozen=True, eq=False)
class MaskAndPicture:
    """For inpainting: the mask, then the picture without what it covers (Rombach et al. 2022)."""

    scale: float
    channels: int
    grey_picture: Callable[[], Tensor]  # unscaled latents of a grey picture

    @cached_property
    def grey(self) -> Tensor:
        """(1, C, 1, 1) what one latent of nothing but grey holds."""
        latents = self.grey_picture()
        middle = latents.shape[-2] // 2, latents.shape[-1] // 2
        return latents[:1, :, middle[0], middle[1], None, None]

    def __call__(self, cond: Cond, occasion: Occasion) -> Tensor:
        """(B, 1 + C, h, w); where nothing is said, what is sampled tells, and all is to be painted."""
        size = occasion.latent.shape[-2:]
        if cond.beside is None and occasion.mask is not None:
            return joined(occasion.mask.round(), occasion.latent)
        given = cond.beside or Beside()
        mask = torch.ones(1, 1, *size) if given.mask is None else fitted(planes_of(given.mask), size)
        picture = self.grey.expand(-1, -1, *size) if given.latent is None else fitted(given.latent, size)
        return joined(mask.round(), picture * self.scale)


@dataclass(frozen=True, eq=False)
class Picture:
    """For edits: the latents of the picture to be changed, zeros where there is none (Brooks et al. 2023)."""

    channels: int
    scale: float = 1.0  # trained on the latents as the autoencoder gives them

    def __call__(self, cond: Cond, occasion: Occasion) -> Tensor:
        """(B, C, h, w)."""
        size = occasion.latent.shape[-2:]
        if cond.beside is None or cond.beside.latent is None:
            return torch.zeros(1, self.channels, *size)
        return fitted(cond.beside.latent, size) * self.scale


@dataclass(frozen=True, eq=False)
class Depth:
    """For depth to image: the inverse depth stretched to [-1, 1]."""

    def __call__(self, cond: Cond, occasion: Occasion) -> Tensor:
        """(B, 1, h, w); flat where nothing is said."""
        size = occasion.latent.shape[-2:]
        if cond.beside is None or cond.beside.latent is None:
            return torch.zeros(1, 1, *size)
        depth = cond.beside.latent.mean(1, keepdim=True)
        if depth.shape[-2:] != size:
            depth = F.interpolate(depth.float(), size=size, mode="bicubic")
        low, high = depth.amin((1, 2, 3), keepdim=True), depth.amax((1, 2, 3), keepdim=True)
        return 2 * (depth - low) / (high - low).clamp(min=1e-6) - 1


@dataclass(frozen=True, eq=False)
class NoisedPicture:
    """For upscaling: the small picture in [-1, 1], with noise of a level that the network is told as well."""

    schedule: NoiseSchedule
    most: int  # the highest level

    def __call__(self, cond: Cond, occasion: Occasion) -> Tensor:
        """(B, 3, h, w); grey where there is none."""
        size = occasion.latent.shape[-2:]
        if cond.beside is None or cond.beside.latent is None:
            return torch.zeros(1, 3, *size)
        picture = fitted(cond.beside.latent, size)
        return diffused(picture, self.schedule, noise_level(cond, self.most), occasion.seed)


def noise_level(cond: Cond, most: int) -> int:
    """Which of the levels 0 … `most` a conditioning asks for."""
    return round(most * min(max(float(cond.facts.get(NOISE, 0.0)), 0.0), 1.0))


def diffused(x: Tensor, schedule: NoiseSchedule, level: int, seed: int) -> Tensor:
    """x at a level of a schedule that keeps the variance: sqrt(a) x + sqrt(1 - a) noise."""
    noise = torch.randn(x.shape, generator=seeded(seed)).to(x)
    sigma = float(schedule.sigmas[level])
    return (x + sigma * noise) / math.hypot(sigma, 1)


def fitted(x: Tensor, size: torch.Size) -> Tensor:
    """(B, C, H, W) at another size."""
    if x.shape[-2:] == size:
        return x.float()
    return F.interpolate(x.float(), size=size, mode="bilinear")


def joined(one: Tensor, other: Tensor) -> Tensor:
    """Channels of one, then of the other; the smaller batch is repeated."""
    count = max(len(one), len(other))
    return torch.cat([repeated(one, count), repeated(other.to(one), count)], 1)
