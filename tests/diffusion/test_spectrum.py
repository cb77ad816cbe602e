"""Frequencies weighed apart, against waves whose frequency is known and diffusers' filter."""

import math

import pytest
import torch
from diffusers.utils.torch_utils import fourier_filter
from torch import Tensor

from diffusion.spectrum import rescaled_frequencies
from tests.diffusion.guidance.saying import normal


def wave(cycles: int, rows: int = 16, columns: int = 24) -> Tensor:
    """So many waves from left to right."""
    phase = torch.arange(columns) / columns * cycles * 2 * math.pi + 0.3
    return phase.cos().expand(1, 4, rows, columns).contiguous()


def test_coarse_waves_weigh_one_number_and_fine_ones_another() -> None:
    found = rescaled_frequencies(wave(2) + wave(9), 5, 0.5, 3.0)
    torch.testing.assert_close(found, 0.5 * wave(2) + 3 * wave(9), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("cutoff", [1, 3, 5])
@pytest.mark.parametrize("size", [(16, 24), (15, 9)])
def test_with_fine_things_left_alone_it_is_diffusers_filter(cutoff: int, size: tuple[int, int]) -> None:
    x = normal(2, 4, *size)
    expected = fourier_filter(x, threshold=min(cutoff, min(size) // 2), scale=0.2)
    torch.testing.assert_close(rescaled_frequencies(x, min(cutoff, min(size) // 2), 0.2, 1.0), expected)


def test_a_cutoff_beyond_the_picture_is_all_of_it() -> None:
    x = normal(1, 4, 7, 9)
    torch.testing.assert_close(rescaled_frequencies(x, 20, 0.5, 3.0), 0.5 * x, rtol=1e-4, atol=1e-5)
