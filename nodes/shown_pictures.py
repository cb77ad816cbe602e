"""Nodes that show a model pictures beside the noise: to inpaint, to edit, to enlarge, to vary."""

from __future__ import annotations

import dataclasses
from typing import Annotated, NamedTuple

import torch

from diffusion import types
from diffusion import vae as autoencoder
from diffusion.families.channels import NOISE
from diffusion.families.vectors import UNCLIP, UnclipPicture
from diffusion.parts import present_vae
from nodes.api import ClipVisionOutput, Conditioning, Image, Latent, Mask, OutputName, Range, Vae, node
from nodes.conditioning import Pair
from nodes.masks import fit_mask
from nodes.resampling import fit_image
from nodes.vae import GREY, crop_to_multiple

UPSCALER_PIXELS = 4  # along a side of one latent of the 4x upscaler


class Shown(NamedTuple):
    """Both conditionings with the picture, and latents of its size."""

    positive: Annotated[Conditioning, OutputName("positive")]
    negative: Annotated[Conditioning, OutputName("negative")]
    latent: Annotated[Latent, OutputName("latent")]


@node("conditioning/inpaint", name="InpaintModelConditioning", display_name="InpaintModelConditioning")
def for_inpainting(
    *,
    positive: Conditioning,
    negative: Conditioning,
    vae: Vae,
    pixels: Image,
    mask: Mask,
    noise_mask: bool = True,
) -> Shown:
    """Show an inpainting model what is outside of the mask; `noise_mask` also keeps it as it is."""
    side = present_vae(vae).latents.downscale
    soft = crop_to_multiple(fit_mask(mask, pixels.shape[2], pixels.shape[1]).unsqueeze(-1), side)
    whole = crop_to_multiple(pixels[..., :3], side)
    greyed = (whole - GREY) * (1.0 - soft.round()) + GREY
    planes = soft.movedim(-1, 1)  # (B, 1, H, W)
    beside = types.Beside(autoencoder.encode(vae, greyed), planes[:, 0])
    latent = types.Latent(autoencoder.encode(vae, whole), noise_mask=planes if noise_mask else None)
    return Shown(shown(positive, beside), shown(negative, beside), latent)


@node(
    "conditioning/instructpix2pix",
    name="InstructPixToPixConditioning",
    display_name="InstructPixToPixConditioning",
)
def for_edits(*, positive: Conditioning, negative: Conditioning, vae: Vae, pixels: Image) -> Shown:
    """Show an InstructPix2Pix model the picture that it is to change."""
    latent = autoencoder.encode(vae, pixels)
    beside = types.Beside(latent)
    return Shown(shown(positive, beside), shown(negative, beside), types.Latent(torch.zeros_like(latent)))


@node(
    "conditioning/upscale_diffusion",
    name="SD_4XUpscale_Conditioning",
    display_name="SD_4XUpscale_Conditioning",
    lane="cpu",
)
def for_upscaling(
    *,
    images: Image,
    positive: Conditioning,
    negative: Conditioning,
    scale_ratio: Annotated[float, Range(0.0, 10.0, 0.01)] = 4.0,
    noise_augmentation: Annotated[float, Range(0.0, 1.0, 0.001)] = 0.0,
) -> Shown:
    """Show the 4x upscaler the small picture, with some noise upon it if it is a poor one."""
    height, width = (max(1, round(length * scale_ratio)) for length in images.shape[1:3])
    rows, columns = max(1, height // UPSCALER_PIXELS), max(1, width // UPSCALER_PIXELS)
    small = fit_image(images[..., :3], columns, rows, "bilinear").movedim(-1, 1) * 2.0 - 1.0
    beside = types.Beside(small)
    facts = {NOISE: noise_augmentation}
    empty = types.Latent(torch.zeros(len(images), 4, rows, columns))
    return Shown(shown(positive, beside, facts), shown(negative, beside, facts), empty)


@node("conditioning/depth", name="DepthConditioning", display_name="Depth Conditioning", at_rest=True)
def for_depth(*, positive: Conditioning, negative: Conditioning, depth: Image) -> Pair:
    """Show a depth model how near everything is: white is near, black is far."""
    beside = types.Beside(depth[..., :3].movedim(-1, 1))
    return Pair(shown(positive, beside), shown(negative, beside))


@node("conditioning", name="unCLIPConditioning", display_name="unCLIPConditioning", at_rest=True)
def for_variations(
    *,
    conditioning: Conditioning,
    clip_vision_output: ClipVisionOutput,
    strength: Annotated[float, Range(-10.0, 10.0, 0.01)] = 1.0,
    noise_augmentation: Annotated[float, Range(0.0, 1.0, 0.01)] = 0.0,
) -> Conditioning:
    """Show an unCLIP model a picture to vary: the more noise, the freer; several add up."""
    if strength == 0:
        return conditioning
    picture = UnclipPicture(clip_vision_output, strength, noise_augmentation)
    return tuple(
        dataclasses.replace(cond, facts={**cond.facts, UNCLIP: (*cond.facts.get(UNCLIP, ()), picture)})
        for cond in conditioning
    )


def shown(
    conditioning: types.Conditioning, beside: types.Beside, facts: dict[str, float] | None = None
) -> types.Conditioning:
    """The conditionings with channels beside the latents, and facts."""
    return tuple(
        dataclasses.replace(cond, beside=beside, facts={**cond.facts, **(facts or {})})
        for cond in conditioning
    )
