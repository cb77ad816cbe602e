"""What a network's output means: from noisy latents to its input, and from its output to clean latents."""

from __future__ import annotations

import math

from torch import Tensor

from diffusion.types import Prediction

# Consistency models: the network's say fades in from nothing at time 0 (Luo et al. 2023, appendix D).
CONSISTENCY_STD = 0.5
CONSISTENCY_SCALE = 10.0  # of timesteps


def network_input(prediction: Prediction, x: Tensor, sigma: float, data_std: float = 1.0) -> Tensor:
    """x = x0 + sigma * noise at unit variance, as the network was trained on it ("direct": as it is)."""
    return x if prediction == "direct" else x / math.hypot(sigma, data_std)


def denoised(
    prediction: Prediction,
    x: Tensor,
    out: Tensor,
    sigma: float,
    *,
    timestep: float = math.inf,
    data_std: float = 1.0,
) -> Tensor:
    """x0 from noisy latents and the network's output.

    Its noise (epsilon), its velocity (v: Salimans & Ho 2022), x0 itself (x0, direct), a blend of input and
    output (edm: Karras et al. 2022, table 1) or that of a consistency model (lcm), which needs the timestep.
    """
    variance, whole = data_std**2, math.hypot(sigma, data_std)
    if prediction == "epsilon":
        return x - sigma * out
    if prediction == "v":
        return x * (variance / whole**2) - out * (sigma * data_std / whole)
    if prediction == "edm":
        return x * (variance / whole**2) + out * (sigma * data_std / whole)
    if prediction == "lcm":
        return consistent(x / whole, x - sigma * out, timestep)
    return out


def consistent(x: Tensor, x0: Tensor, timestep: float) -> Tensor:
    """c_skip x + c_out x0, by which a consistency model leaves clean latents alone."""
    scaled = CONSISTENCY_SCALE * timestep
    if math.isinf(scaled):
        return x0
    length = math.hypot(scaled, CONSISTENCY_STD)
    return x * (CONSISTENCY_STD / length) ** 2 + x0 * (scaled / length)


def noised(latent: Tensor, noise: Tensor, sigma: float) -> Tensor:
    """Latents at a noise level: x = x0 + sigma * noise."""
    return latent + noise * sigma


def starting_point(latent: Tensor, noise: Tensor, sigma: float, sigma_max: float) -> Tensor:
    """Where sampling begins; at the model's largest sigma it wants input of exactly unit variance."""
    whole = sigma > sigma_max or math.isclose(sigma, sigma_max, rel_tol=1e-5)
    return noised(latent, noise, math.sqrt(1 + sigma**2) if whole else sigma)
