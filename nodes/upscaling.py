"""Nodes that enlarge pictures with a network."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from diffusion.vision import upscaling
from nodes.api import Context, FileIn, Image, Socket, node

UpscaleModel: TypeAlias = Annotated[upscaling.UpscaleModel, Socket("UPSCALE_MODEL")]


@node("loaders", name="UpscaleModelLoader", display_name="Load Upscale Model")
def load_upscale_model(
    context: Context, *, model_name: Annotated[str, FileIn("upscale_models")]
) -> UpscaleModel:
    """Open a model that enlarges or restores pictures: ESRGAN, SwinIR, DAT, HAT and their kin."""
    return upscaling.open_upscale_model(context.folders.resolve("upscale_models", model_name))


@node("image/upscaling", name="ImageUpscaleWithModel", display_name="Upscale Image (using Model)")
def upscale_with_model(context: Context, *, upscale_model: UpscaleModel, image: Image) -> Image:
    """Enlarge pictures with a model, in tiles that fit into memory."""
    return upscaling.upscale(upscale_model, image, context.progress)
