"""Guidance: the network's answers to several prompts made into one x0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from diffusion.networks.tweaks import Tweak
from diffusion.sampling.calls import Caller
from diffusion.sampling.conditioning import Region, place
from diffusion.sampling.inputs import Occasion
from diffusion.sampling.rules import Again, Answers, Ask, Rule
from diffusion.types import Conditioning, Guider

TINY = 1e-37  # keeps 0 / 0 away where nothing weighs anything


@dataclass(frozen=True, eq=False)
class Average:
    """The weighted mean of x0 over conditionings of one set, and where there was any (None: everywhere)."""

    x0: Tensor
    covered: Tensor | None = None


class Guidance:
    """A guider as a denoiser of latents like these: `guidance(x, sigma)` is x0.

    `both` also tells the x0 that was not guided, the negative's, for samplers that want it.
    """

    def __init__(
        self,
        guider: Guider,
        latent: Tensor,
        levels: Sequence[float],
        *,
        seed: int = 0,
        mask: Tensor | None = None,
        needs_negative: bool = False,
    ) -> None:
        """`latent` (B, C, h, w) clean, as the network sees it, and where it is worked on."""
        model = guider.model
        self.guider, self.latent, self.seed, self.mask = guider, latent, seed, mask
        self.rules: tuple[Rule, ...] = tuple(rule.begin(model, levels) for rule in model.rules)
        self.tweaks: tuple[Tweak, ...] = tuple(tweak.begin() for tweak in model.tweaks)
        negative = needs_negative or any(rule.needs_negative for rule in self.rules)
        wanted = {*guider.mix.wanted(len(guider.sets)), *(guider.negative if negative else ())}
        self.asked = sorted(wanted.intersection(range(len(guider.sets))))
        self.regions = [(which, region) for which in self.asked for region in self.place(which)]
        self.caller = Caller(model, [region for _, region in self.regions], self.tweaks)
        self.others: dict[tuple[object, ...], Caller] = {}  # what rules asked beside

    def place(self, which: int, conditioning: Conditioning | None = None) -> tuple[Region, ...]:
        """A set, or another conditioning in its place, laid upon the latents."""
        negative = which in self.guider.negative
        chosen = self.guider.sets[which] if conditioning is None else conditioning
        if negative:
            chosen = with_shared(chosen, self.guider.sets[0])
        occasion = Occasion(self.latent, self.seed, negative, self.mask)
        return place(chosen, self.guider.model, occasion)

    def __call__(self, x: Tensor, sigma: float) -> Tensor:
        """x0 (B, C, h, w) of noisy latents."""
        return self.both(x, sigma)[0]

    def both(self, x: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
        """x0, and the x0 of the negative prompt (the positive's where there is none)."""
        ask: Ask = self.ask
        mix: Callable[[Answers], Tensor] = self.guider.mix
        for rule in reversed(self.rules):
            ask, mix = ask_around(rule, ask), mix_around(rule, mix)
        answers = said = Answers(x, sigma, ask(x, sigma))
        again = self.again(said)
        for rule in self.rules:
            answers = rule.before(answers, again)
        x0 = mix(answers)
        for rule in self.rules:
            x0 = rule.after(x0, answers, again)
        unguided = next((said.x0[i] for i in sorted(self.guider.negative) if i in self.asked), None)
        return x0, said.positive if unguided is None else unguided

    def ask(self, x: Tensor, sigma: float) -> tuple[Tensor | None, ...]:
        """x0 for each set; those not wanted None."""
        answers = self.caller(x, sigma)
        means: list[Average | None] = []
        for which in range(len(self.guider.sets)):
            own = [(r, answers[i]) for i, (w, r) in enumerate(self.regions) if w == which and i in answers]
            means.append(average(own, x))
        found = [mean for mean in means if mean is not None]
        if not found:
            nothing = torch.zeros_like(x)
            return tuple(nothing if which in self.asked else None for which in range(len(means)))
        first = means[0] or found[0]
        rest = next((mean for mean in means[1:] if mean is not None), None)
        return tuple(
            (filled(first, rest, x) if which == 0 else filled(mean or first, first, x))
            if which in self.asked
            else None
            for which, mean in enumerate(means)
        )

    def again(self, said: Answers) -> Again:
        """How a rule asks once more at this step; where the set has no say, what was said stays."""

        def again(
            which: int = 0,
            *,
            x: Tensor | None = None,
            tweaks: Sequence[Tweak] = (),
            conditioning: Conditioning | None = None,
        ) -> Tensor:
            caller = self.other(which, tuple(tweaks), conditioning)
            asked = said.x if x is None else x
            answers = caller(asked, said.sigma)
            mean = average([(caller.regions[i], x0) for i, x0 in answers.items()], asked)
            kept = said.x0[which] if which < len(said.x0) else None
            rest = Average(said.positive if kept is None else kept)
            return filled(mean or rest, rest, asked)

        return again

    def masks(self, mask: Tensor) -> Callable[[float], Tensor]:
        """Which part of the picture (1 or B, 1, h, w) is worked on, by noise level."""

        def at(sigma: float) -> Tensor:
            changed = mask
            for rule in self.rules:
                changed = rule.mask(changed, sigma)
            return changed

        return at

    def other(self, which: int, tweaks: tuple[Tweak, ...], conditioning: Conditioning | None) -> Caller:
        """A caller beside the usual one, kept for the sampling."""
        key = (which, *map(id, tweaks), id(conditioning))
        if key not in self.others:
            regions = self.place(which, conditioning)
            self.others[key] = Caller(self.guider.model, regions, (*self.tweaks, *tweaks))
        return self.others[key]


def with_shared(negative: Conditioning, positive: Conditioning) -> Conditioning:
    """A negative prompt steered by what the positive one shares, where it has no controls of its own."""
    shared = tuple(dict.fromkeys(c for cond in positive for c in cond.controls if c.shared))
    return tuple(cond if cond.controls else replace(cond, controls=shared) for cond in negative)


def ask_around(rule: Rule, inner: Ask) -> Ask:
    """Asking as a rule would have it."""
    return lambda x, sigma: rule.ask(x, sigma, inner)


def mix_around(rule: Rule, inner: Callable[[Answers], Tensor]) -> Callable[[Answers], Tensor]:
    """Mixing as a rule would have it."""
    return lambda answers: rule.mix(answers, inner)


def average(parts: Sequence[tuple[Region, Tensor]], x: Tensor) -> Average | None:
    """The mean x0 of conditionings, each weighing what it weighs where it lies; None of none."""
    if len(parts) == 0:
        return None
    if all(region.covers(x) and not region.fallback for region, _ in parts):
        whole = sum(float(region.weight) for region, _ in parts)
        return Average(torch.stack([x0 * (float(region.weight) / whole) for region, x0 in parts]).sum(0))
    total, weight = torch.zeros_like(x), torch.zeros_like(x[:, :1])
    for region, x0 in (part for part in parts if not part[0].fallback):
        lay(region, x0, region.weight, total, weight)
    left = (1 - weight).clamp(min=0.0)  # of each place, for those that only fall in
    for region, x0 in (part for part in parts if part[0].fallback):
        lay(region, x0, region.weight * region.box.of(left), total, weight)
    return Average(total / weight.clamp(min=TINY), weight > 0)


def lay(region: Region, x0: Tensor, share: float | Tensor, total: Tensor, weight: Tensor) -> None:
    """Add one conditioning's x0 to the sum, and what it weighs to the weights."""
    region.box.of(total).add_(x0 * share)
    region.box.of(weight).add_(share)


def filled(mean: Average | None, other: Average | None, x: Tensor) -> Tensor:
    """A mean with the other sign's where it has none: there is then nothing to guide between."""
    if mean is None:
        return torch.zeros_like(x)
    if mean.covered is None or other is None:
        return mean.x0
    return torch.where(mean.covered, mean.x0, other.x0)
