"""Nodes that make operations upon latents, and the one that applies them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor

from nodes.api import Latent, Range, Socket, node

TINY = 1e-6  # added to the length of vectors before anything is divided by it
SPREAD = 5  # standard deviations above the mean at which lengths are bent
AMOUNT = 10  # by which `alpha` is multiplied

Operation = Annotated[Callable[..., Tensor], Socket("LATENT_OPERATION")]
"""Called with a latent (B, C, h, w), as `latent`, and with further facts by name; gives another."""


@node(
    "latent/advanced/operations",
    name="LatentApplyOperation",
    display_name="LatentApplyOperation",
    experimental=True,
)
def apply_operation(*, samples: Latent, operation: Operation) -> Latent:
    """Change a latent by an operation."""
    return dataclasses.replace(samples, samples=operation(latent=samples.samples))


@node(
    "latent/advanced/operations",
    name="LatentOperationTonemapReinhard",
    display_name="LatentOperationTonemapReinhard",
    experimental=True,
)
def tonemap_operation(*, multiplier: Annotated[float, Range(0.0, 100.0, 0.01)] = 1.0) -> Operation:
    """Bend down what stands out, as cameras do with highlights: it tames a high cfg."""
    return Tonemap(multiplier)


@node(
    "latent/advanced/operations",
    name="LatentOperationSharpen",
    display_name="LatentOperationSharpen",
    experimental=True,
)
def sharpen_operation(
    *,
    sharpen_radius: Annotated[int, Range(1, 31, 1)] = 9,
    sigma: Annotated[float, Range(0.1, 10.0, 0.1)] = 1.0,
    alpha: Annotated[float, Range(0.0, 5.0, 0.01)] = 0.1,
) -> Operation:
    """Add back what a blur of a latent's directions removes; their lengths stay."""
    return Sharpen(sharpen_radius, sigma, alpha)


@dataclass(frozen=True)
class Tonemap:
    """Reinhard's curve top * m / (m + top) upon the lengths m of the vectors of channels (2002, eq. 3)."""

    multiplier: float

    def __call__(self, latent: Tensor, **_: object) -> Tensor:
        length = latent.norm(dim=1, keepdim=True) + TINY**2
        axes = tuple(range(1, latent.ndim))
        mean, spread = length.mean(axes, keepdim=True), length.std(axes, keepdim=True)
        top = (spread * SPREAD + mean) * self.multiplier
        bent: Tensor = latent * (top / (length + top))
        return bent


@dataclass(frozen=True)
class Sharpen:
    """Unsharp masking: d + 10 alpha (d - blurred d) for the directions d of the vectors of channels.

    The blur is a Gaussian of 2 radius + 1 points; `sigma` counts in radii.
    """

    radius: int
    sigma: float
    alpha: float

    def __call__(self, latent: Tensor, **_: object) -> Tensor:
        length = latent.norm(dim=1, keepdim=True) + TINY
        direction = latent / length
        edges = direction - blurred(direction, self.radius, self.sigma)
        sharpened: Tensor = length * (direction + AMOUNT * self.alpha * edges)
        return sharpened


def blurred(x: Tensor, radius: int, sigma: float) -> Tensor:
    """(..., h, w) blurred by a Gaussian that is cut off at the radius; edges are mirrored."""
    points = torch.linspace(-1, 1, 2 * radius + 1, device=x.device, dtype=torch.float32)
    weights = torch.softmax(-(points**2) / (2 * sigma**2), 0).to(x.dtype)
    for axis in (-1, -2):
        padded = x.index_select(axis, mirrored(x.shape[axis], radius, x.device))
        lines = padded.movedim(axis, -1)
        rows = F.conv1d(lines.reshape(-1, 1, lines.shape[-1]), weights[None, None])
        x = rows.reshape(*lines.shape[:-1], -1).movedim(-1, axis)
    return x


def mirrored(size: int, radius: int, device: torch.device) -> Tensor:
    """Indices of an axis with `radius` more at each end, going back and forth between its ends."""
    period = max(1, 2 * (size - 1))
    place = torch.arange(-radius, size + radius, device=device) % period
    return torch.minimum(place, period - place)
