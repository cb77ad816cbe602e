"""Nodes that make and change pictures."""

from __future__ import annotations

from typing import Annotated

import torch

from nodes.api import Display, Image, Range, node
from nodes.batches import equal_channels
from nodes.resampling import Crop, ImageMethod, fit_image, keep_aspect

Pixels = Annotated[int, Range(1, 16384, 1)]
PixelsOrAuto = Annotated[int, Range(0, 16384, 1)]


@node("image/upscaling", name="ImageScale", display_name="Upscale Image", lane="cpu")
def scale_image(
    *,
    image: Image,
    upscale_method: ImageMethod,
    width: PixelsOrAuto = 512,
    height: PixelsOrAuto = 512,
    crop: Crop,
) -> Image:
    """Resize pictures to a size in pixels; 0 keeps the aspect."""
    own_height, own_width = image.shape[1:3]
    return fit_image(image, *keep_aspect(width, height, (own_width, own_height)), upscale_method, crop)


@node("image/upscaling", name="ImageScaleBy", display_name="Upscale Image By", lane="cpu")
def scale_image_by(
    *, image: Image, upscale_method: ImageMethod, scale_by: Annotated[float, Range(0.01, 8.0, 0.01)] = 1.0
) -> Image:
    """Resize pictures by a factor."""
    height, width = (max(1, round(side * scale_by)) for side in image.shape[1:3])
    return fit_image(image, width, height, upscale_method)


@node("image", name="ImageInvert", display_name="Invert Image")
def invert_image(*, image: Image) -> Image:
    """The negative of a picture."""
    return 1.0 - image


@node("image", name="ImageBatch", display_name="Batch Images", deprecated=True)
def batch_images(*, image1: Image, image2: Image) -> Image:
    """Both pictures in one batch, the second fitted to the size of the first."""
    height, width = image1.shape[1:3]
    return torch.cat(equal_channels(image1, fit_image(image2, width, height, "bilinear", "center")))


@node("image", name="EmptyImage", display_name="Empty Image")
def empty_image(
    *,
    width: Pixels = 512,
    height: Pixels = 512,
    batch_size: Annotated[int, Range(1, 4096)] = 1,
    color: Annotated[int, Range(0, 0xFFFFFF, 1), Display("color")] = 0,
) -> Image:
    """Pictures of one colour, given as 0xRRGGBB."""
    red, green, blue = color >> 16 & 255, color >> 8 & 255, color & 255
    return (torch.tensor([red, green, blue]) / 255.0).expand(batch_size, height, width, 3).clone()
