"""How the network's answers to several prompts become one x0, and what may step in on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from torch import Tensor

if TYPE_CHECKING:
    from diffusion.networks.tweaks import Tweak
    from diffusion.types import Conditioning, Model


@dataclass(frozen=True, eq=False)
class Answers:
    """What the network said at one noise level, as x0 (B, C, h, w) for each set of conditionings.

    Where a set had no say, its x0 is that of the first; sets that nobody wanted are None.
    """

    x: Tensor  # (B, C, h, w) what it was asked about: x0 + sigma * noise
    sigma: float
    x0: tuple[Tensor | None, ...]

    @property
    def positive(self) -> Tensor:
        """The answer to the positive prompt."""
        assert self.x0[0] is not None  # it is always asked
        return self.x0[0]

    @property
    def negative(self) -> Tensor | None:
        """The answer to the negative prompt, if it was asked."""
        return self.x0[1] if len(self.x0) > 1 else None


class Mix(Protocol):
    """How answers become one x0."""

    def wanted(self, sets: int) -> Collection[int]:
        """Which of so many sets have to be asked."""

    def __call__(self, answers: Answers) -> Tensor:
        """x0 (B, C, h, w)."""


@dataclass(frozen=True)
class Cfg:
    """Classifier-free guidance (Ho & Salimans 2022): u + (c - u) * cfg; at 1 the negative is not asked."""

    cfg: float

    def wanted(self, sets: int) -> Collection[int]:
        """Both signs, if they are to differ."""
        return range(1 if math.isclose(self.cfg, 1.0) else min(sets, 2))

    def __call__(self, answers: Answers) -> Tensor:
        """u + (c - u) * cfg."""
        negative = answers.negative
        if negative is None:
            return answers.positive
        return negative + (answers.positive - negative) * self.cfg


class Again(Protocol):
    """Asks the network once more at a step."""

    def __call__(
        self,
        which: int = 0,
        *,
        x: Tensor | None = None,
        tweaks: Sequence[Tweak] = (),
        conditioning: Conditioning | None = None,
    ) -> Tensor:
        """x0 of a set, or of another conditioning, about the same latents or others, with more tweaks."""


Ask: TypeAlias = Callable[[Tensor, float], tuple[Tensor | None, ...]]
"""`ask(x, sigma)`: x0 for each set."""


class Rule:
    """What steps in around the network; each method is a place to do so and changes nothing here."""

    needs_negative: bool = False  # whether the negative is asked even where guidance is 1

    def begin(self, model: Model, levels: Sequence[float]) -> Rule:
        """What works during one sampling of these noise levels; a rule that remembers begins anew."""
        del model, levels
        return self

    def ask(self, x: Tensor, sigma: float, proceed: Ask) -> tuple[Tensor | None, ...]:
        """Around asking the network about all sets."""
        return proceed(x, sigma)

    def before(self, answers: Answers, again: Again) -> Answers:
        """The answers before they become one."""
        del again
        return answers

    def mix(self, answers: Answers, proceed: Callable[[Answers], Tensor]) -> Tensor:
        """Around making them one."""
        return proceed(answers)

    def after(self, x0: Tensor, answers: Answers, again: Again) -> Tensor:
        """The one x0."""
        del answers, again
        return x0

    def mask(self, mask: Tensor, sigma: float) -> Tensor:
        """Which part of the picture is worked on at a noise level, (1 or B, 1, h, w) of 0 ... 1."""
        del sigma
        return mask
