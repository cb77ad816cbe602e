"""Multistep samplers: their order where it is the full one, against diffusers, and their weights."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from diffusers.schedulers.scheduling_ipndm import IPNDMScheduler
from scipy import integrate
from torch import Tensor

from diffusion.sampling.multistep import BETA_D, BETA_MIN, in_time, pace, time_of, uniform, variable
from diffusion.sampling.samplers import find_sampler
from tests.diffusion.sampling.solving import even, karras, run, start
from tests.diffusion.sampling.worlds import mixture


@pytest.mark.parametrize("name", ["lms", "ipndm", "ipndm_v", "deis"])
def test_of_order_one_a_sampler_is_eulers_method(name: str) -> None:
    x, sigmas = start(10.0), karras(8, 10.0)
    one = find_sampler(name).with_settings(order=1)
    torch.testing.assert_close(run(one, mixture, x, sigmas), run("euler", mixture, x, sigmas))


def test_over_equal_steps_all_weights_of_slopes_in_sigma_are_the_same() -> None:
    levels = [5.0, 4.5, 4.0, 3.5]
    assert uniform(levels, 3.0) == pytest.approx(variable(levels, 3.0))
    x, sigmas = start(10.0), even(30)
    torch.testing.assert_close(run("ipndm", mixture, x, sigmas), run("ipndm_v", mixture, x, sigmas))


def test_ipndm_agrees_with_diffusers() -> None:
    """Its scheduler walks x / sqrt(1 + sigma^2) along angles whose tangents are our levels."""
    sigmas = karras(12, 10.0, 0.2)[:-1]
    angles = torch.tensor(sigmas, dtype=torch.float64).atan()
    scheduler: Any = IPNDMScheduler()
    scheduler.set_timesteps(len(sigmas))
    scheduler.betas, scheduler.alphas = angles.sin(), angles.cos()
    scheduler.timesteps = torch.arange(len(sigmas), 0, -1)
    x = start(sigmas[0])
    small = x * angles[0].cos()
    for i, t in enumerate(scheduler.timesteps[:-1]):
        noisy = small / angles[i].cos()
        noise = (noisy - mixture(noisy, sigmas[i])) / sigmas[i]
        out = (noise - small * angles[i].sin()) / angles[i].cos()
        small = scheduler.step(out, t, small, return_dict=False)[0]
    torch.testing.assert_close(run("ipndm", mixture, x, sigmas), small / angles[-1].cos())


@pytest.mark.parametrize(
    ("name", "levels", "variable_of"),
    [
        ("lms", [9.0, 7.0, 6.5, 4.0, 3.7, 2.0, 0.5], float),
        ("ipndm_v", [9.0, 7.0, 6.5, 4.0, 3.7, 2.0, 0.5], float),
        ("ipndm", [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0], float),
        ("deis", [9.0, 7.0, 6.5, 4.0, 3.7, 2.0, 0.5], time_of),
    ],
)
def test_once_it_knows_enough_a_sampler_is_exact_for_slopes_that_are_polynomials(
    name: str, levels: list[float], variable_of: Callable[[float], float]
) -> None:
    """Of third degree in sigma, or of second in time."""
    degree = 2 if name == "deis" else 3
    seen: list[Tensor] = []

    def slope(sigma: float) -> float:
        return 0.3 * variable_of(sigma) ** degree - variable_of(sigma) + 2

    def denoise(x: Tensor, sigma: float) -> Tensor:
        seen.append(x)
        return x - sigma * slope(sigma)

    found = run(name, denoise, start(9.0), levels)
    gained, _ = integrate.quad(slope, levels[3], levels[-1])
    torch.testing.assert_close(found - seen[3], torch.full_like(found, gained))


def test_the_time_of_deis_is_that_of_the_variance_preserving_sde() -> None:
    assert time_of(80.0) == pytest.approx(1.0)
    assert time_of(0.002) == pytest.approx(1e-3)
    sigma = 3.3
    t = time_of(sigma)
    assert math.expm1(BETA_D * t**2 / 2 + BETA_MIN * t) == pytest.approx(sigma**2)
    assert pace(t) == pytest.approx(1e-6 / (time_of(sigma + 5e-7) - time_of(sigma - 5e-7)), rel=1e-6)


def test_the_weights_of_deis_are_integrals_over_the_step() -> None:
    """Equation 15: of each Lagrange polynomial in time, over sigma."""
    levels, sigma_next = [9.0, 6.0, 3.5], 2.0
    times = [time_of(level) for level in levels]

    def basis(sigma: float, k: int) -> float:
        others = [t for j, t in enumerate(times) if j != k]
        return math.prod((time_of(sigma) - t) / (times[k] - t) for t in others)

    expected = [integrate.quad(basis, levels[-1], sigma_next, args=(k,))[0] for k in range(3)]
    assert in_time(levels, sigma_next) == pytest.approx(expected, rel=1e-9)


def test_the_weights_sum_to_the_step() -> None:
    for weights in (uniform, variable, in_time):
        assert sum(weights([9.0, 6.0, 3.5], 2.0)) == pytest.approx(-1.5)
