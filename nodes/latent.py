"""Nodes that make and change latents."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import torch

from diffusion import types
from nodes.api import Latent, Mask, Range, node
from nodes.resampling import Crop, LatentMethod, fit, keep_aspect, resize

DOWNSCALE = 8  # pixels along a side of one latent
CHANNELS = 4  # of Stable Diffusion's latents

Pixels = Annotated[int, Range(16, 16384, 8)]
PixelsOrAuto = Annotated[int, Range(0, 16384, 8)]


@node("latent", name="EmptyLatentImage", display_name="Empty Latent Image")
def empty_latent(
    *, width: Pixels = 512, height: Pixels = 512, batch_size: Annotated[int, Range(1, 4096)] = 1
) -> Latent:
    """Blank latents to be filled by a sampler."""
    return types.Latent(torch.zeros(batch_size, CHANNELS, height // DOWNSCALE, width // DOWNSCALE))


@node("latent/inpaint", name="SetLatentNoiseMask", display_name="Set Latent Noise Mask")
def set_noise_mask(*, samples: Latent, mask: Mask) -> Latent:
    """Let the sampler change only what the mask covers; the rest stays as it is."""
    height, width = mask.shape[-2:]
    return dataclasses.replace(samples, noise_mask=mask.reshape(-1, 1, height, width))


@node("latent", name="LatentUpscale", display_name="Upscale Latent")
def upscale_latent(
    *,
    samples: Latent,
    upscale_method: LatentMethod,
    width: PixelsOrAuto = 512,
    height: PixelsOrAuto = 512,
    crop: Crop,
) -> Latent:
    """Resize latents to a size in pixels; 0 keeps the aspect. "bislerp" keeps most contrast."""
    own_height, own_width = samples.samples.shape[-2:]
    wide, high = keep_aspect(width, height, (own_width * DOWNSCALE, own_height * DOWNSCALE))
    size = (max(1, wide // DOWNSCALE), max(1, high // DOWNSCALE))
    return dataclasses.replace(samples, samples=fit(samples.samples, *size, upscale_method, crop))


@node("latent", name="LatentUpscaleBy", display_name="Upscale Latent By")
def upscale_latent_by(
    *, samples: Latent, upscale_method: LatentMethod, scale_by: Annotated[float, Range(0.01, 8.0, 0.01)] = 1.5
) -> Latent:
    """Resize latents by a factor."""
    height, width = (max(1, round(side * scale_by)) for side in samples.samples.shape[-2:])
    return dataclasses.replace(samples, samples=resize(samples.samples, width, height, upscale_method))
