"""SA-Solver against diffusers, its weights, and where it is stochastic."""

import math
from typing import Any

import pytest
import torch
from diffusers.schedulers.scheduling_sasolver import SASolverScheduler
from torch import Tensor

from diffusion.sampling.sa_solver import Span
from diffusion.sampling.samplers import find_sampler, solve, stochastic_levels
from diffusion.sampling.schedules import Period, linear_noise_schedule
from tests.diffusion.sampling.solving import SEED, Both, crowd, karras, quiet, run, start
from tests.diffusion.sampling.worlds import Gaussian, mixture


def through_diffusers(x: Tensor, sigmas: list[float], tau: float, predictor: int, corrector: int) -> Tensor:
    """Walk its scheduler, which works on x / sqrt(1 + sigma^2) and wants noise, along levels."""
    scheduler: Any = SASolverScheduler(
        predictor_order=predictor, corrector_order=corrector, tau_func=lambda _: tau, lower_order_final=False
    )
    scheduler.set_timesteps(len(sigmas) - 1)
    scheduler.sigmas = torch.tensor(sigmas, dtype=torch.float64)
    scheduler.timesteps = torch.arange(len(sigmas) - 1, 0, -1)
    scheduler.set_begin_index(0)
    generator = torch.Generator().manual_seed(SEED)
    for t, sigma, sigma_next in zip(scheduler.timesteps, sigmas, sigmas[1:], strict=False):
        noise = (x - mixture(x, sigma)) / sigma
        small = x / math.sqrt(1 + sigma**2)
        stepped = scheduler.step(noise, t, small, generator=generator, return_dict=False)[0]
        x = stepped * math.sqrt(1 + sigma_next**2)
    return x


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of diffusers, with NumPy
@pytest.mark.parametrize("tau", [0.0, 0.6, 1.0])
@pytest.mark.parametrize(("predictor", "corrector"), [(1, 1), (2, 2), (3, 3), (2, 3)])
def test_it_agrees_with_diffusers(tau: float, predictor: int, corrector: int) -> None:
    sigmas = karras(12, 10.0, 0.2)[:-1]
    x = start(sigmas[0]).float()
    sampler = find_sampler("sa_solver").with_settings(
        eta=tau, predictor_order=predictor, corrector_order=corrector, simple_order_2=True
    )
    expected = through_diffusers(x, sigmas, tau, predictor, corrector)
    torch.testing.assert_close(run(sampler, mixture, x, sigmas), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("chance", [0.0, 0.36, 1.0])
@pytest.mark.parametrize("levels", [[5.0], [7.0, 5.0], [9.0, 7.0, 5.0], [5.0, 4.0], [7.0, 5.0, 4.0]])
def test_what_x0_weighs_is_what_x_does_not(chance: float, levels: list[float]) -> None:
    span = Span(5.0, 4.0, chance)
    whole = 1 - (4.0 / 5.0) ** (1 + chance)
    assert sum(span.weights(levels)) == pytest.approx(whole)
    if len(levels) == 2:
        assert sum(span.simple_weights(levels)) == pytest.approx(whole)


@pytest.mark.parametrize("levels", [[5.2, 5.0], [5.0, 4.9]])
def test_simple_weights_are_nearly_the_others_over_short_steps(levels: list[float]) -> None:
    span = Span(5.0, 4.9, 1.0)
    assert span.simple_weights(levels) == pytest.approx(span.weights(levels), abs=5e-4)


def test_it_draws_noise_only_between_its_levels() -> None:
    drawn: list[tuple[float, float]] = []
    sampler = find_sampler("sa_solver").with_settings(noisy=Period(6.0, 1.0))

    def noise(sigma: float, sigma_next: float) -> Tensor:
        drawn.append((sigma, sigma_next))
        return torch.zeros(1)

    sampler.solver(mixture, start(10.0), [10.0, 7.0, 5.0, 2.0, 0.5, 0.0], quiet, noise, **sampler.settings)
    assert drawn == [(7.0, 5.0), (5.0, 2.0)]


@pytest.mark.parametrize("name", ["sa_solver", "sa_solver_pece"])
def test_by_name_the_models_levels_decide_where_it_is_stochastic(name: str) -> None:
    """From a fifth to four fifths of the way."""
    schedule = linear_noise_schedule()
    sampler, x, sigmas = find_sampler(name), start(14.6), karras(9)
    found = solve(sampler, Both(mixture), x, sigmas, quiet, SEED, schedule=schedule)
    noisy = Period(schedule.sigma_after(0.2), schedule.sigma_after(0.8))
    assert stochastic_levels(schedule) == {"noisy": noisy}
    assert torch.equal(found, run(sampler.with_settings(noisy=noisy), mixture, x, sigmas))
    assert not torch.equal(found, run(name, mixture, x, sigmas))


@pytest.mark.parametrize(("predictor", "corrector"), [(1, 0), (2, 2), (4, 4)])
@pytest.mark.parametrize("use_pece", [False, True])
def test_of_any_order_it_lands_on_the_data(predictor: int, corrector: int, use_pece: bool) -> None:
    world, sigmas = Gaussian(), karras(300 if predictor == 1 else 60, highest=10.0, lowest=0.02)
    sampler = find_sampler("sa_solver").with_settings(
        predictor_order=predictor, corrector_order=corrector, use_pece=use_pece
    )
    found = run(sampler, world.denoise, crowd(world, sigmas[0])[..., :100, :100], sigmas)
    assert float(found.mean()) == pytest.approx(world.mean, abs=0.02)
    assert float(found.std()) == pytest.approx(world.spread, rel=0.03)
