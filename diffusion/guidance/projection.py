"""Guidance along directions: what of the negative points against the positive, and what does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from diffusion.sampling.rules import Again, Answers, Rule
from diffusion.types import Conditioning, Model

TINY = 1e-12


def dot(a: Tensor, b: Tensor) -> Tensor:
    """The inner product of each picture's numbers, (B, 1, 1, 1)."""
    return (a * b).sum((1, 2, 3), keepdim=True)


def along(a: Tensor, b: Tensor) -> Tensor:
    """The part of a that is parallel to b, for each picture."""
    return b * (dot(a, b) / dot(b, b).clamp(min=TINY))


def with_negative(answers: Answers, negative: Tensor) -> Answers:
    """The answers with another negative."""
    return replace(answers, x0=(answers.x0[0], negative, *answers.x0[2:]))


@dataclass(frozen=True)
class AdaptiveProjection(Rule):
    """Adaptive projected guidance (Sadat et al. 2024, algorithm 1).

    Of the way from the negative to the positive, the part parallel to the positive counts `eta` times, the
    way is at most `threshold` long (0: any), and `momentum` of the last ways is added.
    """

    eta: float = 1.0
    threshold: float = 5.0
    momentum: float = 0.0

    def begin(self, model: Model, levels: Sequence[float]) -> Rule:
        """With no momentum yet."""
        del model, levels
        return Projecting(self)


class Projecting(Rule):
    """Adaptive projected guidance during one sampling."""

    def __init__(self, settings: AdaptiveProjection) -> None:
        self.settings = settings
        self.running: Tensor | None = None

    def before(self, answers: Answers, again: Again) -> Answers:
        """A negative from which plain guidance goes the projected way."""
        del again
        if answers.negative is None:
            return answers
        way = whole = answers.positive - answers.negative
        if self.settings.momentum != 0:
            way = way if self.running is None else way + self.settings.momentum * self.running
            self.running = way
        if self.settings.threshold > 0:
            length = way.flatten(1).norm(dim=1)[:, None, None, None]
            way = way * (self.settings.threshold / length.clamp(min=TINY)).clamp(max=1.0)
        way = way + (self.settings.eta - 1) * along(way, answers.positive)
        return with_negative(answers, answers.negative + (whole - way))


@dataclass(frozen=True)
class ZeroStar(Rule):
    """CFG-Zero* (Fan et al. 2025, equation 7): the negative at the scale that brings it nearest."""

    def before(self, answers: Answers, again: Again) -> Answers:
        """The negative's noise times <c, u> / <u, u>, c and u being the noises of both signs."""
        del again
        if answers.negative is None:
            return answers
        c, u = answers.x - answers.positive, answers.x - answers.negative
        return with_negative(answers, answers.x - along(c, u))


@dataclass(frozen=True)
class TangentialDamping(Rule):
    """TCFG (Kwon et al. 2025): of the negative's noise only what lies along the signs' main direction."""

    def before(self, answers: Answers, again: Again) -> Answers:
        """The negative's noise projected on the first right singular vector of both signs' noises."""
        del again
        if answers.negative is None:
            return answers
        c, u = answers.x - answers.positive, answers.x - answers.negative
        _, _, directions = torch.linalg.svd(torch.stack([c, u], 1).flatten(2), full_matrices=False)
        main = directions[:, 0].reshape(u.shape)
        return with_negative(answers, answers.x - along(u, main))


def perpendicular(
    positive: Tensor, negative: Tensor, empty: Tensor, cfg: float, negative_scale: float
) -> Tensor:
    """Perp-Neg (Armandpour et al. 2023, equation 6) on x0: the negative only where it is no positive."""
    wanted, unwanted = positive - empty, negative - empty
    return empty + cfg * (wanted - negative_scale * (unwanted - along(unwanted, wanted)))


@dataclass(frozen=True)
class PerpNegMix:
    """Perp-Neg of three sets: positive, negative and empty prompt."""

    cfg: float
    negative_scale: float = 1.0

    def wanted(self, sets: int) -> range:
        """All three."""
        return range(sets)

    def __call__(self, answers: Answers) -> Tensor:
        """x0 (B, C, h, w)."""
        positive, negative, empty = answers.x0
        assert positive is not None
        assert negative is not None
        assert empty is not None
        return perpendicular(positive, negative, empty, self.cfg, self.negative_scale)


@dataclass(frozen=True, eq=False)
class PerpNegRule(Rule):
    """Perp-Neg laid upon plain guidance, at its scale."""

    empty: Conditioning
    negative_scale: float = 1.0
    needs_negative = True  # at a scale of 1 too, the negative is taken away

    def before(self, answers: Answers, again: Again) -> Answers:
        """A positive and a negative between which plain guidance gives Perp-Neg's result."""
        if answers.negative is None:
            return answers
        empty = again(1, conditioning=self.empty)
        guided = perpendicular(answers.positive, answers.negative, empty, 1.0, self.negative_scale)
        return replace(answers, x0=(guided, empty, *answers.x0[2:]))


@dataclass(frozen=True)
class DualCfg:
    """Guidance by two positives (InstructPix2Pix: Brooks et al. 2023, equation 3).

    Regular: u + (b - u) * `second` + (a - b) * `first`; nested: from the negative to what guides a from b.
    """

    first: float
    second: float
    nested: bool = False

    def wanted(self, sets: int) -> range:
        """All three: first, second, negative."""
        return range(sets)

    def __call__(self, answers: Answers) -> Tensor:
        """x0 (B, C, h, w)."""
        a, b, u = answers.x0
        assert a is not None
        assert b is not None
        assert u is not None
        if self.nested:
            return u + (b + (a - b) * self.first - u) * self.second
        return u + (b - u) * self.second + (a - b) * self.first
