"""Stable Diffusion XL (Podell et al. 2023), base and refiner: two text towers, and the picture's history."""

from __future__ import annotations

from functools import partial

from diffusion.families.family import Family, Shapes
from diffusion.families.latent_diffusion import (
    FIRST_TEXT,
    SECOND_TEXT,
    UNET,
    Anatomy,
    Show,
    Tower,
    attends_at_once,
    build,
    halvings,
    has_matrices,
    is_unet,
)
from diffusion.families.vectors import PooledAndSizes
from diffusion.networks.unet import UNetConfig
from diffusion.text.towers import CLIP_G, CLIP_L_XL, second_told
from diffusion.types import LatentFormat
from diffusion.weights.archive import Archive
from diffusion.weights.precision import FLOAT16_FIRST

REFINER_HALVINGS = 3  # the base has one level less

# Rows of channels, then the bias: the fit of T. A. Vass, "Explaining the SDXL latent space" (Hugging Face's
# blog, 2024), from bytes to [-1, 1].
PREVIEW = (
    (60 / 127.5, 60 / 127.5, 60 / 127.5),
    (-60 / 127.5, -5 / 127.5, 10 / 127.5),
    (25 / 127.5, 15 / 127.5, -5 / 127.5),
    (-70 / 127.5, -50 / 127.5, -35 / 127.5),
    (22.5 / 127.5, 12.5 / 127.5, 2.5 / 127.5),
)
LATENTS = LatentFormat(channels=4, scale=0.13025, rgb=PREVIEW)


def claims(shapes: Shapes) -> bool:
    """A UNet that takes a vector and does not attend at full resolution."""
    return has_vector(shapes) and halvings(shapes) < REFINER_HALVINGS


def claims_refiner(shapes: Shapes) -> bool:
    """The same with a level more."""
    return has_vector(shapes) and halvings(shapes) == REFINER_HALVINGS


def has_vector(shapes: Shapes) -> bool:
    """What base and refiner share."""
    return (
        is_unet(shapes)
        and has_matrices(shapes)
        and not attends_at_once(shapes)
        and f"{UNET}label_emb.0.0.weight" in shapes
    )


def vector(config: UNetConfig, archive: Archive, *, refiner: bool) -> Show | None:
    """What the UNet is told beside the time."""
    del archive
    return None if config.vector_width is None else PooledAndSizes(config.vector_width, refiner)


ANATOMY = Anatomy(
    name="sdxl",
    latents=LATENTS,
    towers=(
        Tower(CLIP_L_XL, ("conditioner.embedders.0.transformer.", FIRST_TEXT)),
        Tower(CLIP_G, ("conditioner.embedders.1.model.", SECOND_TEXT), second_told),
    ),
    head_dim=64,
    vector=partial(vector, refiner=False),
)
REFINER_ANATOMY = Anatomy(
    name="sdxl-refiner",
    latents=LATENTS,
    towers=(Tower(CLIP_G, ("conditioner.embedders.0.model.", SECOND_TEXT), second_told),),
    head_dim=64,
    vector=partial(vector, refiner=True),
)

SDXL = Family("sdxl", claims, partial(build, ANATOMY), LATENTS, dtypes=FLOAT16_FIRST)
SDXL_REFINER = Family(
    "sdxl-refiner", claims_refiner, partial(build, REFINER_ANATOMY), LATENTS, dtypes=FLOAT16_FIRST
)
