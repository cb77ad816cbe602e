"""Few colours: counts, exactness, and dithering that keeps the average."""

import numpy as np
import pytest
import torch

from nodes.quantizing import Dither, bayer, ordered, quantized

DITHERS: tuple[Dither, ...] = ("none", "floyd-steinberg", "bayer-2", "bayer-4", "bayer-8", "bayer-16")


@pytest.mark.parametrize("dither", DITHERS)
@pytest.mark.parametrize("colors", [1, 2, 7])
def test_there_are_no_more_colours_than_asked_for(dither: Dither, colors: int) -> None:
    picture = torch.rand(33, 20, 3, generator=torch.Generator().manual_seed(0))
    found = quantized(picture, colors, dither)
    assert found.shape == picture.shape
    assert len(set(map(tuple, found.reshape(-1, 3).tolist()))) <= colors


def test_a_picture_of_few_colours_stays_as_it_is() -> None:
    colours = torch.tensor([[0, 0, 0], [255, 0, 51], [0, 102, 255]]) / 255
    picture = colours[torch.randint(0, 3, (16, 16), generator=torch.Generator().manual_seed(0))]
    assert torch.allclose(quantized(picture, 3, "none"), picture)


def test_transparency_is_dropped() -> None:
    assert quantized(torch.rand(4, 4, 4), 2, "none").shape == (4, 4, 3)


def test_bayers_matrix_is_the_known_one() -> None:
    known = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]
    assert np.allclose((bayer(4) + 0.5) * 16 - 0.5, known)
    assert bayer(16).sum() == pytest.approx(0)
    assert len(np.unique(bayer(16))) == 256


@pytest.mark.parametrize("size", [2, 4, 8, 16])
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_of_two_colours_as_many_pixels_turn_white_as_the_grey_is_bright(size: int, quarters: int) -> None:
    grey = np.full((32, 32, 3), 64 * quarters, dtype=np.uint8)
    assert (ordered(grey, size, 256) >= 128).mean() == pytest.approx(quarters / 4, abs=1 / 255)


def test_diffused_errors_keep_the_average_of_each_part() -> None:
    middle = torch.linspace(0.2, 0.8, 64).reshape(1, 64, 1).expand(64, 64, 3)
    picture = torch.cat([torch.zeros(64, 64, 3), middle, torch.ones(64, 64, 3)], dim=1)

    def error(dither: Dither) -> float:
        lost = (quantized(picture, 2, dither) - picture)[:, 80:112, 0]  # where both colours are about
        return lost.reshape(64, 4, 8).mean(dim=(0, 2)).abs().max().item()

    assert error("floyd-steinberg") < 0.02 < 0.1 < error("none")
