"""Nodes between pictures and latents."""

from __future__ import annotations

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor

from diffusion import types
from diffusion import vae as autoencoder
from diffusion.parts import present_vae
from nodes.api import Context, Image, Latent, Mask, Range, Vae, node
from nodes.masks import fit_mask

GREY = 0.5  # what masked pixels are filled with, so that nothing of them is left in the latents

EncodeTile = Annotated[int, Range(64, 4096, 64)]
DecodeTile = Annotated[int, Range(64, 4096, 32)]
Overlap = Annotated[int, Range(0, 4096, 32)]
Frames = Annotated[int, Range(8, 4096, 4)]
FrameOverlap = Annotated[int, Range(4, 4096, 4)]


@node("latent", name="VAEEncode", display_name="VAE Encode")
def encode(*, pixels: Image, vae: Vae) -> Latent:
    """Pictures as latents, for a sampler to start from."""
    return types.Latent(autoencoder.encode(vae, pixels))


@node("latent", name="VAEDecode", display_name="VAE Decode")
def decode(*, samples: Latent, vae: Vae) -> Image:
    """Latents as pictures."""
    return autoencoder.decode(vae, samples.samples)


@node("_for_testing", name="VAEEncodeTiled", display_name="VAE Encode (Tiled)")
def encode_tiled(
    context: Context,
    *,
    pixels: Image,
    vae: Vae,
    tile_size: EncodeTile = 512,
    overlap: Overlap = 64,
    temporal_size: Frames = 64,  # noqa: ARG001 - of video autoencoders; a picture has no frames
    temporal_overlap: FrameOverlap = 8,  # noqa: ARG001
) -> Latent:
    """Pictures as latents, a tile of this many pixels at a time: less memory for large ones."""
    return types.Latent(autoencoder.encode_tiled(vae, pixels, tile_size, overlap, context.progress))


@node("_for_testing", name="VAEDecodeTiled", display_name="VAE Decode (Tiled)")
def decode_tiled(
    context: Context,
    *,
    samples: Latent,
    vae: Vae,
    tile_size: DecodeTile = 512,
    overlap: Overlap = 64,
    temporal_size: Frames = 64,  # noqa: ARG001 - of video autoencoders; a picture has no frames
    temporal_overlap: FrameOverlap = 8,  # noqa: ARG001
) -> Image:
    """Latents as pictures, a tile of this many pixels at a time: less memory for large ones."""
    return autoencoder.decode_tiled(vae, samples.samples, tile_size, overlap, context.progress)


@node("latent/inpaint", name="VAEEncodeForInpaint", display_name="VAE Encode (for Inpainting)")
def encode_for_inpaint(
    *, pixels: Image, vae: Vae, mask: Mask, grow_mask_by: Annotated[int, Range(0, 64, 1)] = 6
) -> Latent:
    """Latents of a picture whose masked part is greyed out and marked to be painted anew."""
    side = present_vae(vae).latents.downscale
    hole = crop_to_multiple(fit_mask(mask, pixels.shape[2], pixels.shape[1]).unsqueeze(-1).round(), side)
    kept = 1.0 - hole
    greyed = (crop_to_multiple(pixels[..., :3], side) - GREY) * kept + GREY
    return types.Latent(autoencoder.encode(vae, greyed), noise_mask=grow(hole.movedim(-1, 1), grow_mask_by))


def crop_to_multiple(pixels: Tensor, side: int) -> Tensor:
    """The centre of (B, H, W, C) whose height and width are multiples of `side`."""
    height, width = (length // side * side for length in pixels.shape[1:3])
    top, left = (pixels.shape[1] - height) // 2, (pixels.shape[2] - width) // 2
    return pixels[:, top : top + height, left : left + width]


def grow(mask: Tensor, by: int) -> Tensor:
    """The mask (B, 1, H, W) wider by `by` pixels (half on each side), so that the seam is painted too."""
    if by == 0:
        return mask
    height, width = mask.shape[-2:]
    return F.max_pool2d(mask, kernel_size=by, stride=1, padding=by // 2)[..., :height, :width]
