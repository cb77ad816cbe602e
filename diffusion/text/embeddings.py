"""Textual inversion: learned token vectors, read from the files of `models/embeddings`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from torch import Tensor

from diffusion.errors import CheckpointError
from diffusion.weights.archive import read_all

log = logging.getLogger(__name__)

Lookup: TypeAlias = Callable[[str], Path | None]


def no_embeddings(_name: str) -> Path | None:
    """The lookup of an encoder without a folder of embeddings."""
    return None


def read_embedding(path: Path, width: int, tower: str = "") -> list[Tensor]:
    """The vectors of a file that fit a tower of this name and width; none, with a warning, if none do."""
    try:
        candidates = vectors_of(read_all(path), tower)
    except (CheckpointError, OSError) as problem:
        log.warning("embedding %s cannot be read: %s", path.name, problem)
        return []
    for vectors in candidates:
        if vectors.ndim in (1, 2) and vectors.shape[-1] == width:
            return list(vectors.detach().float().reshape(-1, width))
    widths = sorted({vectors.shape[-1] for vectors in candidates if vectors.ndim})
    log.warning(
        "embedding %s has vectors of width %s, this encoder reads %d: skipped", path.name, widths, width
    )
    return []


def vectors_of(content: Mapping[str, object], tower: str = "") -> list[Tensor]:
    """The tensors of an embedding file in the order to try.

    Those under the tower's name (clip_l, clip_g …), or `string_to_param` of old trainers, or any.
    """
    inner = content.get("string_to_param")
    found = inner if isinstance(inner, Mapping) else content
    first = [found[tower]] if tower in found else []
    return [value for value in [*first, *found.values()] if isinstance(value, Tensor)]
