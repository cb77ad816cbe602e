"""Each sampler against k-diffusion or diffusers, and against the exact solution on Gaussian data."""

import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from diffusers.schedulers.scheduling_lcm import LCMScheduler
from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.sampling.exponential import power
from diffusion.sampling.samplers import SAMPLERS, Sampler, find_sampler, sampler_names, solve
from tests.diffusion.sampling.solving import (
    SEED,
    Both,
    crowd,
    flow_error,
    geometric,
    karras,
    run,
    start,
)
from tests.diffusion.sampling.worlds import Gaussian, Listener, mixture

DETERMINISTIC = [sampler.name for sampler in SAMPLERS if sampler.noise is None]
SEEDED = [sampler.name for sampler in SAMPLERS if sampler.noise is not None]
TWO_CALLS_A_STEP = {
    *("heun", "exp_heun_2_x0", "exp_heun_2_x0_sde", "dpm_2", "dpm_2_ancestral", "dpmpp_2s_ancestral"),
    *("dpmpp_2s_ancestral_cfg_pp", "dpmpp_sde", "dpmpp_sde_gpu", "seeds_2", "sa_solver_pece"),
}
THREE_CALLS_A_STEP = {"heunpp2", "seeds_3"}
BOTH_ANSWERS = {name for name in sampler_names() if name.endswith("cfg_pp")}
OWN_LEVELS = ("dpm_fast", "dpm_adaptive")
SD1 = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
}


def test_the_drop_down_keeps_the_fields_order() -> None:
    assert sampler_names() == (
        *("euler", "euler_cfg_pp", "euler_ancestral", "euler_ancestral_cfg_pp", "heun", "heunpp2"),
        *("exp_heun_2_x0", "exp_heun_2_x0_sde", "dpm_2", "dpm_2_ancestral", "lms", "dpm_fast"),
        *("dpm_adaptive", "dpmpp_2s_ancestral", "dpmpp_2s_ancestral_cfg_pp", "dpmpp_sde", "dpmpp_sde_gpu"),
        *("dpmpp_2m", "dpmpp_2m_cfg_pp", "dpmpp_2m_sde", "dpmpp_2m_sde_gpu", "dpmpp_2m_sde_heun"),
        *("dpmpp_2m_sde_heun_gpu", "dpmpp_3m_sde", "dpmpp_3m_sde_gpu", "ddpm", "lcm", "ipndm", "ipndm_v"),
        *("deis", "res_multistep", "res_multistep_cfg_pp", "res_multistep_ancestral"),
        *("res_multistep_ancestral_cfg_pp", "gradient_estimation", "gradient_estimation_cfg_pp", "er_sde"),
        *("seeds_2", "seeds_3", "sa_solver", "sa_solver_pece", "ddim", "uni_pc", "uni_pc_bh2"),
    )


def test_an_unknown_sampler_is_refused_with_those_there_are() -> None:
    with pytest.raises(DiffusionError, match="no sampler 'eulr'; there are euler, euler_cfg_pp"):
        find_sampler("eulr")


ETA = {"eta": 0.6, "s_noise": 0.9}


