"""Style models: what an image encoder sees in a picture, as tokens to read behind the prompt's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffusion.networks.layers import numbered
from diffusion.networks.residual_attention import JoinedAttention, ResidualAttention

HEADS = 8


@dataclass(frozen=True)
class StyleConfig:
    """Sizes of a style adapter."""

    width: int = 1024  # of the encoder's tokens
    context_width: int = 768
    layers: int = 3
    tokens: int = 8
    heads: int = HEADS

    @classmethod
    def from_weights(cls, weights: Mapping[str, Tensor], *, heads: int | None = None) -> StyleConfig:
        """The sizes told by shapes; heads are not among them."""
        _, tokens, width = weights["style_embedding"].shape
        layers = len(numbered(weights, "transformer_layes"))
        return cls(width, weights["proj"].shape[1], layers, tokens, heads or HEADS)


class StyleAdapter(nn.Module):
    """The style adapter of T2I-Adapter (Mou et al. 2023): learned tokens that look at a picture's."""

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        self.config = config
        self.transformer_layes = nn.ModuleList(  # so misspelt in its files
            ResidualAttention(config.width, JoinedAttention(config.width, config.heads))
            for _ in range(config.layers)
        )
        self.style_embedding = nn.Parameter(torch.randn(1, config.tokens, config.width))
        self.ln_pre, self.ln_post = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.proj = nn.Parameter(torch.randn(config.width, config.context_width) / config.width**0.5)

    @property
    def reads(self) -> int:
        """Numbers of each token of the encoder."""
        return self.config.width

    def forward(self, seen: Tensor) -> Tensor:
        """Tokens of a picture (B, T, width) -> (B, tokens, context width)."""
        x = torch.cat([seen, self.style_embedding.expand(len(seen), -1, -1)], dim=1)
        x = self.ln_pre(x)
        for layer in self.transformer_layes:
            x = layer(x)
        out: Tensor = self.ln_post(x[:, -self.config.tokens :]) @ self.proj
        return out


class Redux(nn.Module):
    """Flux's: each token of a picture as a token of the prompt."""

    def __init__(self, seen: int, hidden: int, context_width: int) -> None:
        super().__init__()
        self.redux_up = nn.Linear(seen, hidden)
        self.redux_down = nn.Linear(hidden, context_width)

    @classmethod
    def from_weights(cls, weights: Mapping[str, Tensor]) -> Redux:
        """Sized by shapes."""
        hidden, seen = weights["redux_up.weight"].shape
        return cls(seen, hidden, weights["redux_down.weight"].shape[0])

    @property
    def reads(self) -> int:
        """Numbers of each token of the encoder."""
        return self.redux_up.in_features

    def forward(self, seen: Tensor) -> Tensor:
        """(B, T, seen) -> (B, T, context width)."""
        out: Tensor = self.redux_down(F.silu(self.redux_up(seen)))
        return out
