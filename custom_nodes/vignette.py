"""A pack of one file with one node: a typed function is a node."""

from typing import Annotated

import torch

from nodes.api import Image, Range, node


@node("image/filter")
def vignette(
    image: Image,
    strength: Annotated[float, Range(0, 1, 0.01)] = 0.5,
    softness: Annotated[float, Range(0.1, 2, 0.05)] = 1.0,
) -> Image:
    """Darken the corners, as an old lens does."""
    height, width = image.shape[1:3]
    y = torch.linspace(-1, 1, height)[:, None]
    x = torch.linspace(-1, 1, width)[None, :]
    distance = ((x**2 + y**2) / 2).sqrt()  # 0 in the middle, 1 in the corners
    darkness = distance ** (2 / softness) * strength
    return image * (1 - darkness)[None, :, :, None]
