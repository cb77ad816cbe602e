"""Nodes that turn words into conditionings."""

from __future__ import annotations

from typing import Annotated

from diffusion.text import clip as text_clip
from nodes.api import Clip, Conditioning, Range, Text, node


@node("conditioning", name="CLIPTextEncode", display_name="CLIP Text Encode (Prompt)")
def encode_text(
    *, text: Annotated[str, Text(multiline=True, dynamic_prompts=True)], clip: Clip
) -> Conditioning:
    """What the picture is to show, in words. `(word:1.3)` weighs more, `embedding:name` inserts a file's."""
    return text_clip.encode(clip, text)


@node("conditioning", name="CLIPSetLastLayer", display_name="CLIP Set Last Layer")
def set_last_layer(*, clip: Clip, stop_at_clip_layer: Annotated[int, Range(-24, -1, 1)] = -1) -> Clip:
    """Read the text encoder's output this many layers before its end: -1 is the last layer."""
    return text_clip.with_last_layer(clip, stop_at_clip_layer)
