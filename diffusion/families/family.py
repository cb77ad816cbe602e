"""What a family of models is: how it knows its checkpoints and what it builds from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass

import torch

from diffusion.errors import CheckpointError
from diffusion.text.embeddings import Lookup
from diffusion.types import LatentFormat, Model, Prediction, TextEncoder, Vae
from diffusion.weights.archive import Archive
from diffusion.weights.precision import Precision
from diffusion.weights.settings import Settings


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a checkpoint holds; a part that it lacks is None."""

    model: Model | None
    text: TextEncoder | None
    vae: Vae | None


@dataclass(frozen=True)
class Family:
    """One kind of model. `build` gets keys of the original layout."""

    name: str
    claims: Callable[[Set[str]], bool]
    build: Callable[[Archive, Settings, Precision, Lookup], Checkpoint]
    latents: LatentFormat
    prediction: Prediction = "epsilon"
    dtypes: tuple[torch.dtype, ...] = (
        torch.bfloat16,
        torch.float16,
    )  # narrow formats that it bears, best first


def claim(families: Iterable[Family], keys: Set[str]) -> Family:
    """The first family that knows these keys as its own; CheckpointError names what there was instead."""
    families = tuple(families)
    for family in families:
        if family.claims(keys):
            return family
    known = ", ".join(family.name for family in families)
    raise CheckpointError(
        f"no family of models knows this checkpoint of {len(keys)} tensors: {summary(keys)}. Known: {known}"
    )


def summary(keys: Iterable[str], shown: int = 6) -> str:
    """The commonest beginnings of keys, with their counts."""
    starts = Counter(".".join(key.split(".")[:2]) for key in keys)
    parts = [f"{start[:80]}… ({count})" for start, count in starts.most_common(shown)]
    return ", ".join(parts) or "none"
