"""Exponential integrators in log sigma, for ODE and SDE alike: SEEDS and ER-SDE, and their phi functions."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from torch import Tensor

from diffusion.sampling.quadrature import integral
from diffusion.sampling.step import Denoise, OnStep, UnitNoise, walk

SMALL = 1e-2  # below it phi is summed as a series: its recursion would cancel
Growth: TypeAlias = Callable[[float], float]


def phi(k: int, z: float) -> float:
    """phi_0 = exp, phi_{k+1}(z) = (phi_k(z) - 1/k!) / z (Hochbruck & Ostermann 2010, equation 2.11)."""
    if abs(z) < SMALL:
        return sum(z**j / math.factorial(j + k) for j in range(8))
    if k == 1:
        return math.expm1(z) / z
    return (phi(k - 1, z) - 1 / math.factorial(k - 1)) / z if k else math.exp(z)


def drift(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float, eta: float) -> Tensor:
    """Where the reverse SDE of strength eta (0: the ODE) leads on average if x0 stays as it is."""
    kept: float = (sigma_next / sigma) ** (1 + eta)
    return denoised + kept * (x - denoised)


def spread(sigma: float, sigma_next: float, eta: float) -> float:
    """How far it scatters around that."""
    return sigma_next * math.sqrt(max(0.0, 1 - (sigma_next / sigma) ** (2 * eta)))


class Scatter:
    """The noise of one step, for stages ever farther along it: an Ornstein-Uhlenbeck path in log sigma."""

    def __init__(self, noise: UnitNoise | None, sigma: float, eta: float, s_noise: float) -> None:
        self.noise = noise if eta > 0 and s_noise > 0 else None
        self.sigma, self.eta, self.s_noise = sigma, eta, s_noise
        self.path: Tensor | float = 0.0

    def at(self, sigma: float) -> Tensor | float:
        """The path at a level below the last asked for; noise is drawn for the way between."""
        if self.noise is None:
            return 0.0
        kept = (sigma / self.sigma) ** self.eta
        fresh = math.sqrt(max(0.0, 1 - kept**2)) * self.noise(self.sigma, sigma)
        self.path, self.sigma = kept * self.path + fresh, sigma
        return self.path * (sigma * self.s_noise)


def between(sigma: float, sigma_next: float, share: float) -> float:
    """The level at this share of the way, in log sigma."""
    return sigma * math.pow(sigma_next / sigma, share)


def seeds_2(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise | None = None,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
    r: float = 0.5,
    solver_type: Literal["phi_1", "phi_2"] = "phi_1",
) -> Tensor:
    """SEEDS-2 (Gonzalez et al. 2023, arXiv:2305.14267, algorithm 2), a stage at r of the step.

    "phi_2" weighs the second stage by phi_2 / r as exponential Runge-Kutta methods do (Hochbruck & Ostermann
    2010, equation 2.39); with r = 1 that is Heun's exponential method.
    """

    def advance(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        if sigma_next == 0:
            return denoised
        scatter, mid = Scatter(noise, sigma, eta, s_noise), between(sigma, sigma_next, r)
        middle = denoise(drift(x, denoised, sigma, mid, eta) + scatter.at(mid), mid)
        h = (1 + eta) * math.log(sigma / sigma_next)
        weight = h * phi(2, -h) / r if solver_type == "phi_2" else h * phi(1, -h) / (2 * r)
        ahead = drift(x, denoised, sigma, sigma_next, eta) + weight * (middle - denoised)
        return ahead + scatter.at(sigma_next)

    return walk(denoise, x, sigmas, on_step, advance)


def seeds_3(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise | None = None,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
    r_1: float = 1 / 3,
    r_2: float = 2 / 3,
) -> Tensor:
    """SEEDS-3 (Gonzalez et al. 2023, arXiv:2305.14267, algorithm 3), stages at r_1 and r_2 of the step."""

    def advance(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        if sigma_next == 0:
            return denoised
        scatter, h = Scatter(noise, sigma, eta, s_noise), (1 + eta) * math.log(sigma / sigma_next)
        first, second = between(sigma, sigma_next, r_1), between(sigma, sigma_next, r_2)
        early = denoise(drift(x, denoised, sigma, first, eta) + scatter.at(first), first)
        bend = r_2 * h * phi(2, -r_2 * h) * (r_2 / r_1) * (early - denoised)
        late = denoise(drift(x, denoised, sigma, second, eta) + bend + scatter.at(second), second)
        ahead = drift(x, denoised, sigma, sigma_next, eta) + h * phi(2, -h) / r_2 * (late - denoised)
        return ahead + scatter.at(sigma_next)

    return walk(denoise, x, sigmas, on_step, advance)


def extended(level: float) -> float:
    """The noise function of ER-SDE-Solvers that the paper prefers (Cui et al. 2023, section 4)."""
    return level * (math.exp(level**0.3) + 10)


def power(exponent: float) -> Growth:
    """The noise function of the reverse SDE of strength exponent - 1; an exponent of 1 is the ODE's."""
    return lambda level: float(level**exponent)


def er_sde(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise | None = None,
    *,
    s_noise: float = 1.0,
    growth: Growth = extended,
    max_stage: int = 3,
) -> Tensor:
    """ER-SDE-Solver-3 (Cui et al. 2023, arXiv:2309.06169, algorithm 3), or of a lower order.

    `growth` is the paper's phi: how the noise is taken apart into what stays and what is drawn anew.
    """
    past: deque[tuple[float, Tensor, Tensor | float]] = deque(maxlen=2)  # sigma, x0, slope of x0

    def advance(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        if sigma_next == 0:
            return denoised
        kept = growth(sigma_next) / growth(sigma)
        ahead = denoised + kept * (x - denoised)
        d: Tensor | float = 0.0
        if past and max_stage > 1:
            d = (denoised - past[-1][1]) / (sigma - past[-1][0])
            ahead = ahead + er_weight(growth, sigma, sigma_next, 1) * d
        if len(past) > 1 and max_stage > 2:
            bend = (d - past[-1][2]) / (sigma - past[-2][0])
            ahead = ahead + 2 * er_weight(growth, sigma, sigma_next, 2) * bend
        past.append((sigma, denoised, d))
        scale = s_noise * math.sqrt(max(0.0, sigma_next**2 - (sigma * kept) ** 2))
        return ahead if noise is None or s_noise == 0 else ahead + scale * noise(sigma, sigma_next)

    return walk(denoise, x, sigmas, on_step, advance)


def er_weight(growth: Growth, sigma: float, sigma_next: float, power: int) -> float:
    """What x0's derivative of this order counts: (t - s)^k / k! + phi(t) times an integral over the step."""

    def density(log_level: float) -> float:  # in log sigma it is smooth
        level = math.exp(log_level)
        return (level - sigma) ** (power - 1) * level / growth(level)

    total = integral(density, math.log(sigma_next), math.log(sigma))
    return (sigma_next - sigma) ** power / math.factorial(power) + growth(sigma_next) * total
