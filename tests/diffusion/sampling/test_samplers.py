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
from diffusion.sampling.samplers import SAMPLERS, find_sampler, sampler_names, solve
from diffusion.sampling.step import Denoise, Step
from tests.diffusion.sampling.worlds import Gaussian, Listener, mixture

SEED = 1234
DETERMINISTIC = [sampler.name for sampler in SAMPLERS if sampler.noise is None]
SEEDED = [sampler.name for sampler in SAMPLERS if sampler.noise is not None]
TWO_CALLS_A_STEP = {"heun", "dpm_2", "dpmpp_sde", "dpmpp_sde_gpu"}
SD1 = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
}


def quiet(step: Step) -> None:
    """Listens to nothing."""


def run(name: str, denoise: Denoise, x: Tensor, sigmas: Sequence[float], seed: int = SEED) -> Tensor:
    return solve(find_sampler(name), denoise, x, sigmas, quiet, seed)


def karras(steps: int, highest: float = 14.6, lowest: float = 0.03) -> list[float]:
    ramp = np.linspace(highest ** (1 / 7), lowest ** (1 / 7), steps) ** 7
    return [*ramp.tolist(), 0.0]


def start(sigma: float, shape: tuple[int, ...] = (2, 4, 6, 5)) -> Tensor:
    generator = torch.Generator().manual_seed(5)
    return sigma * torch.randn(shape, generator=generator, dtype=torch.float64)


def test_the_drop_down_keeps_the_fields_order() -> None:
    assert sampler_names() == (
        *("euler", "euler_ancestral", "heun", "dpm_2", "dpmpp_sde", "dpmpp_sde_gpu", "dpmpp_2m"),
        *("dpmpp_2m_sde", "dpmpp_2m_sde_gpu", "ddpm", "lcm", "ddim", "uni_pc", "uni_pc_bh2"),
    )


def test_an_unknown_sampler_is_refused_with_those_there_are() -> None:
    with pytest.raises(DiffusionError, match="no sampler 'eulr'; there are euler, euler_ancestral"):
        find_sampler("eulr")


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("euler", "sample_euler"),
        ("euler_ancestral", "sample_euler_ancestral"),
        ("heun", "sample_heun"),
        ("dpm_2", "sample_dpm_2"),
        ("dpmpp_2m", "sample_dpmpp_2m"),
        ("dpmpp_2m_sde", "sample_dpmpp_2m_sde"),
        ("dpmpp_2m_sde_gpu", "sample_dpmpp_2m_sde"),
        ("dpmpp_sde", "sample_dpmpp_sde"),
        ("dpmpp_sde_gpu", "sample_dpmpp_sde"),
    ],
)
@pytest.mark.parametrize("last", [0.0, 0.7])
def test_a_sampler_agrees_with_k_diffusion(
    k_diffusion: ModuleType, name: str, theirs: str, last: float
) -> None:
    sigmas = [sigma for sigma in karras(12) if sigma > last] + [last]
    levels = torch.tensor(sigmas, dtype=torch.float64)
    x = start(sigmas[0])
    options: dict[str, Any] = {}
    if "sde" in name:
        ends = (levels[levels > 0].min(), levels.max())
        options["noise_sampler"] = k_diffusion.BrownianTreeNoiseSampler(x, *ends, seed=SEED)
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        expected = getattr(k_diffusion, theirs)(
            lambda x, sigma: mixture(x, sigma[0]), x, levels, disable=True, **options
        )
    found = run(name, mixture, x, sigmas)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)


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


@pytest.mark.parametrize("name", sampler_names())
def test_a_sampler_calls_the_network_once_a_step_or_twice(name: str) -> None:
    calls: list[float] = []

    def counted(x: Tensor, sigma: float) -> Tensor:
        calls.append(sigma)
        return mixture(x, sigma)

    run(name, counted, start(14.6), karras(10))
    assert len(calls) == (19 if name in TWO_CALLS_A_STEP else 10)  # the step to zero is always single
    assert all(sigma > 0 for sigma in calls)


@pytest.mark.parametrize("name", sampler_names())
def test_a_sampler_tells_of_each_step(name: str) -> None:
    listener, sigmas, x = Listener(), karras(6), start(14.6)
    found = solve(find_sampler(name), mixture, x, sigmas, listener, SEED)
    assert [step.index for step in listener.steps] == list(range(6))
    assert {step.total for step in listener.steps} == {6}
    assert [step.sigma for step in listener.steps] == sigmas[:-1]
    torch.testing.assert_close(listener.steps[0].denoised, mixture(x, sigmas[0]))
    torch.testing.assert_close(listener.steps[-1].denoised, found)


@pytest.mark.parametrize("name", sampler_names())
def test_a_sampler_leaves_its_start_as_it_was(name: str) -> None:
    x = start(14.6)
    before = x.clone()
    run(name, mixture, x, karras(5))
    assert torch.equal(x, before)


def geometric(steps: int, highest: float = 10.0, lowest: float = 0.1) -> list[float]:
    return [*np.geomspace(highest, lowest, steps).tolist(), 0.0]


def flow_error(name: str, steps: int) -> float:
    """How far from the exact flow a sampler lands; the step to zero shows x0 as seen from the last level."""
    world, sigmas = Gaussian(), geometric(steps)
    x = start(sigmas[0])
    exact = world.denoise(world.flow(x, sigmas[0], sigmas[-2]), sigmas[-2])
    return float((run(name, world.denoise, x, sigmas) - exact).abs().max())


@pytest.mark.parametrize(
    ("name", "order"),
    [("euler", 1), ("ddim", 1), ("heun", 2), ("dpm_2", 2), ("dpmpp_2m", 2), ("uni_pc", 3), ("uni_pc_bh2", 3)],
)
def test_halving_the_step_shrinks_the_error_by_the_order(name: str, order: int) -> None:
    gained = math.log2(flow_error(name, 81) / flow_error(name, 161))
    assert gained > order - 0.25
    assert order > 2 or gained < order + 0.6


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_a_deterministic_sampler_lands_on_the_exact_solution(name: str) -> None:
    world, sigmas = Gaussian(), karras(400, lowest=1e-3)
    x = start(sigmas[0])
    tolerance = 2e-2 if name in ("euler", "ddim") else 1e-4
    torch.testing.assert_close(
        run(name, world.denoise, x, sigmas), world.flow(x, sigmas[0], 0.0), rtol=0, atol=tolerance
    )


def crowd(world: Gaussian, sigma: float) -> Tensor:
    """Very many noisy values, as the data would give them."""
    generator = torch.Generator().manual_seed(9)
    clean, noise = torch.randn((2, 1, 1, 200, 200), generator=generator, dtype=torch.float64)
    return world.mean + world.spread * clean + sigma * noise


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("euler_ancestral", 300),
        ("ddpm", 300),
        ("dpmpp_sde", 20),
        ("dpmpp_2m_sde", 40),
        ("dpmpp_2m_sde_gpu", 40),
    ],
)
def test_a_stochastic_sampler_lands_on_the_datas_mean_and_spread(name: str, steps: int) -> None:
    world, sigmas = Gaussian(), karras(steps, highest=10.0, lowest=0.02)
    found = run(name, world.denoise, crowd(world, sigmas[0]), sigmas)
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

    names = [s.name for s in SAMPLERS if s.noise is None or s.name in ("dpmpp_sde", "dpmpp_2m_sde")]
    for name in names:
        assert run(name, denoise, x, karras(5)).shape == x.shape
