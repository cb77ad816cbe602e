"""Nodes that change how a model's answers to the prompts become one."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from diffusion.guidance.differential import DifferentialDiffusion
from diffusion.guidance.frequency import FreSca, GuidanceOperation
from diffusion.guidance.perturbation import (
    PerturbedAttention,
    SelfAttentionGuidance,
    SkipLayer,
    SkippedLayers,
)
from diffusion.guidance.projection import AdaptiveProjection, PerpNegRule, TangentialDamping, ZeroStar
from diffusion.guidance.rescaling import CfgNorm, EpsilonScaling, Mahiro, RescaleCfg, ScoreRescaling
from diffusion.guidance.step_cache import StepCache
from diffusion.networks.tweaks import Section
from diffusion.parts import present_model
from diffusion.sampling.rules import Rule
from nodes.api import Conditioning, Model, Option, OutputName, Range, Text, node
from nodes.errors import NodeError
from nodes.latent_operations import Operation

Patched = Annotated[Model, OutputName("patched_model")]
Share = Annotated[float, Range(0.0, 1.0, 0.01)]
Share001 = Annotated[float, Range(0.0, 1.0, 0.001)]
Threshold = Annotated[float, Range(0.0, 3.0, 0.01)]
SECTIONS: tuple[Section, ...] = ("input", "middle", "output")


def ruled(model: Model | None, rule: Rule) -> Model:
    """The model with one more rule."""
    model = present_model(model)
    return dataclasses.replace(model, rules=(*model.rules, rule))


@node("advanced/model", name="RescaleCFG", display_name="Rescale CFG", at_rest=True)
def rescale_cfg(*, model: Model, multiplier: Share = 0.7) -> Model:
    """Keep the contrast of the positive prompt's answer under strong guidance: for v-prediction models."""
    return ruled(model, RescaleCfg(multiplier))


@node("advanced/guidance", name="CFGNorm", display_name="CFG Norm", experimental=True, at_rest=True)
def cfg_norm(*, model: Model, strength: Annotated[float, Range(0.0, 100.0, 0.01)] = 1.0) -> Patched:
    """Let guidance go nowhere further than the positive prompt's answer itself."""
    return ruled(model, CfgNorm(strength))


@node("advanced/guidance", name="CFGZeroStar", display_name="CFG Zero*", at_rest=True)
def cfg_zero_star(*, model: Model) -> Patched:
    """Guide away from the negative prompt's answer, scaled so that it is nearest to the positive one's."""
    return ruled(model, ZeroStar())


@node("advanced/guidance", name="TCFG", display_name="Tangential Damping CFG", at_rest=True)
def tangential_damping(*, model: Model) -> Patched:
    """Guide without what the negative prompt adds across the direction that both prompts share."""
    return ruled(model, TangentialDamping())


@node("sampling/custom_sampling", name="APG", display_name="Adaptive Projected Guidance", at_rest=True)
def adaptive_projected_guidance(
    *,
    model: Model,
    eta: Annotated[float, Range(-10.0, 10.0, 0.01)] = 1.0,
    norm_threshold: Annotated[float, Range(0.0, 50.0, 0.1)] = 5.0,
    momentum: Annotated[float, Range(-5.0, 1.0, 0.01)] = 0.0,
) -> Model:
    """High guidance without garish colours: "eta" is how much of the mere strengthening stays."""
    return ruled(model, AdaptiveProjection(eta, norm_threshold, momentum))


@node("_for_testing", name="Mahiro", display_name="Positive-Biased Guidance", experimental=True, at_rest=True)
def mahiro(*, model: Model) -> Patched:
    """Lean towards the positive prompt where both prompts point the same way."""
    return ruled(model, Mahiro())


@node(
    "_for_testing", name="PerpNeg", display_name="Perp-Neg", deprecated=True, experimental=True, at_rest=True
)
def perp_neg(
    *,
    model: Model,
    empty_conditioning: Conditioning,
    neg_scale: Annotated[float, Range(0.0, 100.0, 0.01)] = 1.0,
) -> Model:
    """Guide away from the negative prompt only as far as it does not contradict the positive one."""
    return ruled(model, PerpNegRule(empty_conditioning, neg_scale))


@node(
    "model_patches/unet",
    name="PerturbedAttentionGuidance",
    display_name="Perturbed-Attention Guidance",
    at_rest=True,
)
def perturbed_attention_guidance(
    *, model: Model, scale: Annotated[float, Range(0.0, 100.0, 0.01, round=0.01)] = 3.0
) -> Model:
    """Guide away from what a network that cannot look around says: clearer structure, slower steps."""
    return ruled(model, PerturbedAttention(scale))


