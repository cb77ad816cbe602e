"""A quick look at latents: each channel a colour, no autoencoder."""

from __future__ import annotations

import torch
from torch import Tensor

from diffusion.types import LatentFormat


def latent_rgb(denoised: Tensor, latents: LatentFormat) -> Tensor:
    """The first of latents (B, C, h, w), scaled as the network sees them, as (h, w, 3) uint8 on the host."""
    picture = denoised[0].float().permute(1, 2, 0)  # (h, w, C)
    table = torch.tensor(latents.rgb or grey(latents.channels), device=picture.device)
    colours = picture @ table[:-1] + table[-1]  # (h, w, 3) in [-1, 1]
    return ((colours + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).cpu()


def grey(channels: int) -> tuple[tuple[float, float, float], ...]:
    """The table for a format that has none: every channel counts the same."""
    share = 1 / channels
    return ((share, share, share),) * channels + ((0.0, 0.0, 0.0),)
