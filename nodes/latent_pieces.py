"""Nodes that cut latents, turn them, and lay them beside or upon one another."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Literal

import torch
from torch import Tensor

from diffusion.sampling.mask import fade, fitted, repeated
from nodes.api import Latent, Mask, Range, node
from nodes.errors import LatentError
from nodes.latent_arithmetic import check_channels, fit_latent

PIXELS = 8  # along a side of one latent, as widgets count
SMALLEST = 8  # latents that a crop leaves along each side

Place = Annotated[int, Range(0, 16384, 8)]
Side = Annotated[int, Range(64, 16384, 8)]
Count = Annotated[int, Range(1, 16384, 1)]
AXES = {"x": -1, "y": -2, "t": -3}  # of (B, C, t, h, w); pictures have their channels where t would be
QUARTERS = {"none": 0, "90 degrees": 1, "180 degrees": 2, "270 degrees": 3}


@node("latent", name="LatentComposite", display_name="Latent Composite")
def latent_composite(
    *, samples_to: Latent, samples_from: Latent, x: Place = 0, y: Place = 0, feather: Place = 0
) -> Latent:
    """Paste one latent upon another; `feather` pixels fade in at edges that lie inside."""
    source, below = samples_from.samples, samples_to.samples
    left, top = x // PIXELS, y // PIXELS
    rows = fade(top, source.shape[-2], below.shape[-2], feather // PIXELS)
    columns = fade(left, source.shape[-1], below.shape[-1], feather // PIXELS)
    weight = (rows[:, None] * columns).to(below)
    return dataclasses.replace(samples_to, samples=pasted(below, source, left, top, weight))


@node("latent", name="LatentCompositeMasked", display_name="Latent Composite Masked")
def latent_composite_masked(
    *,
    destination: Latent,
    source: Latent,
    x: Place = 0,
    y: Place = 0,
    resize_source: bool = False,
    mask: Mask | None = None,
) -> Latent:
    """Paste one latent upon another where the mask, stretched over the pasted one, is 1."""
    above, below = source.samples, destination.samples
    if resize_source:
        above = fit_latent(above, below.shape[-1], below.shape[-2], "bilinear", "disabled")
    weight = torch.ones(above.shape[-2:]).to(below) if mask is None else planes(mask, above, below)
    return dataclasses.replace(destination, samples=pasted(below, above, x // PIXELS, y // PIXELS, weight))


@node("latent/advanced", name="LatentConcat", display_name="LatentConcat")
def latent_concat(
    *, samples1: Latent, samples2: Latent, dim: Literal["x", "-x", "y", "-y", "t", "-t"]
) -> Latent:
    """Put the second latent behind the first along an axis, or before it ("-")."""
    first, second = samples1.samples, repeated(samples2.samples, len(samples1.samples))
    order = (second.to(first), first) if dim.startswith("-") else (first, second.to(first))
    axis = AXES[dim[-1]]
    check_beside(first, second, axis)
    return dataclasses.replace(samples1, samples=torch.cat(order, axis))


@node("latent/advanced", name="LatentCut", display_name="LatentCut")
def latent_cut(
    *,
    samples: Latent,
    dim: Literal["x", "y", "t"],
    index: Annotated[int, Range(-16384, 16384, 1)] = 0,
    amount: Count = 1,
) -> Latent:
    """Keep a stretch of an axis; an index below 0 counts from the end."""
    axis, size = AXES[dim], samples.samples.shape[AXES[dim]]
    start = min(index, size - 1) if index >= 0 else max(size + index, 0)
    kept = samples.samples.narrow(axis, start, min(amount, size - start)).clone()
    return dataclasses.replace(samples, samples=kept)


@node("latent/advanced", name="LatentCutToBatch", display_name="LatentCutToBatch")
def latent_cut_to_batch(*, samples: Latent, dim: Literal["t", "x", "y"], slice_size: Count = 1) -> Latent:
    """Cut an axis into slices, each a picture of the batch; what is left over at the end is dropped."""
    x, axis = samples.samples, AXES[dim] + samples.samples.ndim
    if axis < 2:  # a picture has no time
        return samples
    size = min(slice_size, x.shape[axis])
    whole = x.narrow(axis, 0, x.shape[axis] // size * size)
    slices = torch.stack(torch.split(whole, size, axis), 1).flatten(0, 1)
    return dataclasses.replace(samples, samples=slices.contiguous(), batch_index=None)


@node("latent/transform", name="LatentCrop", display_name="Crop Latent")
def latent_crop(
    *, samples: Latent, width: Side = 512, height: Side = 512, x: Place = 0, y: Place = 0
) -> Latent:
    """Keep a rectangle, given in pixels."""
    rows, columns = samples.samples.shape[-2:]
    top, left = max(0, min(y // PIXELS, rows - SMALLEST)), max(0, min(x // PIXELS, columns - SMALLEST))
    kept = samples.samples[..., top : top + height // PIXELS, left : left + width // PIXELS].clone()
    return dataclasses.replace(samples, samples=kept)


@node("latent/transform", name="LatentFlip", display_name="Flip Latent")
def latent_flip(
    *, samples: Latent, flip_method: Literal["x-axis: vertically", "y-axis: horizontally"]
) -> Latent:
    """Mirror a latent."""
    axis = -2 if flip_method.startswith("x") else -1
    return dataclasses.replace(samples, samples=samples.samples.flip(axis))


@node("latent/transform", name="LatentRotate", display_name="Rotate Latent")
def latent_rotate(
    *, samples: Latent, rotation: Literal["none", "90 degrees", "180 degrees", "270 degrees"]
) -> Latent:
    """Turn a latent clockwise."""
    turned = torch.rot90(samples.samples, QUARTERS[rotation], (-1, -2))
    return dataclasses.replace(samples, samples=turned)


def pasted(below: Tensor, above: Tensor, left: int, top: int, weight: Tensor) -> Tensor:
    """One latent laid upon another at a place, as far as it lies inside.

    The weights (..., h, w) are of the size of `above`: 1 covers what is below, 0 leaves it.
    """
    check_channels(above, below)
    rows, columns = (
        max(0, min(size, whole - start))
        for size, whole, start in zip(above.shape[-2:], below.shape[-2:], (top, left), strict=True)
    )
    inside = (..., slice(top, top + rows), slice(left, left + columns))
    share = weight[..., :rows, :columns]
    result = below.clone()
    shown = repeated(above[: len(below)], len(below)).to(below)[..., :rows, :columns]
    result[inside] = shown * share + below[inside] * (1 - share)
    return result


def planes(mask: Tensor, above: Tensor, below: Tensor) -> Tensor:
    """A mask as weights (1 or B, 1, h, w), with an axis of time where the latents have one."""
    weights = fitted(mask, above)
    weights = repeated(weights[: len(below)], len(below)) if len(weights) > 1 else weights
    return weights.reshape(len(weights), *[1] * (below.ndim - 3), *weights.shape[-2:]).to(below)


def check_beside(first: Tensor, second: Tensor, axis: int) -> None:
    """Raises LatentError for latents that have other axes, or other sizes along the rest of them."""
    sizes, others = list(first.shape), list(second.shape)
    if len(sizes) == len(others) and sizes[:axis] + sizes[axis:][1:] == others[:axis] + others[axis:][1:]:
        return
    raise LatentError(
        f"latents of the shapes {tuple(sizes)} and {tuple(others)} cannot be put together along axis "
        f"{len(sizes) + axis}: they must be of the same size along all the others"
    )
