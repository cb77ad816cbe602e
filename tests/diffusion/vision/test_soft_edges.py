"""Soft edges and scribbles: where they are, how strong, how thick."""

import torch
from torch import Tensor

from diffusion.vision.soft_edges import scribble, soft_edges


def boxed(height: int = 128, width: int = 160, depth: float = 0.6) -> Tensor:
    """A darker rectangle: rows 32 to 95, columns 40 to 119."""
    image = torch.full((1, height, width, 3), 0.8)
    image[:, 32:96, 40:120] = 0.8 - depth
    return image


def test_an_outline_is_brightest_on_the_step_and_fades_to_both_sides() -> None:
    row = soft_edges(boxed())[0, 64, :, 0]
    assert row[39:41].min() > 0.7
    assert row[39] == row.max() or row[40] == row.max()
    assert row[30:40].diff().min() >= 0
    assert row[40:50].diff().max() <= 0
    assert row[80] < 0.01


def test_a_higher_step_is_a_brighter_line() -> None:
    heights = [soft_edges(boxed(depth=depth))[0, 64, 39, 0] for depth in (0.05, 0.2, 0.6)]
    assert heights[0] < 0.35 < heights[1] < heights[2] < 1


def test_an_edge_between_colours_of_one_brightness_is_seen() -> None:
    image = torch.zeros(1, 64, 64, 3)
    image[:, :, :32, 0] = 0.587
    image[:, :, 32:, 1] = 0.299
    assert soft_edges(image)[0, 32, 31, 0] > 0.5


def test_gentle_shades_and_flat_ground_stay_dark() -> None:
    ramp = torch.linspace(0, 1, 512)[None, None, :, None].expand(1, 64, -1, 3)
    assert soft_edges(ramp).max() < 0.05
    assert soft_edges(torch.full((1, 64, 64, 3), 0.4)).max() < 1e-3


def test_safe_edges_have_eight_greys() -> None:
    noisy = (boxed() + 0.05 * torch.randn(1, 128, 160, 3, generator=torch.Generator().manual_seed(0))).clamp(
        0, 1
    )
    assert len(soft_edges(noisy).unique()) > 1000
    assert len(soft_edges(noisy, safe=True).unique()) <= 8


def test_soft_edges_turn_with_the_picture() -> None:
    image = torch.rand(1, 48, 48, 3, generator=torch.Generator().manual_seed(1))
    turned = soft_edges(image.rot90(1, (1, 2)))
    torch.testing.assert_close(turned, soft_edges(image).rot90(1, (1, 2)), atol=1e-5, rtol=0)


def test_a_scribble_is_a_closed_stroke_of_the_wanted_thickness() -> None:
    for thickness in (1, 3, 7):
        drawn = scribble(boxed(), thickness=thickness)[0, :, :, 0]
        for crossing in (drawn[64, :80], drawn[64, 80:], drawn[:64, 80], drawn[64:, 80]):
            assert abs(float(crossing.sum()) - thickness) <= 1
        assert drawn[64, 36:44].max() == 1
        assert drawn[40:88, 52:108].max() == 0


def test_a_scribble_leaves_specks_out() -> None:
    image = boxed()
    image[0, 10:12, 10:12] = 0.0
    drawn = scribble(image)[0, :, :, 0]
    assert drawn[:24, :24].max() == 0
    assert drawn.max() == 1


def test_a_flat_picture_gives_an_empty_scribble() -> None:
    assert scribble(torch.full((2, 40, 40, 3), 0.5)).max() == 0
    assert scribble(torch.full((1, 3, 2, 3), 0.5)).shape == (1, 3, 2, 3)
