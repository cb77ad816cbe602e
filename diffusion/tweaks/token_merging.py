"""Token merging: tokens that are alike go through self-attention as one (Bolya & Hoffman 2023)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from diffusion.networks.tweaks import Place, Tweak

STRIDE = 2  # one token of each square of this side takes others in


@dataclass(frozen=True)
class TokenMerging(Tweak):
    """At full size only, `ratio` in [0, 1] of the tokens disappear into their nearest."""

    ratio: float = 0.3

    def begin(self) -> Tweak:
        """With chance that is the same in every sampling."""
        return Merging(self.ratio)


class Merging(Tweak):
    """Token merging during one sampling."""

    def __init__(self, ratio: float) -> None:
        self.ratio = ratio
        self.chance = torch.Generator().manual_seed(0)

    def layer(self, place: Place, x: Tensor, proceed: Callable[[Tensor], Tensor]) -> Tensor:
        """Self-attention of the merged tokens, its result given to all that were merged."""
        takers = (place.size[0] // STRIDE) * (place.size[1] // STRIDE)
        count = min(int(x.shape[1] * self.ratio), x.shape[1] - takers)
        whole = place.size == place.way.size and min(place.size) >= STRIDE
        if place.kind != "self" or not whole or count <= 0:
            return proceed(x)
        match = Match.of(x, place.size, count, self.chance)
        return match.parted(proceed(match.merged(x)))


@dataclass(frozen=True, eq=False)
class Match:
    """Which tokens go into which: indices of tokens, (B, n, 1) each."""

    takers: Tensor  # (1, T, 1) the tokens that take others in
    kept: Tensor  # (B, K, 1) others that stay themselves
    given: Tensor  # (B, R, 1) others that go
    into: Tensor  # (B, R, 1) the takers' places among the takers
    tokens: int

    @classmethod
    def of(cls, x: Tensor, size: tuple[int, int], count: int, chance: torch.Generator) -> Match:
        """The `count` most alike pairs of an other and a taker, by the cosine of tokens (B, N, C)."""
        takers, others = partition(size, chance)
        takers, others = takers.to(x.device), others.to(x.device)
        unit = x / x.norm(dim=-1, keepdim=True).clamp(min=1e-6)
        alike = unit[:, others] @ unit[:, takers].transpose(1, 2)  # (B, others, takers)
        best, nearest = alike.max(-1)
        order = best.argsort(dim=-1, descending=True)
        gone, stay = order[:, :count], order[:, count:]
        return cls(
            takers[None, :, None],
            others[stay][..., None],
            others[gone][..., None],
            nearest.gather(1, gone)[..., None],
            x.shape[1],
        )

    def merged(self, x: Tensor) -> Tensor:
        """(B, N, C) -> (B, T + K, C): takers as the mean of what they took in, then those that stayed."""
        batch, _, channels = x.shape
        takers = x.gather(1, self.takers.expand(batch, -1, channels))
        given = x.gather(1, self.given.expand(-1, -1, channels))
        into = self.into.expand(-1, -1, channels)
        takers = takers.scatter_reduce(1, into, given, reduce="mean", include_self=True)
        return torch.cat([takers, x.gather(1, self.kept.expand(-1, -1, channels))], dim=1)

    def parted(self, x: Tensor) -> Tensor:
        """(B, T + K, C) -> (B, N, C): every token gets what became of it."""
        batch, _, channels = x.shape
        count = self.takers.shape[1]
        takers, kept = x[:, :count], x[:, count:]
        out = x.new_zeros(batch, self.tokens, channels)
        out.scatter_(1, self.takers.expand(batch, -1, channels), takers)
        out.scatter_(1, self.kept.expand(-1, -1, channels), kept)
        given = takers.gather(1, self.into.expand(-1, -1, channels))
        return out.scatter_(1, self.given.expand(-1, -1, channels), given)


def partition(size: tuple[int, int], chance: torch.Generator) -> tuple[Tensor, Tensor]:
    """One token of each whole square, by chance, and all others: indices into the rows of tokens."""
    height, width = size
    rows, columns = height // STRIDE, width // STRIDE
    pick = torch.randint(STRIDE**2, (rows, columns), generator=chance)
    y = torch.arange(rows)[:, None] * STRIDE + pick // STRIDE
    x = torch.arange(columns)[None] * STRIDE + pick % STRIDE
    takers = (y * width + x).flatten()
    rest = torch.ones(height * width, dtype=torch.bool)
    rest[takers] = False
    return takers, rest.nonzero()[:, 0]
