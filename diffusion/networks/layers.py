"""What the convolutional networks share: normalisation in float32, resampling and attention."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def timestep_embedding(timesteps: Tensor, width: int, max_period: float = 10_000.0) -> Tensor:
    """Sinusoids of a (B,) timestep, (B, width): cosines first (Ho et al. 2020, after Vaswani et al. 2017)."""
    half = width // 2
    exponent = torch.arange(half, dtype=torch.float32, device=timesteps.device) / half
    angles = timesteps.float()[:, None] * torch.exp(-math.log(max_period) * exponent)[None]
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def attend(query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
    """Multi-head attention of (B, N, C) over (B, M, C), softmax(QK^T/sqrt(d))V."""
    batch, tokens, channels = query.shape
    q, k, v = (split_heads(x, heads) for x in (query, key, value))
    mixed = F.scaled_dot_product_attention(q, k, v)  # (B, heads, N, C / heads)
    return mixed.transpose(1, 2).reshape(batch, tokens, channels)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """(B, N, C) as (B, heads, N, C / heads)."""
    batch, tokens, channels = x.shape
    return x.reshape(batch, tokens, heads, channels // heads).transpose(1, 2)


def upsample(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Nearest-neighbour enlargement of (B, C, H, W) to the given height and width."""
    return F.interpolate(x, size=size, mode="nearest")


def conv3(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    """A 3x3 convolution that keeps the size (or divides it by the stride)."""
    return nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)


def numbered(keys: Iterable[str], prefix: str) -> list[int]:
    """The numbers N of keys `prefix.N.…`, sorted, each once."""
    start = len(prefix) + 1
    found = {key[start:].split(".", 1)[0] for key in keys if key.startswith(prefix + ".")}
    return sorted(int(name) for name in found if name.isdecimal())
