"""Nodes that mix conditionings, and say where in the picture and when they hold."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion import types
from nodes.api import Conditioning, Mask, OutputName, Range, node
from nodes.errors import ConditioningError
from nodes.masks import as_masks

PIXELS = 8  # along a side of one latent, as widgets count

Strength = Annotated[float, Range(0.0, 10.0, 0.01)]
Side = Annotated[int, Range(64, 16384, 8)]
Place = Annotated[int, Range(0, 16384, 8)]
Share = Annotated[float, Range(0, 1.0, 0.01)]
Moment = Annotated[float, Range(0.0, 1.0, 0.001)]
MaskedArea = Literal["default", "mask bounds"]


class Pair(NamedTuple):
    """What is wanted and what is not."""

    positive: Annotated[Conditioning, OutputName("positive")]
    negative: Annotated[Conditioning, OutputName("negative")]


@node("conditioning", name="ConditioningCombine", display_name="Conditioning (Combine)", at_rest=True)
def combine(*, conditioning_1: Conditioning, conditioning_2: Conditioning) -> Conditioning:
    """Let two prompts hold: what the model makes of each is averaged at every step."""
    return (*conditioning_1, *conditioning_2)


@node("conditioning", name="ConditioningAverage", display_name="Conditioning (Average)", at_rest=True)
def average(
    *,
    conditioning_to: Conditioning,
    conditioning_from: Conditioning,
    conditioning_to_strength: Annotated[float, Range(0.0, 1.0, 0.01)] = 1.0,
) -> Conditioning:
    """Average the vectors of texts; only the first of `conditioning_from` counts."""
    other = first_of(conditioning_from, "conditioning_from")
    return tuple(averaged(cond, other, conditioning_to_strength) for cond in conditioning_to)


@node("conditioning", name="ConditioningConcat", display_name="Conditioning (Concat)", at_rest=True)
def concat(*, conditioning_to: Conditioning, conditioning_from: Conditioning) -> Conditioning:
    """Put the tokens of one text behind those of another, as if it were one text of several chunks."""
    other = first_of(conditioning_from, "conditioning_from").context
    return tuple(
        dataclasses.replace(cond, context=torch.cat([cond.context, other.to(cond.context)], 1))
        for cond in conditioning_to
    )


@node("conditioning", name="ConditioningSetArea", display_name="Conditioning (Set Area)", at_rest=True)
def set_area(
    *,
    conditioning: Conditioning,
    width: Side = 64,
    height: Side = 64,
    x: Place = 0,
    y: Place = 0,
    strength: Strength = 1.0,
) -> Conditioning:
    """Let a prompt hold in a rectangle only, given in pixels."""
    area = (height // PIXELS, width // PIXELS, y // PIXELS, x // PIXELS)
    return changed(conditioning, area=area, share=None, strength=strength, bounds=False)


@node(
    "conditioning",
    name="ConditioningSetAreaPercentage",
    display_name="Conditioning (Set Area with Percentage)",
    at_rest=True,
)
def set_area_percentage(
    *,
    conditioning: Conditioning,
    width: Share = 1.0,
    height: Share = 1.0,
    x: Share = 0,
    y: Share = 0,
    strength: Strength = 1.0,
) -> Conditioning:
    """Let a prompt hold in a rectangle only, given in parts of the picture's sides."""
    share = (height, width, y, x)
    return changed(conditioning, area=None, share=share, strength=strength, bounds=False)


@node(
    "conditioning",
    name="ConditioningSetAreaStrength",
    display_name="Conditioning (Set Area Strength)",
    at_rest=True,
)
def set_area_strength(*, conditioning: Conditioning, strength: Strength = 1.0) -> Conditioning:
    """Say how much a prompt weighs beside the others."""
    return changed(conditioning, strength=strength)


@node("conditioning", name="ConditioningSetMask", display_name="Conditioning (Set Mask)", at_rest=True)
def set_mask(
    *,
    conditioning: Conditioning,
    mask: Mask,
    strength: Strength = 1.0,
    set_cond_area: MaskedArea,
) -> Conditioning:
    """Let a prompt hold where the mask is 1; "mask bounds" shows the model only what the mask spans."""
    return masked(conditioning, mask, strength, set_cond_area)


@node(
    "advanced/conditioning",
    name="ConditioningSetTimestepRange",
    display_name="ConditioningSetTimestepRange",
    at_rest=True,
)
def set_timestep_range(*, conditioning: Conditioning, start: Moment = 0.0, end: Moment = 1.0) -> Conditioning:
    """Let a prompt hold during a part of sampling only: 0 is its start, 1 its end."""
    return changed(conditioning, start=start, end=end)


@node("advanced/conditioning", name="ConditioningZeroOut", display_name="ConditioningZeroOut", at_rest=True)
def zero_out(*, conditioning: Conditioning) -> Conditioning:
    """Put zeros in the place of a text's vectors: a prompt that says nothing."""
    return tuple(
        dataclasses.replace(cond, context=torch.zeros_like(cond.context), pooled=zeros(cond.pooled))
        for cond in conditioning
    )


def changed(conditioning: types.Conditioning, **fields: Any) -> types.Conditioning:
    """Every one of them with other values in these fields."""
    return tuple(dataclasses.replace(cond, **fields) for cond in conditioning)


def masked(
    conditioning: types.Conditioning, mask: Tensor, strength: float, area: MaskedArea
) -> types.Conditioning:
    """Every one of them where a mask lets it hold."""
    return changed(conditioning, mask=as_masks(mask), mask_strength=strength, bounds=area == "mask bounds")


def zeros(pooled: Tensor | None) -> Tensor | None:
    """Zeros of the same shape."""
    return None if pooled is None else torch.zeros_like(pooled)


def first_of(conditioning: types.Conditioning, name: str) -> types.Cond:
    """The one that counts. Raises ConditioningError where there is none."""
    if not conditioning:
        raise ConditioningError(f"{name} is empty: link what a text encoder gives")
    return conditioning[0]


def averaged(cond: types.Cond, other: types.Cond, share: float) -> types.Cond:
    """`share` of one, the rest of another, which is cut or filled up with zeros to as many tokens."""
    tokens = cond.context.shape[1]
    fitted = other.context[:, :tokens].to(cond.context)
    fitted = F.pad(fitted, (0, 0, 0, tokens - fitted.shape[1]))
    context = cond.context * share + fitted * (1.0 - share)
    return dataclasses.replace(
        cond, context=context, pooled=averaged_pooled(cond.pooled, other.pooled, share)
    )


def averaged_pooled(pooled: Tensor | None, other: Tensor | None, share: float) -> Tensor | None:
    """The same for the vectors of whole texts; where one has none it is the other's."""
    if pooled is None or other is None:
        return other if pooled is None else pooled
    return pooled * share + other.to(pooled) * (1.0 - share)
