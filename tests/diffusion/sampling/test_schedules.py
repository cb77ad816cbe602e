"""The nine schedules against other implementations and plain restatements of their formulas."""

import math
from types import ModuleType

import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler, rescale_zero_terminal_snr
from scipy import stats

from diffusion.errors import DiffusionError
from diffusion.sampling.schedules import (
    NoiseSchedule,
    beta,
    last_part,
    linear_noise_schedule,
    schedule_names,
    sigmas,
    turbo,
    zero_terminal_snr,
)

STEPS = (1, 2, 3, 7, 20, 50, 999, 1000, 3000)


def diffusers_sd1(**options: object) -> EulerDiscreteScheduler:
    """diffusers' scheduler for Stable Diffusion 1."""
    return EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000, **options
    )


def test_the_models_levels_are_those_that_diffusers_computes() -> None:
    alphas_bar = diffusers_sd1().alphas_cumprod.double()
    expected = ((1 - alphas_bar) / alphas_bar).sqrt()
    torch.testing.assert_close(
        linear_noise_schedule().sigmas.double(), expected, rtol=2e-5, atol=0
    )  # float32 there


def test_the_models_levels_have_the_known_ends() -> None:
    schedule = linear_noise_schedule()
    assert schedule.sigmas.dtype == torch.float32
    assert schedule.sigma_max == pytest.approx(14.6146, abs=1e-4)
    assert schedule.sigma_min == pytest.approx(0.0291675, abs=1e-6)


def test_between_two_timesteps_log_sigma_is_linear() -> None:
    schedule = linear_noise_schedule()
    low, high = float(schedule.sigmas[41]), float(schedule.sigmas[42])
    assert schedule.sigma(41.25) == pytest.approx(low**0.75 * high**0.25, rel=1e-12)
    assert schedule.sigma(999) == pytest.approx(schedule.sigma_max, rel=1e-12)


def test_a_level_belongs_to_the_timestep_of_nearest_log_sigma() -> None:
    schedule = linear_noise_schedule()
    for t in (0, 1, 500, 998, 999):
        assert schedule.timestep(schedule.sigma(t + 0.49 if t < 999 else t)) == t
        assert schedule.timestep(schedule.sigma(t - 0.49 if t > 0 else t)) == t
    assert schedule.timestep(1e9) == 999
    assert schedule.timestep(1e-9) == 0
    assert schedule.timestep(0.0) == 0


def test_a_share_of_the_way_is_a_level_and_the_ends_include_everything() -> None:
    schedule = linear_noise_schedule()
    assert schedule.sigma_after(0.0) == math.inf
    assert schedule.sigma_after(1.0) == 0.0
    assert schedule.sigma_after(0.5) == pytest.approx(schedule.sigma(499.5))


def test_zero_terminal_snr_agrees_with_diffusers() -> None:
    schedule = linear_noise_schedule()
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    alphas_bar = torch.cumprod(1 - rescale_zero_terminal_snr(betas), dim=0)
    expected = ((1 - alphas_bar) / alphas_bar).sqrt()
    found = zero_terminal_snr(schedule).sigmas.double()
    torch.testing.assert_close(found[:-1], expected[:-1], rtol=1e-4, atol=0)
    assert found[0] == pytest.approx(schedule.sigma_min, rel=1e-5)
    assert found[-1] == pytest.approx(4096, rel=1e-4)


@pytest.mark.parametrize("name", schedule_names())
@pytest.mark.parametrize("steps", STEPS)
def test_every_schedule_falls_to_zero(name: str, steps: int) -> None:
    schedule = linear_noise_schedule()
    found = sigmas(name, schedule, steps)
    assert found.dtype == torch.float32
    assert found[-1] == 0
    assert bool((found.diff() < 0).all())
    assert len(found) >= 2
    assert float(found[0]) <= schedule.sigma_max * (1 + 1e-6)
    assert bool(found.isfinite().all())


