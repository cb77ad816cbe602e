"""Brightness and its slopes: what edges, lines and scribbles are found from."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion.types import Image

LUMA = (0.299, 0.587, 0.114)  # weights of R, G, B in brightness (ITU-R BT.601)
EQUAL = 1e-5  # magnitudes nearer than this are equal but for rounding
EIGHTH = 0.41421356  # tan 22.5°: half of the angle between two of four directions


def brightness(image: Image) -> Tensor:
    """(B, H, W, 3) -> (B, 1, H, W); grey pictures (B, H, W, 1) as they are."""
    if image.shape[-1] == 1:
        return image.movedim(-1, 1).float()
    weights = torch.tensor(LUMA, device=image.device)
    return (image[..., :3].float() * weights).sum(-1)[:, None]


def as_image(plane: Tensor) -> Image:
    """(B, 1, H, W) -> grey as RGB, (B, H, W, 3) in [0, 1]."""
    return plane.clamp(0.0, 1.0).movedim(1, -1).expand(-1, -1, -1, 3).float().contiguous()


def gaussian(x: Tensor, sigma: float, size: int = 0) -> Tensor:
    """(B, C, H, W) blurred by a Gaussian of so many pixels, over `size` taps (0: to three sigma).

    At its borders the picture is continued by its mirror image, or by its last pixels where it is too small.
    """
    if sigma <= 0:
        return x
    reach = size // 2 if size else max(1, round(3 * sigma))
    taps = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=x.device) / sigma) ** 2)
    taps = (taps / taps.sum()).to(x.dtype)
    channels = x.shape[1]
    row, column = taps.view(1, 1, 1, -1), taps.view(1, 1, -1, 1)
    x = F.conv2d(bordered(x, 0, reach), row.expand(channels, -1, -1, -1), groups=channels)
    return F.conv2d(bordered(x, reach, 0), column.expand(channels, -1, -1, -1), groups=channels)


def bordered(x: Tensor, high: int, wide: int) -> Tensor:
    """(B, C, H, W) with so many more rows and columns on each side."""
    fits = high < x.shape[-2] and wide < x.shape[-1]
    return F.pad(x, (wide, wide, high, high), mode="reflect" if fits else "replicate")


def sobel(plane: Tensor) -> tuple[Tensor, Tensor]:
    """Slopes of (B, 1, H, W) to the right and downwards, by Sobel's operator: a step of 1 gives 4."""
    across = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]], device=plane.device)
    padded = F.pad(plane, (1, 1, 1, 1), mode="replicate")
    slopes = F.conv2d(padded, torch.stack([across, across.T])[:, None])
    return slopes[:, :1], slopes[:, 1:]


def thinned(magnitude: Tensor, right: Tensor, down: Tensor) -> Tensor:
    """The magnitudes (B, 1, H, W) that no neighbour across the edge exceeds, 0 elsewhere (Canny 1986).

    The direction across is rounded to one of four. Of two equal neighbours the left or upper one stays, as an
    ideal step is as steep on both of its sides.
    """
    across = direction(right, down)
    padded = F.pad(magnitude, (1, 1, 1, 1))
    height, width = magnitude.shape[-2:]
    kept = torch.zeros_like(magnitude, dtype=torch.bool)
    for index, (row, column) in enumerate(((0, 1), (1, 1), (1, 0), (1, -1))):
        before = padded[..., 1 - row : 1 - row + height, 1 - column : 1 - column + width]
        after = padded[..., 1 + row : 1 + row + height, 1 + column : 1 + column + width]
        kept |= (across == index) & (magnitude > before + EQUAL) & (magnitude >= after - EQUAL)
    return torch.where(kept, magnitude, 0.0)


def direction(right: Tensor, down: Tensor) -> Tensor:
    """The slope's direction as 0 (to the right), 1 (down right), 2 (down) or 3 (down left)."""
    flat, steep = down.abs() <= EIGHTH * right.abs(), right.abs() <= EIGHTH * down.abs()
    diagonal = torch.where(right * down > 0, 1, 3)
    return torch.where(flat, 0, torch.where(steep, 2, diagonal))
