"""Parts of noise levels, more between them, and the way back."""

import math

import pytest
import torch

from diffusion.sampling.cuts import extended, flipped, split_at, split_by_denoise, with_first

LEVELS = torch.tensor([8.0, 4.0, 2.0, 1.0, 0.0])


def test_the_way_back_begins_just_above_zero() -> None:
    assert flipped(LEVELS).tolist() == pytest.approx([1e-4, 1, 2, 4, 8])
    assert flipped(torch.tensor([8.0, 4.0])).tolist() == [4, 8]
    assert LEVELS[-1] == 0  # what was given stays as it was
    assert len(flipped(torch.zeros(0))) == 0


def test_the_first_level_can_be_another() -> None:
    assert with_first(LEVELS, 9.5).tolist() == [9.5, 4, 2, 1, 0]
    assert LEVELS[0] == 8
    assert len(with_first(torch.zeros(0), 9.5)) == 0


@pytest.mark.parametrize(("step", "high", "low"), [(0, 1, 5), (2, 3, 3), (4, 5, 1), (9, 5, 0)])
def test_parts_share_the_level_of_their_step(step: int, high: int, low: int) -> None:
    before, after = split_at(LEVELS, step)
    assert torch.equal(before, LEVELS[:high])
    assert torch.equal(after, LEVELS[5 - low :])


@pytest.mark.parametrize(("denoise", "low"), [(1.0, 5), (0.75, 4), (0.5, 3), (0.0, 1)])
def test_the_second_part_has_the_share_of_steps_that_is_denoised(denoise: float, low: int) -> None:
    before, after = split_by_denoise(LEVELS, denoise)
    assert torch.equal(after, LEVELS[-low:])
    assert torch.equal(before, LEVELS[: 6 - low])


def test_only_steps_that_begin_within_bounds_are_cut_in_more() -> None:
    assert extended(LEVELS, 2, -1.0, 2.0, "linear").tolist() == [8, 6, 4, 3, 2, 1.5, 1, 0]
    assert extended(LEVELS, 2, 4.0, 2.0, "linear").tolist() == [8, 4, 3, 2, 1.5, 1, 0]
    assert extended(LEVELS, 1, -1.0, 0.0, "sine").tolist() == LEVELS.tolist()
    assert len(extended(torch.zeros(0), 2, -1.0, 0.0, "linear")) == 0


@pytest.mark.parametrize(
    ("spacing", "share"),
    [("linear", 1 / 3), ("cosine", math.sin(math.pi / 6)), ("sine", 1 - math.cos(math.pi / 6))],
)
def test_levels_between_are_spaced_by_a_curve(spacing: str, share: float) -> None:
    found = extended(torch.tensor([3.0, 0.0]), 3, -1.0, 0.0, spacing)
    assert float(found[1]) == pytest.approx(3 - 3 * share)