@pytest.mark.parametrize("name", [name for name in schedule_names() if name not in ("beta", "ddim_uniform")])
@pytest.mark.parametrize("steps", [1, 2, 3, 7, 20, 50, 999])
def test_a_schedule_has_one_level_more_than_steps_and_starts_at_the_top(name: str, steps: int) -> None:
    schedule = linear_noise_schedule()
    found = sigmas(name, schedule, steps)
    assert len(found) == steps + 1
    assert float(found[0]) == pytest.approx(schedule.sigma_max, rel=1e-6)


def test_the_drop_down_keeps_the_fields_order() -> None:
    assert schedule_names() == (
        *("simple", "sgm_uniform", "karras", "exponential", "ddim_uniform"),
        *("beta", "normal", "linear_quadratic", "kl_optimal"),
    )


@pytest.mark.parametrize("steps", [3, 20])
def test_karras_and_exponential_agree_with_k_diffusion(k_diffusion: ModuleType, steps: int) -> None:
    schedule = linear_noise_schedule()
    ends = (schedule.sigma_min, schedule.sigma_max)
    karras = k_diffusion.get_sigmas_karras(steps, *ends)
    torch.testing.assert_close(sigmas("karras", schedule, steps), karras, rtol=3e-6, atol=0)
    exponential = k_diffusion.get_sigmas_exponential(steps, *ends)
    torch.testing.assert_close(sigmas("exponential", schedule, steps), exponential, rtol=3e-6, atol=0)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of diffusers, with NumPy
@pytest.mark.parametrize("steps", [4, 10, 28, 38])  # such that every timestep is a whole number
def test_normal_is_even_in_time_as_in_diffusers(steps: int) -> None:
    scheduler = diffusers_sd1(timestep_spacing="linspace")
    scheduler.set_timesteps(steps)
    torch.testing.assert_close(
        sigmas("normal", linear_noise_schedule(), steps), scheduler.sigmas, rtol=2e-5, atol=0
    )


def test_normal_ends_in_its_own_zero_where_the_model_has_one() -> None:
    schedule = NoiseSchedule(torch.linspace(1e-7, 1, 1000))
    found = sigmas("normal", schedule, 5)
    own = [schedule.sigma(t) for t in np.linspace(999, 0, 6)]
    np.testing.assert_allclose(found[:6].numpy(), own, rtol=1e-6)


def test_sgm_uniform_is_normal_with_one_point_more_and_the_last_dropped() -> None:
    schedule = linear_noise_schedule()
    longer = sigmas("normal", schedule, 21)
    expected = torch.cat([longer[:20], torch.zeros(1)])
    torch.testing.assert_close(sigmas("sgm_uniform", schedule, 20), expected)


def test_simple_takes_every_so_manieth_level_from_the_last() -> None:
    schedule = linear_noise_schedule()
    found = sigmas("simple", schedule, 3)
    assert found.tolist() == [float(schedule.sigmas[i]) for i in (999, 666, 333)] + [0]
    thirty = sigmas("simple", schedule, 30)
    assert thirty[3] == schedule.sigmas[899]  # exact in whole numbers, whatever 3 * (1000 / 30) rounds to


def test_ddim_uniform_strides_up_from_step_one() -> None:
    schedule = linear_noise_schedule()
    assert sigmas("ddim_uniform", schedule, 4).tolist() == [
        *(float(schedule.sigmas[i]) for i in (751, 501, 251, 1)),
        0,
    ]
    assert len(sigmas("ddim_uniform", schedule, 7)) == 9  # 1000 // 7 = 142 fits in eight times


@pytest.mark.parametrize("steps", [5, 20, 400])
def test_beta_takes_the_levels_at_the_quantiles_of_a_beta_distribution(steps: int) -> None:
    schedule = linear_noise_schedule()
    quantiles = stats.beta.ppf(1 - np.linspace(0, 1, steps, endpoint=False), 0.6, 0.6)
    indices = list(dict.fromkeys(int(i) for i in np.rint(quantiles * 999)))
    expected = [float(schedule.sigmas[i]) for i in indices] + [0]
    assert sigmas("beta", schedule, steps).tolist() == expected