@pytest.mark.parametrize(
    ("name", "settings", "theirs"),
    [
        ("euler", {}, "sample_euler"),
        ("euler_ancestral", {}, "sample_euler_ancestral"),
        ("euler_ancestral", ETA, "sample_euler_ancestral"),
        ("heun", {}, "sample_heun"),
        ("dpm_2", {}, "sample_dpm_2"),
        ("dpm_2_ancestral", {}, "sample_dpm_2_ancestral"),
        ("dpm_2_ancestral", ETA, "sample_dpm_2_ancestral"),
        ("lms", {}, "sample_lms"),
        ("lms", {"order": 2}, "sample_lms"),
        ("dpmpp_2s_ancestral", {}, "sample_dpmpp_2s_ancestral"),
        ("dpmpp_2s_ancestral", ETA, "sample_dpmpp_2s_ancestral"),
        ("dpmpp_sde", {}, "sample_dpmpp_sde"),
        ("dpmpp_sde_gpu", {}, "sample_dpmpp_sde"),
        ("dpmpp_sde", {**ETA, "r": 0.7}, "sample_dpmpp_sde"),
        ("dpmpp_2m", {}, "sample_dpmpp_2m"),
        ("dpmpp_2m_sde", {}, "sample_dpmpp_2m_sde"),
        ("dpmpp_2m_sde_gpu", {}, "sample_dpmpp_2m_sde"),
        ("dpmpp_2m_sde", ETA, "sample_dpmpp_2m_sde"),
        ("dpmpp_2m_sde", {"eta": 0.0}, "sample_dpmpp_2m_sde"),
        ("dpmpp_3m_sde", {}, "sample_dpmpp_3m_sde"),
        ("dpmpp_3m_sde_gpu", {}, "sample_dpmpp_3m_sde"),
        ("dpmpp_3m_sde", ETA, "sample_dpmpp_3m_sde"),
    ],
)
@pytest.mark.parametrize("last", [0.0, 0.7])
def test_a_sampler_agrees_with_k_diffusion(
    k_diffusion: ModuleType, name: str, settings: dict[str, Any], theirs: str, last: float
) -> None:
    sampler = find_sampler(name).with_settings(**settings)
    check_against_k_diffusion(k_diffusion, sampler, theirs, last, settings)


@pytest.mark.parametrize("name", ["dpmpp_2m_sde_heun", "dpmpp_2m_sde_heun_gpu"])
@pytest.mark.parametrize("settings", [{}, ETA])
def test_a_sampler_of_heuns_kind_agrees_with_k_diffusion(
    k_diffusion: ModuleType, name: str, settings: dict[str, Any]
) -> None:
    sampler = find_sampler(name).with_settings(**settings)
    options = {**settings, "solver_type": "heun"}
    check_against_k_diffusion(k_diffusion, sampler, "sample_dpmpp_2m_sde", 0.0, options)


def check_against_k_diffusion(
    k_diffusion: ModuleType, sampler: Sampler, theirs: str, last: float, settings: dict[str, Any]
) -> None:
    sigmas = [sigma for sigma in karras(12) if sigma > last] + [last]
    levels, options = torch.tensor(sigmas, dtype=torch.float64), dict(settings)
    x = start(sigmas[0])
    if "sde" in theirs:
        ends = (levels[levels > 0].min(), levels.max())
        options["noise_sampler"] = k_diffusion.BrownianTreeNoiseSampler(x, *ends, seed=SEED)
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        expected = getattr(k_diffusion, theirs)(
            lambda x, sigma: mixture(x, sigma[0]), x, levels, disable=True, **options
        )
    torch.testing.assert_close(run(sampler, mixture, x, sigmas), expected, rtol=1e-6, atol=1e-6)


def test_one_step_of_a_brownian_sampler_needs_no_path() -> None:
    for name in ("dpmpp_sde", "dpmpp_2m_sde"):
        x = start(10.0)
        torch.testing.assert_close(run(name, mixture, x, [10.0, 0.0]), mixture(x, 10.0))


def alphas_bar(scheduler: Any) -> Tensor:
    table: Tensor = scheduler.alphas_cumprod.double()
    return table


def levels_at(scheduler: Any) -> list[float]:
    a = alphas_bar(scheduler)[scheduler.timesteps.long()]
    return [*((1 - a) / a).sqrt().tolist(), 0.0]


def through_diffusers(scheduler: Any, x: Tensor, sigmas: Sequence[float], **options: Any) -> Tensor:
    """Walk a diffusers scheduler, which works on x / sqrt(1 + sigma^2) and wants noise, along levels."""
    for t, sigma, sigma_next in zip(scheduler.timesteps, sigmas, sigmas[1:], strict=False):
        noise = (x - mixture(x, sigma)) / sigma
        small = x / math.sqrt(1 + sigma**2)
        x = scheduler.step(noise, t, small, return_dict=False, **options)[0] * math.sqrt(1 + sigma_next**2)
    return x


