"""Brightness, blur and slopes, held against closed forms and scipy."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from diffusion.vision.gradient import as_image, brightness, direction, gaussian, sobel


def test_brightness_weighs_the_channels_and_leaves_grey_alone() -> None:
    colours = torch.eye(3)[None, None]
    torch.testing.assert_close(brightness(colours).flatten(), torch.tensor([0.299, 0.587, 0.114]))
    grey = torch.rand(2, 4, 5, 1)
    assert torch.equal(brightness(grey), grey.movedim(-1, 1))
    assert as_image(brightness(grey)).shape == (2, 4, 5, 3)


@pytest.mark.parametrize("sigma", [0.8, 2.0, 5.0])
def test_the_blur_is_scipys(sigma: float) -> None:
    plane = np.random.default_rng(0).random((40, 50))
    reach = max(1, round(3 * sigma))
    theirs = ndimage.gaussian_filter(plane, sigma, mode="mirror", truncate=(reach + 0.1) / sigma)
    ours = gaussian(torch.from_numpy(plane)[None, None].float(), sigma)[0, 0].numpy()
    assert np.abs(ours - theirs).max() < 1e-5


def test_a_blur_wider_than_the_picture_keeps_its_mean() -> None:
    flat = torch.full((1, 3, 2, 3), 0.25)
    torch.testing.assert_close(gaussian(flat, 9.0), flat)
    assert torch.equal(gaussian(flat, 0.0), flat)


def test_slopes_are_eight_times_the_rise_of_a_ramp() -> None:
    rows, columns = torch.meshgrid(torch.arange(8.0), torch.arange(9.0), indexing="ij")
    right, down = sobel((0.1 * columns + 0.02 * rows)[None, None])
    torch.testing.assert_close(right[0, 0, 1:-1, 1:-1], torch.full((6, 7), 0.8))
    torch.testing.assert_close(down[0, 0, 1:-1, 1:-1], torch.full((6, 7), 0.16))


@pytest.mark.parametrize("degrees", range(1, 360, 7))
def test_a_direction_is_the_nearest_of_four(degrees: int) -> None:
    angle = math.radians(degrees)
    found = direction(torch.tensor(math.cos(angle)), torch.tensor(math.sin(angle)))
    assert found == round(degrees / 45) % 4
