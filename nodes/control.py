"""Nodes that steer a model with control networks."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from diffusion.control import file
from diffusion.control.apply import controlled, inpainting_hint
from diffusion.control.controlnet import of_kind, union_kinds
from diffusion.types import Control
from nodes.api import (
    Choice,
    Conditioning,
    Context,
    FileIn,
    Image,
    Mask,
    Model,
    Range,
    Socket,
    Vae,
    node,
)
from nodes.conditioning import Pair

ControlNet: TypeAlias = Annotated[file.AnyControl, Socket("CONTROL_NET")]

Strength = Annotated[float, Range(0.0, 10.0, 0.01)]
Moment = Annotated[float, Range(0.0, 1.0, 0.001)]
Kind = Annotated[str, Choice(union_kinds)]


@node("loaders", name="ControlNetLoader", display_name="Load ControlNet Model", lane="disk")
def load_controlnet(
    context: Context, *, control_net_name: Annotated[str, FileIn("controlnet")]
) -> ControlNet:
    """Open a ControlNet, a control-LoRA or a T2I-Adapter."""
    return file.open_control(context.folders.resolve("controlnet", control_net_name))


@node("loaders", name="DiffControlNetLoader", display_name="Load ControlNet Model (diff)", at_rest=True)
def load_diff_controlnet(
    context: Context, *, model: Model, control_net_name: Annotated[str, FileIn("controlnet")]
) -> ControlNet:
    """Open a ControlNet whose file stores differences to the weights of a model."""
    return file.open_control(context.folders.resolve("controlnet", control_net_name), model=model)


@node(
    "conditioning/controlnet",
    name="ControlNetApply",
    display_name="Apply ControlNet (OLD)",
    deprecated=True,
    at_rest=True,
)
def apply_controlnet(
    *, conditioning: Conditioning, control_net: ControlNet, image: Image, strength: Strength = 1.0
) -> Conditioning:
    """Let the picture steer what is sampled under a prompt."""
    return controlled(conditioning, Control(control_net, image, strength, shared=True))


@node(
    "conditioning/controlnet", name="ControlNetApplyAdvanced", display_name="Apply ControlNet", at_rest=True
)
def apply_controlnet_advanced(
    *,
    positive: Conditioning,
    negative: Conditioning,
    control_net: ControlNet,
    image: Image,
    strength: Strength = 1.0,
    start_percent: Moment = 0.0,
    end_percent: Moment = 1.0,
    vae: Vae | None = None,
) -> Pair:
    """Let the picture steer both prompts during a part of sampling; those that follow pixels need no VAE."""
    del vae
    control = Control(control_net, image, strength, start_percent, end_percent)
    return Pair(controlled(positive, control), controlled(negative, control))


@node(
    "conditioning/controlnet",
    name="SetUnionControlNetType",
    display_name="SetUnionControlNetType",
    at_rest=True,
)
def set_union_type(*, control_net: ControlNet, type: Kind) -> ControlNet:  # noqa: A002 - the input's name
    """Tell a network that follows several kinds of pictures which one it gets; others stay as they are."""
    return of_kind(control_net, type)


@node(
    "conditioning/controlnet",
    name="ControlNetInpaintingAliMamaApply",
    display_name="ControlNetInpaintingAliMamaApply",
    at_rest=True,
)
def apply_inpainting(
    *,
    positive: Conditioning,
    negative: Conditioning,
    control_net: ControlNet,
    vae: Vae,
    image: Image,
    mask: Mask,
    strength: Strength = 1.0,
    start_percent: Moment = 0.0,
    end_percent: Moment = 1.0,
) -> Pair:
    """Let an inpainting network see the picture without what the mask covers."""
    del vae
    hint = inpainting_hint(control_net, image, mask)
    control = Control(control_net, hint, strength, start_percent, end_percent)
    return Pair(controlled(positive, control), controlled(negative, control))
