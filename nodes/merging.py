"""Nodes that mix the weights of models."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Annotated

from diffusion.weights.merging import (
    added,
    by_block,
    merged_encoders,
    merged_models,
    merged_vaes,
    subtracted,
    towards,
)
from graph.schema import InputSpec
from nodes.api import Clip, Model, NodeType, Range, Vae, node

MERGING, SPECIFIC = "advanced/model_merging", "advanced/model_merging/model_specific"

Ratio = Annotated[float, Range(0.0, 1.0, 0.01)]
Factor = Annotated[float, Range(-10.0, 10.0, 0.01)]


@node(MERGING, name="ModelMergeSimple", display_name="ModelMergeSimple", at_rest=True)
def merge_models(*, model1: Model, model2: Model, ratio: Ratio = 1.0) -> Model:
    """Mix two models: 1 is the first, 0 the second."""
    return merged_models(model1, model2, towards(ratio))


@node(MERGING, name="ModelMergeBlocks", display_name="ModelMergeBlocks", at_rest=True)
def merge_blocks(
    *,
    model1: Model,
    model2: Model,
    input: Ratio = 1.0,  # noqa: A002 - the name that workflows know
    middle: Ratio = 1.0,
    out: Ratio = 1.0,
) -> Model:
    """Mix two models, the way down, the middle and the way up each by its own ratio: 1 is the first."""
    return merged_models(model1, model2, by_block({"input": input, "middle": middle, "out": out}))


@node(MERGING, name="ModelMergeAdd", display_name="ModelMergeAdd", at_rest=True)
def add_models(*, model1: Model, model2: Model) -> Model:
    """Add the weights of the second model, as of a difference, to those of the first."""
    return merged_models(model1, model2, added)


@node(MERGING, name="ModelMergeSubtract", display_name="ModelMergeSubtract", at_rest=True)
def subtract_models(*, model1: Model, model2: Model, multiplier: Factor = 1.0) -> Model:
    """The difference of two models times a factor, to be added to a third or saved as a LoRA."""
    return merged_models(model1, model2, subtracted(multiplier))


@node(MERGING, name="CLIPMergeSimple", display_name="CLIPMergeSimple", at_rest=True)
def merge_clips(*, clip1: Clip, clip2: Clip, ratio: Ratio = 1.0) -> Clip:
    """Mix two text encoders: 1 is the first, 0 the second."""
    return merged_encoders(clip1, clip2, towards(ratio))


@node(MERGING, name="CLIPMergeAdd", display_name="CLIPMergeAdd", at_rest=True)
def add_clips(*, clip1: Clip, clip2: Clip) -> Clip:
    """Add the weights of the second text encoder, as of a difference, to those of the first."""
    return merged_encoders(clip1, clip2, added)


@node(MERGING, name="CLIPMergeSubtract", display_name="CLIPMergeSubtract", at_rest=True)
def subtract_clips(*, clip1: Clip, clip2: Clip, multiplier: Factor = 1.0) -> Clip:
    """The difference of two text encoders times a factor."""
    return merged_encoders(clip1, clip2, subtracted(multiplier))


@node(MERGING, name="VAEMergeSimple", display_name="VAEMergeSimple", at_rest=True)
def merge_vaes(*, vae1: Vae, vae2: Vae, ratio: Ratio = 1.0) -> Vae:
    """Mix two autoencoders: 1 is the first, 0 the second."""
    return merged_vaes(vae1, vae2, towards(ratio))


def by_names(starts: Sequence[str]) -> Callable[[NodeType], NodeType]:
    """The node with a ratio for each of these beginnings of names, in the place of its last parameter."""
    options = {"default": 1.0, "min": 0.0, "max": 1.0, "step": 0.01}
    ratios = tuple(InputSpec(start, "FLOAT", options=options) for start in starts)

    def extended(found: NodeType) -> NodeType:
        inputs = (*found.schema.inputs[:-1], *ratios)
        return dataclasses.replace(found, schema=dataclasses.replace(found.schema, inputs=inputs))

    return extended


def numbered(section: str, count: int, end: str = "") -> list[str]:
    """The beginnings of the names in each block of a section."""
    return [f"{section}.{index}{end}" for index in range(count)]


OF_SD = (
    "time_embed.",
    "label_emb.",
    *numbered("input_blocks", 12, "."),
    *numbered("middle_block", 3, "."),
    *numbered("output_blocks", 12, "."),
    "out.",
)
OF_SDXL = (
    "time_embed.",
    "label_emb.",
    *numbered("input_blocks", 9),
    *numbered("middle_block", 3),
    *numbered("output_blocks", 9),
    "out.",
)


@by_names(OF_SD)
@node(SPECIFIC, name="ModelMergeSD1", display_name="ModelMergeSD1", at_rest=True)
def merge_sd1(*, model1: Model, model2: Model, **ratios: float) -> Model:
    """Mix two models of Stable Diffusion 1 block by block: 1 is the first."""
    return merged_models(model1, model2, by_block(ratios))


@by_names(OF_SD)
@node(SPECIFIC, name="ModelMergeSD2", display_name="ModelMergeSD2", at_rest=True)
def merge_sd2(*, model1: Model, model2: Model, **ratios: float) -> Model:
    """Mix two models of Stable Diffusion 2 block by block: 1 is the first."""
    return merged_models(model1, model2, by_block(ratios))


@by_names(OF_SDXL)
@node(SPECIFIC, name="ModelMergeSDXL", display_name="ModelMergeSDXL", at_rest=True)
def merge_sdxl(*, model1: Model, model2: Model, **ratios: float) -> Model:
    """Mix two models of Stable Diffusion XL block by block: 1 is the first."""
    return merged_models(model1, model2, by_block(ratios))
