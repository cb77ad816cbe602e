"""Nodes that reckon with latents as vectors: sums, multiples, and what lies between two of them."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import torch
from torch import Tensor

from diffusion.sampling.mask import repeated
from nodes.api import Latent, Range, node
from nodes.errors import LatentError
from nodes.resampling import Crop, LatentMethod, fit

Ratio = Annotated[float, Range(0.0, 1.0, 0.01)]


@node("latent/advanced", name="LatentAdd", display_name="LatentAdd")
def add_latents(*, samples1: Latent, samples2: Latent) -> Latent:
    """The sum of two latents; the second is fitted to the first."""
    other = matched(samples2.samples, samples1.samples)
    return dataclasses.replace(samples1, samples=samples1.samples + other)


@node("latent/advanced", name="LatentSubtract", display_name="LatentSubtract")
def subtract_latents(*, samples1: Latent, samples2: Latent) -> Latent:
    """The first latent less the second, which is fitted to it."""
    other = matched(samples2.samples, samples1.samples)
    return dataclasses.replace(samples1, samples=samples1.samples - other)


@node("latent/advanced", name="LatentMultiply", display_name="LatentMultiply")
def multiply_latent(
    *, samples: Latent, multiplier: Annotated[float, Range(-10.0, 10.0, 0.01)] = 1.0
) -> Latent:
    """A latent times a number."""
    return dataclasses.replace(samples, samples=samples.samples * multiplier)


@node("latent/advanced", name="LatentInterpolate", display_name="LatentInterpolate")
def interpolate_latents(*, samples1: Latent, samples2: Latent, ratio: Ratio = 1.0) -> Latent:
    """Between two latents: 1 is the first, 0 the second; lengths of vectors are averaged, not lost."""
    other = matched(samples2.samples, samples1.samples)
    return dataclasses.replace(samples1, samples=between(samples1.samples, other, ratio))


@node("_for_testing", name="LatentBlend", display_name="Latent Blend")
def blend_latents(
    *, samples1: Latent, samples2: Latent, blend_factor: Annotated[float, Range(0, 1, 0.01)] = 0.5
) -> Latent:
    """The weighted average of two latents: a factor of 1 is the first, 0 the second."""
    other = matched(samples2.samples, samples1.samples, "bicubic")
    blended = samples1.samples * blend_factor + other * (1 - blend_factor)
    return dataclasses.replace(samples1, samples=blended)


def between(a: Tensor, b: Tensor, ratio: float) -> Tensor:
    """`ratio` of a and the rest of b: directions are averaged, and given the average of the lengths."""
    length_a, length_b = a.norm(dim=1, keepdim=True), b.norm(dim=1, keepdim=True)
    direction = directed(a, length_a) * ratio + directed(b, length_b) * (1 - ratio)
    length = length_a * ratio + length_b * (1 - ratio)
    average: Tensor = directed(direction, direction.norm(dim=1, keepdim=True)) * length
    return average


def directed(x: Tensor, length: Tensor) -> Tensor:
    """Vectors of length 1; those of no length stay as they are."""
    return torch.where(length > 0, x / length, x)


def matched(x: Tensor, to: Tensor, method: LatentMethod = "bilinear") -> Tensor:
    """A latent with the size, the number of pictures, the device and the type of another."""
    check_channels(x, to)
    fitted = fit_latent(x.to(to.device), to.shape[-1], to.shape[-2], method, "center")
    return repeated(fitted[: len(to)], len(to)).to(to.dtype)


def check_channels(x: Tensor, to: Tensor) -> None:
    """Raises LatentError for latents that do not go together."""
    if x.ndim != to.ndim or x.shape[1:-2] != to.shape[1:-2]:
        raise LatentError(
            f"latents of the shapes {tuple(to.shape)} and {tuple(x.shape)} do not go together: all but the "
            "batch, the height and the width must be alike, so take both from models of the same kind"
        )


def fit_latent(x: Tensor, width: int, height: int, method: LatentMethod, crop: Crop) -> Tensor:
    """`fit` for latents (B, C, h, w) and (B, C, t, h, w)."""
    frames = x.movedim(1, -3)  # (B, C, h, w) or (B, t, C, h, w)
    fitted = fit(frames.flatten(0, -4), width, height, method, crop)
    return fitted.reshape(*frames.shape[:-3], *fitted.shape[1:]).movedim(-3, 1)
