"""The latent nodes, called as the functions that they are."""

import torch

from diffusion.types import Latent
from nodes.latent import empty_latent, set_noise_mask, upscale_latent, upscale_latent_by


def latent(height: int, width: int) -> Latent:
    samples = torch.randn((2, 4, height, width), generator=torch.Generator().manual_seed(1))
    return Latent(samples, noise_mask=torch.ones(1, 1, 8, 8), batch_index=(3, 4))


def test_an_empty_latent_is_an_eighth_of_the_size_and_zero() -> None:
    samples = empty_latent(width=128, height=72, batch_size=3).samples
    assert samples.shape == (3, 4, 9, 16)
    assert samples.abs().max() == 0


def test_upscaling_keeps_the_mask_and_the_batch_index() -> None:
    source = latent(6, 8)
    large = upscale_latent(samples=source, upscale_method="bislerp", width=96, height=72, crop="disabled")
    assert large.samples.shape == (2, 4, 9, 12)
    assert large.noise_mask is source.noise_mask
    assert large.batch_index == (3, 4)


def test_a_side_of_zero_follows_the_other() -> None:
    for width, height, expected in ((96, 0, (9, 12)), (0, 96, (12, 16)), (0, 0, (6, 8))):
        large = upscale_latent(
            samples=latent(6, 8), upscale_method="bilinear", width=width, height=height, crop="disabled"
        )
        assert large.samples.shape[-2:] == expected


def test_a_centre_crop_keeps_the_middle_columns() -> None:
    source = latent(4, 8)
    cropped = upscale_latent(
        samples=source, upscale_method="nearest-exact", width=32, height=32, crop="center"
    )
    assert torch.equal(cropped.samples, source.samples[..., 2:6])


def test_scaling_by_a_factor_rounds() -> None:
    large = upscale_latent_by(samples=latent(5, 7), upscale_method="bicubic", scale_by=1.5)
    assert large.samples.shape == (2, 4, 8, 10)


def test_a_noise_mask_of_one_plane_gets_its_channel() -> None:
    for mask in (torch.ones(8, 8), torch.ones(1, 8, 8)):
        masked = set_noise_mask(samples=latent(4, 4), mask=mask)
        assert masked.noise_mask.shape == (1, 1, 8, 8)
