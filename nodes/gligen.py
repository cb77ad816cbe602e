"""Nodes that say what is to be seen in which box of a picture."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from diffusion.control.grounding import Grounder, grounded, open_gligen
from diffusion.text.clip import encode
from nodes.api import Clip, Conditioning, Context, FileIn, Range, Socket, Text, node
from nodes.errors import ConditioningError

Gligen: TypeAlias = Annotated[Grounder, Socket("GLIGEN")]

Side = Annotated[int, Range(8, 16384, 8)]
Place = Annotated[int, Range(0, 16384, 8)]


@node("loaders", name="GLIGENLoader", display_name="GLIGENLoader", lane="disk")
def load_gligen(context: Context, *, gligen_name: Annotated[str, FileIn("gligen")]) -> Gligen:
    """Open GLIGEN's weights, which let a model of Stable Diffusion 1 be told of boxes."""
    return open_gligen(context.folders.resolve("gligen", gligen_name))


@node("conditioning/gligen", name="GLIGENTextBoxApply", display_name="GLIGENTextBoxApply")
def apply_text_box(
    *,
    conditioning_to: Conditioning,
    clip: Clip,
    gligen_textbox_model: Gligen,
    text: Annotated[str, Text(multiline=True, dynamic_prompts=True)],
    width: Side = 64,
    height: Side = 64,
    x: Place = 0,
    y: Place = 0,
) -> Conditioning:
    """Let the text be seen in a box, given in pixels; apply it again for further boxes."""
    phrase = encode(clip, text)[0].pooled
    if phrase is None:
        raise ConditioningError("this text encoder gives no pooled text, which GLIGEN needs: take CLIP's")
    return grounded(conditioning_to, gligen_textbox_model, phrase, (x, y, x + width, y + height))
