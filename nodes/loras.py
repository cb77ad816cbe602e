"""Nodes that lay LoRA files, hypernetworks and factors upon weights."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from diffusion.weights.hypernetwork import with_hypernetwork
from diffusion.weights.lora import Lora, open_lora, with_lora
from diffusion.weights.merging import scaled_attention_out, scaled_encoder, scaled_model
from nodes.api import Clip, Context, FileIn, Model, Range, node

LoraFile = Annotated[str, FileIn("loras")]
Strength = Annotated[float, Range(-100.0, 100.0, 0.01)]
Multiplier = Annotated[float, Range(0.0, 10.0, 0.01)]

TRIALS = "_for_testing/attention_experiments"


class Adapted(NamedTuple):
    """A model and its text encoder."""

    model: Model | None
    clip: Clip | None


@node("loaders", name="LoraLoader", display_name="Load LoRA", at_rest=True)
def load_lora(
    context: Context,
    *,
    model: Model,
    clip: Clip,
    lora_name: LoraFile,
    strength_model: Strength = 1.0,
    strength_clip: Strength = 1.0,
) -> Adapted:
    """Lay a LoRA upon a model and its text encoder; strength 0 leaves them as they are."""
    if strength_model == 0 and strength_clip == 0:
        return Adapted(model, clip)
    lora = opened(context, lora_name)
    return Adapted(*with_lora(model, clip, lora, model_strength=strength_model, text_strength=strength_clip))


@node("loaders", name="LoraLoaderModelOnly", display_name="Load LoRA (Model Only)", at_rest=True)
def load_lora_model_only(
    context: Context, *, model: Model, lora_name: LoraFile, strength_model: Strength = 1.0
) -> Model | None:
    """Lay a LoRA upon a model; strength 0 leaves it as it is."""
    if strength_model == 0:
        return model
    return with_lora(model, None, opened(context, lora_name), model_strength=strength_model)[0]


def opened(context: Context, name: str) -> Lora:
    """A LoRA file; while its node stays in the graph it is opened once, unless the file is another."""
    key = (name, context.folders.identity("loras", name))
    if context.state.get("lora_key") != key:
        context.state["lora"] = open_lora(context.folders.resolve("loras", name))
        context.state["lora_key"] = key
    lora: Lora = context.state["lora"]
    return lora


@node(
    TRIALS,
    name="UNetSelfAttentionMultiply",
    display_name="UNetSelfAttentionMultiply",
    experimental=True,
    at_rest=True,
)
def scale_self_attention(
    *, model: Model, q: Multiplier = 1.0, k: Multiplier = 1.0, v: Multiplier = 1.0, out: Multiplier = 1.0
) -> Model:
    """Scale the projections of a model's attention to itself."""
    return scaled_model(model, projections("attn1", q, k, v, out))


@node(
    TRIALS,
    name="UNetCrossAttentionMultiply",
    display_name="UNetCrossAttentionMultiply",
    experimental=True,
    at_rest=True,
)
def scale_cross_attention(
    *, model: Model, q: Multiplier = 1.0, k: Multiplier = 1.0, v: Multiplier = 1.0, out: Multiplier = 1.0
) -> Model:
    """Scale the projections of a model's attention to the prompt."""
    return scaled_model(model, projections("attn2", q, k, v, out))


@node(
    TRIALS,
    name="UNetTemporalAttentionMultiply",
    display_name="UNetTemporalAttentionMultiply",
    experimental=True,
    at_rest=True,
)
def scale_temporal_attention(
    *,
    model: Model,
    self_structural: Multiplier = 1.0,
    self_temporal: Multiplier = 1.0,
    cross_structural: Multiplier = 1.0,
    cross_temporal: Multiplier = 1.0,
) -> Model:
    """Scale what attention adds, apart for that in a picture and that between the pictures of a video."""
    return scaled_attention_out(model, (self_structural, cross_structural), (self_temporal, cross_temporal))


@node(
    TRIALS,
    name="CLIPAttentionMultiply",
    display_name="CLIPAttentionMultiply",
    experimental=True,
    at_rest=True,
)
def scale_clip_attention(
    *, clip: Clip, q: Multiplier = 1.0, k: Multiplier = 1.0, v: Multiplier = 1.0, out: Multiplier = 1.0
) -> Clip:
    """Scale the projections of a text encoder's attention."""
    ends = (".self_attn.q_proj", ".self_attn.k_proj", ".self_attn.v_proj", ".self_attn.out_proj")
    return scaled_encoder(clip, dict(zip(ends, (q, k, v, out), strict=True)))


def projections(kind: str, q: float, k: float, v: float, out: float) -> dict[str, float]:
    """Factors by the ends of the names of an attention's modules."""
    ends = (f".{kind}.to_q", f".{kind}.to_k", f".{kind}.to_v", f".{kind}.to_out.0")
    return dict(zip(ends, (q, k, v, out), strict=True))


@node("loaders", name="HypernetworkLoader", display_name="Load Hypernetwork", at_rest=True)
def load_hypernetwork(
    context: Context,
    *,
    model: Model,
    hypernetwork_name: Annotated[str, FileIn("hypernetworks")],
    strength: Annotated[float, Range(-10.0, 10.0, 0.01)] = 1.0,
) -> Model:
    """Let small networks change what a model's attention reads; strength 0 leaves it as it is."""
    if strength == 0:
        return model
    path = context.folders.resolve("hypernetworks", hypernetwork_name)
    return with_hypernetwork(model, path, strength)
