"""Stochastic samplers of the DPM-Solver++ kind: solvers of the reverse SDE, in log sigma."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal

from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.sampling.ancestral import ancestral, renoised
from diffusion.sampling.exponential import between, drift, phi, spread
from diffusion.sampling.ode import gained
from diffusion.sampling.step import Denoise, OnStep, UnitNoise, toward, walk


def lcm(denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep, noise: UnitNoise) -> Tensor:
    """Multistep consistency sampling (Song et al. 2023, algorithm 1): clean, noised anew, clean again."""

    def advance(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        del x
        return renoised(denoised, sigma_next, noise, sigma, sigma_next)

    return walk(denoise, x, sigmas, on_step, advance)


def lcm_upscale(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: Callable[[Tensor], Tensor],
    *,
    resize: Callable[[Tensor, int, int], Tensor],
    ratio: float = 1.0,
    steps: int | None = None,
    flow: bool = False,
) -> Tensor:
    """`lcm` whose clean latents grow, evenly over its first steps, to `ratio` times their size.

    `resize(x, width, height)` enlarges; `steps` are half of all if not given, and at least one.
    """
    growing = iter(sizes(x, ratio, max(len(sigmas) // 2, 1) if steps is None else min(steps, len(sigmas))))

    def advance(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        del x, sigma
        size = next(growing, None)
        clean = denoised if size is None else resize(denoised, *size)
        if sigma_next == 0:
            return clean
        return clean * (1 - sigma_next if flow else 1) + sigma_next * noise(clean)

    return walk(denoise, x, sigmas, on_step, advance)


def sizes(x: Tensor, ratio: float, steps: int) -> list[tuple[int, int]]:
    """Widths and heights on the way to `ratio` times those of x."""
    height, width = x.shape[-2:]
    factors = [1 + (ratio - 1) * (k + 1) / steps for k in range(steps)]
    return [(max(1, round(width * factor)), max(1, round(height * factor))) for factor in factors]


def dpmpp_sde(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
    r: float = 0.5,
) -> Tensor:
    """SDE-DPM-Solver++ of second order, single step (Lu et al. 2022b, section 5), a stage at r of it."""
    if r <= 0:
        raise DiffusionError(f"the stage of dpmpp_sde must lie inside the step: r above 0, not {r:g}")
    step = ancestral(toward, noise, eta, s_noise)

    def advance(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        if sigma_next == 0:
            return denoised
        mid = between(sigma, sigma_next, r)
        middle = denoise(step(x, denoised, sigma, mid), mid)
        return step(x, denoised + (middle - denoised) / (2 * r), sigma, sigma_next)

    return walk(denoise, x, sigmas, on_step, advance)


def dpmpp_2m_sde(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
    solver_type: Literal["midpoint", "heun"] = "midpoint",
) -> Tensor:
    """SDE-DPM-Solver++(2M) (Lu et al. 2022b, section 5): x0 goes on as it did in the last step."""
    past: deque[tuple[float, Tensor]] = deque(maxlen=1)

    def advance(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        if sigma_next == 0:
            return denoised
        ahead = drift(x, denoised, sigma, sigma_next, eta)
        if past and sigma_next != sigma:
            h = (1 + eta) * math.log(sigma / sigma_next)
            weight = h * phi(2, -h) if solver_type == "heun" else h * phi(1, -h) / 2
            ahead = ahead + weight * gained(denoised, past[0], sigma, sigma_next)
        past.append((sigma, denoised))
        return renoised(ahead, s_noise * spread(sigma, sigma_next, eta), noise, sigma, sigma_next)

    return walk(denoise, x, sigmas, on_step, advance)


def dpmpp_3m_sde(
    denoise: Denoise,
    x: Tensor,
    sigmas: Sequence[float],
    on_step: OnStep,
    noise: UnitNoise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """The same of third order: x0 goes on along the parabola through its last three values."""
    past: deque[tuple[float, Tensor]] = deque(maxlen=2)

    def advance(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        if sigma_next == 0:
            return denoised
        ahead, h = drift(x, denoised, sigma, sigma_next, eta), (1 + eta) * math.log(sigma / sigma_next)
        if past and sigma_next != sigma:
            first, second = divided(denoised, past, sigma, sigma_next)
            ahead = ahead + h * phi(2, -h) * first + h * phi(3, -h) * second
        past.append((sigma, denoised))
        return renoised(ahead, s_noise * spread(sigma, sigma_next, eta), noise, sigma, sigma_next)

    return walk(denoise, x, sigmas, on_step, advance)


def divided(
    denoised: Tensor, past: Sequence[tuple[float, Tensor]], sigma: float, sigma_next: float
) -> tuple[Tensor, Tensor | float]:
    """The first and second derivative of x0 in steps of log sigma, as far as the past tells.

    The second is (d1 - d2) / (r1 + r2) as published; the parabola's is twice that.
    """
    d1 = gained(denoised, past[-1], sigma, sigma_next)
    if len(past) < 2:
        return d1, 0.0
    h = math.log(sigma / sigma_next)
    (sigma_2, denoised_2), (sigma_1, denoised_1) = past
    r1, r2 = math.log(sigma_1 / sigma) / h, math.log(sigma_2 / sigma_1) / h
    d2 = (denoised_1 - denoised_2) / r2
    second = (d1 - d2) / (r1 + r2)
    return d1 + second * r1, second
