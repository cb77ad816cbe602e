"""What the network's output means, by its definitions."""

import math

import pytest
import torch
from torch import Tensor

from diffusion.sampling.prediction import denoised, network_input, starting_point

CLEAN, NOISE = torch.randn((2, 2, 4, 4, 4), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
SIGMAS = (0.03, 1.0, 14.6)


def noisy(sigma: float) -> Tensor:
    return CLEAN + sigma * NOISE


@pytest.mark.parametrize("sigma", SIGMAS)
def test_true_noise_gives_the_clean_latents(sigma: float) -> None:
    torch.testing.assert_close(denoised("epsilon", noisy(sigma), NOISE, sigma), CLEAN)


@pytest.mark.parametrize("sigma", SIGMAS)
def test_true_velocity_gives_the_clean_latents(sigma: float) -> None:
    """v = alpha * noise - sigma' * x0, with alpha^2 + sigma'^2 = 1 and sigma' / alpha = sigma."""
    alpha = 1 / math.sqrt(1 + sigma**2)
    velocity = alpha * NOISE - alpha * sigma * CLEAN
    torch.testing.assert_close(denoised("v", noisy(sigma), velocity, sigma), CLEAN)


@pytest.mark.parametrize("sigma", SIGMAS)
def test_the_network_sees_the_variance_preserving_mixture(sigma: float) -> None:
    alpha_bar = 1 / (1 + sigma**2)
    expected = math.sqrt(alpha_bar) * CLEAN + math.sqrt(1 - alpha_bar) * NOISE
    torch.testing.assert_close(network_input("epsilon", noisy(sigma), sigma), expected)


@pytest.mark.parametrize(
    ("sigma", "factor"),
    [(5.0, 5.0), (14.6, math.sqrt(1 + 14.6**2)), (14.6 * (1 - 5e-6), math.sqrt(1 + 14.6**2)), (20, 401**0.5)],
)
def test_the_start_at_the_top_has_noise_of_unit_variance_for_the_network(sigma: float, factor: float) -> None:
    torch.testing.assert_close(
        starting_point(CLEAN, NOISE, sigma, 14.6), CLEAN + factor * NOISE, rtol=1e-5, atol=1e-4
    )


def test_just_below_the_top_noise_counts_by_its_level() -> None:
    sigma = 14.6 * (1 - 2e-5)
    torch.testing.assert_close(starting_point(CLEAN, NOISE, sigma, 14.6), CLEAN + sigma * NOISE)
