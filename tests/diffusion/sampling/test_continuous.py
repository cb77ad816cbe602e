"""Other clocks of a model, against diffusers' schedulers and closed forms."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers import DDPMWuerstchenScheduler, EDMEulerScheduler, LCMScheduler
from diffusers.schedulers.scheduling_ddim import rescale_zero_terminal_snr
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.sampling.continuous import (
    DISCRETE,
    cascade_schedule,
    continuous_schedule,
    distilled,
    with_discrete_sampling,
)
from diffusion.sampling.noise import make_noise
from diffusion.sampling.prediction import denoised, network_input
from diffusion.sampling.sample import sample
from diffusion.sampling.schedules import NoiseSchedule, linear_noise_schedule, schedule_names, sigmas
from diffusion.types import Latent
from tests.diffusion.sampling.worlds import PromptedGaussian, prompt, tiny_model

X, OUT = torch.randn((2, 1, 4, 3, 5), generator=torch.Generator().manual_seed(0), dtype=torch.float64)


# EDM


@pytest.mark.parametrize("sigma", [0.002, 0.5, 80.0])
@pytest.mark.parametrize("data_std", [0.5, 1.0])
def test_an_edm_network_is_asked_and_read_as_diffusers_does(sigma: float, data_std: float) -> None:
    oracle = EDMEulerScheduler(sigma_data=data_std)
    level = torch.tensor(sigma, dtype=torch.float64)
    torch.testing.assert_close(network_input("edm", X, sigma, data_std), oracle.precondition_inputs(X, level))
    expected = oracle.precondition_outputs(X, OUT, level)
    torch.testing.assert_close(denoised("edm", X, OUT, sigma, data_std=data_std), expected)
    told = continuous_schedule(0.002, 80.0).timestep(sigma)
    assert told == pytest.approx(float(oracle.precondition_noise(level)))


@pytest.mark.parametrize("sigma", [0.03, 2.0, 500.0])
def test_a_velocity_of_data_of_any_spread_gives_the_clean_latents(sigma: float) -> None:
    """v = (s * noise - sigma * x0 / s) / w, for data of spread s and w^2 = sigma^2 + s^2."""
    data_std = 0.5
    clean, noise = X, OUT
    velocity = (data_std * noise - sigma * clean / data_std) / math.hypot(sigma, data_std)
    found = denoised("v", clean + sigma * noise, velocity, sigma, data_std=data_std)
    torch.testing.assert_close(found, clean, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("clock", ["log", "arctan"])
def test_continuous_levels_are_even_in_log_sigma_and_their_clock_goes_both_ways(clock: str) -> None:
    schedule = continuous_schedule(0.02, 500.0, clock)  # type: ignore[arg-type]
    assert (schedule.sigma_min, schedule.sigma_max) == pytest.approx((0.02, 500.0))
    steps = schedule.sigmas.double().log().diff()
    torch.testing.assert_close(steps, steps.mean().expand_as(steps), rtol=1e-3, atol=1e-5)
    for sigma in (0.02, 1.0, 77.0):
        assert schedule.sigma(schedule.timestep(sigma)) == pytest.approx(sigma)
    assert schedule.sigma_after(0.5) == pytest.approx(math.sqrt(0.02 * 500))
    assert (schedule.sigma_after(0.0), schedule.sigma_after(1.0)) == (math.inf, 0.0)


def test_the_angles_clock_is_the_part_of_a_right_angle() -> None:
    schedule = continuous_schedule(0.03, 500.0, "arctan")
    assert schedule.timestep(1.0) == pytest.approx(0.5)
    assert schedule.timestep(1e9) == pytest.approx(1.0)
    assert schedule.timestep(0.0) == 0.0


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (2.0, 1.0), (1.0, 1.0)])
def test_levels_the_wrong_way_round_are_refused(low: float, high: float) -> None:
    with pytest.raises(DiffusionError, match="must lie between"):
        continuous_schedule(low, high)


@pytest.mark.parametrize("name", schedule_names())
@pytest.mark.parametrize(
    "schedule",
    [
        continuous_schedule(0.002, 120.0),
        continuous_schedule(0.03, 500.0, "arctan"),
        distilled(linear_noise_schedule()),
        cascade_schedule(2.0),
    ],
    ids=["edm", "v", "lcm", "cascade"],
)
def test_every_schedule_falls_through_the_levels_of_every_clock(schedule: NoiseSchedule, name: str) -> None:
    levels = sigmas(name, schedule, 6)
    assert levels[-1] == 0
    assert (levels.diff() < 0).all()
    assert schedule.sigma_max * 1.0001 >= levels[0] > schedule.sigma_max / 10
    assert levels[-2] >= schedule.sigma_min * 0.9999


def test_a_gaussian_world_told_of_real_times_lands_where_it_should() -> None:
    """A network that reads the time as log sigma over 4, of data whose flow is known."""

    class Timed(PromptedGaussian):
        def forward(self, x: Tensor, timesteps: Tensor, context: Tensor) -> Tensor:
            sigma = (4 * timesteps).exp()[:, None, None, None]
            mean, whole = self.mean(context), (sigma**2 + 0.25).sqrt()
            noisy = x * whole
            x0 = mean + 0.25 / (0.25 + sigma**2) * (noisy - mean)
            return (x0 - noisy * 0.25 / whole**2) * whole / (sigma * 0.5)

    model = replace(
        tiny_model(Timed), schedule=continuous_schedule(0.002, 80.0), prediction="edm", data_std=0.5
    )
    noise = make_noise(Latent(torch.zeros(1, 4, 4, 4)), 3)
    found = sample(
        model,
        noise=noise,
        latent=torch.zeros_like(noise),
        positive=(prompt(1.0),),
        negative=(),
        cfg=1.0,
        sampler="dpmpp_2m",
        schedule="karras",
        steps=150,
        seed=3,
    )
    mean = torch.tensor([1.0, 1.1, 0.8, -1.0])[None, :, None, None]
    start = noise * math.sqrt(1 + 80.0**2)
    expected = mean + 0.5 / math.hypot(0.5, 80.0) * (start - mean)
    torch.testing.assert_close(found.detach() * 0.5, expected, rtol=0, atol=5e-3)


# Consistency models


def lcm_scheduler(steps: int = 4) -> LCMScheduler:
    scheduler = LCMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", original_inference_steps=50
    )
    scheduler.set_timesteps(steps)
    return scheduler


def test_distilled_levels_are_those_that_diffusers_steps_among() -> None:
    whole, few = linear_noise_schedule(), distilled(linear_noise_schedule())
    assert [few.timestep(float(sigma)) for sigma in few.sigmas] == list(range(19, 1000, 20))
    assert torch.equal(few.sigmas, whole.sigmas[19::20])
    scheduler = lcm_scheduler(50)
    assert scheduler.timesteps.tolist() == [few.timestep(float(sigma)) for sigma in few.sigmas.flip(0)]
    assert few.sigma(39) == pytest.approx(float(whole.sigmas[39]))
    assert few.sigma_after(0.5) == pytest.approx(few.sigma(999 / 2))


def test_simple_steps_of_a_distilled_model_are_diffusers_timesteps() -> None:
    few = distilled(linear_noise_schedule())
    for steps in (1, 2, 5, 10):
        found = [few.timestep(float(sigma)) for sigma in sigmas("simple", few, steps)[:-1]]
        assert found == lcm_scheduler(steps).timesteps.tolist()


@pytest.mark.parametrize("index", range(4))
def test_a_consistency_model_is_read_as_diffusers_does(index: int) -> None:
    scheduler = lcm_scheduler()
    timestep = int(scheduler.timesteps[index])
    sigma = float(linear_noise_schedule().sigmas[timestep])
    preserved = X / math.sqrt(sigma**2 + 1)
    expected = scheduler.step(OUT, timestep, preserved, generator=torch.Generator().manual_seed(0)).denoised
    found = denoised("lcm", X, OUT, sigma, timestep=timestep)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_a_consistency_model_leaves_clean_latents_alone() -> None:
    torch.testing.assert_close(denoised("lcm", X, OUT, 0.0, timestep=0), X)


# Discrete models


def test_zero_snr_levels_are_diffusers() -> None:
    model = with_discrete_sampling(tiny_model(), "v_prediction", True)
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    alphas = (1 - rescale_zero_terminal_snr(betas)).cumprod(0)
    expected = ((1 - alphas) / alphas).sqrt()[:-1].float()
    torch.testing.assert_close(model.schedule.sigmas[:-1], expected, rtol=1e-3, atol=1e-4)
    assert model.schedule.sigma_max > 4000
    assert model.prediction == "v"


@pytest.mark.parametrize("kind", DISCRETE)
def test_every_kind_forgets_what_was_said_of_continuous_levels(kind: str) -> None:
    before = replace(tiny_model(), schedule=continuous_schedule(0.002, 80.0), prediction="edm", data_std=0.5)
    model = with_discrete_sampling(before, kind, False)
    assert (model.data_std, model.prediction) == (1.0, DISCRETE[kind])
    assert model.schedule.sigma_max == linear_noise_schedule().sigma_max


def test_clean_latents_come_as_they_are_and_the_input_too_where_it_is_direct() -> None:
    assert denoised("x0", X, OUT, 3.0) is OUT
    assert denoised("direct", X, OUT, 3.0) is OUT
    assert network_input("direct", X, 3.0) is X
    torch.testing.assert_close(network_input("x0", X, 3.0), X / math.sqrt(10))


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(DiffusionError, match="'edm' is not one of eps"):
        with_discrete_sampling(tiny_model(), "edm", False)


# Stable Cascade


def test_an_unshifted_cascade_is_diffusers_and_tells_its_time() -> None:
    schedule, oracle = cascade_schedule(1.0), DDPMWuerstchenScheduler()
    for t in (0.05, 0.3, 0.8, 1.0):
        alpha_bar = float(oracle._alpha_cumprod(torch.tensor([t]), torch.device("cpu")))
        assert schedule.sigma(t) == pytest.approx(math.sqrt((1 - alpha_bar) / alpha_bar), rel=1e-4)
    for t in (0.05, 0.3, 0.8):
        assert schedule.timestep(schedule.sigma(t)) == pytest.approx(t)
    assert len(schedule.sigmas) == 10_000


def test_a_shift_lowers_the_log_signal_to_noise_ratio_and_the_network_goes_by_the_noise() -> None:
    plain, shifted = cascade_schedule(1.0), cascade_schedule(2.0)
    for t in (0.1, 0.5, 0.9):
        assert shifted.sigma(t) == pytest.approx(2 * plain.sigma(t))
        assert shifted.timestep(shifted.sigma(t)) == pytest.approx(plain.timestep(2 * plain.sigma(t)))
    largest = math.sqrt((1 - 1e-4) / 1e-4)
    assert shifted.sigma_max == pytest.approx(largest) == plain.sigma_max
    assert shifted.sigma_after(0.25) == pytest.approx(shifted.sigma(0.75))
    assert np.isfinite(shifted.sigma_at(np.array([0.0, 1.0, 2.0]))).all()


def test_a_shift_of_nothing_is_refused() -> None:
    with pytest.raises(DiffusionError, match="must be above 0"):
        cascade_schedule(0.0)
