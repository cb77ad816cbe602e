"""Steps at which the network is not asked, because its answer would hardly differ from the last."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from diffusion.sampling.rules import Ask, Rule
from diffusion.sampling.schedules import Period
from diffusion.types import Model

log = logging.getLogger(__name__)

TINY = 1e-12


@dataclass(frozen=True)
class StepCache(Rule):
    """Reuses the network's last answer as long as the change it would have made stays small.

    `adaptive` estimates that change from how much the answer changed with its input last time (EasyCache:
    Zhou et al. 2025, equations 4 to 7). As there, input and answer are those of a flow model, x / (1 + sigma)
    and noise - x0: by its own x, whose size falls with sigma, the late steps would seem to change nothing.
    Otherwise the input's own relative change counts.
    """

    threshold: float = 0.2
    start: float = 0.15
    end: float = 0.95
    adaptive: bool = True
    verbose: bool = False

    def begin(self, model: Model, levels: Sequence[float]) -> Rule:
        """With nothing remembered."""
        del levels
        return Reusing(self, model.schedule.period(self.start, self.end))


class Reusing(Rule):
    """A step cache during one sampling."""

    def __init__(self, settings: StepCache, period: Period) -> None:
        self.settings, self.period = settings, period
        self.at: Tensor | None = None  # what was asked about last, really or not
        self.asked: Tensor | None = None  # what was really asked about last
        self.said: Tensor | None = None  # what then was answered, as the positive's velocity
        self.noises: tuple[Tensor | None, ...] = ()  # the same as the noise of each set
        self.rate = None if settings.adaptive else 1.0  # change of the answer by change of the input
        self.error = 0.0  # of what is reused, as estimated
        self.skipped = 0

    def ask(self, x: Tensor, sigma: float, proceed: Ask) -> tuple[Tensor | None, ...]:
        """x0 for each set, from the network or from the noises that it saw last."""
        at = x / (1 + sigma) if self.settings.adaptive else x
        reused = self.may_reuse(at, sigma)
        self.at = at
        if reused:
            self.skipped += 1
            if self.settings.verbose:
                log.info("step at sigma %.3f taken from the cache: %d so far", sigma, self.skipped)
            return tuple(None if noise is None else x - sigma * noise for noise in self.noises)
        answers = proceed(x, sigma)
        if sigma > 0:
            self.learn(at, answers, tuple(None if x0 is None else (x - x0) / sigma for x0 in answers))
        return answers

    def may_reuse(self, at: Tensor, sigma: float) -> bool:
        """Whether the estimated error stays below the threshold."""
        if self.at is None or self.said is None or self.rate is None or not self.period.holds(sigma):
            return False
        whole = self.said if self.settings.adaptive else self.at
        self.error += self.rate * size(at - self.at) / size(whole)
        return self.error < self.settings.threshold

    def learn(
        self, at: Tensor, answers: tuple[Tensor | None, ...], noises: tuple[Tensor | None, ...]
    ) -> None:
        """Remember an answer, and how it changed."""
        noise, x0 = next((n, x0) for n, x0 in zip(noises, answers, strict=True) if n is not None)
        assert x0 is not None
        said = noise - x0
        if self.settings.adaptive and self.said is not None and self.asked is not None:
            self.rate = size(said - self.said) / size(at - self.asked)
        self.asked, self.said, self.noises, self.error = at, said, noises, 0.0


def size(x: Tensor) -> float:
    """The mean size of its numbers."""
    return max(float(x.abs().mean()), TINY)
