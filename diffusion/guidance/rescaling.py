"""Guidance whose result is brought back to the size that the network's own answer has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion.sampling.rules import Again, Answers, Rule

EVERYWHERE = (1, 2, 3)  # all of one picture of (B, C, h, w)
TINY = 1e-8


@dataclass(frozen=True)
class RescaleCfg(Rule):
    """Guidance with the spread of the positive's velocity (Lin et al. 2023, equations 15 and 16).

    `share` phi in [0, 1] of the rescaled result, the rest as it was.
    """

    share: float = 0.7

    def mix(self, answers: Answers, proceed: Callable[[Answers], Tensor]) -> Tensor:
        """The guided velocity times std(positive) / std(guided), for each picture."""
        x0 = proceed(answers)
        guided, positive = velocity(x0, answers), velocity(answers.positive, answers)
        ratio = spread(positive) / spread(guided).clamp(min=TINY)
        return x0 + guided * (self.share * (ratio - 1))


def spread(x: Tensor) -> Tensor:
    """The standard deviation of each picture, (B, 1, 1, 1)."""
    deviation: Tensor = x.std(EVERYWHERE, keepdim=True)
    return deviation


def velocity(x0: Tensor, answers: Answers) -> Tensor:
    """What a v network would have said (Salimans & Ho 2022), times -sigma / sqrt(sigma^2 + 1).

    It is v's share of x0, which stays finite as sigma falls to 0; ratios of spreads do not see the factor.
    """
    return x0 - answers.x / (answers.sigma**2 + 1)


@dataclass(frozen=True)
class CfgNorm(Rule):
    """At no place longer, over the channels, than the positive's x0 there; then times `strength`."""

    strength: float = 1.0

    def after(self, x0: Tensor, answers: Answers, again: Again) -> Tensor:
        """x0 * min(1, |positive| / |x0|) * strength."""
        del again
        length, own = answers.positive.norm(dim=1, keepdim=True), x0.norm(dim=1, keepdim=True)
        ratio: Tensor = (length / (own + TINY)).clamp(max=1.0)
        return x0 * ratio * self.strength


@dataclass(frozen=True)
class Mahiro(Rule):
    """Guidance that leans towards the positive where both signs point the same way ("mahiro")."""

    def after(self, x0: Tensor, answers: Answers, again: Again) -> Tensor:
        """x0 and the positive alone at the same scale, by how alike the negative's and their mean are."""
        del again
        negative = answers.negative
        if negative is None:
            return x0
        scale = guidance_scale(x0, answers.positive, negative)
        leap, mirrored = answers.positive * scale, negative * scale
        mean = (leap + x0) / 2
        alike = F.cosine_similarity(signed_root(mirrored), signed_root(mean), dim=1).mean()
        lean = 2 * (alike + 1)  # 0 ... 4
        return (lean * x0 + (4 - lean) * leap) / 4


def guidance_scale(x0: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    """The scale w of x0 = negative + w (positive - negative), by least squares; 1 where all are the same."""
    way = positive - negative
    length = way.square().sum()
    scale = ((x0 - negative) * way).sum() / length.clamp(min=TINY)
    return torch.where(length > TINY, scale, torch.ones_like(scale))


def signed_root(x: Tensor) -> Tensor:
    """The square root of the size, with the sign kept."""
    root: Tensor = x.abs().sqrt() * x.sign()
    return root


@dataclass(frozen=True)
class EpsilonScaling(Rule):
    """The predicted noise divided by a number a little above 1 (Ning et al. 2023, section 4.2)."""

    factor: float = 1.005

    def after(self, x0: Tensor, answers: Answers, again: Again) -> Tensor:
        """x - (x - x0) / factor."""
        del again
        return x0 + (answers.x - x0) * (1 - 1 / self.factor)


@dataclass(frozen=True)
class ScoreRescaling(Rule):
    """Temporal score rescaling (Xu et al. 2025): samples as if the data's spread were `sigma` / sqrt(k).

    The score times (sigma^2 snr + 1) / (sigma^2 snr / k + 1), with snr = 1 / sigma_t^2.
    """

    k: float = 0.95
    sigma: float = 1.0

    def after(self, x0: Tensor, answers: Answers, again: Again) -> Tensor:
        """x - ratio * (x - x0)."""
        del again
        data, noise = self.sigma**2, answers.sigma**2
        ratio = (data + noise) / (data / self.k + noise)
        return torch.lerp(answers.x, x0, ratio)
