"""Guidance away from what a hampered network would say."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion.networks.layers import split_heads
from diffusion.networks.tweaks import Attend, Place, Section, Tweak
from diffusion.sampling.rules import Again, Answers, Rule
from diffusion.sampling.schedules import ALWAYS, Period
from diffusion.types import Model
from diffusion.vision.gradient import gaussian

TAPS = 9  # latents that the blur of self-attention guidance spans


@dataclass(frozen=True)
class IdentityAttention(Tweak):
    """Self-attention in which every token attends to itself alone (Ahn et al. 2024, equation 8)."""

    section: Section = "middle"
    block: int = 0

    def attend(self, place: Place, q: Tensor, k: Tensor, v: Tensor, proceed: Attend) -> Tensor:
        """The values as they are."""
        hit = (place.section, place.block, place.kind) == (self.section, self.block, "self")
        return v if hit else proceed(q, k, v)


@dataclass(frozen=True, eq=False)
class PerturbedAttention(Rule):
    """Perturbed-attention guidance (Ahn et al. 2024, equation 6)."""

    scale: float = 3.0
    tweak: Tweak = field(default_factory=IdentityAttention)

    def after(self, x0: Tensor, answers: Answers, again: Again) -> Tensor:
        """x0 + (positive - what the hampered network says) * scale."""
        if self.scale == 0:
            return x0
        return x0 + (answers.positive - again(0, tweaks=(self.tweak,))) * self.scale


@dataclass(frozen=True)
class SkippedLayers(Tweak):
    """Attention that adds nothing in some blocks."""

    places: frozenset[tuple[Section, int]]

    def layer(self, place: Place, x: Tensor, proceed: Callable[[Tensor], Tensor]) -> Tensor:
        """Nothing where it is skipped."""
        return torch.zeros_like(x) if (place.section, place.block) in self.places else proceed(x)


@dataclass(frozen=True, eq=False)
class SkipLayer(Rule):
    """Guidance away from a network without some of its attention, during a part of sampling."""

    tweak: SkippedLayers
    scale: float = 3.0
    start: float = 0.0
    end: float = 1.0
    period: Period = ALWAYS

    def begin(self, model: Model, levels: Sequence[float]) -> Rule:
        """With its part of sampling as noise levels."""
        del levels
        return replace(self, period=model.schedule.period(self.start, self.end))

    def after(self, x0: Tensor, answers: Answers, again: Again) -> Tensor:
        """x0 + (positive - what the thinner network says) * scale."""
        if self.scale == 0 or not self.period.holds(answers.sigma):
            return x0
        return x0 + (answers.positive - again(0, tweaks=(self.tweak,))) * self.scale


class Watching(Tweak):
    """Remembers how much each token is attended to in the middle's first attention, for whole pictures."""

    def __init__(self, whole: tuple[int, int]) -> None:
        self.whole = whole  # height and width of all the latents
        self.maps: list[Tensor] = []  # (pictures, 1, H, W) of each call

    def attend(self, place: Place, q: Tensor, k: Tensor, v: Tensor, proceed: Attend) -> Tensor:
        """The same result; the attention's columns summed over queries, averaged over heads and prompts."""
        height, width = place.size
        here = (place.section, place.layer, place.kind) == ("middle", 0, "self")
        if here and place.way.size == self.whole and q.shape[1] == k.shape[1] == height * width:
            queries, keys = (split_heads(x, place.heads).float() for x in (q, k))
            scores = queries @ keys.transpose(-1, -2) / math.sqrt(queries.shape[-1])
            seen = scores.softmax(-1).mean(1).sum(1)
            self.maps.append(seen.reshape(len(place.way.negative), -1, height, width).mean(0)[:, None])
        return proceed(q, k, v)

    def seen(self, pictures: int) -> Tensor | None:
        """(pictures, 1, H, W) as it was last, which then is forgotten; None where too little was seen."""
        maps = torch.cat(self.maps)[-pictures:] if self.maps else None
        self.maps.clear()
        return maps if maps is not None and len(maps) == pictures else None


@dataclass(frozen=True)
class SelfAttentionGuidance(Rule):
    """Self-attention guidance (Hong et al. 2023, section 4.3): away from what is blurred where it matters."""

    scale: float = 0.5
    blur: float = 2.0  # sigma of the Gaussian, in latents

    def begin(self, model: Model, levels: Sequence[float]) -> Rule:
        """With nothing seen yet."""
        del model, levels
        return AttentionGuiding(self)


class AttentionGuiding(Rule):
    """Self-attention guidance during one sampling."""

    def __init__(self, settings: SelfAttentionGuidance) -> None:
        self.settings = settings
        self.watching: Watching | None = None

    def after(self, x0: Tensor, answers: Answers, again: Again) -> Tensor:
        """x0 + (blurred - what the network says of it with the same noise) * scale."""
        if self.settings.scale == 0:
            return x0
        which = 0 if answers.negative is None else 1
        if self.watching is None:
            self.watching = Watching((x0.shape[-2], x0.shape[-1]))
        clean = again(which, tweaks=(self.watching,))
        seen = self.watching.seen(len(x0))
        if seen is None or min(clean.shape[-2:]) < 2:  # a network without attention in its middle
            return x0
        degraded = self.degraded(clean, seen)
        noisy = degraded + (answers.x - clean)
        return x0 + (degraded - again(which, x=noisy)) * self.settings.scale

    def degraded(self, x0: Tensor, seen: Tensor) -> Tensor:
        """x0 blurred where a token is attended to more than the average."""
        mask = F.interpolate((seen > 1.0).to(x0), size=x0.shape[-2:], mode="nearest")
        return x0 * (1 - mask) + gaussian(x0, self.settings.blur, TAPS) * mask
