"""The text towers that families read: which there are, and how one is made of an archive."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import nn

from diffusion.text.clip import ClipConfig, text_tower
from diffusion.text.tokenizer import VOCABULARY, Tokenizer, clip_tokenizer
from diffusion.types import TextTower
from diffusion.weights.archive import Archive
from diffusion.weights.loading import Placement, load_network
from diffusion.weights.openclip import TEXT, from_openclip, is_openclip
from diffusion.weights.patched import Weights
from diffusion.weights.precision import Precision, text_dtype
from diffusion.weights.settings import Settings

# Where files keep a tower: alone, in a checkpoint of several parts.
WRAPPED = ("text_model.", "model.", "transformer.text_model.", "transformer.")
NOT_WEIGHTS = ("embeddings.position_ids",)  # in old text towers: 0, 1, 2, …
OWN = ("embeddings.", "encoder.", "final_layer_norm.")
PROJECTION = "text_projection.weight"
PENULTIMATE_CUT = 23  # layers of ViT-H as diffusers keeps it for Stable Diffusion 2: the last is left out


@dataclass(frozen=True)
class TowerKind:
    """One of the published towers, and how a family reads it."""

    name: str  # clip_l, clip_h, clip_g
    width: int
    activation: str = "gelu"
    layer: int = -2
    normed: bool = False
    pad: int | None = 0  # None: the end mark
    projected: bool = True  # whether the pooled text is, where there is a projection


CLIP_L = TowerKind("clip_l", 768, "quick_gelu", layer=-1, normed=True, pad=None, projected=False)
CLIP_L_XL = replace(CLIP_L, layer=-2, normed=False)  # as SDXL reads it
CLIP_H = TowerKind("clip_h", 1024, normed=True)
CLIP_G = TowerKind("clip_g", 1280)


@dataclass(frozen=True)
class Told:
    """What a checkpoint says of a tower beside its weights; None leaves the usual value."""

    heads: int | None = None
    activation: str | None = None
    layer: int | None = None


def first_told(settings: Settings) -> Told:
    """Of the first or only tower."""
    return Told(settings.text_heads, settings.text_activation, settings.text_layer)


def second_told(settings: Settings) -> Told:
    """Of the second tower."""
    return Told(settings.text_2_heads, settings.text_2_activation)


def tower_weights(archive: Archive) -> Archive:
    """The one tower in an archive, under transformers' names; empty if there is none."""
    for prefix in ("", *WRAPPED):
        inside = archive.below(prefix)
        if is_openclip(inside):
            return cleaned(from_openclip(inside, TEXT))
        if "embeddings.token_embedding.weight" in inside.entries:
            beside = {key: entry for key, entry in archive.entries.items() if key == PROJECTION}
            return cleaned(replace(inside, entries={**inside.entries, **beside}))
    return Archive({}, archive.metadata)


def cleaned(archive: Archive) -> Archive:
    """Without what is no part of a text tower: masks, position numbers, the temperature of training."""
    inside = archive.without(*NOT_WEIGHTS)
    kept = {key: e for key, e in inside.entries.items() if key.startswith(OWN) or key == PROJECTION}
    return replace(inside, entries=kept)


def build_tower(archive: Archive, kind: TowerKind, told: Told, precision: Precision) -> TextTower:
    """A tower from its weights under transformers' names."""
    weights = archive if kind.projected else archive.without(PROJECTION)

    def network() -> nn.Module:
        config = ClipConfig.from_weights(
            weights.shapes(), heads=told.heads, activation=told.activation or kind.activation
        )
        if config.vocabulary < VOCABULARY:
            raise ValueError(f"it knows {config.vocabulary} tokens, CLIP {VOCABULARY}")
        return text_tower(config)

    tower = load_network(network, weights, Placement(text_dtype(precision)), "text encoder")
    layer = told.layer or layer_of(kind, len(tower.encoder.layers))  # type: ignore[arg-type, union-attr]
    return TextTower(kind.name, Weights(tower), tokenizer_of(kind), layer, kind.normed)


def layer_of(kind: TowerKind, layers: int) -> int:
    """Whose output is read, in a tower of so many layers."""
    cut = kind.name == CLIP_H.name and layers == PENULTIMATE_CUT
    return -1 if cut else kind.layer


def tokenizer_of(kind: TowerKind) -> Tokenizer:
    """CLIP's tokenizer with the padding that the tower was trained with."""
    tokenizer = clip_tokenizer()
    return tokenizer if kind.pad is None else replace(tokenizer, pad=kind.pad)
