"""Straight lines: found where they are, of their length, and nowhere else."""

import math

import numpy as np
import pytest
import torch

from diffusion.vision.drawing import blank, disc, ellipse, stroke
from diffusion.vision.line_segments import draw_line_segments, line_segments


def half_plane(angle: float, side: int = 96) -> torch.Tensor:
    """Bright on one side of a straight edge through the middle."""
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    middle = (side - 1) / 2
    away = (columns - middle) * math.sin(angle) - (rows - middle) * math.cos(angle)
    return (away + 0.5).clamp(0, 1)[..., None].expand(-1, -1, 3)


@pytest.mark.parametrize("degrees", [0, 10, 22.5, 45, 67.5, 90, 112.5, 140, 157.5])
def test_a_straight_edge_is_one_segment_along_it(degrees: float) -> None:
    angle = math.radians(degrees)
    found = line_segments(half_plane(angle), 0.1, 40)
    assert len(found) == 1
    left, top, right, bottom = found[0]
    for x, y in ((left, top), (right, bottom)):
        away = (x - 47.5) * math.sin(angle) - (y - 47.5) * math.cos(angle)
        assert abs(away) < 0.75
    length = 96 / max(abs(math.cos(angle)), abs(math.sin(angle)))
    assert abs(math.hypot(right - left, bottom - top) - length) < 8


def test_the_four_sides_of_a_box_are_found() -> None:
    picture = torch.full((100, 120, 3), 0.2)
    picture[30:70, 20:90] = 0.9
    found = line_segments(picture, 0.1, 20)
    assert len(found) == 4
    drawn = draw_line_segments(picture[None], 0.1, 20, 1)[0, :, :, 0]
    assert drawn[29:31, 30:80].amax(0).min() > 0.4
    assert drawn[69:71, 30:80].amax(0).min() > 0.4
    assert drawn[35:65, 24:86].max() == 0


def test_short_edges_circles_and_faint_edges_are_left_out() -> None:
    picture = torch.full((100, 100, 3), 0.2)
    picture[10:20, 10:20] = 0.9
    assert len(line_segments(picture, 0.1, 20)) == 0
    canvas = blank(100, 100)
    disc(canvas, (50, 50), 30)
    assert len(line_segments(torch.from_numpy(canvas), 0.1, 45)) == 0
    faint = half_plane(0.3) * 0.05 + 0.5
    assert len(line_segments(faint, 0.1, 20)) == 0
    assert len(line_segments(faint, 0.03, 20)) == 1


def test_noise_and_flat_pictures_hold_no_long_lines() -> None:
    noise = torch.rand(128, 128, 3, generator=torch.Generator().manual_seed(0))
    assert len(line_segments(noise, 0.1, 20)) == 0
    assert len(line_segments(torch.zeros(5, 5, 3), 0.1, 2)) == 0
    assert draw_line_segments(torch.zeros(2, 16, 24, 3), 0.1, 5, 1).shape == (2, 16, 24, 3)


def test_a_stroke_covers_its_length_times_its_width() -> None:
    canvas = blank(60, 80)
    stroke(canvas, (10, 30), (70, 30), 5, (1.0, 0.5, 0.0))
    assert canvas[30, 40].tolist() == [1.0, 0.5, 0.0]
    assert abs(canvas[..., 0].sum() - (60 * 5 + math.pi * 2.5**2)) < 2
    assert canvas[20].max() == 0


def test_an_ellipse_has_its_area_and_a_short_one_is_a_stroke() -> None:
    canvas = blank(100, 100)
    ellipse(canvas, (20, 20), (80, 80), 16)
    length = math.hypot(60, 60)
    assert abs(canvas[..., 0].sum() / (math.pi * length / 2 * 8) - 1) < 0.02
    dot = blank(20, 20)
    ellipse(dot, (10, 10), (10, 10), 8)
    assert abs(dot[..., 0].sum() - math.pi * 16) < 2


def test_what_lies_outside_is_not_drawn_and_what_reaches_in_is() -> None:
    canvas = blank(10, 10)
    stroke(canvas, (-50, -50), (-20, -30), 4)
    stroke(canvas, (40, 3), (60, 3), 4)
    assert canvas.max() == 0
    stroke(canvas, (-20, 5), (30, 5), 1)
    assert np.allclose(canvas[5], 1)
