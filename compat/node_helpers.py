"""`node_helpers` as packs know it: small things that many nodes need."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

import torch
import torch.nn.functional as F
from PIL import ImageFile, UnidentifiedImageError

P = ParamSpec("P")
R = TypeVar("R")


def conditioning_set_values(
    conditioning: list[Any], values: Mapping[str, Any] | None = None, append: bool = False
) -> list[Any]:
    """A conditioning whose entries have these values besides; with `append` lists grow instead."""
    out = []
    for cond, options in conditioning:
        given = dict(values or {})
        if append:
            given = {
                key: [*options[key], *value] if key in options else value for key, value in given.items()
            }
        out.append([cond, {**options, **given}])
    return out


def pillow(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function of Pillow; a file that is cut short is read as far as it goes."""
    try:
        return function(*args, **kwargs)
    except (OSError, UnidentifiedImageError, ValueError):
        before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
        try:
            return function(*args, **kwargs)
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def hasher() -> Callable[..., Any]:
    """The hash function by which packs tell files apart."""
    return hashlib.sha256


def string_to_torch_dtype(string: str) -> torch.dtype | None:
    """The format of a short name; None for an unknown one."""
    known = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
    return known.get(string)


def image_alpha_fix(destination: torch.Tensor, source: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Two pictures (B, H, W, C) with as many channels: the source loses its alpha, or gets an opaque one."""
    wanted, found = destination.shape[-1], source.shape[-1]
    if wanted < found:
        return destination, source[..., :wanted]
    if wanted > found:
        return destination, F.pad(source, (0, wanted - found), value=1.0)
    return destination, source
