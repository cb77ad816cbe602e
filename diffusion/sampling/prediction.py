"""What a network's output means: from noisy latents to its input, and from its output to clean latents."""

from __future__ import annotations

import math

from torch import Tensor

from diffusion.types import Prediction


def network_input(prediction: Prediction, x: Tensor, sigma: float) -> Tensor:
    """x = x0 + sigma * noise at unit variance, as the network was trained on it."""
    del prediction  # of all discrete models the same
    return x / math.sqrt(sigma**2 + 1)


def denoised(prediction: Prediction, x: Tensor, out: Tensor, sigma: float) -> Tensor:
    """x0 from noisy latents and the network's output, its noise (epsilon) or its velocity (Salimans 2022)."""
    if prediction == "epsilon":
        return x - sigma * out
    return x / (sigma**2 + 1) - out * (sigma / math.sqrt(sigma**2 + 1))


def noised(latent: Tensor, noise: Tensor, sigma: float) -> Tensor:
    """Latents at a noise level: x = x0 + sigma * noise."""
    return latent + noise * sigma


def starting_point(latent: Tensor, noise: Tensor, sigma: float, sigma_max: float) -> Tensor:
    """Where sampling begins; at the model's largest sigma it wants input of exactly unit variance."""
    whole = sigma > sigma_max or math.isclose(sigma, sigma_max, rel_tol=1e-5)
    return noised(latent, noise, math.sqrt(1 + sigma**2) if whole else sigma)
