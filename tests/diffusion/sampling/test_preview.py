"""The quick look at latents."""

import pytest
import torch

from diffusion.sampling.preview import latent_rgb
from diffusion.types import LatentFormat

ROWS = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.5, 0.5, 0.5), (-0.5, 0.0, 0.25))


def test_channels_become_colours_by_the_formats_table_with_its_bias() -> None:
    latent = torch.zeros(2, 4, 3, 5)
    latent[0, 0, 1, 2] = 0.5
    latent[1] = 9.0  # only the first of the batch is shown
    picture = latent_rgb(latent, LatentFormat(4, 1.0, rgb=ROWS))
    assert picture.shape == (3, 5, 3)
    assert picture.dtype == torch.uint8
    assert picture[0, 0].tolist() == [64, 128, 159]  # (bias + 1) * 127.5
    assert picture[1, 2].tolist() == [128, 128, 159]


def test_what_lies_beyond_black_and_white_is_cut_off() -> None:
    latent = torch.full((1, 4, 1, 1), 100.0)
    assert latent_rgb(latent, LatentFormat(4, 1.0, rgb=ROWS)).flatten().tolist() == [255, 255, 255]
    assert latent_rgb(-latent, LatentFormat(4, 1.0, rgb=ROWS)).flatten().tolist() == [0, 0, 0]


@pytest.mark.parametrize("channels", [4, 16])
def test_a_format_without_a_table_still_shows_light_and_dark(channels: int) -> None:
    latent = torch.randn(
        (1, channels, 8, 8), generator=torch.Generator().manual_seed(1), dtype=torch.bfloat16
    )
    picture = latent_rgb(latent, LatentFormat(channels, 1.0))
    assert picture.shape == (8, 8, 3)
    assert float(picture.float().std()) > 5
