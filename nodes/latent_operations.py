"""Nodes that make operations upon latents, and the one that applies them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from torch import Tensor

from nodes.api import Latent, Range, Socket, node
from nodes.filters import gaussian, smoothed

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
        edges = direction - smoothed(direction, gaussian(self.radius, self.sigma))
        sharpened: Tensor = length * (direction + AMOUNT * self.alpha * edges)
        return sharpened
