"""What is taken out of a picture, and what is not."""

import pytest
import torch

from diffusion.errors import DiffusionError
from diffusion.vision.control_pictures import (
    blurred,
    dark_lines,
    inverted_line_art,
    with_hole,
    without_colour,
    without_detail,
)


def test_line_art_is_inverted_in_grey() -> None:
    paper = torch.ones(1, 8, 8, 3)
    paper[:, 4] = 0.0
    paper[:, 6] = torch.tensor([1.0, 0.0, 0.0])
    drawn = inverted_line_art(paper)
    assert drawn[0, 0].max() < 1e-6
    assert drawn[0, 4].min() == 1
    torch.testing.assert_close(drawn[0, 6, 0], torch.full((3,), 1 - 0.299))


def test_dark_lines_are_found_on_shaded_paper() -> None:
    shade = torch.linspace(0.5, 1.0, 96)[None, None, :, None].expand(1, 64, -1, 3).clone()
    shade[:, 31:33] -= 0.3
    drawn = dark_lines(shade)
    assert drawn[0, 31:33, 10:-10].min() > 0.4
    assert drawn[0, :20].max() < 0.1
    assert dark_lines(torch.full((1, 32, 32, 3), 0.5)).max() < 1e-3


def test_squares_without_detail_keep_their_mean() -> None:
    image = torch.rand(1, 64, 64, 3, generator=torch.Generator().manual_seed(0))
    coarse = without_detail(image, 16)
    assert coarse.shape == image.shape
    assert coarse.var() < 0.1 * image.var()
    torch.testing.assert_close(coarse.mean((0, 1, 2)), image.mean((0, 1, 2)), atol=0.02, rtol=0)
    assert torch.equal(without_detail(image, 1), image)
    assert without_detail(image, 64).std((1, 2)).max() < 1e-6


def test_a_blurred_step_is_as_wide_as_its_gaussian() -> None:
    image = torch.zeros(1, 32, 128, 3)
    image[:, :, 64:] = 1.0
    row = blurred(image, 5.0)[0, 16, :, 0].double()
    slope = row.diff()
    where = torch.arange(127) + 0.5
    mean = (slope * where).sum()
    assert abs(float(mean) - 63.5) < 1e-3
    assert abs(float(((where - mean) ** 2 * slope).sum().sqrt()) - 5.0) < 0.15
    assert torch.equal(blurred(image, 0.0), image)


def test_grey_is_luminance_or_the_brightest_channel() -> None:
    red = torch.tensor([1.0, 0.0, 0.0]).expand(1, 4, 4, 3)
    assert without_colour(red, "luminance").unique().tolist() == pytest.approx([0.299])
    assert without_colour(red, "intensity").unique().tolist() == [1.0]
    assert without_colour(red, "luminance", 2.0).unique().tolist() == pytest.approx([0.299**2])


def test_masked_pixels_become_minus_one_and_others_stay() -> None:
    image = torch.rand(2, 16, 24, 3, generator=torch.Generator().manual_seed(0))
    mask = torch.zeros(1, 16, 24)
    mask[:, 4:8, 5:9] = 1.0
    holed = with_hole(image, mask)
    assert (holed[:, 4:8, 5:9] == -1).all()
    kept = mask[0] == 0
    assert torch.equal(holed[:, kept], image[:, kept])
    small = torch.zeros(1, 8, 12)
    small[:, :4] = 1.0
    assert (with_hole(image, small)[:, :7] == -1).all()
    with pytest.raises(DiffusionError, match="3 masks do not fit 2 pictures"):
        with_hole(image, mask.expand(3, -1, -1))
