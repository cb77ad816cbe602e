"""Reduces pictures to a few colours, with or without dithering."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image as Pillow
from torch import Tensor

from nodes.pictures import to_bytes

Dither: TypeAlias = Literal["none", "floyd-steinberg", "bayer-2", "bayer-4", "bayer-8", "bayer-16"]


def quantized(picture: Tensor, colors: int, dither: Dither) -> Tensor:
    """(H, W, C) as (H, W, 3) of at most this many colours; transparency is dropped."""
    pixels = to_bytes(picture[..., :3])
    plain = Pillow.fromarray(pixels).quantize(colors, dither=Pillow.Dither.NONE)
    if dither == "floyd-steinberg":
        plain = Pillow.fromarray(pixels).quantize(colors, palette=plain, dither=Pillow.Dither.FLOYDSTEINBERG)
    elif dither != "none":
        size = int(dither.removeprefix("bayer-"))
        shifted = ordered(pixels, size, 512 / colors)
        plain = Pillow.fromarray(shifted).quantize(colors, palette=plain, dither=Pillow.Dither.NONE)
    return torch.from_numpy(np.asarray(plain.convert("RGB"), dtype=np.float32) / 255.0)


def ordered(pixels: npt.NDArray[np.uint8], size: int, spread: float) -> npt.NDArray[np.uint8]:
    """Bytes (H, W, C) moved up and down by Bayer's matrix, over `spread` levels in all."""
    height, width = pixels.shape[:2]
    tile = spread * bayer(size)
    tiled = np.tile(tile, (-(-height // size), -(-width // size)))[:height, :width, None]
    shifted: npt.NDArray[np.uint8] = np.clip(np.round(pixels + tiled), 0, 255).astype(np.uint8)
    return shifted


def bayer(size: int) -> npt.NDArray[np.float64]:
    """The thresholds of ordered dithering, between -1/2 and 1/2 around 0 (Bayer 1973); a power of two."""
    matrix = np.zeros((1, 1))
    while len(matrix) < size:
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    return (matrix + 0.5) / size**2 - 0.5