def test_ddim_agrees_with_diffusers() -> None:
    scheduler = DDIMScheduler(**SD1, clip_sample=False, set_alpha_to_one=True)
    scheduler.set_timesteps(20)
    sigmas = levels_at(scheduler)
    x = start(sigmas[0])
    expected = through_diffusers(scheduler, x, sigmas, eta=0.0)
    torch.testing.assert_close(run("ddim", mixture, x, sigmas), expected, rtol=1e-5, atol=1e-5)


def test_ddpm_agrees_with_diffusers() -> None:
    scheduler = DDPMScheduler(**SD1, clip_sample=False, variance_type="fixed_small")
    scheduler.set_timesteps(20)
    sigmas = levels_at(scheduler)
    x = start(sigmas[0])
    expected = through_diffusers(scheduler, x, sigmas, generator=torch.Generator().manual_seed(SEED))
    torch.testing.assert_close(run("ddpm", mixture, x, sigmas), expected, rtol=2e-5, atol=2e-5)


def test_lcm_agrees_with_diffusers() -> None:
    scheduler = LCMScheduler(**SD1, clip_sample=False)
    scheduler.set_timesteps(timesteps=[999, 759, 499, 259])
    sigmas = levels_at(scheduler)
    x = start(sigmas[0])
    expected = through_diffusers(scheduler, x, sigmas, generator=torch.Generator().manual_seed(SEED))
    # diffusers also blends in 10^-7 of x, its consistency boundary
    torch.testing.assert_close(run("lcm", mixture, x, sigmas), expected, rtol=2e-5, atol=2e-5)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of diffusers, with NumPy
@pytest.mark.parametrize(
    ("name", "form", "last"),
    [("uni_pc", "bh1", 0.05), ("uni_pc_bh2", "bh2", 0.05), ("uni_pc_bh2", "bh2", 0.0)],
)
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 12])
def test_uni_pc_agrees_with_diffusers(name: str, form: str, last: float, steps: int) -> None:
    sigmas = [*karras(steps, lowest=0.1)[:-1], last]
    scheduler = UniPCMultistepScheduler(**SD1, solver_order=3, solver_type=form, lower_order_final=True)
    scheduler.set_timesteps(steps)
    scheduler.sigmas = torch.tensor(sigmas, dtype=torch.float64)
    scheduler.timesteps = torch.arange(steps, 0, -1)
    scheduler.num_inference_steps = steps
    scheduler.set_begin_index(0)
    x = start(sigmas[0])
    expected = through_diffusers(scheduler, x, sigmas)
    torch.testing.assert_close(run(name, mixture, x, sigmas), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in sampler_names() if name != "dpm_adaptive"])
def test_a_sampler_calls_the_network_as_often_as_its_order_needs(name: str) -> None:
    calls: list[float] = []

    def counted(x: Tensor, sigma: float) -> Tensor:
        calls.append(sigma)
        return mixture(x, sigma)

    run(name, counted, start(14.6), karras(10))
    once = 1 if name in TWO_CALLS_A_STEP else 2 if name in THREE_CALLS_A_STEP else 0  # more each step but one
    assert len(calls) - (name in BOTH_ANSWERS) * 10 == 10 + 9 * once - (name == "heunpp2")
    assert all(sigma > 0 for sigma in calls)


@pytest.mark.parametrize("name", [name for name in sampler_names() if name not in OWN_LEVELS])
def test_a_sampler_tells_of_each_step(name: str) -> None:
    listener, sigmas, x = Listener(), karras(6), start(14.6)
    found = solve(find_sampler(name), Both(mixture), x, sigmas, listener, SEED)
    assert [step.index for step in listener.steps] == list(range(6))
    assert {step.total for step in listener.steps} == {6}
    assert [step.sigma for step in listener.steps] == sigmas[:-1]
    torch.testing.assert_close(listener.steps[0].denoised, mixture(x, sigmas[0]))
    if name not in ("lms", "sa_solver_pece"):  # they say more at the end than the last step began with
        torch.testing.assert_close(listener.steps[-1].denoised, found)


