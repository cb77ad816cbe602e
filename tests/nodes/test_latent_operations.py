"""Operations upon latents, held against their formulas."""

import math

import pytest
import torch
import torch.nn.functional as F

from diffusion.types import Latent
from nodes.latent_operations import apply_operation, sharpen_operation, tonemap_operation


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(2))


def test_applying_gives_the_operation_the_samples_and_keeps_the_rest() -> None:
    latent = Latent(noise(2, 4, 4, 4), batch_index=(1, 5))
    result = apply_operation(samples=latent, operation=lambda latent, **_: latent * 2)
    assert torch.equal(result.samples, latent.samples * 2)
    assert result.batch_index == (1, 5)


def test_lengths_are_bent_by_reinhards_curve_and_directions_stay() -> None:
    latent = torch.zeros(1, 2, 1, 4)
    latent[0, 0] = torch.tensor([1.0, 2.0, 3.0, 4.0])  # mean 2.5, deviation sqrt(5 / 3)
    top = 0.5 * (2.5 + 5 * math.sqrt(5 / 3))
    bent = tonemap_operation(multiplier=0.5)(latent)
    expected = torch.tensor([top * m / (top + m) for m in (1, 2, 3, 4)])
    assert torch.allclose(bent[0, 0, 0], expected)
    assert bent[0, 1].abs().max() == 0


def test_each_picture_is_bent_by_its_own_lengths() -> None:
    batch = torch.cat([noise(1, 4, 6, 6), 10 * noise(1, 4, 6, 6)])
    bent = tonemap_operation(multiplier=1.0)(latent=batch, sigma=1.0)
    assert torch.allclose(bent[1], 10 * bent[0], rtol=1e-4, atol=1e-5)


def kernel(radius: int, sigma: float, alpha: float) -> torch.Tensor:
    """The whole kernel in two dimensions: a Gaussian below zero, and a middle that makes the sum 1."""
    line = torch.linspace(-1, 1, 2 * radius + 1)
    bell = torch.exp(-(line[:, None] ** 2 + line**2) / (2 * sigma**2))
    weights = -10 * alpha * bell / bell.sum()
    weights[radius, radius] += 1 - weights.sum()
    return weights


@pytest.mark.parametrize(("radius", "sigma", "alpha"), [(1, 1.0, 0.1), (3, 0.4, 0.25)])
def test_sharpening_is_one_convolution_of_directions(radius: int, sigma: float, alpha: float) -> None:
    latent = noise(2, 16, 9, 7)
    length = latent.norm(dim=1, keepdim=True)
    padded = F.pad(latent / length, [radius] * 4, mode="reflect")
    weights = kernel(radius, sigma, alpha).expand(16, 1, -1, -1)
    expected = length * F.conv2d(padded, weights, groups=16)
    sharpened = sharpen_operation(sharpen_radius=radius, sigma=sigma, alpha=alpha)(latent)
    assert torch.allclose(sharpened, expected, atol=1e-4)


def test_sharpening_leaves_what_is_flat() -> None:
    flat = torch.ones(1, 4, 5, 5) * 3
    assert torch.allclose(sharpen_operation(alpha=5.0)(flat), flat, atol=1e-4)


def test_latents_smaller_than_the_radius_and_latents_with_frames_are_sharpened_too() -> None:
    frames = noise(1, 4, 2, 3, 1)
    sharpened = sharpen_operation(sharpen_radius=31)(frames)
    assert sharpened.shape == frames.shape
    alone = sharpen_operation(sharpen_radius=31)(frames[:, :, 1])
    assert torch.allclose(sharpened[:, :, 1], alone, atol=1e-5)
