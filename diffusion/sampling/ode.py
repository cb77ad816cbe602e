"""Deterministic samplers: solvers of the probability flow dx/dsigma = (x - denoise(x, sigma)) / sigma."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor

from diffusion.sampling.step import Denoise, OnStep, Step


def slope(x: Tensor, sigma: float, denoised: Tensor) -> Tensor:
    """dx/dsigma (Karras et al. 2022, equation 3 with s = 1)."""
    return (x - denoised) / sigma


def euler(denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep) -> Tensor:
    """Euler's method; DDIM without noise is the same step (Song et al. 2020, equation 13)."""
    total = len(sigmas) - 1
    for i in range(total):
        sigma, sigma_next = sigmas[i], sigmas[i + 1]
        denoised = denoise(x, sigma)
        x = denoised + (sigma_next / sigma) * (x - denoised)
        on_step(Step(i, total, denoised, sigma))
    return x


def heun(denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep) -> Tensor:
    """Heun's method (Karras et al. 2022, algorithm 1): the slope averaged over both ends of the step."""
    total = len(sigmas) - 1
    for i in range(total):
        sigma, sigma_next = sigmas[i], sigmas[i + 1]
        denoised = denoise(x, sigma)
        d = slope(x, sigma, denoised)
        ahead = x + d * (sigma_next - sigma)
        if sigma_next > 0:
            d_next = slope(ahead, sigma_next, denoise(ahead, sigma_next))
            ahead = x + (d + d_next) / 2 * (sigma_next - sigma)
        x = ahead
        on_step(Step(i, total, denoised, sigma))
    return x


def dpm_2(denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep) -> Tensor:
    """The midpoint method in log sigma, after DPM-Solver-2 (Lu et al. 2022, algorithm 1)."""
    total = len(sigmas) - 1
    for i in range(total):
        sigma, sigma_next = sigmas[i], sigmas[i + 1]
        denoised = denoise(x, sigma)
        d, mid = slope(x, sigma, denoised), math.sqrt(sigma * sigma_next)
        if mid > 0:
            between = x + d * (mid - sigma)
            d = slope(between, mid, denoise(between, mid))
        x = x + d * (sigma_next - sigma)
        on_step(Step(i, total, denoised, sigma))
    return x


def dpmpp_2m(denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep) -> Tensor:
    """DPM-Solver++(2M) (Lu et al. 2022b, algorithm 2): x0 extrapolated from the last two, in log sigma."""
    total = len(sigmas) - 1
    earlier: Tensor | None = None
    for i in range(total):
        sigma, sigma_next = sigmas[i], sigmas[i + 1]
        denoised = denoise(x, sigma)
        target = extrapolated(denoised, earlier, sigmas[i - 1], sigma, sigma_next)
        x = target + (sigma_next / sigma) * (x - target)
        earlier = denoised
        on_step(Step(i, total, denoised, sigma))
    return x


def extrapolated(
    denoised: Tensor, earlier: Tensor | None, sigma_last: float, sigma: float, sigma_next: float
) -> Tensor:
    """x0 at the middle of the coming step, from this one and the last, linearly in log sigma."""
    if earlier is None or sigma_next == 0:
        return denoised
    r = math.log(sigma_last / sigma) / math.log(sigma / sigma_next)
    return denoised + (denoised - earlier) / (2 * r)
