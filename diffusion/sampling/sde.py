"""Stochastic samplers: each step goes below its noise level and adds fresh noise back up to it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor

from diffusion.sampling.ode import extrapolated
from diffusion.sampling.step import Denoise, OnStep, Step, UnitNoise


def bridge(x: Tensor, x0: Tensor, sigma: float, sigma_next: float, noise: UnitNoise) -> Tensor:
    """A draw from q(x_next | x, x0), the posterior of Ho et al. 2020 (equation 6).

    With x = x0 + sigma * noise it is a Brownian bridge between x at time sigma^2 and x0 at time 0.
    """
    kept = (sigma_next / sigma) ** 2  # share of the way, and of the variance, that is left
    mean = x0 + kept * (x - x0)
    return mean + sigma_next * math.sqrt(1 - kept) * noise(sigma, sigma_next) if sigma_next > 0 else mean


def euler_ancestral(
    denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep, noise: UnitNoise
) -> Tensor:
    """Ancestral sampling (Ho et al. 2020, algorithm 2): DDPM, whatever levels it visits."""
    total = len(sigmas) - 1
    for i in range(total):
        sigma, sigma_next = sigmas[i], sigmas[i + 1]
        denoised = denoise(x, sigma)
        x = bridge(x, denoised, sigma, sigma_next, noise)
        on_step(Step(i, total, denoised, sigma))
    return x


def lcm(denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep, noise: UnitNoise) -> Tensor:
    """Multistep consistency sampling (Song et al. 2023, algorithm 1): clean, noised anew, clean again."""
    total = len(sigmas) - 1
    for i in range(total):
        sigma, sigma_next = sigmas[i], sigmas[i + 1]
        x = denoised = denoise(x, sigma)
        if sigma_next > 0:
            x = denoised + sigma_next * noise(sigma, sigma_next)
        on_step(Step(i, total, denoised, sigma))
    return x


def dpmpp_sde(
    denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep, noise: UnitNoise
) -> Tensor:
    """SDE-DPM-Solver++ of second order, single step (Lu et al. 2022b, section 5), r = 1/2, eta = 1.

    At r = 1/2 the x0 seen in the middle, in log sigma, counts wholly and that of the start not at all.
    """
    total = len(sigmas) - 1
    for i in range(total):
        sigma, sigma_next = sigmas[i], sigmas[i + 1]
        denoised = target = denoise(x, sigma)
        if sigma_next > 0:
            mid = math.sqrt(sigma * sigma_next)
            target = denoise(bridge(x, denoised, sigma, mid, noise), mid)
        x = bridge(x, target, sigma, sigma_next, noise)
        on_step(Step(i, total, denoised, sigma))
    return x


def dpmpp_2m_sde(
    denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep, noise: UnitNoise
) -> Tensor:
    """SDE-DPM-Solver++(2M) (Lu et al. 2022b, section 5), midpoint form, eta = 1."""
    total = len(sigmas) - 1
    earlier: Tensor | None = None
    for i in range(total):
        sigma, sigma_next = sigmas[i], sigmas[i + 1]
        denoised = denoise(x, sigma)
        target = extrapolated(denoised, earlier, sigmas[i - 1], sigma, sigma_next)
        x = bridge(x, target, sigma, sigma_next, noise)
        earlier = denoised
        on_step(Step(i, total, denoised, sigma))
    return x
