"""Hints: pictures at the size of the latents, and the part of them that one call of the network sees."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from diffusion.sampling.control import ControlCall
from diffusion.sampling.mask import repeated


def fitted_hint(hint: Tensor, height: int, width: int) -> Tensor:
    """(B, H, W, C) cut at the centre to the wanted aspect, as (B, C, height, width) by the nearest pixels."""
    pixels = cropped(hint.movedim(-1, 1).float(), height / width)
    if pixels.shape[-2:] == (height, width):
        return pixels
    return F.interpolate(pixels, size=(height, width), mode="nearest-exact")


def cropped(pixels: Tensor, aspect: float) -> Tensor:
    """The middle of (..., H, W) with this ratio of height to width."""
    height, width = pixels.shape[-2:]
    top = round(max(0.0, height - width * aspect) / 2)
    left = round(max(0.0, width - height / aspect) / 2)
    return pixels[..., top : height - top, left : width - left]


def for_latent(hint: Tensor, latent: Tensor, pixels: int, multiple: int = 1) -> Tensor:
    """A hint (B, H, W, C) for latents (B, C, h, w) of so many pixels a side: (1 or B, C, h *, w *)."""
    height, width = (rounded_up(side * pixels, multiple) for side in latent.shape[-2:])
    planes = fitted_hint(hint.to(latent.device), height, width)
    return planes if len(planes) == 1 else repeated(planes, len(latent))


def rounded_up(number: int, multiple: int) -> int:
    """The number itself if it is a multiple, else the next one."""
    return -(-number // multiple) * multiple


def rows_of(planes: Tensor, call: ControlCall) -> Tensor:
    """Features at the size of the latents (1 or B, C, h, w) for the rows of a call, cut to its box."""
    return rows(call.box.of(of_pictures(planes, call)), call)


def of_pictures(planes: Tensor, call: ControlCall) -> Tensor:
    """Those of the pictures in a call; one that goes for all stays one."""
    return planes if len(planes) == 1 else planes[call.pictures]


def rows(planes: Tensor, call: ControlCall) -> Tensor:
    """Planes of the pictures, once for each conditioning; one that goes for all stays one."""
    return planes if len(planes) == 1 else planes.repeat(call.parts, 1, 1, 1)
