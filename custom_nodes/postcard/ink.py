"""Prints a picture with two inks."""

from __future__ import annotations

from typing import Annotated

import torch

from nodes.api import Display, Image, Range, Tooltip, node

LUMA = (0.299, 0.587, 0.114)  # how bright red, green and blue look (ITU-R BT.601)

Colour = Annotated[int, Range(0, 0xFFFFFF, 1), Display("color")]


def colour(value: int) -> torch.Tensor:
    """0xRRGGBB -> three shares of 1."""
    return torch.tensor([value >> 16 & 255, value >> 8 & 255, value & 255]) / 255.0


@node("image/filter")
def duotone(
    image: Image,
    shadows: Annotated[Colour, Tooltip("What black becomes")] = 0x2B1B4D,
    highlights: Annotated[Colour, Tooltip("What white becomes")] = 0xFFE3B3,
    contrast: Annotated[float, Range(0.2, 3.0, 0.05), Display("slider")] = 1.2,
    amount: Annotated[float, Range(0.0, 1.0, 0.01), Display("slider")] = 1.0,
) -> Image:
    """Print the picture with two inks, from the shadows' to the highlights' colour."""
    grey = (image[..., :3] * torch.tensor(LUMA)).sum(-1, keepdim=True)  # (B, H, W, 1)
    steep = ((grey - 0.5) * contrast + 0.5).clamp(0, 1)
    printed = torch.lerp(colour(shadows), colour(highlights), steep)
    return torch.lerp(image[..., :3], printed, amount)
