"""Searched levels: tables against diffusers where it has them, the search against all schedules there are."""

import itertools
import math

import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_utils import AysSchedules

from diffusion.errors import DiffusionError
from diffusion.sampling import published
from diffusion.sampling.published import OPTIMAL_STEPS, align_your_steps, gits, optimal_steps, searched


@pytest.mark.parametrize(
    ("model", "theirs"),
    [
        ("SD1", "StableDiffusionSigmas"),
        ("SDXL", "StableDiffusionXLSigmas"),
        ("SVD", "StableDiffusionVideoSigmas"),
    ],
)
def test_ten_aligned_steps_are_those_of_nvidia(model: str, theirs: str) -> None:
    assert align_your_steps(model, 10).tolist() == pytest.approx(AysSchedules[theirs], rel=1e-6)


def test_other_counts_of_steps_follow_the_same_curve() -> None:
    ten, twenty = align_your_steps("SD1", 10), align_your_steps("SD1", 20)
    assert len(twenty) == 21
    torch.testing.assert_close(twenty[:-2:2], ten[:-1])
    torch.testing.assert_close(twenty[1:18:2], (ten[:-2] * ten[1:-1]).sqrt())


@pytest.mark.parametrize("model", OPTIMAL_STEPS)
def test_optimal_steps_fall_from_within_a_flow_models_range_to_zero(model: str) -> None:
    for steps in (3, 10, 20, 40, 57):
        found = optimal_steps(model, steps)
        assert (len(found), found[-1]) == (steps + 1, 0)
        assert 0.99 < found[0] <= 1
        assert bool((found.diff() < 0).all())
    assert optimal_steps("FLUX", 10).tolist()[:-1] == pytest.approx(OPTIMAL_STEPS["FLUX"][:-1])


def test_a_lower_denoise_keeps_the_last_steps() -> None:
    whole = align_your_steps("SDXL", 10)
    assert torch.equal(align_your_steps("SDXL", 10, 0.4), whole[-5:])
    assert len(align_your_steps("SDXL", 10, 0.0)) == 0
    assert torch.equal(gits(1.2, 10, 0.5), gits(1.2, 10)[-6:])


@pytest.mark.parametrize("coeff", [0.8, 1.2])
def test_the_search_finds_the_cheapest_of_all_schedules(
    coeff: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "FINE_STEPS", 9)
    errors = published.step_errors(published.fine_levels())

    def cost(path: tuple[int, ...]) -> float:
        return sum(coeff**k * errors[a, b] for k, (a, b) in enumerate(itertools.pairwise(path)))

    levels = published.fine_levels()
    for steps in (1, 2, 3, 4):
        paths = [(0, *inner, 9) for inner in itertools.combinations(range(1, 9), steps - 1)]
        best = min(paths, key=cost)
        searched.cache_clear()
        assert searched(coeff, steps) == pytest.approx([levels[i] for i in best])
    searched.cache_clear()


def test_an_error_is_that_of_eulers_step() -> None:
    levels = np.array([10.0, 4.0, 1.0])
    errors = published.step_errors(levels)
    variances = np.geomspace(*published.SPECTRUM)
    ten, four = np.sqrt(variances + 100), np.sqrt(variances + 16)
    landed = ten + 10 / ten * (4 - 10)
    assert errors[0, 1] == pytest.approx(math.sqrt(((landed - four) ** 2).mean()))
    assert math.isinf(errors[1, 1])
    assert math.isinf(errors[2, 0])


@pytest.mark.parametrize("steps", [2, 10, 20, 21, 100])
def test_searched_levels_go_from_the_largest_of_stable_diffusion_to_zero(steps: int) -> None:
    found = gits(1.2, steps)
    assert (len(found), found[-1]) == (steps + 1, 0)
    assert float(found[0]) == pytest.approx(14.6146, rel=1e-4)
    assert bool((found.diff() < 0).all())


def test_a_larger_coefficient_puts_more_steps_where_there_is_little_noise() -> None:
    middles = [float(gits(coeff, 10)[5]) for coeff in (0.8, 1.0, 1.2, 1.5)]
    assert middles == sorted(middles, reverse=True)


def test_a_search_for_more_steps_than_there_are_levels_is_refused() -> None:
    with pytest.raises(DiffusionError, match="1 to 50 steps, not 51"):
        searched(1.2, 51)