@pytest.mark.parametrize("name", sampler_names())
def test_a_sampler_leaves_its_start_as_it_was(name: str) -> None:
    x = start(14.6)
    before = x.clone()
    run(name, mixture, x, karras(5))
    assert torch.equal(x, before)


FIRST = ("euler", "euler_cfg_pp", "heunpp2", "ddim", "gradient_estimation", "gradient_estimation_cfg_pp")
SECOND = (
    *("heun", "exp_heun_2_x0", "dpm_2", "dpmpp_2m", "dpmpp_2m_cfg_pp", "ipndm"),
    *("res_multistep", "res_multistep_cfg_pp"),
)


@pytest.mark.parametrize(
    ("name", "order"),
    [
        *((name, 1) for name in FIRST),
        *((name, 2) for name in SECOND),
        *(("deis", 3), ("uni_pc", 3), ("uni_pc_bh2", 3), ("ipndm_v", 3.3)),  # 4, from a start of order 1
    ],
)
def test_halving_the_step_shrinks_the_error_by_the_order(name: str, order: float) -> None:
    gained = math.log2(flow_error(name, geometric, 81) / flow_error(name, geometric, 161))
    assert gained > order - 0.25
    assert order > 2 or gained < order + 0.6


STILL = {"eta": 0.0}


@pytest.mark.parametrize(
    ("name", "settings", "order"),
    [
        ("euler_ancestral", STILL, 1),
        ("dpm_2_ancestral", STILL, 2),
        ("dpmpp_2s_ancestral", STILL, 2),
        ("dpmpp_sde", STILL, 2),
        ("dpmpp_2m_sde", STILL, 2),
        ("dpmpp_2m_sde_heun", STILL, 2),
        ("dpmpp_3m_sde", STILL, 2),  # its second derivative is published as half of the parabola's
        ("exp_heun_2_x0_sde", STILL, 2),
        ("res_multistep_ancestral", STILL, 2),
        ("er_sde", {"growth": power(1), "s_noise": 0.0}, 2),  # its slope is that of the last step's middle
        ("er_sde", {"growth": power(1), "s_noise": 0.0, "max_stage": 1}, 1),
        ("seeds_2", STILL, 2),
        ("seeds_2", {**STILL, "solver_type": "phi_2", "r": 0.7}, 2),
        ("seeds_3", STILL, 3),
        ("sa_solver", {**STILL, "predictor_order": 2, "corrector_order": 0}, 2),
        ("sa_solver", {**STILL, "predictor_order": 2, "corrector_order": 2, "simple_order_2": True}, 2),
        ("sa_solver", STILL, 4),
        ("sa_solver_pece", STILL, 3),
    ],
)
def test_without_its_noise_a_stochastic_sampler_solves_the_flow_by_its_order(
    name: str, settings: dict[str, Any], order: int
) -> None:
    sampler = find_sampler(name).with_settings(**settings)
    gained = math.log2(flow_error(sampler, geometric, 81) / flow_error(sampler, geometric, 161))
    assert gained > order - 0.25
    assert order > 2 or gained < order + 0.6


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_a_deterministic_sampler_lands_on_the_exact_solution(name: str) -> None:
    world, sigmas = Gaussian(), karras(400, lowest=1e-3)
    x = start(sigmas[0])
    tolerance = 2e-2 if name in FIRST else 4e-2 if name in ("lms", *OWN_LEVELS) else 1e-4
    torch.testing.assert_close(
        run(name, world.denoise, x, sigmas), world.flow(x, sigmas[0], 0.0), rtol=0, atol=tolerance
    )


SLOW = ("euler_ancestral", "euler_ancestral_cfg_pp", "ddpm")  # of first order


