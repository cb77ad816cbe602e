"""Windows over pixels, against SciPy and closed forms."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from nodes.filters import blurred, filled, gaussian, largest, largest_diamond, mirrored, smallest


def noise(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(1))


def test_the_weights_of_a_gaussian_are_those_of_its_formula() -> None:
    weights = gaussian(2, 0.5)
    assert weights.sum().item() == pytest.approx(1)
    assert (weights / weights[2]).tolist() == pytest.approx(
        [np.exp(-2), np.exp(-0.5), 1, np.exp(-0.5), np.exp(-2)]
    )


@pytest.mark.parametrize(("height", "width", "radius"), [(9, 12, 3), (3, 2, 7), (1, 5, 2)])
def test_a_blur_is_the_convolution_with_mirrored_edges(height: int, width: int, radius: int) -> None:
    image, weights = noise(2, height, width, 3), gaussian(radius, 0.7)
    square = torch.outer(weights, weights).numpy()[None, :, :, None]
    expected = ndimage.convolve(image.numpy(), square, mode="mirror")
    assert torch.allclose(blurred(image, weights), torch.from_numpy(expected), atol=1e-5)


def test_a_mirror_image_is_repeated_as_often_as_needed() -> None:
    line = torch.tensor([[1, 2, 3]])
    assert mirrored(line, 5, 1).tolist() == [[2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2]]
    assert mirrored(torch.tensor([[7]]), 2, 1).tolist() == [[7] * 5]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 9, 30])
def test_the_largest_and_smallest_of_a_window_are_those_of_scipy(size: int) -> None:
    x = noise(2, 1, 7, 10)
    window = (1, 1, size, size)
    high = ndimage.maximum_filter(x.numpy(), window, mode="constant", cval=-np.inf)
    low = ndimage.minimum_filter(x.numpy(), window, mode="constant", cval=np.inf)
    assert torch.equal(largest(x, size), torch.from_numpy(high))
    assert torch.equal(smallest(x, size), torch.from_numpy(low))


@pytest.mark.parametrize("radius", [0, 1, 2, 3, 5, 6, 12])
def test_the_largest_of_a_diamond_is_that_of_scipy(radius: int) -> None:
    x = noise(2, 1, 9, 13)
    steps = torch.arange(-radius, radius + 1).abs()
    diamond = (steps[:, None] + steps[None, :] <= radius).numpy()[None, None]
    expected = ndimage.maximum_filter(x.numpy(), footprint=diamond, mode="constant", cval=-np.inf)
    assert torch.equal(largest_diamond(x, radius), torch.from_numpy(expected))


def test_a_hole_in_one_colour_is_filled_with_that_colour() -> None:
    image = torch.full((1, 37, 50, 3), 0.25)
    known = torch.ones(1, 37, 50)
    known[:, 5:30, 8:41] = 0
    holed = image * known.unsqueeze(-1) + (1 - known.unsqueeze(-1)) * 0.9
    assert torch.allclose(filled(holed, known), image, atol=1e-6)


def test_what_is_known_stays_and_what_is_not_lies_between() -> None:
    image, known = noise(2, 20, 33, 3), (noise(2, 20, 33) > 0.6).float()
    result = filled(image, known)
    assert torch.equal(result[known > 0], image[known > 0])
    low, high = image[known > 0].min(), image[known > 0].max()
    assert result.min() >= low - 1e-6
    assert result.max() <= high + 1e-6


def test_a_fill_follows_its_surroundings() -> None:
    image = torch.zeros(1, 64, 64, 1)
    image[:, :, 32:] = 1.0
    known = torch.ones(1, 64, 64)
    known[:, 24:40, 16:48] = 0
    line = filled(image, known)[0, 32, :, 0]
    assert line[17] < 0.2
    assert line[46] > 0.8


def test_where_nothing_is_known_there_is_grey() -> None:
    assert set(filled(noise(1, 5, 4, 3), torch.zeros(1, 5, 4)).flatten().tolist()) == {0.5}
