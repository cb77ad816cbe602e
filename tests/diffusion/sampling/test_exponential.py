"""Exponential integrators: their phi functions, weights and noise."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate
from torch import Tensor

from diffusion.sampling.exponential import (
    Scatter,
    between,
    drift,
    er_weight,
    extended,
    phi,
    power,
    seeds_2,
    spread,
)
from diffusion.sampling.samplers import find_sampler
from tests.diffusion.sampling.solving import crowd, karras, quiet, run, start
from tests.diffusion.sampling.worlds import Gaussian, mixture


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("z", [-4.0, -0.3, -0.0101, -0.0099, -1e-9, 0.0, 2.0])
def test_phi_is_its_integral(k: int, z: float) -> None:
    """phi_k(z) = 1/(k-1)! times the integral of e^((1-s) z) s^(k-1) over 0 to 1."""
    value, _ = integrate.quad(lambda s: math.exp((1 - s) * z) * s ** (k - 1), 0, 1)
    assert phi(k, z) == pytest.approx(value / math.factorial(k - 1), rel=1e-9)
    assert phi(0, z) == pytest.approx(math.exp(z))


def test_the_way_of_the_sde_ends_where_the_noise_is_that_of_the_level() -> None:
    """A sample of x0 + sigma * noise stays one: what is kept and what is added make the next level."""
    for eta in (0.0, 0.4, 1.0, 2.0):
        kept = (0.7 / 3.0) ** (1 + eta)
        assert math.hypot(kept * 3.0, spread(3.0, 0.7, eta)) == pytest.approx(0.7)
        x = start(1.0)
        torch.testing.assert_close(drift(x, x * 0, 3.0, 0.7, eta), x * kept)


def test_the_noise_of_a_step_in_stages_has_the_spread_of_each_stage() -> None:
    generator = torch.Generator().manual_seed(3)

    def noise(sigma: float, sigma_next: float) -> Tensor:
        return torch.randn(200_000, generator=generator, dtype=torch.float64)

    scatter = Scatter(noise, 3.0, 0.8, 0.9)
    for level in (2.0, 1.2, 0.7):
        found = scatter.at(level)
        assert isinstance(found, Tensor)
        assert float(found.std()) == pytest.approx(0.9 * spread(3.0, level, 0.8), rel=0.01)


@pytest.mark.parametrize(("eta", "s_noise"), [(0.0, 1.0), (1.0, 0.0)])
def test_without_strength_no_noise_is_drawn(eta: float, s_noise: float) -> None:
    def never(sigma: float, sigma_next: float) -> Tensor:
        raise AssertionError("noise was drawn")

    x = start(5.0)
    still = seeds_2(mixture, x, karras(5, 5.0), quiet, never, eta=eta, s_noise=s_noise)
    assert bool(still.isfinite().all())


def test_a_share_of_the_way_is_even_in_log_sigma() -> None:
    assert between(8.0, 2.0, 0.5) == pytest.approx(4.0)
    assert between(8.0, 2.0, 0.0) == 8.0
    assert between(8.0, 2.0, 1.0) == pytest.approx(2.0)


@pytest.mark.parametrize("growth", [extended, power(1), power(2)])
@pytest.mark.parametrize("order", [1, 2])
def test_er_sdes_weights_are_the_papers_sums(growth: object, order: int) -> None:
    """Algorithms 2 and 3 sum rectangles over the step; the more of them the nearer to ours."""
    assert callable(growth)
    s, t, count = 5.0, 2.0, 200_000
    width = (s - t) / count
    places = t + (np.arange(count) + 0.5) * width
    densities = (places - s) ** (order - 1) / np.array([growth(place) for place in places])
    expected = (t - s) ** order / math.factorial(order) + growth(t) * densities.sum() * width
    assert er_weight(growth, s, t, order) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("max_stage", [1, 2, 3])
def test_er_sde_with_an_ode_for_its_noise_draws_none_and_follows_the_flow(max_stage: int) -> None:
    world, sigmas = Gaussian(), karras(300, 10.0, 1e-3)
    sampler = find_sampler("er_sde").with_settings(growth=power(1), max_stage=max_stage)
    x = start(10.0)
    tolerance = 2e-2 if max_stage == 1 else 2e-4
    found = run(sampler, world.denoise, x, sigmas)
    torch.testing.assert_close(found, world.flow(x, 10.0, 0.0), rtol=0, atol=tolerance)


@pytest.mark.parametrize("eta", [0.3, 1.0])
@pytest.mark.parametrize("name", ["er_sde", "seeds_2", "seeds_3"])
def test_a_reverse_sde_of_any_strength_lands_on_the_data(name: str, eta: float) -> None:
    world, sigmas = Gaussian(), karras(60, highest=10.0, lowest=0.02)
    settings = {"growth": power(1 + eta)} if name == "er_sde" else {"eta": eta}
    found = run(
        find_sampler(name).with_settings(**settings), world.denoise, crowd(world, sigmas[0]), sigmas, 7
    )
    assert float(found.mean()) == pytest.approx(world.mean, abs=0.01)
    assert float(found.std()) == pytest.approx(world.spread, rel=0.02)


def test_er_sde_of_strength_one_is_the_reverse_sde_of_dpmpp_in_one_stage() -> None:
    """Of first order both draw from the same posterior."""
    sampler = find_sampler("er_sde").with_settings(growth=power(2), max_stage=1)
    x = start(10.0)
    torch.testing.assert_close(
        run(sampler, mixture, x, karras(6, 10.0)), run("euler_ancestral", mixture, x, karras(6, 10.0))
    )