@node(
    "_for_testing",
    name="SelfAttentionGuidance",
    display_name="Self-Attention Guidance",
    experimental=True,
    at_rest=True,
)
def self_attention_guidance(
    *,
    model: Model,
    scale: Annotated[float, Range(-2.0, 5.0, 0.01)] = 0.5,
    blur_sigma: Annotated[float, Range(0.0, 10.0, 0.1)] = 2.0,
) -> Model:
    """Guide away from a picture that is blurred where the network looks most; two more calls a step."""
    return ruled(model, SelfAttentionGuidance(scale, blur_sigma))


@node(
    "advanced/guidance", name="SkipLayerGuidanceUNet", display_name="Skip-Layer Guidance (UNet)", at_rest=True
)
def skip_layer_guidance(
    *,
    model: Model,
    blocks: Annotated[str, Text(placeholder="middle.0, output.3")] = "middle.0",
    scale: Annotated[float, Range(0.0, 10.0, 0.1)] = 3.0,
    start_percent: Share001 = 0.01,
    end_percent: Share001 = 0.15,
) -> Model:
    """Guide away from what the network says without the attention of these blocks, for a part of sampling."""
    return ruled(model, SkipLayer(SkippedLayers(places_of(blocks)), scale, start_percent, end_percent))


def places_of(blocks: str) -> frozenset[tuple[Section, int]]:
    """Blocks written as "middle.0, output.3"."""
    places = set()
    for word in blocks.replace(",", " ").split():
        section, _, number = word.partition(".")
        known = next((name for name in SECTIONS if name == section), None)
        if known is None or not number.isdecimal():
            raise NodeError(f"blocks: {word!r} is no block; write input.N, middle.0 or output.N")
        places.add((known, int(number)))
    return frozenset(places)


@node("model_patches/unet", name="Epsilon Scaling", display_name="Epsilon Scaling", at_rest=True)
def epsilon_scaling(
    *,
    model: Model,
    scaling_factor: Annotated[float, Range(0.5, 1.5, 0.001), Option(display="number")] = 1.005,
) -> Model:
    """A little less noise taken away at each step, as in training: finer pictures from few steps."""
    return ruled(model, EpsilonScaling(scaling_factor))


@node(
    "model_patches/unet", name="TemporalScoreRescaling", display_name="Temporal Score Rescaling", at_rest=True
)
def temporal_score_rescaling(
    *,
    model: Model,
    tsr_k: Annotated[float, Range(0.01, 100.0, 0.001), Option(display="number")] = 0.95,
    tsr_sigma: Annotated[float, Range(0.01, 100.0, 0.001), Option(display="number")] = 1.0,
) -> Patched:
    """More (k below 1) or less variety among pictures of one prompt; sigma is the data's spread."""
    return ruled(model, ScoreRescaling(tsr_k, tsr_sigma))


@node("_for_testing", name="FreSca", display_name="FreSca", experimental=True, at_rest=True)
def fresca(
    *,
    model: Model,
    scale_low: Annotated[float, Range(0, 10, 0.01)] = 1.0,
    scale_high: Annotated[float, Range(0, 10, 0.01)] = 1.25,
    freq_cutoff: Annotated[int, Range(1, 10000, 1)] = 20,
) -> Model:
    """Guide coarse structure and fine detail by different scales."""
    return ruled(model, FreSca(scale_low, scale_high, freq_cutoff))


@node(
    "latent/advanced/operations",
    name="LatentApplyOperationCFG",
    display_name="Latent Apply Operation (CFG)",
    experimental=True,
    at_rest=True,
)
def apply_operation(*, model: Model, operation: Operation) -> Model:
    """Apply an operation on latents to the guidance at every step."""
    return ruled(model, GuidanceOperation(operation))


@node(
    "_for_testing",
    name="DifferentialDiffusion",
    display_name="Differential Diffusion",
    experimental=True,
    at_rest=True,
)
def differential_diffusion(*, model: Model, strength: Share | None = 1.0) -> Model:
    """Read grey in the latent's mask as how much a place may change."""
    return ruled(model, DifferentialDiffusion(1.0 if strength is None else strength))


@node("advanced/debug/model", name="EasyCache", display_name="EasyCache", experimental=True, at_rest=True)
def easy_cache(
    *,
    model: Model,
    reuse_threshold: Threshold = 0.2,
    start_percent: Share = 0.15,
    end_percent: Share = 0.95,
    verbose: bool = False,
) -> Model:
    """Skip steps whose answer would hardly change, as told by how much the last ones did."""
    return ruled(model, StepCache(reuse_threshold, start_percent, end_percent, verbose=verbose))


@node("advanced/debug/model", name="LazyCache", display_name="LazyCache", experimental=True, at_rest=True)
def lazy_cache(
    *,
    model: Model,
    reuse_threshold: Threshold = 0.2,
    start_percent: Share = 0.15,
    end_percent: Share = 0.95,
    verbose: bool = False,
) -> Model:
    """Skip steps as long as the picture has hardly changed since the network was last asked."""
    return ruled(
        model, StepCache(reuse_threshold, start_percent, end_percent, adaptive=False, verbose=verbose)
    )
