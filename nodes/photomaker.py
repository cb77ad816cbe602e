"""Nodes that put a person from pictures into a prompt."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from diffusion.control.photomaker import PersonMaker, encode_person, open_photomaker
from nodes.api import Clip, Conditioning, Context, FileIn, Image, Socket, Text, node

PhotoMaker: TypeAlias = Annotated[PersonMaker, Socket("PHOTOMAKER")]

CATEGORY = "_for_testing/photomaker"


@node(CATEGORY, name="PhotoMakerLoader", display_name="PhotoMakerLoader", lane="disk", experimental=True)
def load_photomaker(
    context: Context, *, photomaker_model_name: Annotated[str, FileIn("photomaker")]
) -> PhotoMaker:
    """Open PhotoMaker's encoder of people; the LoRA that goes with it is loaded as any other."""
    return open_photomaker(context.folders.resolve("photomaker", photomaker_model_name))


@node(CATEGORY, name="PhotoMakerEncode", display_name="PhotoMakerEncode", experimental=True)
def encode(
    *,
    photomaker: PhotoMaker,
    image: Image,
    clip: Clip,
    text: Annotated[str, Text(multiline=True, dynamic_prompts=True)] = "photograph of photomaker",
) -> Conditioning:
    """A prompt of SDXL in which the word before "photomaker" is the person in the pictures."""
    return encode_person(photomaker, clip, image, text)
