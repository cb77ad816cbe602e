"""Transformer blocks over the positions of a feature map, as UNets of Stable Diffusion hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import torch.nn.functional as F
from torch import Tensor, nn

from diffusion.networks.layers import attend
from diffusion.networks.tweaks import Attend, Place, Section, Tweak, attended, layered, sourced


class Sizes(Protocol):
    """What a transformer must know of its network."""

    @property
    def context_width(self) -> int:
        """Numbers of one token of the prompt."""

    @property
    def norm_groups(self) -> int:
        """Groups of the normalisation."""

    @property
    def linear_projection(self) -> bool:
        """Whether the projections around the transformers are stored as matrices, not as convolutions."""

    def heads_of(self, channels: int) -> int:
        """How many heads attend at this width."""


@dataclass(frozen=True)
class ContextKV:
    """A prompt's keys and values for every cross-attention, each (B, T, C): the same at every step."""

    pairs: tuple[tuple[Tensor, Tensor], ...]
    instead: Mapping[int, tuple[Tensor, Tensor]] = field(default_factory=dict)  # of self-attention, by block


class Attention(nn.Module):
    """Projections around multi-head attention."""

    def __init__(self, channels: int, source: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_k = nn.Linear(source, channels, bias=False)
        self.to_v = nn.Linear(source, channels, bias=False)
        self.to_out = nn.Sequential(nn.Linear(channels, channels))

    def keys_values(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """What keys and what values are made from, each (B, T, source) -> both, each (B, T, C)."""
        return self.to_k(keys), self.to_v(values)

    def forward(
        self, x: Tensor, keys_values: tuple[Tensor, Tensor], place: Place | None, tweaks: Sequence[Tweak]
    ) -> Tensor:
        """(B, N, C) attending to (B, T, C) -> (B, N, C)."""
        mixed = self.attending(place, tweaks)(self.to_q(x), *keys_values)
        out: Tensor = self.to_out(mixed)
        return out

    def attending(self, place: Place | None, tweaks: Sequence[Tweak]) -> Attend:
        """softmax(q k^T) v, as the tweaks would have it."""

        def plain(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            return attend(q, k, v, self.heads)

        return plain if place is None else attended(tweaks, place, plain)


class GEGLU(nn.Module):
    """x W gated by gelu(x V) (Shazeer 2020)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.proj = nn.Linear(inputs, 2 * outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, inputs) -> (B, N, outputs)."""
        value: Tensor
        value, gate = self.proj(x).chunk(2, dim=-1)
        return value * F.gelu(gate)


class FeedForward(nn.Module):
    """Widens four times, gates, narrows."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        wide = 4 * channels
        self.net = nn.Sequential(GEGLU(channels, wide), nn.Identity(), nn.Linear(wide, channels))

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, C) -> (B, N, C)."""
        out: Tensor = self.net(x)
        return out


class TransformerBlock(nn.Module):
    """Self-attention, cross-attention to the prompt, feed-forward; each normed and added.

    `crossed`: in the place of self-attention stands a second one to the prompt.
    """

    def __init__(self, channels: int, sizes: Sizes, *, crossed: bool = False) -> None:
        super().__init__()
        heads = sizes.heads_of(channels)
        self.crossed = crossed
        self.attn1 = Attention(channels, sizes.context_width if crossed else channels, heads)
        self.ff = FeedForward(channels)
        self.attn2 = Attention(channels, sizes.context_width, heads)
        self.norm1 = nn.LayerNorm(channels)
        self.norm2 = nn.LayerNorm(channels)
        self.norm3 = nn.LayerNorm(channels)

    def forward(
        self,
        x: Tensor,
        prompt: tuple[Tensor, Tensor],
        place: Place | None = None,
        tweaks: Sequence[Tweak] = (),
        instead: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        """(B, N, C) with the prompt's keys and values, for a crossed block two of them -> (B, N, C)."""
        if instead is not None:
            x = x + self.attn1(self.norm1(x), instead, None, ())
            x = x + self.attn2(self.norm2(x), prompt, None, ())
        elif place is None or not tweaks:
            x = x + self.attend_self(self.norm1(x), None, ())
            x = x + self.attn2(self.norm2(x), prompt, None, ())
        else:
            x = self.tweaked(x, prompt, place, tweaks)
        out: Tensor = x + self.ff(self.norm3(x))
        return out

    def attend_self(self, h: Tensor, place: Place | None, tweaks: Sequence[Tweak]) -> Tensor:
        """Normed tokens (B, N, C) attending to each other."""
        sources = (h, h) if place is None else sourced(tweaks, place, h)
        out: Tensor = self.attn1(h, self.attn1.keys_values(*sources), place, tweaks)
        return out

    def tweaked(
        self, x: Tensor, prompt: tuple[Tensor, Tensor], place: Place, tweaks: Sequence[Tweak]
    ) -> Tensor:
        """Both attentions with everything that steps in."""
        place = replace(place, heads=self.attn1.heads)
        x = x + layered(tweaks, place, lambda h: self.attend_self(h, place, tweaks))(self.norm1(x))
        for tweak in tweaks:
            x = tweak.between(place, x)
        cross = replace(place, kind="cross", heads=self.attn2.heads)
        return x + layered(tweaks, cross, lambda h: self.attn2(h, prompt, cross, tweaks))(self.norm2(x))


def transformers_of(network: nn.Module) -> list[SpatialTransformer]:
    """The transformers of a network in the order of their pairs in ContextKV."""
    found = (module for module in network.modules() if isinstance(module, SpatialTransformer))
    return sorted(found, key=lambda transformer: transformer.first)


class SpatialTransformer(nn.Module):
    """Transformer blocks over the positions of a feature map."""

    def __init__(
        self,
        channels: int,
        depth: int,
        sizes: Sizes,
        first: int,
        section: Section = "input",
        block: int = 0,
        *,
        crossed: bool = False,
    ) -> None:
        super().__init__()
        self.linear = sizes.linear_projection
        self.first = first  # where this module's pairs start in ContextKV
        self.section, self.block = section, block
        self.norm = nn.GroupNorm(sizes.norm_groups, channels, eps=1e-6)
        self.proj_in = self.projection(channels)
        self.transformer_blocks = nn.ModuleList(
            TransformerBlock(channels, sizes, crossed=crossed) for _ in range(depth)
        )
        self.proj_out = self.projection(channels)

    def projection(self, channels: int) -> nn.Module:
        """A linear map of each position, in the form its checkpoints store."""
        return nn.Linear(channels, channels) if self.linear else nn.Conv2d(channels, channels, 1)

    def keys_values(
        self, context: Tensor, place: Place | None, tweaks: Sequence[Tweak]
    ) -> list[tuple[Tensor, Tensor]]:
        """A prompt (B, T, D) as keys and values for each cross-attention."""
        found: list[tuple[Tensor, Tensor]] = []
        for index, block in enumerate(self.transformer_blocks):
            sources = (context, context)
            if place is not None and tweaks:
                at = replace(self.at(place, (0, 0)), layer=index, kind="cross")
                sources = sourced(tweaks, at, context)
            found.append(block.attn2.keys_values(*sources))  # type: ignore[operator, union-attr]
        return found

    def keys_values_instead(self, context: Tensor) -> dict[int, tuple[Tensor, Tensor]]:
        """The same for what stands in the place of self-attention, by the number of the block."""
        return {
            self.first + index: block.attn1.keys_values(context, context)  # type: ignore[operator, union-attr]
            for index, block in enumerate(self.transformer_blocks)
            if block.crossed
        }

    def at(self, place: Place, size: tuple[int, int]) -> Place:
        """Where this module is."""
        return replace(place, section=self.section, block=self.block, size=size)

    def forward(
        self, x: Tensor, context: ContextKV, place: Place | None = None, tweaks: Sequence[Tweak] = ()
    ) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        height, width = x.shape[-2:]
        h: Tensor = self.norm(x)
        if not self.linear:
            h = self.proj_in(h)
        h = h.flatten(2).transpose(1, 2)  # (B, H * W, C)
        if self.linear:
            h = self.proj_in(h)
        for index, block in enumerate(self.transformer_blocks):
            here = None if place is None else replace(self.at(place, (height, width)), layer=index)
            number = self.first + index
            h = block(h, context.pairs[number], here, tweaks, context.instead.get(number))
        if self.linear:
            h = self.proj_out(h)
        h = h.transpose(1, 2).reshape(x.shape)
        if not self.linear:
            h = self.proj_out(h)
        return x + h
