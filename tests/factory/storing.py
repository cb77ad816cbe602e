"""Tensors into files: safetensors with a header, or torch's pickles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

PICKLES = (".ckpt", ".pt", ".pth", ".bin")


def store(
    path: Path,
    tensors: Mapping[str, Tensor],
    *,
    told: Mapping[str, Any] | None = None,
    metadata: Mapping[str, str] | None = None,
    around: str = "",
) -> None:
    """Write tensors in float16.

    `told` is what no shape says; `around` is the name under which a pickle keeps them.
    """
    held = {key: halved(tensor) for key, tensor in tensors.items()}
    if path.suffix in PICKLES:
        torch.save({around: held} if around else held, path)
        return
    said = {"heddle.config": json.dumps(dict(told))} if told else {}
    save_file(held, path, {**said, **(metadata or {})} or None)


def halved(tensor: Tensor) -> Tensor:
    """A tensor of its own memory, real numbers in float16."""
    narrow = tensor.half() if tensor.is_floating_point() else tensor
    return narrow.detach().clone().contiguous()
