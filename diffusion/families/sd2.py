"""Stable Diffusion 2.x: OpenCLIP's ViT-H reads the prompt; depth, upscaling and unCLIP are its variants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from diffusion.families.channels import NoisedPicture
from diffusion.families.family import Checkpoint, Family, Shapes
from diffusion.families.latent_diffusion import (
    FIRST_TEXT,
    UNET,
    Anatomy,
    Show,
    Tower,
    attends_at_once,
    build,
    has_matrices,
    is_unet,
    tensor_of,
)
from diffusion.families.sd1 import LATENTS as SD1_LATENTS
from diffusion.families.vectors import NoiseClass, NoisedEmbeddings
from diffusion.networks.unet import UNetConfig
from diffusion.sampling.continuous import cosine
from diffusion.sampling.schedules import NoiseSchedule, from_alphas_bar, linear_noise_schedule
from diffusion.text.embeddings import Lookup
from diffusion.text.towers import CLIP_H
from diffusion.types import LatentFormat, Prediction, Vae
from diffusion.vision.image_encoder_file import build_clip_vision, image_encoder_part
from diffusion.weights.archive import Archive
from diffusion.weights.precision import Precision
from diffusion.weights.settings import Settings

TEXT = ("cond_stage_model.model.", "cond_stage_model.transformer.", FIRST_TEXT)
IMAGE_ENCODER = ("embedder.", "image_encoder.")
CLASSES = f"{UNET}label_emb.weight"
# A rule of thumb: where this tensor varies more, the model was trained to predict velocity.
TELLTALE = f"{UNET}output_blocks.11.1.transformer_blocks.0.norm1.bias"
VELOCITY_SPREAD = 0.09
STATISTICS = ("noise_augmentor.data_mean", "noise_augmentor.data_std")

UPSCALER_BETAS = (0.0001, 0.02)
UPSCALER_LATENTS = replace(SD1_LATENTS, scale=0.08333, downscale=4)
UPSCALER_LEVELS = 350  # the most noise that it was trained to see upon the small picture


def claims(shapes: Shapes) -> bool:
    """A UNet whose transformers stand between matrices, attending at full resolution or told a class."""
    return is_unet(shapes) and has_matrices(shapes) and (attends_at_once(shapes) or CLASSES in shapes)


def predicts(archive: Archive) -> Prediction:
    """Noise or velocity, told by the weights; variants with more channels predict noise."""
    entry, first = archive.entries.get(TELLTALE), archive.entries[f"{UNET}input_blocks.0.0.weight"]
    if entry is None or first.shape[1] != SD1_LATENTS.channels:
        return "epsilon"
    return "v" if float(tensor_of(archive, TELLTALE).float().std()) > VELOCITY_SPREAD else "epsilon"


def unclip_vector(config: UNetConfig, archive: Archive) -> Show | None:
    """What an unCLIP model is told beside the time: half of it is a picture's embedding."""
    if config.vector_width is None:
        return None
    width = config.vector_width // 2
    usual = (torch.zeros(width), torch.ones(width))
    mean, std = (
        tensor_of(archive, key).float().reshape(-1) if key in archive.entries else plain
        for key, plain in zip(STATISTICS, usual, strict=True)
    )
    return NoisedEmbeddings(cosine_schedule(), mean, std)


def cosine_schedule(n: int = 1000) -> NoiseSchedule:
    """The noise upon pictures' embeddings (Nichol & Dhariwal 2021, equation 17)."""
    share = np.arange(n + 1, dtype=np.float64) / n
    wanted = cosine(share)
    betas = np.minimum(1 - wanted[1:] / wanted[:-1], 0.999)
    return from_alphas_bar(np.cumprod(1 - betas))


def upscaler_class(config: UNetConfig, archive: Archive) -> Show | None:
    """What an upscaler is told beside the time."""
    del archive
    return None if config.classes is None else NoiseClass(most_noise(config))


def upscaler_beside(
    config: UNetConfig, archive: Archive, latents: LatentFormat, vae: Vae | None
) -> Show | None:
    """What an upscaler is shown."""
    del archive, latents, vae
    return NoisedPicture(linear_noise_schedule(*UPSCALER_BETAS), most_noise(config))


def most_noise(config: UNetConfig) -> int:
    """The highest class of noise that is in use."""
    return min(UPSCALER_LEVELS, (config.classes or 1) - 1)


ANATOMY = Anatomy(
    name="sd2",
    latents=SD1_LATENTS,
    towers=(Tower(CLIP_H, TEXT),),
    head_dim=64,
    predicts=predicts,
    vector=unclip_vector,
)
UPSCALER = replace(
    ANATOMY,
    latents=UPSCALER_LATENTS,
    heads=8,
    head_dim=None,
    betas=UPSCALER_BETAS,
    predicts=lambda _: "v",
    vector=upscaler_class,
    beside=upscaler_beside,
)


def build_variant(archive: Archive, settings: Settings, precision: Precision, lookup: Lookup) -> Checkpoint:
    """The parts of whichever variant it is."""
    anatomy = UPSCALER if CLASSES in archive.entries else ANATOMY
    checkpoint = build(anatomy, archive, settings, precision, lookup)
    encoder = image_encoder_part(within(archive, IMAGE_ENCODER))
    if not encoder.entries:
        return checkpoint
    return replace(checkpoint, vision=build_clip_vision(encoder, precision))


def within(archive: Archive, prefixes: tuple[str, ...]) -> Archive:
    """What stands under these prefixes, under its whole names."""
    kept = {key: entry for key, entry in archive.entries.items() if key.startswith(prefixes)}
    return replace(archive, entries=kept)


SD2 = Family(
    name=ANATOMY.name,
    claims=claims,
    build=build_variant,
    latents=SD1_LATENTS,
    dtypes=(torch.bfloat16, torch.float16),  # float16 ends before the attention of the 768 models does
)
