"""Nodes that prompt with pictures."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from diffusion.control.image_prompt import ImagePrompter, open_ip_adapter, prompted
from diffusion.control.style import StyleModel, open_style_model, styled
from diffusion.vision.clip_vision import encode_image, encode_nothing
from nodes.api import (
    ClipVision,
    ClipVisionOutput,
    Conditioning,
    Context,
    FileIn,
    Image,
    Mask,
    Model,
    Range,
    Socket,
    node,
)
from nodes.errors import ConditioningError

IpAdapter: TypeAlias = Annotated[ImagePrompter, Socket("IPADAPTER")]
Style: TypeAlias = Annotated[StyleModel, Socket("STYLE_MODEL")]

Moment = Annotated[float, Range(0.0, 1.0, 0.001)]


@node("loaders", name="StyleModelLoader", display_name="Load Style Model", lane="disk")
def load_style_model(context: Context, *, style_model_name: Annotated[str, FileIn("style_models")]) -> Style:
    """Open a style model: a T2I style adapter, or Flux's Redux."""
    return open_style_model(context.folders.resolve("style_models", style_model_name))


@node("conditioning/style_model", name="StyleModelApply", display_name="Apply Style Model")
def apply_style_model(
    *,
    conditioning: Conditioning,
    style_model: Style,
    clip_vision_output: ClipVisionOutput,
    strength: Annotated[float, Range(0.0, 10.0, 0.001)] = 1.0,
    strength_type: Literal["multiply", "attn_bias"],
) -> Conditioning:
    """Let a picture be read behind the prompt; "attn_bias" weighs how much is read of it."""
    return styled(conditioning, style_model, clip_vision_output, strength, strength_type)


@node("loaders", name="IPAdapterLoader", display_name="Load IP-Adapter", lane="disk")
def load_ip_adapter(context: Context, *, ipadapter_name: Annotated[str, FileIn("ipadapter")]) -> IpAdapter:
    """Open an IP-Adapter: plain, plus or full-face, of Stable Diffusion 1 or SDXL."""
    return open_ip_adapter(context.folders.resolve("ipadapter", ipadapter_name))


@node("model_patches/image_prompt", name="IPAdapterApply", display_name="Apply IP-Adapter")
def apply_ip_adapter(
    *,
    model: Model,
    ipadapter: IpAdapter,
    weight: Annotated[float, Range(-1.0, 5.0, 0.01)] = 1.0,
    start_at: Moment = 0.0,
    end_at: Moment = 1.0,
    clip_vision: ClipVision | None = None,
    image: Image | None = None,
    clip_vision_output: ClipVisionOutput | None = None,
    mask: Mask | None = None,
) -> Model:
    """Let a model follow pictures beside its prompts. Link pictures and their encoder, or what it said."""
    seen = clip_vision_output
    if seen is None:
        if image is None or clip_vision is None:
            raise ConditioningError("link clip_vision and image, or clip_vision_output")
        seen = encode_image(clip_vision, image)
    empty = None if clip_vision is None else encode_nothing(clip_vision)
    return prompted(model, ipadapter, seen, empty, weight=weight, start=start_at, end=end_at, mask=mask)
