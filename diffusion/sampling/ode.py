"""Deterministic samplers of one step: solvers of the probability flow dx/dsigma = (x - x0) / sigma.

That equation holds for x = x0 + sigma * noise and for x = (1 - sigma) x0 + sigma * noise alike.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from functools import partial

from torch import Tensor

from diffusion.sampling.step import Denoise, OnStep, Step, toward, walk


def slope(x: Tensor, sigma: float, denoised: Tensor) -> Tensor:
    """dx/dsigma (Karras et al. 2022, equation 3 with s = 1)."""
    return (x - denoised) / sigma


def euler(denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep) -> Tensor:
    """Euler's method; DDIM without noise is the same step (Song et al. 2020, equation 13)."""
    return walk(denoise, x, sigmas, on_step, toward)


def heun(denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep) -> Tensor:
    """Heun's method (Karras et al. 2022, algorithm 1): the slope averaged over both ends of the step."""

    def advance(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        d = slope(x, sigma, denoised)
        ahead = x + d * (sigma_next - sigma)
        if sigma_next == 0:
            return ahead
        d_next = slope(ahead, sigma_next, denoise(ahead, sigma_next))
        return x + (d + d_next) / 2 * (sigma_next - sigma)

    return walk(denoise, x, sigmas, on_step, advance)


def heunpp2(denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep) -> Tensor:
    """Heun++: slopes of the next two levels count by their share of the largest sigma, so late ones hardly.

    After Carzit's sd-webui-samplers-scheduler. The step before the last looks one level ahead, the last none.
    """
    total = len(sigmas) - 1
    for i in range(total):
        start, denoised = x, denoise(x, sigmas[i])
        slopes = [slope(x, sigmas[i], denoised)]
        for k in range(i, min(i + 2, total - 1)):
            x = x + slopes[-1] * (sigmas[k + 1] - sigmas[k])
            slopes.append(slope(x, sigmas[k + 1], denoise(x, sigmas[k + 1])))
        shares = [sigmas[i + k] / (len(slopes) * sigmas[0]) for k in range(1, len(slopes))]
        d = slopes[0] * (1 - sum(shares))
        for share, ahead in zip(shares, slopes[1:], strict=True):
            d = d + ahead * share
        x = start + d * (sigmas[i + 1] - sigmas[i])
        on_step(Step(i, total, denoised, sigmas[i]))
    return x


def dpm_2(denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep) -> Tensor:
    """The midpoint method in log sigma, after DPM-Solver-2 (Lu et al. 2022, algorithm 1)."""
    return walk(denoise, x, sigmas, on_step, partial(midpoint, denoise))


def midpoint(denoise: Denoise, x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
    """A step along the slope in the middle, in log sigma."""
    d, mid = slope(x, sigma, denoised), math.sqrt(sigma * sigma_next)
    if mid > 0:
        between = x + d * (mid - sigma)
        d = slope(between, mid, denoise(between, mid))
    return x + d * (sigma_next - sigma)


def dpmpp_2s(denoise: Denoise, x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
    """A step of DPM-Solver++(2S) (Lu et al. 2022b, algorithm 1), r = 1/2: x0 as seen from the middle."""
    mid = math.sqrt(sigma * sigma_next)
    target = denoise(toward(x, denoised, sigma, mid), mid) if mid > 0 else denoised
    return toward(x, target, sigma, sigma_next)


def dpmpp_2m(denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep) -> Tensor:
    """DPM-Solver++(2M) (Lu et al. 2022b, algorithm 2): x0 extrapolated from the last two, in log sigma."""
    past: deque[tuple[float, Tensor]] = deque(maxlen=1)

    def advance(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        target = denoised
        if past and sigma_next not in (0, sigma):
            target = denoised + gained(denoised, past[0], sigma, sigma_next) / 2
        past.append((sigma, denoised))
        return toward(x, target, sigma, sigma_next)

    return walk(denoise, x, sigmas, on_step, advance)


def gained(denoised: Tensor, earlier: tuple[float, Tensor], sigma: float, sigma_next: float) -> Tensor:
    """How much x0 would change over the coming step if it went on as in the last, evenly in log sigma."""
    sigma_last, denoised_last = earlier
    ratio = math.log(sigma / sigma_next) / math.log(sigma_last / sigma)
    return (denoised - denoised_last) * ratio


def gradient_estimation(
    denoise: Denoise, x: Tensor, sigmas: Sequence[float], on_step: OnStep, *, gamma: float = 2.0
) -> Tensor:
    """Gradient estimation (Permenter & Yuan 2023, algorithm 2): slopes overshot, away from the last."""
    past: deque[Tensor] = deque(maxlen=1)

    def advance(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        d = slope(x, sigma, denoised)
        last = past[0] if past else d
        past.append(d)
        if sigma_next == 0:
            return denoised
        return x + (d + (gamma - 1) * (d - last)) * (sigma_next - sigma)

    return walk(denoise, x, sigmas, on_step, advance)
