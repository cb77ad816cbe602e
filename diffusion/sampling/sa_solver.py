"""SA-Solver: stochastic Adams methods, a predictor and a corrector (Xue et al. 2023, arXiv:2309.05019).

In x = x0 + sigma * noise the paper's x_t / alpha_t is our x, and its lambda is -log sigma.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from diffusion.sampling.exponential import spread
from diffusion.sampling.quadrature import adams_weights
from diffusion.sampling.schedules import ALWAYS, Period
from diffusion.sampling.step import Denoise, OnStep, Step, UnitNoise


@dataclass(frozen=True)
class Span:
    """One step: where it begins and ends, and its chance, tau^2 (0 is the ODE, 1 the reverse SDE)."""

    sigma: float
    sigma_next: float
    chance: float

    @property
    def h(self) -> float:
        return math.log(self.sigma / self.sigma_next)

    def weights(self, levels: Sequence[float]) -> list[float]:
        """What x0 at these levels counts (equations 14 and 17): they sum to what x itself does not."""
        end, grown = -math.log(self.sigma_next), 1 + self.chance

        def density(lamda: float) -> float:
            return grown * math.exp(grown * (lamda - end))

        return adams_weights([-math.log(level) for level in levels], end - self.h, end, density)

    def simple_weights(self, levels: Sequence[float]) -> list[float]:
        """For two levels: as exact to second order, without integrals; the paper's code takes these."""
        grown = (1 + self.chance) * self.h
        other = next(level for level in levels if level != self.sigma)
        away = math.log(self.sigma / other) / self.h  # 1 is the end of the step
        share = grown / (2 * away)
        whole = -math.expm1(-grown)
        return [share if level == other else whole - share for level in levels]


@dataclass(frozen=True)
class Plan:
    """How the solver goes: orders, whether the corrected x is looked at again, simple weights of order 2."""

    predictor_order: int
    corrector_order: int
    use_pece: bool
    simple_order_2: bool

    @property
    def kept(self) -> int:
        return max(self.predictor_order, self.corrector_order, 1)

    def landed(self, x: Tensor, span: Span, known: Sequence[tuple[float, Tensor]]) -> Tensor:
        """x at the end of a step on average, x0 interpolated through what is known of it."""
        levels = [level for level, _ in known]
        simple = self.simple_order_2 and len(levels) == 2
        weights = span.simple_weights(levels) if simple else span.weights(levels)
        x = x * (span.sigma_next / span.sigma) ** (1 + span.chance)
        for weight, (_, denoised) in zip(weights, known, strict=True):
            x = x + weight * denoised
        return x


def sa_solver(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise,
    *,
    eta: float = 1.0,
    noisy: Period = ALWAYS,
    s_noise: float = 1.0,
    predictor_order: int = 3,
    corrector_order: int = 4,
    use_pece: bool = False,
    simple_order_2: bool = False,
) -> Tensor:
    """SA-Solver (algorithm 1), stochastic in the steps that end in the part `noisy`.

    Predictor and corrector of one step add the same noise. `use_pece` asks the network about the corrected x
    as well, so that each step costs two calls.
    """
    plan = Plan(predictor_order, corrector_order, use_pece, simple_order_2)
    total = len(sigmas) - 1
    known: deque[tuple[float, Tensor]] = deque(maxlen=plan.kept)  # x0 at the levels so far
    ahead, span = x, None
    scatter: Tensor | float = 0.0
    for i in range(total):
        sigma, sigma_next = sigmas[i], sigmas[i + 1]
        denoised = seen = denoise(ahead, sigma)
        known.append((sigma, denoised))
        if span is None or corrector_order == 0 or (sigma_next == 0 and not use_pece):
            x = ahead
        else:
            x = plan.landed(x, span, [*known][-corrector_order:]) + scatter
            if use_pece:
                seen = denoise(x, sigma)
                known[-1] = (sigma, seen)
        on_step(Step(i, total, denoised, sigma))
        if sigma_next == 0:
            return seen
        span = Span(sigma, sigma_next, chance(sigma_next, noisy, eta))
        scatter = scattered(span, noise, s_noise)
        ahead = plan.landed(x, span, [*known][-plan.predictor_order :]) + scatter
    return ahead


def chance(sigma: float, noisy: Period, eta: float) -> float:
    """tau^2 of a step that ends at this level."""
    return eta**2 if noisy.holds(sigma) else 0.0


def scattered(span: Span, noise: UnitNoise, s_noise: float) -> Tensor | float:
    """The noise of one step."""
    scale = s_noise * spread(span.sigma, span.sigma_next, span.chance)
    return scale * noise(span.sigma, span.sigma_next) if scale > 0 else 0.0
