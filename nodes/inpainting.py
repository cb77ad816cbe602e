"""Nodes that cut out what is to be painted anew, fill it, and stitch the new part back without seams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal, NamedTuple

import torch
from torch import Tensor

from nodes.api import Image, Mask, OutputName, Range, Seed, Socket, Tooltip, node
from nodes.batches import BatchError, equally_many, repeated
from nodes.errors import NodeError
from nodes.filters import blurred, filled, largest
from nodes.masks import as_masks, fit_mask
from nodes.resampling import fit_image

DOWNSCALE: Final = 8  # pixels along a side of one latent
Side = Annotated[int, Range(8, 16384, 8)]
Content = Literal["original", "fill", "noise"]


class SideError(NodeError):
    """A width or height that latents cannot have."""


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels; it may reach beyond the picture."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class Stitch:
    """What it takes to put a part back: the whole pictures, their masks, and where the part was."""

    image: Tensor  # (B, H, W, C)
    mask: Tensor  # (B, H, W)
    box: Box
    padding: int  # pixels of context around the mask; those that blend are among them


Stitched = Annotated[Stitch, Socket("STITCH")]


class Cropped(NamedTuple):
    """A part of a picture, what of it is to be painted, and the way back."""

    image: Image
    mask: Mask
    stitch: Annotated[Stitched, OutputName("STITCH")]


@node("image/inpaint", name="InpaintCrop", display_name="Inpaint Crop", lane="cpu")
def crop_for_inpaint(
    *,
    image: Image,
    mask: Mask,
    context_padding: Annotated[
        int, Range(0, 4096, 1), Tooltip("Pixels around the mask that the model gets to see.")
    ] = 64,
    width: Side = 512,
    height: Side = 512,
) -> Cropped:
    """The masked part with its surroundings, at a size of its own; `Inpaint Stitch` puts it back."""
    check_multiple("width", width)
    check_multiple("height", height)
    size = (image.shape[2], image.shape[1])
    image, masks = equally_many(image, fit_mask(mask, *size))
    box = with_aspect(widened(bounds(masks), context_padding, size), width, height, size)
    part = fit_image(taken(image, box), width, height, "lanczos")
    part_mask = fit_mask(taken(masks, box), width, height)
    return Cropped(part, part_mask, Stitch(image, masks, box, context_padding))


@node("image/inpaint", name="InpaintStitch", display_name="Inpaint Stitch", lane="cpu")
def stitch_inpainted(
    *,
    stitch: Stitched,
    image: Image,
    feather: Annotated[
        int, Range(0, 4096, 1), Tooltip("Pixels around the mask over which old and new are blended.")
    ] = 32,
) -> Image:
    """The painted part back in its whole picture, blended around the mask; all else stays bit for bit."""
    if len(stitch.image) not in (1, len(image)):
        raise BatchError(
            f"image has {len(image)} pictures, but stitch was made of {len(stitch.image)}; "
            "as many are needed, or a stitch of one picture"
        )
    whole = repeated(stitch.image, len(image)).clone()
    blend = repeated(blending(stitch.mask, min(feather, stitch.padding)), len(image)).unsqueeze(-1)
    inner, outer = overlap(stitch.box, whole)
    part = fit_image(image[..., : whole.shape[-1]], stitch.box.width, stitch.box.height, "lanczos")
    old, share, new = whole[outer], blend[outer], part[inner]
    channels = new.shape[-1]
    mixed = torch.where(share > 0.0, torch.lerp(old[..., :channels], new, share), old[..., :channels])
    old[..., :channels] = mixed
    return whole


@node("image/inpaint", name="InpaintFill", display_name="Inpaint Fill", lane="cpu")
def fill_masked(
    *,
    image: Image,
    mask: Mask,
    content: Content = "fill",
    seed: Annotated[int, Range(0, 0xFFFFFFFFFFFFFFFF), Seed()] = 0,
) -> Image:
    """What the model finds under the mask: what was there, its surroundings continued, or noise like them."""
    if content == "original":
        return image
    image, masks = equally_many(image, fit_mask(mask, image.shape[2], image.shape[1]))
    new = filled(image, 1.0 - masks) if content == "fill" else noise_like(image, masks, seed)
    share = masks.unsqueeze(-1)
    return torch.where(share > 0.0, torch.lerp(image, new, share), image)


def noise_like(image: Tensor, masks: Tensor, seed: int) -> Tensor:
    """Gaussian noise with the mean and the spread that each channel has outside of the mask."""
    noise = torch.randn(image.shape, generator=torch.Generator().manual_seed(seed))
    known = (1.0 - masks).unsqueeze(-1)
    count = known.sum(dim=(1, 2), keepdim=True)
    mean = (image * known).sum(dim=(1, 2), keepdim=True) / count.clamp_min(1e-6)
    spread = (((image - mean) ** 2 * known).sum(dim=(1, 2), keepdim=True) / count.clamp_min(1e-6)).sqrt()
    mean, spread = torch.where(count > 0, mean, 0.5), torch.where(count > 0, spread, 0.25)
    return (mean + spread * noise).clamp(0.0, 1.0)


def check_multiple(name: str, side: int) -> None:
    """Raises SideError for a side that latents cannot have."""
    if side % DOWNSCALE:
        lower = side - side % DOWNSCALE
        near = f"{lower} or {lower + DOWNSCALE}" if lower else str(DOWNSCALE)
        raise SideError(f"{name} is {side}; a multiple of {DOWNSCALE} is needed, such as {near}")


# Where the part is


def bounds(masks: Tensor) -> Box:
    """The smallest box around all that any mask (B, H, W) covers; everything where they are empty."""
    covered = (masks > 0.0).any(dim=0)
    rows, columns = covered.any(dim=1).nonzero(), covered.any(dim=0).nonzero()
    if not len(rows):
        return Box(0, 0, masks.shape[2], masks.shape[1])
    top, left = int(rows[0]), int(columns[0])
    return Box(left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1)


def widened(box: Box, padding: int, picture: tuple[int, int]) -> Box:
    """The box with so many pixels more on each side, as far as the picture (width, height) reaches."""
    left, top = max(0, box.left - padding), max(0, box.top - padding)
    right = min(picture[0], box.left + box.width + padding)
    bottom = min(picture[1], box.top + box.height + padding)
    return Box(left, top, right - left, bottom - top)


def with_aspect(box: Box, width: int, height: int, picture: tuple[int, int]) -> Box:
    """The smallest box of the aspect width : height around this one, in the picture if it can be."""
    new_width = max(box.width, -(-box.height * width // height))
    new_height = max(box.height, -(-box.width * height // width))
    left = box.left - (new_width - box.width) // 2
    top = box.top - (new_height - box.height) // 2
    return Box(moved(left, new_width, picture[0]), moved(top, new_height, picture[1]), new_width, new_height)


def moved(start: int, size: int, whole: int) -> int:
    """A stretch moved between 0 and `whole`; one that is too long reaches out as far on both sides."""
    return (whole - size) // 2 if size > whole else min(max(start, 0), whole - size)


def taken(x: Tensor, box: Box) -> Tensor:
    """The part of (B, H, W, ...) in the box; beyond the edges their pixels are repeated."""
    rows = torch.arange(box.top, box.top + box.height).clamp(0, x.shape[1] - 1)
    columns = torch.arange(box.left, box.left + box.width).clamp(0, x.shape[2] - 1)
    return x.index_select(1, rows).index_select(2, columns)


def overlap(box: Box, whole: Tensor) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Where box and picture meet: (as indices of the part, as indices of the picture)."""
    top, left = max(box.top, 0), max(box.left, 0)
    bottom, right = min(box.top + box.height, whole.shape[1]), min(box.left + box.width, whole.shape[2])
    inner = slice(top - box.top, bottom - box.top), slice(left - box.left, right - box.left)
    return (slice(None), *inner), (slice(None), slice(top, bottom), slice(left, right))


def blending(masks: Tensor, feather: int) -> Tensor:
    """1 where the mask is, falling to 0 over `feather` pixels around it; (B, H, W).

    Grown by half of the distance and averaged over the other half, so that no average reaches into the mask.
    """
    planes = as_masks(masks).unsqueeze(1)
    spread = feather // 2
    grown = largest(planes, 2 * (feather - spread) + 1).squeeze(1)
    if not spread:
        return grown
    triangle = torch.minimum(torch.arange(1, 2 * spread + 2), torch.arange(2 * spread + 1, 0, -1)).float()
    smooth = blurred(grown.unsqueeze(-1), triangle / triangle.sum()).squeeze(-1)
    return torch.maximum(smooth, masks).clamp(0.0, 1.0)
