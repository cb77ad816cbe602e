"""Nodes that look at pictures with an image encoder."""

from __future__ import annotations

from typing import Annotated, Literal

from diffusion.vision.clip_vision import encode_image
from diffusion.vision.image_encoder_file import open_clip_vision
from nodes.api import ClipVision, ClipVisionOutput, Context, FileIn, Image, node


@node("loaders", name="CLIPVisionLoader", display_name="Load CLIP Vision")
def load_clip_vision(context: Context, *, clip_name: Annotated[str, FileIn("clip_vision")]) -> ClipVision:
    """Open an image encoder: CLIP's or SigLIP's."""
    return open_clip_vision(context.folders.resolve("clip_vision", clip_name))


@node("conditioning", name="CLIPVisionEncode", display_name="CLIP Vision Encode")
def encode(*, clip_vision: ClipVision, image: Image, crop: Literal["center", "none"]) -> ClipVisionOutput:
    """What the encoder sees in a picture; "center" cuts a square out, "none" squeezes the whole into one."""
    return encode_image(clip_vision, image, crop)
