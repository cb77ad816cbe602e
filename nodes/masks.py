"""Nodes that make masks, change them, and turn pictures into masks and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal

import torch
from torch import Tensor

from nodes.api import Autogrow, Display, Image, Mask, Range, node
from nodes.batches import BatchError, equally_many
from nodes.errors import NodeError
from nodes.filters import largest, largest_diamond
from nodes.image_geometry import cut
from nodes.resampling import fit_image

Place = Annotated[int, Range(0, 16384, 1)]
Extent = Annotated[int, Range(1, 16384, 1)]
Share = Annotated[float, Range(0.0, 1.0, 0.01)]
Grown = Annotated[list[Tensor], Autogrow(Mask, "mask", least=2, most=50)]
Operation = Literal["multiply", "add", "subtract", "and", "or", "xor"]
CHANNELS: Final = ("red", "green", "blue", "alpha")


class ChannelError(NodeError):
    """A picture has not the channel that was asked for."""


# Between pictures and masks


@node("mask", name="MaskToImage", display_name="Convert Mask to Image", lane="cpu")
def mask_to_image(*, mask: Mask) -> Image:
    """A mask as a grey picture."""
    return as_masks(mask).unsqueeze(-1).repeat(1, 1, 1, 3)


@node("mask", name="ImageToMask", display_name="Convert Image to Mask", lane="cpu")
def image_to_mask(*, image: Image, channel: Literal["red", "green", "blue", "alpha"]) -> Mask:
    """One channel of a picture as a mask, as it is."""
    index = CHANNELS.index(channel)
    if index >= image.shape[-1]:
        there = ", ".join(CHANNELS[: image.shape[-1]])
        raise ChannelError(f"channel is {channel!r}, but image has only {there}; choose one of these")
    return image[..., index].clone()


@node("mask", name="ImageColorToMask", display_name="Image Color to Mask", lane="cpu")
def color_to_mask(
    *, image: Image, color: Annotated[int, Range(0, 0xFFFFFF, 1), Display("number")] = 0
) -> Mask:
    """1 where the picture has exactly this colour, given as a number (0xRRGGBB)."""
    levels = (image[..., :3].clamp(0.0, 1.0) * 255.0).round().long()
    wanted = torch.tensor([color >> 16 & 255, color >> 8 & 255, color & 255])
    return (levels == wanted).all(dim=-1).float()


def as_masks(mask: Tensor) -> Tensor:
    """(B, H, W), also of one mask without a batch and of (B, 1, H, W)."""
    return mask.reshape(-1, *mask.shape[-2:])


# New masks and whole batches


@node("mask", name="SolidMask", display_name="Solid Mask", lane="cpu")
def solid_mask(*, value: Share = 1.0, width: Extent = 512, height: Extent = 512) -> Mask:
    """A mask of one value."""
    return torch.full((1, height, width), value)


@node("mask", name="BatchMasksNode", display_name="Batch Masks", lane="cpu")
def batch_masks(*, masks: Grown) -> Mask:
    """All masks in one batch, fitted to the size of the first."""
    if not masks:
        raise BatchError("masks has no mask linked; link at least one")
    height, width = masks[0].shape[-2:]
    return torch.cat([fit_mask(mask, width, height, crop=True) for mask in masks])


def fit_mask(mask: Tensor, width: int, height: int, *, crop: bool = False) -> Tensor:
    """(B, H, W) resized bilinearly, the centre cut out first if asked to, so that nothing is stretched."""
    grey = as_masks(mask).unsqueeze(-1)
    return fit_image(grey, width, height, "bilinear", "center" if crop else "disabled").squeeze(-1)


@node("mask", name="InvertMask", display_name="Invert Mask", lane="cpu")
def invert_mask(*, mask: Mask) -> Mask:
    """The mask of all that was not meant."""
    return 1.0 - mask


@node("mask", name="ThresholdMask", display_name="Threshold Mask", lane="cpu")
def threshold_mask(*, mask: Mask, value: Share = 0.5) -> Mask:
    """1 where the mask is more than the value, else 0."""
    return (mask > value).float()


# Shapes


@node("mask", name="CropMask", display_name="Crop Mask", lane="cpu")
def crop_mask(*, mask: Mask, x: Place = 0, y: Place = 0, width: Extent = 512, height: Extent = 512) -> Mask:
    """A rectangle of a mask; what lies beyond its edges is left out."""
    return cut(as_masks(mask), x, y, width, height).clone()


@node("mask", name="MaskComposite", display_name="Mask Composite", lane="cpu")
def composite_masks(
    *, destination: Mask, source: Mask, x: Place = 0, y: Place = 0, operation: Operation
) -> Mask:
    """The second mask worked into the first one at a place; the rest stays as it is."""
    below, above = (batch.clone() for batch in equally_many(as_masks(destination), as_masks(source)))
    part = below[:, y : y + above.shape[1], x : x + above.shape[2]]
    part.copy_(OPERATIONS[operation](part, above[:, : part.shape[1], : part.shape[2]]))
    return below.clamp(0.0, 1.0)


def truth(operation: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """An operation on yes and no, asked of masks: the nearer of 0 and 1 is what they say."""
    return lambda below, above: operation(below.round().bool(), above.round().bool()).float()


OPERATIONS: Final[Mapping[Operation, Callable[[Tensor, Tensor], Tensor]]] = {
    "multiply": torch.mul,
    "add": torch.add,
    "subtract": torch.sub,
    "and": truth(torch.logical_and),
    "or": truth(torch.logical_or),
    "xor": truth(torch.logical_xor),
}


@node("mask", name="GrowMask", display_name="Grow Mask", lane="cpu")
def grow_mask(
    *, mask: Mask, expand: Annotated[int, Range(-16384, 16384, 1)] = 0, tapered_corners: bool = True
) -> Mask:
    """Grow a mask by so many pixels, or shrink it below 0; tapered corners are cut off slantwise."""
    return grown(as_masks(mask), expand, tapered_corners)


def grown(mask: Tensor, pixels: int, tapered: bool) -> Tensor:
    """Dilated by a diamond (tapered) or a square; a negative number erodes."""
    if pixels < 0:
        return -grown(-mask, -pixels, tapered)
    x = mask.unsqueeze(1).float()
    reach = min(pixels, max(x.shape[-2:]))
    return (largest_diamond(x, pixels) if tapered else largest(x, 2 * reach + 1)).squeeze(1)


@node("mask", name="FeatherMask", display_name="Feather Mask", lane="cpu")
def feather_mask(*, mask: Mask, left: Place = 0, top: Place = 0, right: Place = 0, bottom: Place = 0) -> Mask:
    """A mask faded out linearly towards its edges, over so many pixels at each."""
    height, width = mask.shape[-2:]
    rows, columns = ramp(height, top, bottom), ramp(width, left, right)
    return as_masks(mask) * rows[:, None] * columns[None, :]


def ramp(count: int, at_start: int, at_end: int) -> Tensor:
    """Factors that rise to 1 over the first pixels (1/n, 2/n, ...) and fall from it over the last ones."""
    index = torch.arange(1, count + 1, dtype=torch.float32)
    rise = (index / max(1, min(at_start, count))).clamp(max=1.0)
    fall = (index / max(1, min(at_end, count))).clamp(max=1.0).flip(0)
    return rise * fall
