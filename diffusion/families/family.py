"""What a family of models is: how it knows its checkpoints and what it builds from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch

from diffusion.text.embeddings import Lookup
from diffusion.types import LatentFormat, Model, Prediction, TextEncoder, Vae
from diffusion.vision.clip_vision import ClipVision
from diffusion.weights.archive import Archive
from diffusion.weights.precision import Precision
from diffusion.weights.settings import Settings

Shapes: TypeAlias = Mapping[str, Sequence[int]]
"""The sizes of a checkpoint's tensors by their keys in the original layout."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a checkpoint holds; a part that it lacks is None."""

    model: Model | None
    text: TextEncoder | None
    vae: Vae | None
    vision: ClipVision | None = None


@dataclass(frozen=True)
class Family:
    """One kind of model. `build` gets keys of the original layout."""

    name: str
    claims: Callable[[Shapes], bool]
    build: Callable[[Archive, Settings, Precision, Lookup], Checkpoint]
    latents: LatentFormat
    prediction: Prediction = "epsilon"
    dtypes: tuple[torch.dtype, ...] = (torch.bfloat16, torch.float16)  # narrow ones that it bears, best first


def claim(families: Iterable[Family], shapes: Shapes) -> Family | None:
    """The first family that knows these tensors as its own."""
    return next((family for family in families if family.claims(shapes)), None)
