"""Nodes that turn words into conditionings."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from diffusion import types
from diffusion.sampling.conditioning import CONTROLS_CONTEXT, CONTROLS_POOLED
from diffusion.text import clip as text_clip
from diffusion.types import PictureSize
from nodes.api import Clip, Conditioning, Range, Text, node

Words = Annotated[str, Text(multiline=True, dynamic_prompts=True)]
Pixels = Annotated[int, Range(0, 16384)]


@node("conditioning", name="CLIPTextEncode", display_name="CLIP Text Encode (Prompt)")
def encode_text(*, text: Words, clip: Clip) -> Conditioning:
    """What the picture is to show, in words. `(word:1.3)` weighs more, `embedding:name` inserts a file's."""
    return text_clip.encode(clip, text)


@node("advanced/conditioning", name="CLIPTextEncodeSDXL", display_name="CLIPTextEncodeSDXL")
def encode_text_sdxl(
    *,
    clip: Clip,
    width: Pixels = 1024,
    height: Pixels = 1024,
    crop_w: Pixels = 0,
    crop_h: Pixels = 0,
    target_width: Pixels = 1024,
    target_height: Pixels = 1024,
    text_g: Words,
    text_l: Words,
) -> Conditioning:
    """A text for each tower of SDXL, and the size that the picture is to look as if it once had."""
    size = PictureSize(height, width, crop_h, crop_w, target_height, target_width)
    return sized(text_clip.encode(clip, {"clip_l": text_l, "clip_g": text_g}), size)


@node("advanced/conditioning", name="CLIPTextEncodeSDXLRefiner", display_name="CLIPTextEncodeSDXLRefiner")
def encode_text_refiner(
    *,
    ascore: Annotated[float, Range(0.0, 1000.0, 0.01)] = 6.0,
    width: Pixels = 1024,
    height: Pixels = 1024,
    text: Words,
    clip: Clip,
) -> Conditioning:
    """A text for SDXL's refiner, and how beautiful the picture is to be, of 10."""
    size = PictureSize(height, width, aesthetic_score=ascore)
    return sized(text_clip.encode(clip, text), size)


@node(
    "_for_testing/conditioning",
    name="CLIPTextEncodeControlnet",
    display_name="CLIPTextEncodeControlnet",
    experimental=True,
)
def encode_text_for_control(*, clip: Clip, conditioning: Conditioning, text: Words) -> Conditioning:
    """Another text for control networks alone: what they read in the place of this prompt."""
    (told,) = text_clip.encode(clip, text)
    facts = {CONTROLS_CONTEXT: told.context, CONTROLS_POOLED: told.pooled}
    return tuple(dataclasses.replace(cond, facts={**cond.facts, **facts}) for cond in conditioning)


@node("conditioning", name="CLIPSetLastLayer", display_name="CLIP Set Last Layer")
def set_last_layer(*, clip: Clip, stop_at_clip_layer: Annotated[int, Range(-24, -1, 1)] = -1) -> Clip:
    """Read the text encoder's output this many layers before its end: -1 is the last layer."""
    return text_clip.with_last_layer(clip, stop_at_clip_layer)


def sized(conditioning: types.Conditioning, size: PictureSize) -> types.Conditioning:
    """The conditionings of a picture with this history."""
    return tuple(dataclasses.replace(cond, size=size) for cond in conditioning)
