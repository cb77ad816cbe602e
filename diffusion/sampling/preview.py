"""A quick look at latents: each channel a colour, no autoencoder."""

from __future__ import annotations

import torch
from torch import Tensor

from diffusion.types import LatentFormat

# Rows of channels, then the bias, for latents of Stable Diffusion 1: a least-squares fit that was published
# on Hugging Face's forum ("Decoding latents to RGB without upscaling", 2022).
SD1_RGB = (
    (0.298, 0.207, 0.208),
    (0.187, 0.286, 0.173),
    (-0.158, 0.189, 0.264),
    (-0.184, -0.271, -0.473),
    (0.0, 0.0, 0.0),
)


def latent_rgb(denoised: Tensor, latents: LatentFormat) -> Tensor:
    """The first of latents (B, C, h, w), scaled as the network sees them, as (h, w, 3) uint8 on the host."""
    picture = denoised[0].float().permute(1, 2, 0)  # (h, w, C)
    table = torch.tensor(latents.rgb or fallback(latents.channels), device=picture.device)
    colours = picture @ table[:-1] + table[-1]  # (h, w, 3) in [-1, 1]
    return ((colours + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).cpu()


def fallback(channels: int) -> tuple[tuple[float, float, float], ...]:
    """A table for a format that has none: Stable Diffusion's, or grey."""
    if channels == len(SD1_RGB) - 1:
        return SD1_RGB
    share = 1 / channels
    return ((share, share, share),) * channels + ((0.0, 0.0, 0.0),)
