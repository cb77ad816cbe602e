"""CFG++ samplers (Chung et al. 2024, arXiv:2406.08070): the guided x0, but the noise of the unguided one."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeAlias

from torch import Tensor

from diffusion.sampling.ancestral import renoised, split
from diffusion.sampling.exponential import phi
from diffusion.sampling.step import GuidedDenoise, OnStep, Step, UnitNoise

GuidedAdvance: TypeAlias = Callable[[Tensor, Tensor, Tensor, float, float], Tensor]
"""`advance(x, denoised, unguided, sigma, sigma_next)`: x at the next level."""


def walk_guided(
    denoise: GuidedDenoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep, advance: GuidedAdvance
) -> Tensor:
    """From the first level to the last, the network asked for both answers as each step begins."""
    total = len(sigmas) - 1
    for i in range(total):
        denoised, unguided = denoise.both(x, sigmas[i])
        x = advance(x, denoised, unguided, sigmas[i], sigmas[i + 1])
        on_step(Step(i, total, denoised, sigmas[i]))
    return x


def unguided_toward(x: Tensor, denoised: Tensor, unguided: Tensor, sigma: float, sigma_next: float) -> Tensor:
    """The guided x0 with as much of the unguided noise as the next level has (algorithm 2, line 5)."""
    return denoised + (sigma_next / sigma) * (x - unguided)


def ancestral_guided(
    down: GuidedAdvance, noise: UnitNoise | None, eta: float, s_noise: float
) -> GuidedAdvance:
    """A step made ancestral: it goes down as `down` does, not quite to where it is told to."""

    def advance(x: Tensor, denoised: Tensor, unguided: Tensor, sigma: float, sigma_next: float) -> Tensor:
        below, up = split(sigma, sigma_next, eta)
        return renoised(down(x, denoised, unguided, sigma, below), up * s_noise, noise, sigma, sigma_next)

    return advance


def euler_cfg_pp(denoise: GuidedDenoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep) -> Tensor:
    """DDIM with CFG++ (algorithm 2)."""
    return walk_guided(denoise, x, sigmas, on_step, unguided_toward)


def euler_cfg_pp_alternative(
    denoise: GuidedDenoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep
) -> Tensor:
    """Euler's step along a slope that the guidance, x0 - unguided, lowers once more."""

    def advance(x: Tensor, denoised: Tensor, unguided: Tensor, sigma: float, sigma_next: float) -> Tensor:
        d = (x - denoised - (denoised - unguided)) / sigma
        return x + d * (sigma_next - sigma)

    return walk_guided(denoise, x, sigmas, on_step, advance)


def euler_ancestral_cfg_pp(
    denoise: GuidedDenoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """Ancestral sampling with CFG++."""
    return walk_guided(denoise, x, sigmas, on_step, ancestral_guided(unguided_toward, noise, eta, s_noise))


def dpmpp_2s_ancestral_cfg_pp(
    denoise: GuidedDenoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """DPM-Solver++(2S), ancestral, with CFG++: both halves begin at x moved by the guidance."""

    def down(x: Tensor, denoised: Tensor, unguided: Tensor, sigma: float, sigma_next: float) -> Tensor:
        mid, target = math.sqrt(sigma * sigma_next), denoised
        if mid > 0:
            target = denoise(unguided_toward(x, denoised, unguided, sigma, mid), mid)
        return target + (sigma_next / sigma) * (x + denoised - unguided - target)

    return walk_guided(denoise, x, sigmas, on_step, ancestral_guided(down, noise, eta, s_noise))


def dpmpp_2m_cfg_pp(denoise: GuidedDenoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep) -> Tensor:
    """DPM-Solver++(2M) with CFG++ (appendix B): x0 goes on from the unguided one of the last step."""
    past: deque[tuple[float, Tensor]] = deque(maxlen=1)

    def advance(x: Tensor, denoised: Tensor, unguided: Tensor, sigma: float, sigma_next: float) -> Tensor:
        ahead = unguided_toward(x, denoised, unguided, sigma, sigma_next)
        if past and sigma_next not in (0, sigma):
            sigma_last, unguided_last = past[0]
            ratio = math.log(sigma / sigma_next) / math.log(sigma_last / sigma)
            ahead = ahead + (1 - sigma_next / sigma) * ratio / 2 * (denoised - unguided_last)
        past.append((sigma, unguided))
        return ahead

    return walk_guided(denoise, x, sigmas, on_step, advance)


def res_multistep_cfg_pp(
    denoise: GuidedDenoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise | None = None,
    *,
    eta: float = 0.0,
    s_noise: float = 1.0,
) -> Tensor:
    """RES, multistep, with CFG++: from the second step on, x moved by the guidance, then all unguided."""
    past: deque[tuple[float, Tensor]] = deque(maxlen=1)  # the length of the last step, the unguided x0

    def down(x: Tensor, denoised: Tensor, unguided: Tensor, sigma: float, below: float) -> Tensor:
        ahead, h = unguided_toward(x, denoised, unguided, sigma, below), 0.0
        if below > 0:
            h = math.log(sigma / below)
            if past and past[0][0]:
                h_last, unguided_last = past[0]
                ahead = unguided + (below / sigma) * (x + denoised - 2 * unguided)
                ahead = ahead + h * phi(2, -h) * (h / h_last) * (unguided - unguided_last)
        past.append((h, unguided))
        return ahead

    return walk_guided(denoise, x, sigmas, on_step, ancestral_guided(down, noise, eta, s_noise))


def gradient_estimation_cfg_pp(
    denoise: GuidedDenoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep, *, gamma: float = 2.0
) -> Tensor:
    """Gradient estimation (Permenter & Yuan 2023) with CFG++: its slopes are unguided."""
    past: deque[Tensor] = deque(maxlen=1)

    def advance(x: Tensor, denoised: Tensor, unguided: Tensor, sigma: float, sigma_next: float) -> Tensor:
        d = (x - unguided) / sigma
        last = past[0] if past else d
        past.append(d)
        if sigma_next == 0:
            return denoised
        return denoised + d * sigma_next + (gamma - 1) * (d - last) * (sigma_next - sigma)

    return walk_guided(denoise, x, sigmas, on_step, advance)
