"""What is done to noise levels that are there: parts of them, more between them, the way back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor

SMALLEST: Final = 1e-4  # the level a way back begins with: no sampler can leave zero

SPACINGS: Final[Mapping[str, Callable[[Tensor], Tensor]]] = {  # shares of a step, 0 to 1
    "linear": lambda x: x,
    "cosine": lambda x: torch.sin(x * math.pi / 2),
    "sine": lambda x: 1 - torch.cos(x * math.pi / 2),
}


def flipped(sigmas: Tensor) -> Tensor:
    """The way back: from the last level to the first."""
    back = sigmas.flip(0)
    if len(back) > 0 and back[0] == 0:
        back[0] = SMALLEST
    return back


def with_first(sigmas: Tensor, sigma: float) -> Tensor:
    """The same levels from another start."""
    return torch.cat([torch.full_like(sigmas[:1], sigma), sigmas[1:]])


def split_at(sigmas: Tensor, step: int) -> tuple[Tensor, Tensor]:
    """The levels up to a step and from it on; that of the step is in both."""
    return sigmas[: step + 1], sigmas[step:]


def split_by_denoise(sigmas: Tensor, denoise: float) -> tuple[Tensor, Tensor]:
    """The same such that the second part has this share of the steps."""
    steps = max(len(sigmas) - 1, 0)
    return split_at(sigmas, steps - round(steps * denoise))


def extended(sigmas: Tensor, steps: int, start: float, end: float, spacing: str) -> Tensor:
    """Each step that begins between the levels `start` and `end` made this many; a negative start is any."""
    shares = SPACINGS[spacing](torch.linspace(0, 1, steps + 1)[:-1])
    pieces = []
    for sigma, sigma_next in pairwise(sigmas):
        inside = end <= sigma and (start < 0 or sigma <= start)
        pieces.append(sigma + shares * (sigma_next - sigma) if inside else sigma[None])
    return torch.cat([*pieces, sigmas[-1:]])
