"""DPM-Solver in its fixed and its adaptive form (Lu et al. 2022, arXiv:2206.00927): it plans its own levels.

It goes from the first level to the last positive one and leaves that much noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.sampling.ancestral import renoised, split
from diffusion.sampling.exponential import between
from diffusion.sampling.ode import euler, slope
from diffusion.sampling.step import Denoise, OnStep, Step, UnitNoise

REFUSALS = 100  # steps in a row that the adaptive solver may find too long
ARRIVED = 1e-5  # in log sigma


@dataclass(frozen=True, eq=False)
class Leg:
    """A way between two levels with the noise, or slope, where it begins."""

    denoise: Denoise
    x: Tensor
    eps: Tensor
    sigma: float
    sigma_next: float

    def eps_at(self, x: Tensor, sigma: float) -> Tensor:
        """The network's idea of the noise in x."""
        return slope(x, sigma, self.denoise(x, sigma))

    def first(self, sigma_next: float) -> Tensor:
        """DPM-Solver-1 (equation 3.7): straight along the noise."""
        return self.x + (sigma_next - self.sigma) * self.eps

    def stage(self, r: float) -> Tensor:
        """The noise at this share of the way, in log sigma, as found by a first step."""
        sigma = between(self.sigma, self.sigma_next, r)
        return self.eps_at(self.first(sigma), sigma)

    def second(self, eps_1: Tensor, r_1: float) -> Tensor:
        """DPM-Solver-2 (algorithm 4) with a stage at r_1."""
        return self.first(self.sigma_next) + (self.sigma_next - self.sigma) / (2 * r_1) * (eps_1 - self.eps)

    def third(self, eps_1: Tensor, r_1: float = 1 / 3, r_2: float = 2 / 3) -> Tensor:
        """DPM-Solver-3 (algorithm 5) with stages at r_1 and r_2."""
        sigma_2 = between(self.sigma, self.sigma_next, r_2)
        bent = self.first(sigma_2) - curl(self.sigma, sigma_2) * (r_2 / r_1) * (eps_1 - self.eps)
        eps_2 = self.eps_at(bent, sigma_2)
        return self.first(self.sigma_next) - curl(self.sigma, self.sigma_next) / r_2 * (eps_2 - self.eps)

    def whole(self, order: int) -> Tensor:
        """A step of this order, 1 to 3."""
        if order == 1:
            return self.first(self.sigma_next)
        return self.second(self.stage(1 / 2), 1 / 2) if order == 2 else self.third(self.stage(1 / 3))

    def twice(self, order: int) -> tuple[Tensor, Tensor]:
        """Steps of the order below and of this order, 2 or 3, sharing their stages."""
        if order == 2:
            return self.first(self.sigma_next), self.second(self.stage(1 / 2), 1 / 2)
        eps_1 = self.stage(1 / 3)
        return self.second(eps_1, 1 / 3), self.third(eps_1)


def curl(sigma: float, sigma_next: float) -> float:
    """sigma_next (expm1(h) / h - 1): what the noise's change counts."""
    h = math.log(sigma / sigma_next)
    return (sigma - sigma_next) / h - sigma_next if h else 0.0


def ends(sigmas: Sequence[float]) -> tuple[float, float]:
    """The first level and the last positive one."""
    return sigmas[0], sigmas[-1] if sigmas[-1] > 0 else sigmas[-2]


def below(sigma: float, sigma_next: float, last: float, eta: float) -> tuple[float, float]:
    """Where an ancestral step goes down to, never below the last level, and the noise it adds there."""
    if sigma_next > sigma:
        return sigma_next, 0.0
    down = max(last, split(sigma, sigma_next, eta)[0])
    return down, math.sqrt(max(0.0, sigma_next**2 - down**2))


def dpm_fast(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise | None = None,
    *,
    eta: float = 0.0,
    s_noise: float = 1.0,
) -> Tensor:
    """DPM-Solver-fast (section 3.4): as many calls as there are levels, spent on steps even in log sigma."""
    first, last = ends(sigmas)
    if first == last:
        return euler(denoise, x, sigmas, on_step)  # a single step, to zero
    orders = fast_orders(len(sigmas) - 1)
    for i, order in enumerate(orders):
        sigma, sigma_next = (between(first, last, (i + k) / len(orders)) for k in (0, 1))
        denoised = denoise(x, sigma)
        down, up = below(sigma, sigma_next, last, eta)
        x = Leg(denoise, x, slope(x, sigma, denoised), sigma, down).whole(order)
        x = renoised(x, up * s_noise, noise, sigma, sigma_next)
        on_step(Step(i, len(orders), denoised, sigma))
    return x


