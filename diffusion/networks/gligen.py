"""GLIGEN (Li et al. 2023): phrases in boxes, which gated attention lets a UNet's features read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from diffusion.networks.layers import attend, numbered
from diffusion.networks.transformer import FeedForward

FREQUENCIES = 8
BASE = 100.0  # of the frequencies of a box's sides
SIDES = 4  # of a box: left, top, right, bottom


@dataclass(frozen=True)
class GligenConfig:
    """Sizes of what GLIGEN adds to a UNet."""

    phrase_width: int  # of a phrase's embedding
    hidden: int
    token_width: int
    channels: tuple[int, ...]  # of each gated attention

    @classmethod
    def from_weights(cls, weights: Mapping[str, Tensor]) -> GligenConfig:
        """The sizes told by shapes. Raises LookupError."""
        layers = numbered(weights, "fusers")
        return cls(
            weights["position_net.null_positive_feature"].shape[0],
            weights["position_net.linears.0.weight"].shape[0],
            weights["position_net.linears.4.weight"].shape[0],
            tuple(weights[f"fusers.{layer}.norm1.weight"].shape[0] for layer in layers),
        )


def fourier(boxes: Tensor) -> Tensor:
    """Boxes (N, 4) in parts of the picture's sides as sines and cosines of rising frequencies, (N, 64)."""
    frequencies = BASE ** (torch.arange(FREQUENCIES, device=boxes.device) / FREQUENCIES)
    angles = frequencies[None, :, None] * boxes[:, None]  # (N, frequencies, sides)
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)


class PositionNet(nn.Module):
    """Phrases and their boxes as tokens; a learned vector stands for what is not there."""

    def __init__(self, config: GligenConfig) -> None:
        super().__init__()
        position = 2 * FREQUENCIES * SIDES
        self.linears = nn.Sequential(
            nn.Linear(config.phrase_width + position, config.hidden),
            nn.SiLU(),
            nn.Linear(config.hidden, config.hidden),
            nn.SiLU(),
            nn.Linear(config.hidden, config.token_width),
        )
        self.null_positive_feature = nn.Parameter(torch.zeros(config.phrase_width))
        self.null_position_feature = nn.Parameter(torch.zeros(position))

    def forward(self, phrases: Tensor, boxes: Tensor, count: int) -> Tensor:
        """Phrases (N, width), boxes (N, 4) -> so many tokens (1, count, D), the last of them of nothing."""
        missing = count - len(phrases)
        words = torch.cat([phrases, self.null_positive_feature.expand(missing, -1)])
        places = fourier(boxes.float()).to(words)
        places = torch.cat([places, self.null_position_feature.expand(missing, -1)])
        out: Tensor = self.linears(torch.cat([words, places], dim=-1))[None]
        return out


class GatedAttention(nn.Module):
    """Features and phrases attend to each other; gates that began closed let in what the features saw."""

    def __init__(self, channels: int, token_width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(token_width, channels)
        self.attn = SelfAttention(channels)
        self.ff = FeedForward(channels)
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.alpha_attn = nn.Parameter(torch.tensor(0.0))
        self.alpha_dense = nn.Parameter(torch.tensor(0.0))

    def forward(self, x: Tensor, tokens: Tensor, heads: int) -> Tensor:
        """x (B, N, C), tokens (B, T, D) -> (B, N, C) (equations 8 and 9)."""
        both = self.norm1(torch.cat([x, self.linear(tokens)], dim=1))
        x = x + self.alpha_attn.tanh() * self.attn(both, heads)[:, : x.shape[1]]
        out: Tensor = x + self.alpha_dense.tanh() * self.ff(self.norm2(x))
        return out


class SelfAttention(nn.Module):
    """Attention of tokens to each other, with as many heads as the UNet has there."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_k = nn.Linear(channels, channels, bias=False)
        self.to_v = nn.Linear(channels, channels, bias=False)
        self.to_out = nn.Sequential(nn.Linear(channels, channels))

    def forward(self, x: Tensor, heads: int) -> Tensor:
        """(B, N, C) -> (B, N, C)."""
        out: Tensor = self.to_out(attend(self.to_q(x), self.to_k(x), self.to_v(x), heads))
        return out


class Gligen(nn.Module):
    """All that GLIGEN adds; `fusers` are numbered in the order of the file's blocks."""

    def __init__(self, config: GligenConfig) -> None:
        super().__init__()
        self.config = config
        self.position_net = PositionNet(config)
        self.fusers = nn.ModuleList(
            GatedAttention(channels, config.token_width) for channels in config.channels
        )
