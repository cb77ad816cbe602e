"""The autoencoder of models that work on pixels: latents are the pixels, in [-1, 1]."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from diffusion.types import LatentFormat, Vae
from diffusion.weights.patched import Weights

PIXEL_SPACE: Final = "pixel_space"  # its name in the list of autoencoders
NO_VARIANCE: Final = -30.0  # as a logarithm


class PixelSpace(nn.Module):
    """The calls of an autoencoder around one 1x1 convolution, the unit matrix."""

    downscale = 1
    latent_channels = 3

    def __init__(self) -> None:
        super().__init__()
        self.unit = nn.Conv2d(3, 3, 1, bias=False)
        nn.init.dirac_(self.unit.weight)

    def encode_moments(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) -> itself, with no variance."""
        return self.decode(pixels), torch.full_like(pixels, NO_VARIANCE)

    def decode(self, latents: Tensor) -> Tensor:
        """(B, 3, H, W) -> itself."""
        same: Tensor = self.unit(latents)
        return same


def pixel_space_vae() -> Vae:
    """An autoencoder that keeps pictures as they are."""
    return Vae(Weights(PixelSpace()), LatentFormat(channels=3, scale=1.0, downscale=1), torch.float32)
