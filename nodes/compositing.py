"""Nodes that put pictures upon one another, and take transparency apart from colour."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from nodes import porter_duff
from nodes.api import Image, Mask, Option, Range, node
from nodes.batches import equally_many, repeated, with_channels
from nodes.masks import fit_mask
from nodes.resampling import fit_image

Place = Annotated[int, Range(0, 16384, 1)]
Mode = Annotated[porter_duff.Mode, Option(default="DST")]


class Cutout(NamedTuple):
    """Colours, and a mask that is 1 where they are transparent."""

    image: Image
    mask: Mask


@node("image", name="ImageCompositeMasked", display_name="Image Composite Masked", lane="cpu")
def composite_masked(
    *,
    destination: Image,
    source: Image,
    x: Place = 0,
    y: Place = 0,
    resize_source: bool = False,
    mask: Mask | None = None,
) -> Image:
    """A picture pasted upon another one at a place, where the mask is 1; a mask is fitted to the source."""
    if resize_source:
        source = fit_image(source, destination.shape[2], destination.shape[1], "bilinear")
    return pasted(destination, source, x, y, mask)


def pasted(destination: Tensor, source: Tensor, x: int, y: int, mask: Tensor | None) -> Tensor:
    """The source blended in by its mask; what would lie outside of the destination is left out."""
    result = destination.clone()
    part = result[:, y : y + source.shape[1], x : x + source.shape[2]]
    height, width = part.shape[1:3]
    above = repeated(with_channels(source, part.shape[-1]), len(part))[:, :height, :width]
    if mask is None:
        part.copy_(above)
    elif height and width:
        fitted = fit_mask(mask, source.shape[2], source.shape[1])[:, :height, :width]
        part.lerp_(above, repeated(fitted, len(part)).unsqueeze(-1))
    return result


@node("mask/compositing", name="JoinImageWithAlpha", display_name="Join Image with Alpha", lane="cpu")
def join_alpha(*, image: Image, alpha: Mask) -> Image:
    """A picture that is transparent where the mask is 1."""
    colours, mask = equally_many(image[..., :3], fit_mask(alpha, image.shape[2], image.shape[1]))
    return torch.cat([colours, 1.0 - mask.unsqueeze(-1)], dim=-1)


@node("mask/compositing", name="SplitImageWithAlpha", display_name="Split Image with Alpha", lane="cpu")
def split_alpha(*, image: Image) -> Cutout:
    """The colours of a picture, and a mask that is 1 where it is transparent."""
    alpha = image[..., 3] if image.shape[-1] > 3 else torch.ones(image.shape[:3])
    return Cutout(image[..., :3].clone(), 1.0 - alpha)


@node(
    "mask/compositing",
    name="PorterDuffImageComposite",
    display_name="Porter-Duff Image Composite",
    lane="cpu",
)
def composite_porter_duff(
    *, source: Image, source_alpha: Mask, destination: Image, destination_alpha: Mask, mode: Mode
) -> Cutout:
    """Two pictures with transparency as one; the masks are 1 where a picture is transparent."""
    height, width = destination.shape[1:3]
    above, hidden, below, bare = equally_many(
        fit_image(source, width, height, "bicubic", "center"),
        fit_mask(source_alpha, width, height, crop=True),
        destination,
        fit_mask(destination_alpha, width, height, crop=True),
    )
    source_layer = porter_duff.layer(above, 1.0 - hidden)
    made = porter_duff.composite(source_layer, porter_duff.layer(below, 1.0 - bare), mode)
    colours, alpha = porter_duff.plain(made)
    return Cutout(colours, 1.0 - alpha)
