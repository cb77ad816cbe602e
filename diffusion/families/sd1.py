"""Stable Diffusion 1.x (Rombach et al. 2022): a UNet told by CLIP's text tower, in latents of 8x8 pixels.

Inpainting and InstructPix2Pix models are the same with more channels coming in.
"""

from __future__ import annotations

from functools import partial

from diffusion.families.family import Family, Shapes
from diffusion.families.latent_diffusion import FIRST_TEXT, UNET, Anatomy, Tower, build, has_matrices, is_unet
from diffusion.text.towers import CLIP_L
from diffusion.types import LatentFormat
from diffusion.weights.precision import FLOAT16_FIRST

TEXT = "cond_stage_model.transformer."
OTHER_TEXT = ("cond_stage_model.model.", "conditioner.")

# Rows of channels, then the bias, for latents of Stable Diffusion 1: a least-squares fit that was published
# on Hugging Face's forum ("Decoding latents to RGB without upscaling", 2022).
PREVIEW = (
    (0.298, 0.207, 0.208),
    (0.187, 0.286, 0.173),
    (-0.158, 0.189, 0.264),
    (-0.184, -0.271, -0.473),
    (0.0, 0.0, 0.0),
)
LATENTS = LatentFormat(channels=4, scale=0.18215, rgb=PREVIEW)

ANATOMY = Anatomy(name="sd1", latents=LATENTS, towers=(Tower(CLIP_L, (TEXT, FIRST_TEXT)),), heads=8)


def claims(shapes: Shapes) -> bool:
    """A UNet whose transformers stand between convolutions, and no text tower but CLIP-L's."""
    return (
        is_unet(shapes)
        and not has_matrices(shapes)
        and f"{UNET}label_emb.0.0.weight" not in shapes
        and not any(key.startswith(OTHER_TEXT) for key in shapes)
    )


SD1 = Family(
    name=ANATOMY.name,
    claims=claims,
    build=partial(build, ANATOMY),
    latents=LATENTS,
    dtypes=FLOAT16_FIRST,
)