@pytest.mark.parametrize("name", [n for n in SEEDED if n != "lcm" and not n.endswith("_gpu")])
def test_a_stochastic_sampler_lands_on_the_datas_mean_and_spread(name: str) -> None:
    world, sigmas = Gaussian(), karras(300 if name in SLOW else 60, highest=10.0, lowest=0.02)
    found = run(name, world.denoise, crowd(world, sigmas[0])[..., :120, :], sigmas)
    assert float(found.mean()) == pytest.approx(world.mean, abs=0.01)
    assert float(found.std()) == pytest.approx(world.spread, rel=0.02)


@pytest.mark.parametrize("steps", [1, 2, 8])
def test_lcm_with_a_consistency_function_lands_on_the_data_in_any_number_of_steps(steps: int) -> None:
    world, sigmas = Gaussian(), karras(steps, highest=10.0, lowest=0.5)
    found = run("lcm", world.consistency, crowd(world, sigmas[0]), sigmas)
    assert float(found.mean()) == pytest.approx(world.mean, abs=0.01)
    assert float(found.std()) == pytest.approx(world.spread, rel=0.02)


@pytest.mark.parametrize("name", SEEDED)
def test_a_stochastic_sampler_repeats_with_its_seed_and_differs_with_another(name: str) -> None:
    x = start(14.6)
    first = run(name, mixture, x, karras(5), seed=3)
    assert torch.equal(first, run(name, mixture, x, karras(5), seed=3))
    assert not torch.allclose(first, run(name, mixture, x, karras(5), seed=4))


def test_more_steps_along_the_same_brownian_path_refine_the_same_picture() -> None:
    """The point of the tree: twice the steps change a picture less than another seed does."""
    x = start(14.6)

    def picture(steps: int, seed: int) -> Tensor:
        return run("dpmpp_2m_sde", Gaussian().denoise, x, karras(steps), seed)

    refined = (picture(160, 1) - picture(80, 1)).abs().mean()
    another = (picture(160, 1) - picture(160, 2)).abs().mean()
    assert float(refined) < 0.1 * float(another)


def test_no_sampler_looks_at_the_data_while_it_steps() -> None:
    """Tensors of the meta device hold nothing: reading one, as a wait for the device would, is an error."""
    x = torch.empty((1, 4, 8, 8), device="meta")

    def denoise(x: Tensor, sigma: float) -> Tensor:
        return x * (1 / (1 + sigma))

    names = [s.name for s in SAMPLERS if s.noise is None and s.name != "dpm_adaptive"]
    names += ["dpmpp_sde", "dpmpp_2m_sde", "dpmpp_3m_sde"]
    for name in names:
        assert run(name, denoise, x, karras(5)).shape == x.shape


@pytest.mark.parametrize("name", [name for name in sampler_names() if name != "lcm"])
def test_a_step_between_equal_levels_is_no_step(name: str) -> None:
    x = start(10.0)
    repeated = run(name, mixture, x, [10.0, 10.0, 5.0, 5.0, 5.0, 1.0, 0.0])
    assert torch.equal(repeated, run(name, mixture, x, [10.0, 5.0, 1.0, 0.0]))


def test_lcm_noises_anew_between_equal_levels() -> None:
    x = start(10.0)
    repeated = run("lcm", mixture, x, [10.0, 10.0, 5.0, 0.0])
    assert not torch.allclose(repeated, run("lcm", mixture, x, [10.0, 5.0, 0.0]))


@pytest.mark.parametrize("name", [name for name in DETERMINISTIC if name != "heunpp2"])
def test_a_deterministic_sampler_can_go_back_up(name: str) -> None:
    """From clean latents to the noise that they would have come from, as for editing a picture."""
    world, x = Gaussian(), start(0.5) + 0.7
    found = run(name, world.denoise, x, np.geomspace(1e-3, 10.0, 400).tolist())
    exact = world.flow(x, 1e-3, 10.0)
    assert float((found - exact).abs().max()) < 0.1 * float(exact.abs().max())
