"""Nodes that cut, turn, join and frame pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from nodes.api import Image, Mask, Range, node
from nodes.batches import equal_channels, equally_many, with_channels
from nodes.resampling import fit_image, padded

GREY: Final = 0.5  # of what is to be painted around a picture

Place = Annotated[int, Range(0, 16384, 1)]
Extent = Annotated[int, Range(1, 16384, 1)]
Side = Annotated[int, Range(0, 16384, 1)]
Border = Annotated[int, Range(0, 16384, 8)]
Direction = Literal["right", "down", "left", "up"]
Spacing = Literal["white", "black", "red", "green", "blue"]

COLORS: Final = {
    "white": (1.0, 1.0, 1.0),
    "black": (0.0, 0.0, 0.0),
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 1.0, 0.0),
    "blue": (0.0, 0.0, 1.0),
}

# Parts, mirror images, turns


@node("image/transform", name="ImageCrop", display_name="Image Crop", lane="cpu")
def crop_image(
    *, image: Image, width: Extent = 512, height: Extent = 512, x: Place = 0, y: Place = 0
) -> Image:
    """A rectangle of a picture; what lies beyond its edges is left out."""
    return cut(image, x, y, width, height).clone()


def cut(x: Tensor, left: int, top: int, width: int, height: int) -> Tensor:
    """The part of (B, H, W, ...) inside the rectangle; at least one pixel of the last row and column."""
    top, left = min(top, x.shape[1] - 1), min(left, x.shape[2] - 1)
    return x[:, top : top + height, left : left + width]


@node("image/transform", name="ImageFlip", display_name="Image Flip", lane="cpu")
def flip_image(*, image: Image, flip_method: Literal["x-axis: vertically", "y-axis: horizontally"]) -> Image:
    """The mirror image of a picture: upside down, or left and right exchanged."""
    return image.flip(1 if flip_method.startswith("x") else 2)


@node("image/transform", name="ImageRotate", display_name="Image Rotate", lane="cpu")
def rotate_image(
    *, image: Image, rotation: Literal["none", "90 degrees", "180 degrees", "270 degrees"]
) -> Image:
    """A picture turned clockwise by quarters."""
    turns = 0 if rotation == "none" else int(rotation.split()[0]) // 90
    return torch.rot90(image, turns, dims=(2, 1)).contiguous()


# Several pictures in one


@node("image/transform", name="ImageStitch", display_name="Image Stitch", lane="cpu")
def stitch_images(
    *,
    image1: Image,
    direction: Direction = "right",
    match_image_size: bool = True,
    spacing_width: Annotated[int, Range(0, 1024, 2)] = 0,
    spacing_color: Spacing = "white",
    image2: Image | None = None,
) -> Image:
    """The second picture beside the first; sizes are matched, or the smaller one gets a black frame."""
    if image2 is None:
        return image1
    axis = 2 if direction in ("left", "right") else 1
    second = matched(image2, image1, axis) if match_image_size else image2
    pair = equal_channels(*framed(equally_many(image1, second), axis))
    strips = list(pair if direction in ("right", "down") else reversed(pair))
    if spacing_width:
        strips.insert(1, strip(strips[0], axis, spacing_width + spacing_width % 2, COLORS[spacing_color]))
    return torch.cat(strips, dim=axis)


def matched(image: Tensor, other: Tensor, axis: int) -> Tensor:
    """Resized so that it is as high (axis 2) or as wide (axis 1) as the other, its aspect kept."""
    height, width = image.shape[1:3]
    if axis == 2:
        return fit_image(image, max(1, width * other.shape[1] // height), other.shape[1], "lanczos")
    return fit_image(image, other.shape[2], max(1, height * other.shape[2] // width), "lanczos")


def framed(images: Sequence[Tensor], axis: int) -> list[Tensor]:
    """Black on both sides of what is smaller than the largest, across the axis of joining."""
    across = 3 - axis
    size = max(image.shape[across] for image in images)
    return [padded(image, across, size) for image in images]


def strip(image: Tensor, axis: int, width: int, color: tuple[float, float, float]) -> Tensor:
    """A strip of one colour, as long as the picture is across the axis."""
    shape = list(image.shape)
    shape[axis] = width
    return with_channels(torch.tensor(color), shape[-1]).expand(shape)


# Room to paint in


class Padded(NamedTuple):
    """A picture with a border, and where the border is."""

    image: Image
    mask: Mask


@node("image", name="ImagePadForOutpaint", display_name="Pad Image for Outpainting", lane="cpu")
def pad_for_outpaint(
    *,
    image: Image,
    left: Border = 0,
    top: Border = 0,
    right: Border = 0,
    bottom: Border = 0,
    feathering: Side = 40,
) -> Padded:
    """A grey border to be painted over; the mask covers it and fades into the picture."""
    larger = F.pad(image, (0, 0, left, right, top, bottom), value=GREY)
    height, width = image.shape[1:3]
    mask = torch.zeros(1, height, width)
    if feathering > 0 and feathering * 2 < min(height, width):
        rows, columns = distance(height, top > 0, bottom > 0), distance(width, left > 0, right > 0)
        nearest = torch.minimum(rows[:, None], columns[None, :])
        mask = (1.0 - nearest / feathering).clamp_min(0.0).square().unsqueeze(0)
    return Padded(larger, F.pad(mask, (left, right, top, bottom), value=1.0))


def distance(count: int, at_start: bool, at_end: bool) -> Tensor:
    """How far each of `count` pixels is from the edges that have a border; the first pixel is at 0."""
    index = torch.arange(count, dtype=torch.float32)
    far = torch.full_like(index, float("inf"))
    return torch.minimum(index if at_start else far, count - index if at_end else far)
