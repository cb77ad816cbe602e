"""Conditionings laid upon a latent: where each holds, how much it weighs, and at which noise levels."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from diffusion.sampling.mask import fitted, repeated
from diffusion.types import Cond, Conditioning, Model

FEATHER = 8  # latents over which an area fades in at its inner edges


@dataclass(frozen=True)
class Box:
    """A rectangle of latents."""

    y: int
    x: int
    height: int
    width: int

    def of(self, latent: Tensor) -> Tensor:
        """The part of (..., h, w) inside; a view."""
        return latent[..., self.y : self.y + self.height, self.x : self.x + self.width]


@dataclass(frozen=True, eq=False)
class Region:
    """One conditioning ready for the network."""

    context: Tensor  # (B, T, D) in the network's type, on its device
    box: Box
    weight: float | Tensor  # (1 or B, 1, height, width) where it differs from place to place
    first_sigma: float  # at work from this noise level
    last_sigma: float  # down to this one

    def works_at(self, sigma: float) -> bool:
        """Whether it counts at a noise level."""
        return self.last_sigma <= sigma <= self.first_sigma

    def covers(self, latent: Tensor) -> bool:
        """Whether it weighs the same everywhere."""
        whole = (self.box.height, self.box.width) == tuple(latent.shape[-2:])
        return whole and isinstance(self.weight, float)


def place(conditioning: Conditioning, model: Model, latent: Tensor) -> tuple[Region, ...]:
    """The conditionings that weigh anything, laid upon latents (B, C, h, w)."""
    return tuple(place_one(cond, model, latent) for cond in conditioning if cond.strength > 0)


def place_one(cond: Cond, model: Model, latent: Tensor) -> Region:
    """One conditioning laid upon latents (B, C, h, w)."""
    box = box_of(cond, latent)
    context = repeated(cond.context.to(latent.device, model.dtype), len(latent))
    first, last = model.schedule.sigma_after(cond.start), model.schedule.sigma_after(cond.end)
    return Region(context, box, weight_of(cond, box, latent), first, last)


def box_of(cond: Cond, latent: Tensor) -> Box:
    """The area of a conditioning, cut off where the picture ends."""
    rows, columns = latent.shape[-2:]
    height, width, y, x = cond.area or in_latents(cond.share, rows, columns)
    y, x = min(max(y, 0), rows - 1), min(max(x, 0), columns - 1)
    return Box(y, x, max(1, min(height, rows - y)), max(1, min(width, columns - x)))


def in_latents(
    share: tuple[float, float, float, float] | None, rows: int, columns: int
) -> tuple[int, int, int, int]:
    """An area in parts of the picture's sides as height, width, y, x in latents; without one the whole."""
    if share is None:
        return rows, columns, 0, 0
    height, width, y, x = share
    return round(height * rows), round(width * columns), round(y * rows), round(x * columns)


def weight_of(cond: Cond, box: Box, latent: Tensor) -> float | Tensor:
    """Strength times mask; without a mask an area fades in, so that it leaves no seam."""
    if cond.mask is not None:
        return cond.strength * cond.mask_strength * box.of(fitted(cond.mask, latent))
    if cond.area is None and cond.share is None:
        return float(cond.strength)
    rows, columns = latent.shape[-2:]
    vertical = fade(box.y, box.height, rows).to(latent.device)
    horizontal = fade(box.x, box.width, columns).to(latent.device)
    return cond.strength * (vertical[:, None] * horizontal)[None, None]


def fade(start: int, length: int, whole: int) -> Tensor:
    """(length,) weights along one side: rising to 1 from each end that is not the picture's own."""
    edge = max(1, min(FEATHER, length // 4))
    rise = (torch.arange(1, length + 1) / edge).clamp(max=1.0)
    weights = rise if start > 0 else torch.ones(length)
    return weights * rise.flip(0) if start + length < whole else weights
