"""Levels by formula, against k-diffusion and what defines them."""

import math
from types import ModuleType

import numpy as np
import pytest
import torch

from diffusion.errors import DiffusionError
from diffusion.sampling import spacing
from diffusion.sampling.spacing import ended

ENDS = (14.6, 0.03)


@pytest.mark.parametrize("steps", [1, 2, 7, 30])
@pytest.mark.parametrize("rho", [0.7, 1.0, 2.0, 4.0])
def test_levels_agree_with_k_diffusion(k_diffusion: ModuleType, steps: int, rho: float) -> None:
    low = ENDS[::-1]
    pairs = [
        (spacing.karras(steps, *ENDS), k_diffusion.get_sigmas_karras(steps, *low)),
        (spacing.karras(steps, *ENDS, rho), k_diffusion.get_sigmas_karras(steps, *low, rho)),
        (spacing.polyexponential(steps, *ENDS), k_diffusion.get_sigmas_exponential(steps, *low)),
        (
            spacing.polyexponential(steps, *ENDS, rho),
            k_diffusion.get_sigmas_polyexponential(steps, *low, rho),
        ),
        (spacing.variance_preserving(steps), k_diffusion.get_sigmas_vp(steps)),
        (
            spacing.variance_preserving(steps, 10.0, 0.3, 0.01),
            k_diffusion.get_sigmas_vp(steps, 10.0, 0.3, 0.01),
        ),
    ]
    for found, expected in pairs:
        torch.testing.assert_close(ended(found), expected, rtol=2e-3, atol=1e-5)  # float32 there


def test_laplace_levels_are_quantiles_cut_at_the_ends() -> None:
    found = spacing.laplace(11, *ENDS, mu=0.4, beta=0.5)
    inner = np.array([0.2, 0.3, 0.5, 0.7, 0.8])
    quantiles = 0.4 + 0.5 * np.where(inner < 0.5, -np.log(2 * inner), np.log(2 - 2 * inner))
    np.testing.assert_allclose(found[[2, 3, 5, 7, 8]], np.exp(quantiles), rtol=1e-4)
    assert (found[0], found[-1]) == ENDS
    assert bool((np.diff(found) <= 0).all())


def test_laplace_levels_that_the_cut_makes_equal_are_kept_once() -> None:
    found = ended(spacing.laplace(50, 1.5, 0.7))
    assert bool((found.diff() < 0).all())
    assert len(found) < 51
    assert found[-1] == 0


def test_arctangents_are_even() -> None:
    angles = np.arctan(spacing.arctangent(9, *ENDS))
    np.testing.assert_allclose(np.diff(angles), np.diff(angles).mean())


def test_a_resampled_curve_is_even_between_its_levels_in_log_sigma() -> None:
    levels = np.array([8.0, 2.0, 1.0])
    np.testing.assert_allclose(spacing.resampled(levels, 5), [8, 4, 2, math.sqrt(2), 1])
    np.testing.assert_allclose(spacing.resampled(levels, 3), levels)


def test_what_no_formula_can_take_is_refused_with_its_name() -> None:
    with pytest.raises(DiffusionError, match="at least 1 step, not 0"):
        spacing.karras(0, *ENDS)
    with pytest.raises(DiffusionError, match="rho must be above 0 for this schedule, not 0"):
        spacing.karras(5, *ENDS, rho=0.0)
    with pytest.raises(DiffusionError, match="sigma_min must be above 0"):
        spacing.polyexponential(5, 14.6, 0.0)
    assert ended(spacing.karras(5, 14.6, 0.0))[-1] == 0
