"""Filters over neighbouring pixels: blur, largest and smallest of a window, and filling of holes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def gaussian(radius: int, spread: float) -> Tensor:
    """2 * radius + 1 weights exp(-(i / radius)^2 / (2 spread^2)) that sum to 1; spread is in radii."""
    place = torch.linspace(-1.0, 1.0, 2 * radius + 1)
    weights = torch.exp(-(place**2) / (2.0 * spread**2))
    return weights / weights.sum()


def blurred(image: Tensor, weights: Tensor) -> Tensor:
    """(B, H, W, C) smoothed along both axes by one odd row of weights; edges are mirrored."""
    return smoothed(image.movedim(-1, 1), weights).movedim(1, -1).contiguous()


def smoothed(planes: Tensor, weights: Tensor) -> Tensor:
    """The same for planes (..., H, W)."""
    flat = planes.reshape(-1, 1, *planes.shape[-2:])
    radius = len(weights) // 2
    down = F.conv2d(mirrored(flat, radius, 2), weights.reshape(1, 1, -1, 1).to(flat))
    both = F.conv2d(mirrored(down, radius, 3), weights.reshape(1, 1, 1, -1).to(flat))
    return both.reshape(planes.shape)


def mirrored(x: Tensor, radius: int, axis: int) -> Tensor:
    """One axis continued on both sides by its mirror image, the edge itself not repeated."""
    count = x.shape[axis]
    period = max(1, 2 * (count - 1))
    index = torch.arange(-radius, count + radius, device=x.device).abs() % period
    return x.index_select(axis, torch.where(index < count, index, period - index))


def largest(x: Tensor, size: int) -> Tensor:
    """The maximum of each square window; (N, C, H, W). What lies outside does not count."""
    before = size // 2
    after = size - 1 - before
    padded = F.pad(x, (before, after, before, after), value=float("-inf"))
    return largest_along(largest_along(padded, size, 2), size, 3)


def largest_along(x: Tensor, size: int, axis: int) -> Tensor:
    """The maximum of each stretch of one axis, which gets shorter by size - 1; log2(size) comparisons."""
    span = 1
    while span < size:
        step = min(span, size - span)
        rest = x.shape[axis] - step
        x = torch.maximum(x.narrow(axis, 0, rest), x.narrow(axis, step, rest))
        span += step
    return x


def smallest(x: Tensor, size: int) -> Tensor:
    """The minimum of each square window; (N, C, H, W). What lies outside does not count."""
    return -largest(-x, size)


def largest_diamond(x: Tensor, radius: int) -> Tensor:
    """The maximum of all pixels at most so many steps away, up, down, left or right; (N, C, H, W).

    Diamonds moved by at most their own radius to four sides make the larger one: log2(radius) comparisons.
    """
    radius = min(radius, sum(x.shape[-2:]))
    x = F.pad(x, (radius, radius, radius, radius), value=float("-inf"))
    reach = 0
    while reach < radius:
        step = min(max(reach, 1), radius - reach)
        flat, upright = x[..., step:-step, :], x[..., step:-step]
        sides = torch.maximum(flat[..., : -2 * step], flat[..., 2 * step :])
        ends = torch.maximum(upright[..., : -2 * step, :], upright[..., 2 * step :, :])
        x = torch.maximum(torch.maximum(sides, ends), flat[..., step:-step])
        reach += step
    return x


def filled(image: Tensor, known: Tensor, unknown: float = 0.5) -> Tensor:
    """The picture (B, H, W, C) with what is not known (B, H, W; 1 = known) continued from around it.

    Averages of what is known are taken at half the size again and again, and then fill the holes from the
    coarsest on (pull-push: Gortler and others, The Lumigraph, 1996, section 3.3).
    """
    weight = known.unsqueeze(1)
    colour = image.movedim(-1, 1) * weight
    finer: list[tuple[Tensor, Tensor]] = []
    while max(colour.shape[-2:]) > 1:
        finer.append((colour, weight))
        colour, weight = halved(colour, weight)
    estimate = colour + unknown * (1.0 - weight)
    for colour, weight in reversed(finer):
        coarse = F.interpolate(estimate, size=colour.shape[-2:], mode="bilinear")
        estimate = colour + coarse * (1.0 - weight)
    return estimate.movedim(1, -1).contiguous()


def halved(colour: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted sums of 2 x 2 pixels, the weight held to 1, the colour multiplied by it."""
    total = F.avg_pool2d(weight, 2, ceil_mode=True) * 4.0
    summed = F.avg_pool2d(colour, 2, ceil_mode=True) * 4.0
    held = total.clamp(max=1.0)
    return summed * (held / total.clamp_min(1e-12)), held
