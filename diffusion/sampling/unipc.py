"""UniPC, a predictor and corrector of one form (Zhao et al. 2023, arXiv:2302.04867), predicting x0.

In x = x0 + sigma * noise the paper's x_t / alpha_t is our x, and its lambda is -log sigma.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from diffusion.sampling.step import Denoise, OnStep, Step

HIGHEST_ORDER = 3


@dataclass(frozen=True)
class Past:
    """One x0 prediction and the lambda at which it was made."""

    denoised: Tensor
    lamda: float


@dataclass(frozen=True)
class Span:
    """One step of the solver: what led there, newest last, and where it goes."""

    past: tuple[Past, ...]  # as many as the order
    sigma: float
    sigma_next: float
    second_form: bool  # B(h) = e^h - 1 rather than h

    @property
    def order(self) -> int:
        return len(self.past)

    @property
    def h(self) -> float:
        """The step in -lambda, so that it is negative: predicting x0 turns the paper's sign."""
        return math.log(self.sigma_next / self.sigma)

    @property
    def b_h(self) -> float:
        """B(h), any function that behaves as h for small steps (section 3.1)."""
        return math.expm1(self.h) if self.second_form else self.h

    @property
    def ratios(self) -> list[float]:
        """r_k: where the earlier predictions lie, in steps from the start; 1 is the end."""
        return [(past.lamda - self.past[-1].lamda) / -self.h for past in self.past[-2::-1]] + [1.0]

    @property
    def differences(self) -> list[Tensor]:
        """D_k / r_k: the slope of x0 towards each earlier prediction."""
        newest = self.past[-1].denoised
        earlier = zip(self.past[-2::-1], self.ratios, strict=False)
        return [(past.denoised - newest) / ratio for past, ratio in earlier]


def weights(span: Span, count: int) -> list[float]:
    """The first `count` unknowns a of R(h) a = phi(h) / B(h) (equation 5); one alone is set to 1/2."""
    if count == 1:
        return [0.5]
    phi, factorial = math.expm1(span.h) / span.h - 1, 1.0
    sides: list[float] = []
    for k in range(1, count + 1):
        sides.append(phi * factorial / span.b_h)
        factorial *= k + 1
        phi = phi / span.h - 1 / factorial
    powers: NDArray[np.float64] = np.vander(span.ratios[:count], increasing=True).T
    return [float(a) for a in np.linalg.solve(powers, np.array(sides))]


def first_order(x: Tensor, span: Span) -> Tensor:
    """The exact solution if x0 stayed as last predicted."""
    x0 = span.past[-1].denoised
    return x0 + (span.sigma_next / span.sigma) * (x - x0)


def predict(x: Tensor, span: Span) -> Tensor:
    """UniP (algorithm 2): x at the end of the step from past predictions only."""
    ahead = first_order(x, span)
    if span.order > 1:
        for weight, difference in zip(weights(span, span.order - 1), span.differences, strict=True):
            ahead = ahead - span.b_h * weight * difference
    return ahead


def correct(x: Tensor, span: Span, denoised: Tensor) -> Tensor:
    """UniC (algorithm 1): the same step again, knowing the prediction at its end."""
    slopes = [*span.differences, denoised - span.past[-1].denoised]
    corrected = first_order(x, span)
    for weight, difference in zip(weights(span, span.order), slopes, strict=True):
        corrected = corrected - span.b_h * weight * difference
    return corrected


def uni_pc(
    denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep, *, second_form: bool = False
) -> Tensor:
    """UniPC-3, multistep (algorithms 1 and 2), its order rising at the start and falling at the end."""
    total = len(sigmas) - 1
    past: tuple[Past, ...] = ()
    ahead, span = x, None
    for i in range(total):
        sigma, sigma_next = sigmas[i], sigmas[i + 1]
        denoised = denoise(ahead, sigma)
        x = correct(x, span, denoised) if span is not None else x
        past = (*past, Past(denoised, -math.log(sigma)))[-HIGHEST_ORDER:]
        order = min(HIGHEST_ORDER, i + 1, total - i)
        span = Span(past[-order:], sigma, sigma_next, second_form)
        ahead = predict(x, span)
        on_step(Step(i, total, denoised, sigma))
    return ahead


uni_pc_bh2 = partial(uni_pc, second_form=True)