@pytest.mark.parametrize("steps", [2, 5, 20])
def test_linear_quadratic_meets_its_conditions(steps: int) -> None:
    schedule = linear_noise_schedule()
    removed = 1 - sigmas("linear_quadratic", schedule, steps).double().numpy() / schedule.sigma_max
    half = steps // 2
    np.testing.assert_allclose(removed[: half + 1], np.arange(half + 1) * 0.025 / half, atol=1e-6)
    # the parabola through the joint, with the line's slope there, and through 1 at the end
    conditions = [[half**2, half, 1], [2 * half, 1, 0], [steps**2, steps, 1]]
    parabola = np.linalg.solve(np.array(conditions, dtype=float), [0.025, 0.025 / half, 1])
    np.testing.assert_allclose(removed[half:], np.polyval(parabola, np.arange(half, steps + 1)), atol=1e-6)


def test_kl_optimal_is_even_in_the_arc_tangent() -> None:
    schedule = linear_noise_schedule()
    angles = sigmas("kl_optimal", schedule, 11)[:-1].double().atan()
    assert float(angles[0]) == pytest.approx(math.atan(schedule.sigma_max))
    assert float(angles[-1]) == pytest.approx(math.atan(schedule.sigma_min))
    torch.testing.assert_close(angles.diff(), angles.diff().mean().expand(10), rtol=1e-4, atol=1e-6)


def test_an_unknown_schedule_and_no_steps_are_refused_with_reasons() -> None:
    with pytest.raises(DiffusionError, match="no schedule 'karas'; there are simple"):
        sigmas("karas", linear_noise_schedule(), 20)
    with pytest.raises(DiffusionError, match="at least 1 step, not 0"):
        sigmas("karras", linear_noise_schedule(), 0)


def test_a_lower_denoise_takes_the_end_of_a_longer_schedule() -> None:
    schedule = linear_noise_schedule()
    assert torch.equal(last_part("karras", schedule, 10, 0.5), sigmas("karras", schedule, 20)[-11:])
    assert torch.equal(last_part("karras", schedule, 10, 1.0), sigmas("karras", schedule, 10))
    assert len(last_part("karras", schedule, 10, 0.0)) == 0


def test_turbo_levels_are_those_of_every_hundredth_timestep() -> None:
    schedule = linear_noise_schedule()
    levels = schedule.sigmas
    assert turbo(schedule, 1, 1.0).tolist() == pytest.approx([float(levels[999]), 0])
    assert turbo(schedule, 3, 1.0).tolist() == pytest.approx([*levels[[999, 899, 799]].tolist(), 0])
    assert turbo(schedule, 2, 0.7).tolist() == pytest.approx([*levels[[699, 599]].tolist(), 0])
    assert turbo(schedule, 10, 0.2).tolist() == pytest.approx([*levels[[199, 99]].tolist(), 0])


def test_a_beta_distribution_without_a_shape_is_refused() -> None:
    with pytest.raises(DiffusionError, match=r"alpha and beta above 0, not 0 and 0\.6"):
        beta(linear_noise_schedule(), 10, 0.0, 0.6)


def test_a_part_of_sampling_holds_from_its_first_level_to_its_last() -> None:
    schedule = linear_noise_schedule()
    period = schedule.period(0.2, 0.6)
    first, last = schedule.sigma_after(0.2), schedule.sigma_after(0.6)
    assert [period.holds(sigma) for sigma in (first * 1.01, first, last, last * 0.99)] == [
        False,
        True,
        True,
        False,
    ]
    whole = schedule.period(0.0, 1.0)
    assert whole.holds(0.0)
    assert whole.holds(1e9)
