"""Guidance that treats coarse and fine differently, and changes of latents in the midst of sampling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from torch import Tensor

from diffusion.sampling.rules import Again, Answers, Rule
from diffusion.spectrum import rescaled_frequencies


@dataclass(frozen=True)
class FreSca(Rule):
    """Guidance whose coarse and fine parts weigh differently (Huang et al. 2025, section 4)."""

    low: float = 1.0
    high: float = 1.25
    cutoff: int = 20

    def before(self, answers: Answers, again: Again) -> Answers:
        """The positive by the rescaled way from the negative."""
        del again
        negative = answers.negative
        if negative is None or self.low == self.high == 1:
            return answers
        way = rescaled_frequencies(answers.positive - negative, self.cutoff, self.low, self.high)
        return replace(answers, x0=(negative + way, *answers.x0[1:]))


@dataclass(frozen=True, eq=False)
class GuidanceOperation(Rule):
    """An operation on latents applied to the way from the negative to the positive at every step."""

    operation: Callable[..., Tensor]  # called with `latent`

    def before(self, answers: Answers, again: Again) -> Answers:
        """The positive by the changed way; without a negative the positive itself is changed."""
        del again
        negative = answers.negative
        if negative is None:
            return replace(answers, x0=(self.operation(latent=answers.positive), *answers.x0[1:]))
        way = self.operation(latent=answers.positive - negative)
        return replace(answers, x0=(negative + way, *answers.x0[1:]))
