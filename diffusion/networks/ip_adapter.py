"""IP-Adapter (Ye et al. 2023): a picture as tokens that every cross-attention reads beside the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from diffusion.networks.layers import attend, numbered

ImageKind: TypeAlias = Literal["plain", "plus", "full"]
HEAD_WIDTH = 64  # of the resampler


@dataclass(frozen=True)
class ResamplerConfig:
    """Sizes of a resampler."""

    tokens: int
    width: int
    depth: int
    inner: int  # of the attention
    hidden: int  # of the feed-forward layers
    head_width: int = HEAD_WIDTH


@dataclass(frozen=True)
class IpAdapterConfig:
    """Sizes of an IP-Adapter."""

    kind: ImageKind
    seen: int  # numbers of what the image encoder says: of a picture, or of each token
    context_width: int
    channels: tuple[int, ...]  # of the cross-attentions, as the file counts them
    tokens: int = 4  # of a plain one
    resampler: ResamplerConfig | None = None

    @classmethod
    def from_weights(cls, weights: Mapping[str, Tensor], *, head_width: int = HEAD_WIDTH) -> IpAdapterConfig:
        """The sizes told by shapes. Raises LookupError for what is no such adapter."""
        layers = numbered(weights, "layers")
        keys = [weights[f"layers.{layer}.to_k_ip.weight"] for layer in layers]
        channels, width = tuple(key.shape[0] for key in keys), keys[0].shape[1]
        if "image_proj.latents" in weights:
            resampler = resampler_of(weights, head_width)
            return cls("plus", weights["image_proj.proj_in.weight"].shape[1], width, channels, 0, resampler)
        if "image_proj.proj.3.weight" in weights:
            return cls("full", weights["image_proj.proj.0.weight"].shape[1], width, channels)
        outputs, seen = weights["image_proj.proj.weight"].shape
        return cls("plain", seen, width, channels, outputs // width)


def resampler_of(weights: Mapping[str, Tensor], head_width: int) -> ResamplerConfig:
    """The sizes of a resampler."""
    _, tokens, width = weights["image_proj.latents"].shape
    return ResamplerConfig(
        tokens,
        width,
        len(numbered(weights, "image_proj.layers")),
        weights["image_proj.layers.0.0.to_q.weight"].shape[0],
        weights["image_proj.layers.0.1.1.weight"].shape[0],
        head_width,
    )


class PlainProjection(nn.Module):
    """One embedding of a picture as a few tokens."""

    def __init__(self, config: IpAdapterConfig) -> None:
        super().__init__()
        self.proj = nn.Linear(config.seen, config.tokens * config.context_width)
        self.norm = nn.LayerNorm(config.context_width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, seen) -> (B, tokens, context width)."""
        width = self.norm.weight.shape[0]
        out: Tensor = self.norm(self.proj(x).reshape(len(x), -1, width))
        return out


class FullProjection(nn.Module):
    """Each token of a picture as one token."""

    def __init__(self, config: IpAdapterConfig) -> None:
        super().__init__()
        seen, width = config.seen, config.context_width
        self.proj = nn.Sequential(
            nn.Linear(seen, seen), nn.GELU(), nn.Linear(seen, width), nn.LayerNorm(width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, seen) -> (B, T, context width)."""
        out: Tensor = self.proj(x)
        return out


class PerceiverAttention(nn.Module):
    """A few learned tokens attending to a picture's and to themselves."""

    def __init__(self, config: ResamplerConfig) -> None:
        super().__init__()
        self.heads = config.inner // config.head_width
        self.norm1, self.norm2 = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.to_q = nn.Linear(config.width, config.inner, bias=False)
        self.to_kv = nn.Linear(config.width, 2 * config.inner, bias=False)
        self.to_out = nn.Linear(config.inner, config.width, bias=False)

    def forward(self, x: Tensor, latents: Tensor) -> Tensor:
        """x (B, T, width), latents (B, tokens, width) -> (B, tokens, width)."""
        x, latents = self.norm1(x), self.norm2(latents)
        keys, values = self.to_kv(torch.cat([x, latents], dim=1)).chunk(2, dim=-1)
        out: Tensor = self.to_out(attend(self.to_q(latents), keys, values, self.heads))
        return out


class Resampler(nn.Module):
    """A picture's many tokens as a few (after Alayrac et al. 2022)."""

    def __init__(self, config: IpAdapterConfig, sizes: ResamplerConfig) -> None:
        super().__init__()
        self.latents = nn.Parameter(torch.randn(1, sizes.tokens, sizes.width) / sizes.width**0.5)
        self.proj_in = nn.Linear(config.seen, sizes.width)
        self.proj_out = nn.Linear(sizes.width, config.context_width)
        self.norm_out = nn.LayerNorm(config.context_width)
        self.layers = nn.ModuleList(
            nn.ModuleList([PerceiverAttention(sizes), feed_forward(sizes)]) for _ in range(sizes.depth)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, seen) -> (B, tokens, context width)."""
        x, latents = self.proj_in(x), self.latents.expand(len(x), -1, -1)
        for layer in self.layers:
            attention, feed = layer.children()
            latents = latents + attention(x, latents)
            latents = latents + feed(latents)
        out: Tensor = self.norm_out(self.proj_out(latents))
        return out


def feed_forward(sizes: ResamplerConfig) -> nn.Sequential:
    """Norm, widen, GELU, narrow."""
    return nn.Sequential(
        nn.LayerNorm(sizes.width),
        nn.Linear(sizes.width, sizes.hidden, bias=False),
        nn.GELU(),
        nn.Linear(sizes.hidden, sizes.width, bias=False),
    )


class ImageAttention(nn.Module):
    """A picture's tokens as keys and values for one cross-attention."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.to_k_ip = nn.Linear(width, channels, bias=False)
        self.to_v_ip = nn.Linear(width, channels, bias=False)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, width) -> both, each (B, T, channels)."""
        return self.to_k_ip(tokens), self.to_v_ip(tokens)


class IpAdapter(nn.Module):
    """The projection of what an image encoder says, and keys and values for each cross-attention.

    Keys are `image_proj.…` and, for the `ip_adapter.N.…` of files, `layers.0…`, `layers.1…` in their order.
    """

    def __init__(self, config: IpAdapterConfig) -> None:
        super().__init__()
        self.config = config
        if config.resampler is not None:
            self.image_proj: nn.Module = Resampler(config, config.resampler)
        else:
            self.image_proj = PlainProjection(config) if config.kind == "plain" else FullProjection(config)
        self.layers = nn.ModuleList(
            ImageAttention(channels, config.context_width) for channels in config.channels
        )

    def project(self, seen: Tensor) -> Tensor:
        """What an encoder says, (B, seen) or (B, T, seen), as tokens in one row (1, B x tokens, width)."""
        tokens: Tensor = self.image_proj(seen)
        return tokens.flatten(0, 1)[None]
