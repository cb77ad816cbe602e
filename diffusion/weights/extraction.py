"""Differences of networks turned into LoRA files: the best matrices of a rank, by singular values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from diffusion.types import Model, TextEncoder, TextTower
from diffusion.weights.lora_names import diffusers_modules, flat, modules_of
from diffusion.weights.patched import Weights

TOWER_PREFIXES = {"clip_l": "lora_te1_", "clip_g": "lora_te2_"}  # of SDXL's two; a tower alone is lora_te_


def factored(difference: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """The product nearest to a difference (out, in, …) of all those of a rank (Eckart & Young 1936).

    Up (out, r) and down (r, in, …) in float32, each with the roots of the singular values; of a convolution
    both have four axes. The smaller of the two Gram matrices gives them, in float64.
    """
    matrix = difference.double().flatten(1)  # (out, n)
    rank = min(rank, *matrix.shape)
    wide = matrix.shape[0] <= matrix.shape[1]
    vectors = torch.linalg.eigh(matrix @ matrix.T if wide else matrix.T @ matrix)[1].flip(1)[:, :rank]
    if wide:
        up, down = vectors, vectors.T @ matrix
        sizes = down.norm(dim=1).sqrt()
    else:
        up, down = matrix @ vectors, vectors.T
        sizes = up.norm(dim=0).sqrt()
    share = torch.where(sizes > 0, sizes, torch.ones_like(sizes))
    up, down = (up * share, down / share[:, None]) if wide else (up / share, down * share[:, None])
    ends = [1] * (difference.ndim - 2)
    return up.float().reshape(*up.shape, *ends), down.float().reshape(-1, *difference.shape[1:])


def extracted(
    model: Model | None,
    encoder: TextEncoder | None,
    *,
    rank: int,
    whole: bool = False,
    biases: bool = True,
    each: Callable[[int, int], None] | None = None,
) -> dict[str, Tensor]:
    """The tensors of a LoRA file, in float16, for a model and a text encoder that are differences.

    With `whole` the differences themselves, without factors; `biases` takes those of biases and norms along.
    `each` hears how many of how many tensors are done.
    """
    parts = list(named_parts(model, encoder))
    total = sum(len(weights.plain_tensors) for weights, _ in parts)
    found: dict[str, Tensor] = {}
    done = 0
    for weights, names in parts:
        for name in weights.plain_tensors:
            module, _, kind = name.rpartition(".")
            key = names.get(module)
            if key is not None:
                found |= dict(tensors_of(key, kind, weights.tensor(name), rank, whole, biases))
            done += 1
            if each is not None:
                each(done, total)
    return {key: tensor.half().contiguous() for key, tensor in found.items()}


def tensors_of(
    key: str, kind: str, difference: Tensor, rank: int, whole: bool, biases: bool
) -> Iterator[tuple[str, Tensor]]:
    """What a file holds for one tensor; nothing where there is no difference."""
    if not bool(difference.any()) or (difference.ndim < 2 and not biases):
        return
    if kind == "bias":
        yield f"{key}.diff_b", difference
    elif whole or difference.ndim < 2:
        yield f"{key}.diff", difference
    else:
        up, down = factored(difference, rank)
        yield f"{key}.lora_up.weight", up
        yield f"{key}.lora_down.weight", down
        yield f"{key}.alpha", torch.tensor(float(down.shape[0]))


def named_parts(
    model: Model | None, encoder: TextEncoder | None
) -> Iterator[tuple[Weights, Mapping[str, str]]]:
    """Each network with kohya's names of its modules."""
    if model is not None:
        theirs = diffusers_modules(modules_of(model.weights.plain_tensors))
        yield model.weights, {module: f"lora_unet_{flat(name)}" for module, name in theirs.items()}
    for tower in encoder.towers if encoder is not None else ():
        yield tower.weights, tower_names(tower, alone=encoder is not None and len(encoder.towers) == 1)


def tower_names(tower: TextTower, *, alone: bool) -> dict[str, str]:
    """Kohya's names of a text tower's modules."""
    prefix = "lora_te_" if alone and tower.name != "clip_g" else TOWER_PREFIXES.get(tower.name, "lora_te_")
    modules = modules_of(tower.weights.plain_tensors)
    return {
        module: prefix + flat(module if module == "text_projection" else f"text_model.{module}")
        for module in modules
    }
