"""Samplers on flow models: against diffusers, against the exact solution, and how levels are told."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_ltx_euler_ancestral_rf import LTXEulerAncestralRFScheduler
from torch import Tensor

from diffusion.sampling.flow import HIGHEST, level, ratio
from diffusion.sampling.samplers import SAMPLERS, find_sampler, solve
from tests.diffusion.sampling.solving import SEED, Both, crowd, run, start
from tests.diffusion.sampling.worlds import Gaussian, Listener

WORLD = Gaussian()
FIRST = ("euler", "ddim", "ddpm", "heunpp2", "euler_ancestral", "euler_cfg_pp", "euler_ancestral_cfg_pp")


def denoise(x: Tensor, sigma: float) -> Tensor:
    """The expected clean value given (1 - sigma) x0 + sigma * noise."""
    alpha = 1 - sigma
    share = alpha * WORLD.spread**2 / (alpha**2 * WORLD.spread**2 + sigma**2)
    return WORLD.mean + share * (x - alpha * WORLD.mean)


def exact(x: Tensor, sigma: float, sigma_next: float) -> Tensor:
    """Where the flow takes it: as far from the mean as before, in spreads."""
    spreads = [math.hypot((1 - s) * WORLD.spread, s) for s in (sigma, sigma_next)]
    middle = (1 - sigma) * WORLD.mean
    return (1 - sigma_next) * WORLD.mean + spreads[1] / spreads[0] * (x - middle)


def shifted(steps: int, shift: float = 3.0, first: float = 1.0) -> list[float]:
    even = np.linspace(first, 0, steps + 1)
    return [float(sigma) for sigma in shift * even / (1 + (shift - 1) * even)]


def fine(steps: int) -> list[float]:
    """Even in log SNR, from nearly pure noise to nearly none, then 0."""
    ratios = np.geomspace(999, 0.01, steps)
    return [*(ratios / (1 + ratios)).tolist(), 0.0]


def test_a_level_has_a_ratio_of_noise_to_signal_and_back() -> None:
    for sigma in (0.0, 0.2, 0.5, 0.99):
        assert level(ratio(sigma)) == pytest.approx(sigma)
    assert ratio(0.75) == pytest.approx(3)
    assert level(ratio(1.0)) == pytest.approx(HIGHEST)


@pytest.mark.parametrize("eta", [0.0, 0.6, 1.0])
def test_euler_ancestral_agrees_with_diffusers(eta: float) -> None:
    scheduler: Any = LTXEulerAncestralRFScheduler(eta=eta, s_noise=0.9)
    sigmas = shifted(10)
    scheduler.set_timesteps(sigmas=torch.tensor(sigmas))
    x = start(1.0).float()
    found = run(
        find_sampler("euler_ancestral").with_settings(eta=eta, s_noise=0.9), denoise, x, sigmas, flow=True
    )
    generator = torch.Generator().manual_seed(SEED)
    for t, sigma in zip(scheduler.timesteps, sigmas, strict=False):
        velocity = (x - denoise(x, sigma)) / sigma
        x = scheduler.step(velocity, t, x, generator=generator, return_dict=False)[0]
    torch.testing.assert_close(found, x, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", [s.name for s in SAMPLERS if s.noise is None])
def test_a_deterministic_sampler_lands_on_the_exact_solution(name: str) -> None:
    sigmas = fine(300)
    x = start(1.0)
    found = run(name, denoise, x, sigmas, flow=True)
    tolerance = 5e-2 if name in (*FIRST, "lms", "dpm_fast", "dpm_adaptive") else 2e-2
    torch.testing.assert_close(found, exact(x, sigmas[0], 0.0), rtol=0, atol=tolerance)


STOCHASTIC = [s.name for s in SAMPLERS if s.noise is not None and s.name != "lcm" and "gpu" not in s.name]


@pytest.mark.parametrize("name", STOCHASTIC)
def test_a_stochastic_sampler_lands_on_the_datas_mean_and_spread(name: str) -> None:
    sigmas = fine(400 if name in FIRST else 60)
    noisy = crowd(WORLD, sigmas[0], shrunk=1 - sigmas[0])[..., :80, :]
    found = run(name, denoise, noisy, sigmas, seed=3, flow=True)
    assert float(found.mean()) == pytest.approx(WORLD.mean, abs=0.015)
    assert float(found.std()) == pytest.approx(WORLD.spread, rel=0.03)


@pytest.mark.parametrize("name", [s.name for s in SAMPLERS])
def test_a_sampler_starts_from_pure_noise_and_tells_the_models_own_levels(name: str) -> None:
    asked: list[float] = []

    def watched(x: Tensor, sigma: float) -> Tensor:
        asked.append(sigma)
        return denoise(x, sigma)

    listener, x = Listener(), start(1.0)
    found = solve(find_sampler(name), Both(watched), x, shifted(6), listener, SEED, flow=True)
    assert bool(found.isfinite().all())
    assert all(0 < sigma <= 1 for sigma in asked)
    assert listener.steps[0].sigma == pytest.approx(1.0, abs=2e-4)
    if not name.startswith("dpm_"):
        assert [step.sigma for step in listener.steps[1:]] == pytest.approx(shifted(6)[1:-1])


@pytest.mark.parametrize("name", ["dpmpp_2s_ancestral", "dpm_2_ancestral"])
def test_without_noise_an_ancestral_sampler_is_of_second_order(name: str) -> None:
    errors = []
    for steps in (40, 80):
        sigmas = shifted(steps, 1.0, 0.9)[: steps * 3 // 4]
        x = start(1.0)
        still = find_sampler(name).with_settings(eta=0.0)
        found = run(still, denoise, x, sigmas, flow=True)
        errors.append(float((found - exact(x, sigmas[0], sigmas[-1])).abs().max()))
    assert 1.7 < math.log2(errors[0] / errors[1]) < 2.4


def test_a_step_that_lcm_noises_anew_is_mixed_as_the_model_wants_it() -> None:
    x, seen = start(1.0), []

    def clean(x: Tensor, sigma: float) -> Tensor:
        seen.append(x)
        return torch.full_like(x, 0.4)

    run("lcm", clean, x, [0.9, 0.6, 0.0], flow=True)
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(SEED), dtype=x.dtype)
    torch.testing.assert_close(seen[1], 0.4 * 0.4 + 0.6 * noise)
