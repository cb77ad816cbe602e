"""Ancestral samplers: each step goes below its noise level without noise and adds what is missing anew."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from functools import partial

from torch import Tensor

from diffusion.sampling.exponential import phi
from diffusion.sampling.ode import dpmpp_2s, midpoint
from diffusion.sampling.step import Advance, Denoise, OnStep, UnitNoise, toward, walk


def split(sigma: float, sigma_next: float, eta: float) -> tuple[float, float]:
    """(the level to go down to, the noise to add there) for a step that ends at `sigma_next`.

    eta = 1 adds the noise of the posterior q(x_next | x, x0) (Song et al. 2020, equation 16), 0 adds none.
    """
    posterior = sigma_next * math.sqrt(max(0.0, 1 - (sigma_next / sigma) ** 2))
    up = min(sigma_next, eta * posterior)
    return math.sqrt(sigma_next**2 - up**2), up


def renoised(x: Tensor, scale: float, noise: UnitNoise | None, sigma: float, sigma_next: float) -> Tensor:
    """x with that much of the noise between two levels."""
    return x if noise is None or scale == 0 else x + scale * noise(sigma, sigma_next)


def ancestral(down: Advance, noise: UnitNoise | None, eta: float, s_noise: float) -> Advance:
    """A step made ancestral: it goes down as `down` does, not quite to where it is told to."""

    def advance(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        below, up = split(sigma, sigma_next, eta)
        return renoised(down(x, denoised, sigma, below), up * s_noise, noise, sigma, sigma_next)

    return advance


def euler_ancestral(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """Ancestral sampling (Ho et al. 2020, algorithm 2): DDPM, whatever levels it visits."""
    return walk(denoise, x, sigmas, on_step, ancestral(toward, noise, eta, s_noise))


def dpm_2_ancestral(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """`dpm_2` with ancestral noise."""
    return walk(denoise, x, sigmas, on_step, ancestral(partial(midpoint, denoise), noise, eta, s_noise))


def dpmpp_2s_ancestral(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """DPM-Solver++(2S) with ancestral noise."""
    return walk(denoise, x, sigmas, on_step, ancestral(partial(dpmpp_2s, denoise), noise, eta, s_noise))


def res_multistep(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise | None = None,
    *,
    eta: float = 0.0,
    s_noise: float = 1.0,
) -> Tensor:
    """RES, multistep of second order (Zhang et al. 2023, arXiv:2308.02157, section 4); ancestral by eta."""
    past: deque[tuple[float, Tensor]] = deque(maxlen=1)  # the length of the last step, x0 at its start

    def down(x: Tensor, denoised: Tensor, sigma: float, below: float) -> Tensor:
        ahead, h = toward(x, denoised, sigma, below), 0.0
        if below > 0:
            h = math.log(sigma / below)
            ahead = ahead + res_correction(denoised, past, h)
        past.append((h, denoised))
        return ahead

    return walk(denoise, x, sigmas, on_step, ancestral(down, noise, eta, s_noise))


def res_correction(denoised: Tensor, past: Sequence[tuple[float, Tensor]], h: float) -> Tensor | float:
    """What the slope of x0 adds to a step of length h in log sigma: h phi_2(-h) (x0 - x0_last) h / h_last.

    An ancestral step is as long as it goes down: noise undoes part of the way, not of what was learned on it.
    """
    if not past or past[0][0] == 0:
        return 0.0
    h_last, denoised_last = past[0]
    return h * phi(2, -h) * (h / h_last) * (denoised - denoised_last)
