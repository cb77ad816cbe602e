"""Steps at which the network is not asked, because its answer would hardly differ from the last."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from diffusion.sampling.rules import Ask, Rule
from diffusion.types import Model

log = logging.getLogger(__name__)

TINY = 1e-12


@dataclass(frozen=True)
class StepCache(Rule):
    """Reuses the network's last answer as long as the change it would have made stays small.

    `adaptive` estimates that change from how much the answer changed with its input last time (EasyCache:
    Zhou et al. 2025, equations 4 to 7); otherwise the input's own relative change counts.
    """

    threshold: float = 0.2
    start: float = 0.15
    end: float = 0.95
    adaptive: bool = True
    verbose: bool = False

    def begin(self, model: Model, levels: Sequence[float]) -> Rule:
        """With nothing remembered."""
        del levels
        return Reusing(self, model.schedule.sigma_after(self.start), model.schedule.sigma_after(self.end))


class Reusing(Rule):
    """A step cache during one sampling."""

    def __init__(self, settings: StepCache, first_sigma: float, last_sigma: float) -> None:
        self.settings, self.first_sigma, self.last_sigma = settings, first_sigma, last_sigma
        self.x: Tensor | None = None  # what was asked about last, really or not
        self.asked: Tensor | None = None  # what was really asked about last
        self.noises: tuple[Tensor | None, ...] = ()  # what was said, as noise
        self.rate = 1.0  # change of the answer by change of the input
        self.error = 0.0  # of what is reused, as estimated
        self.skipped = 0

    def ask(self, x: Tensor, sigma: float, proceed: Ask) -> tuple[Tensor | None, ...]:
        """x0 for each set, from the network or from the noises that it saw last."""
        reused = self.may_reuse(x, sigma)
        self.x = x
        if reused:
            self.skipped += 1
            if self.settings.verbose:
                log.info("step at sigma %.3f taken from the cache: %d so far", sigma, self.skipped)
            return tuple(None if noise is None else x - sigma * noise for noise in self.noises)
        answers = proceed(x, sigma)
        noises = tuple(None if x0 is None else (x - x0) / sigma for x0 in answers)
        self.learn(x, noises)
        return answers

    def may_reuse(self, x: Tensor, sigma: float) -> bool:
        """Whether the estimated error stays below the threshold."""
        usable = self.x is not None and bool(self.noises) and self.last_sigma <= sigma <= self.first_sigma
        if not usable:
            return False
        assert self.x is not None
        noise = next(noise for noise in self.noises if noise is not None)
        change = size(x - self.x)
        self.error += self.rate * change / size(noise if self.settings.adaptive else self.x)
        return self.error < self.settings.threshold

    def learn(self, x: Tensor, noises: tuple[Tensor | None, ...]) -> None:
        """Remember an answer, and how it changed."""
        old = next((noise for noise in self.noises if noise is not None), None)
        new = next(noise for noise in noises if noise is not None)
        if self.settings.adaptive and old is not None and self.asked is not None:
            self.rate = size(new - old) / size(x - self.asked)
        self.asked, self.noises, self.error = x, noises, 0.0


def size(x: Tensor) -> float:
    """The mean size of its numbers."""
    return max(float(x.abs().mean()), TINY)
