"""Style models at work: a picture's tokens behind those of a prompt, and how much they count."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.networks.device import as_weights
from diffusion.networks.layers import split_heads
from diffusion.networks.style import Redux, StyleAdapter, StyleConfig
from diffusion.networks.tweaks import Attend, Place, Tweak
from diffusion.types import Conditioning
from diffusion.vision.clip_vision import ClipVisionOutput
from diffusion.weights.archive import open_archive
from diffusion.weights.devices import default_device
from diffusion.weights.identity.refusal import refuse
from diffusion.weights.loading import Placement, load_network
from diffusion.weights.precision import Precision, text_dtype
from diffusion.weights.settings import header_settings

StrengthKind: TypeAlias = Literal["multiply", "attn_bias"]


@dataclass(frozen=True, eq=False)
class StyleModel:
    """A style adapter, or Flux's Redux."""

    network: StyleAdapter | Redux


def open_style_model(
    path: Path, *, device: torch.device | None = None, dtype: torch.dtype | None = None
) -> StyleModel:
    """The style model of a single file. Raises CheckpointError."""
    archive = open_archive(path)
    if not {"style_embedding", "redux_up.weight"} & archive.entries.keys():
        refuse(path, archive, "style_model")
    heads = header_settings(archive.metadata).text_heads
    placement = Placement(text_dtype(Precision(device or default_device(), override=dtype)))

    def network() -> StyleAdapter | Redux:
        shapes = archive.shapes()
        if "style_embedding" in shapes:
            return StyleAdapter(StyleConfig.from_weights(shapes, heads=heads))
        return Redux.from_weights(shapes)

    return StyleModel(load_network(network, archive, placement, "style model"))


@torch.no_grad()
def styled(
    conditioning: Conditioning,
    model: StyleModel,
    seen: ClipVisionOutput,
    strength: float = 1.0,
    kind: StrengthKind = "multiply",
) -> Conditioning:
    """Each prompt with the picture's tokens behind its own, weighed as they are or where they are read."""
    tokens = tokens_of(model, seen)
    if kind == "multiply":
        tokens = tokens * strength
    return tuple(
        replace(
            cond,
            context=behind(cond.context, tokens),
            tweaks=(*cond.tweaks, *biases(cond.context.shape[1], tokens.shape[1], strength, kind)),
        )
        for cond in conditioning
    )


def tokens_of(model: StyleModel, seen: ClipVisionOutput) -> Tensor:
    """All pictures' tokens in one row, (1, T, context width), in float32 on the CPU."""
    found = seen.last_hidden_state
    if found.shape[-1] != model.network.reads:
        raise DiffusionError(
            f"the style model reads {model.network.reads} numbers for each token of an image encoder, "
            f"this one gives {found.shape[-1]}: load the encoder that it was trained with (CLIP ViT-L for "
            "T2I style adapters, SigLIP for Flux's Redux)"
        )
    tokens: Tensor = model.network(as_weights(model.network, found))
    return tokens.flatten(0, 1)[None].float().cpu()


def behind(context: Tensor, tokens: Tensor) -> Tensor:
    """A prompt (B, T, D) with more tokens (1, T', D)."""
    if context.shape[-1] != tokens.shape[-1]:
        raise DiffusionError(
            f"the style model makes tokens of width {tokens.shape[-1]}, the prompt's have "
            f"{context.shape[-1]}: load one that was trained for this family of models"
        )
    return torch.cat([context, tokens.to(context).expand(len(context), -1, -1)], dim=1)


def biases(text: int, more: int, strength: float, kind: StrengthKind) -> tuple[Tweak, ...]:
    """What weighs the tokens behind a text's, where attention is to do it."""
    if kind == "multiply" or strength == 1.0:
        return ()
    return (TokenBias(text, more, -math.inf if strength == 0 else math.log(strength)),)


@dataclass(frozen=True, eq=False)
class TokenBias(Tweak):
    """Adds to how much each position attends to some tokens: log(strength) weighs them by the strength."""

    before: int  # tokens in front of them
    count: int
    bias: float

    def attend(self, place: Place, q: Tensor, k: Tensor, v: Tensor, proceed: Attend) -> Tensor:
        """softmax(q k^T + bias) v; a prompt that was repeated to another's length has its tokens again."""
        length = self.before + self.count
        if place.kind != "cross" or k.shape[1] % length:
            return proceed(q, k, v)
        row = torch.zeros(length, dtype=q.dtype, device=q.device)
        row[self.before :] = self.bias
        bias = row.repeat(k.shape[1] // length).expand(q.shape[1], -1)
        queries, keys, values = (split_heads(x, place.heads) for x in (q, k, v))
        mixed = F.scaled_dot_product_attention(queries, keys, values, attn_mask=bias)
        return mixed.transpose(1, 2).reshape(q.shape)
