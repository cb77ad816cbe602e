"""From files of single text towers to the text encoder of a family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from diffusion.errors import CheckpointError
from diffusion.networks.layers import numbered
from diffusion.text.embeddings import Lookup, no_embeddings
from diffusion.text.towers import (
    CLIP_G,
    CLIP_H,
    CLIP_L,
    CLIP_L_XL,
    Told,
    TowerKind,
    build_tower,
    first_told,
    tower_weights,
)
from diffusion.types import TextEncoder
from diffusion.weights.archive import Archive
from diffusion.weights.checkpoint import open_weights
from diffusion.weights.devices import default_device
from diffusion.weights.identity.refusal import refuse
from diffusion.weights.openclip import is_openclip
from diffusion.weights.precision import Precision

KINDS: Mapping[int, TowerKind] = {kind.width: kind for kind in (CLIP_L, CLIP_H, CLIP_G)}
DEPTHS: Mapping[int, TowerKind] = {12: CLIP_L, 23: CLIP_H, 24: CLIP_H, 32: CLIP_G}
PAIR = (CLIP_L_XL, CLIP_G)  # SDXL's, the smaller first
TABLE = "embeddings.token_embedding.weight"


def open_text(
    paths: Sequence[Path],
    *,
    embeddings: Lookup | None = None,
    device: torch.device | None = None,
    dtype: torch.dtype | None = None,
) -> TextEncoder:
    """One text tower read as its family does, or SDXL's two, given in any order."""
    precision = Precision(device or default_device(), override=dtype)
    found = sorted((open_tower(path) for path in paths), key=lambda tower: size_of(tower[0]))
    kinds = PAIR if len(found) == 2 else tuple(kind_of(weights, openclip) for weights, _, openclip in found)
    check_pair(paths, [weights for weights, _, _ in found])
    towers = tuple(
        build_tower(weights, kind, told, precision)
        for (weights, told, _), kind in zip(found, kinds, strict=True)
    )
    return TextEncoder(towers, embeddings or no_embeddings)


def open_tower(path: Path) -> tuple[Archive, Told, bool]:
    """The tower of a file, what the file says of it, and whether it was in OpenCLIP's layout."""
    whole, settings = open_weights(path)
    weights = tower_weights(whole)
    if TABLE not in weights.entries:
        refuse(path, whole, "text_encoder")
    return weights, first_told(settings), is_openclip(whole) or is_openclip(whole.below("model."))


def size_of(weights: Archive) -> tuple[int, int]:
    """How many layers there are, and how many numbers a token has."""
    shape = weights.entries[TABLE].shape
    return len(numbered(weights.entries, "encoder.layers")), shape[1] if len(shape) == 2 else 0


def known(weights: Archive) -> TowerKind | None:
    """Which of the published towers it is, by its width or else its depth."""
    layers, width = size_of(weights)
    return KINDS.get(width) or DEPTHS.get(layers)


def kind_of(weights: Archive, openclip: bool) -> TowerKind:
    """Which of the published towers it is; of other sizes, the one whose layout it has."""
    return known(weights) or (CLIP_H if openclip else CLIP_L)


def check_pair(paths: Sequence[Path], towers: Sequence[Archive]) -> None:
    """Refuse two towers that are known to be the same."""
    kinds = [kind.name for kind in map(known, towers) if kind is not None]
    if len(paths) == 2 and len(kinds) == 2 and kinds != [kind.name for kind in PAIR]:
        names = " and ".join(path.name for path in paths)
        raise CheckpointError(f"SDXL reads clip_l and clip_g; {names} are {' and '.join(kinds)}")