def fast_orders(calls: int) -> list[int]:
    """Orders of steps that use up so many calls: threes, then what remains."""
    threes, rest = divmod(calls, 3)
    return [3] * threes + [rest] if rest else [3] * (threes - 1) + [2, 1]


@dataclass
class Pace:
    """A PID controller of the step's length (Soderlind 2003), as for adaptive solvers of ODEs."""

    h: float
    exponents: tuple[float, float, float]
    accept_safety: float
    inverse_errors: list[float] = field(default_factory=list)

    def accepts(self, error: float) -> bool:
        """Whether a step was good enough; sets the length of the next one."""
        inverse = 1 / (error + 1e-8)
        self.inverse_errors = self.inverse_errors or [inverse] * 3
        self.inverse_errors[0] = inverse
        factor = math.prod(e**b for e, b in zip(self.inverse_errors, self.exponents, strict=True))
        factor = 1 + math.atan(factor - 1)
        self.h *= factor
        if factor < self.accept_safety:
            return False
        self.inverse_errors[1:] = self.inverse_errors[:2]
        return True


def pid(pcoeff: float, icoeff: float, dcoeff: float, order: float) -> tuple[float, float, float]:
    """The exponents of the last three inverse errors."""
    return (pcoeff + icoeff + dcoeff) / order, -(pcoeff + 2 * dcoeff) / order, dcoeff / order


def dpm_adaptive(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise | None = None,
    *,
    order: int = 3,
    rtol: float = 0.05,
    atol: float = 0.0078,
    h_init: float = 0.05,
    pcoeff: float = 0.0,
    icoeff: float = 1.0,
    dcoeff: float = 0.0,
    accept_safety: float = 0.81,
    eta: float = 0.0,
    s_noise: float = 1.0,
) -> Tensor:
    """DPM-Solver-12 and -23 (appendix C): steps as long as two orders agree, whatever the levels between."""
    first, last = ends(sigmas)
    if first == last:
        return euler(denoise, x, sigmas, on_step)
    if h_init <= 0:
        raise DiffusionError(f"the first step of dpm_adaptive must be longer than 0, not {h_init:g}")
    pace = Pace(h_init, pid(pcoeff, icoeff, dcoeff, 1.5 if eta else order), accept_safety)
    sigma, x_low, refused, total = first, x, 0, len(sigmas) - 1
    while abs(math.log(sigma / last)) > ARRIVED:
        sigma_next = (
            max(last, sigma * math.exp(-pace.h)) if last < first else min(last, sigma * math.exp(pace.h))
        )
        down, up = below(sigma, sigma_next, last, eta)
        denoised = denoise(x, sigma)
        low, high = Leg(denoise, x, slope(x, sigma, denoised), sigma, down).twice(order)
        if not pace.accepts(disagreement(low, high, x_low, rtol, atol)):
            refused = patient(refused + 1, rtol, atol)
            continue
        done = math.log(first / sigma_next) / math.log(first / last)
        on_step(Step(min(math.ceil(done * total), total) - 1, total, denoised, sigma))
        x, x_low, refused = renoised(high, up * s_noise, noise, sigma, sigma_next), low, 0
        sigma = sigma_next
    return x


def disagreement(low: Tensor, high: Tensor, last: Tensor, rtol: float, atol: float) -> float:
    """How far two orders lie apart, 1 being what is tolerated (root mean square; equation C.1)."""
    tolerated = torch.clamp(rtol * torch.maximum(low.abs(), last.abs()), min=atol)
    error = float(((low - high) / tolerated).square().mean().sqrt())
    if not math.isfinite(error):
        raise DiffusionError(f"dpm_adaptive cannot tell how far it errs (rtol {rtol:g}, atol {atol:g})")
    return error


def patient(refused: int, rtol: float, atol: float) -> int:
    """The number itself, or an end to what would never end."""
    if refused >= REFUSALS:
        raise DiffusionError(
            f"dpm_adaptive found no step within its tolerance in {refused} tries: rtol {rtol:g} and atol "
            f"{atol:g} are too small, or accept_safety is too large"
        )
    return refused
