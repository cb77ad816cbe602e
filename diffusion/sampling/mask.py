"""Which parts of a picture are worked on: masks at the size of latents, and keeping what they leave out."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion.sampling.prediction import noised
from diffusion.sampling.step import Denoise


def fitted(mask: Tensor, latent: Tensor) -> Tensor:
    """A mask (H, W), (B, H, W) or (B, 1, H, W) of any size as (1 or B, 1, h, w), to go with a latent."""
    planes = mask.reshape(-1, 1, *mask.shape[-2:]).to(latent.device, torch.float32)
    planes = F.interpolate(planes, size=latent.shape[-2:], mode="bilinear")
    return planes if len(planes) == 1 else repeated(planes, len(latent))


def repeated(batch: Tensor, count: int) -> Tensor:
    """The rows of a batch over again until there are this many."""
    return batch if len(batch) == count else batch[torch.arange(count) % len(batch)]


def keeping(denoise: Denoise, latent: Tensor, noise: Tensor, mask: Tensor) -> Denoise:
    """The denoiser held to a latent where the mask is 0: noisy in what it is given, clean in what it says."""
    kept = 1 - mask

    def held(x: Tensor, sigma: float) -> Tensor:
        mixed = x * mask + noised(latent, noise, sigma) * kept
        return denoise(mixed, sigma) * mask + latent * kept

    return held
