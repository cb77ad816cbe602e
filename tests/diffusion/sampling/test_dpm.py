"""DPM-Solver's fixed and adaptive form against k-diffusion and the exact flow."""

from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.sampling.dpm import fast_orders
from diffusion.sampling.noise import ancestral_noise
from diffusion.sampling.samplers import Sampler, find_sampler, solve
from tests.diffusion.sampling.solving import SEED, Both, crowd, karras, run, start
from tests.diffusion.sampling.worlds import Gaussian, Listener, mixture

ADAPTIVE: list[dict[str, Any]] = [
    {},
    {"order": 2},
    {"rtol": 0.01, "atol": 0.001, "h_init": 0.2},
    {"pcoeff": 0.3, "icoeff": 0.8, "dcoeff": 0.1, "accept_safety": 0.9},
    {"eta": 0.5, "s_noise": 0.9},
]


def with_noise(name: str, settings: dict[str, Any]) -> Sampler:
    """A sampler with settings, and with noise if it wants some."""
    noise = ancestral_noise if settings.get("eta") else None
    base = find_sampler(name)
    return Sampler(name, base.solver, noise, settings=settings)


def theirs(module: ModuleType, name: str, x: Tensor, ends: tuple[float, float], **options: Any) -> Tensor:
    """What k-diffusion makes of a start between the smallest and the largest level."""

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        return mixture(x, sigma[0])

    low, high = (torch.tensor(end, dtype=torch.float64) for end in ends)
    calls = {"n": options.pop("n")} if "n" in options else {}
    with torch.random.fork_rng(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "tensor", lambda value: torch.as_tensor(value))  # of its own levels: no warning
        torch.manual_seed(SEED)
        found: Tensor = getattr(module, name)(denoise, x, low, high, *calls.values(), disable=True, **options)
    return found


@pytest.mark.parametrize("settings", ADAPTIVE)
def test_dpm_adaptive_agrees_with_k_diffusion(k_diffusion: ModuleType, settings: dict[str, Any]) -> None:
    x = start(10.0)
    expected = theirs(k_diffusion, "sample_dpm_adaptive", x, (0.1, 10.0), **settings)
    found = run(with_noise("dpm_adaptive", settings), mixture, x, [10.0, 3.0, 0.1, 0.0])
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("steps", [2, 3, 4, 5, 6, 20])
def test_dpm_fast_agrees_with_k_diffusion(k_diffusion: ModuleType, steps: int) -> None:
    x, sigmas = start(10.0), karras(steps, highest=10.0, lowest=0.1)
    expected = theirs(k_diffusion, "sample_dpm_fast", x, (0.1, 10.0), n=steps)
    torch.testing.assert_close(run("dpm_fast", mixture, x, sigmas), expected, rtol=1e-6, atol=1e-6)


def test_dpm_fast_with_noise_lands_on_the_data() -> None:
    """k-diffusion's takes the root of a rounding error there, so it is no oracle."""
    world = Gaussian()
    ancestral = with_noise("dpm_fast", {"eta": 1.0})
    found = run(ancestral, world.denoise, crowd(world, 10.0), karras(100, highest=10.0, lowest=0.05))
    assert float(found.mean()) == pytest.approx(world.mean, abs=0.01)
    assert float(found.std()) == pytest.approx((world.spread**2 + 0.05**2) ** 0.5, rel=0.02)


@pytest.mark.parametrize("calls", range(1, 30))
def test_dpm_fast_spends_all_its_calls(calls: int) -> None:
    orders = fast_orders(calls)
    assert sum(orders) == calls
    assert set(orders) <= {1, 2, 3}


@pytest.mark.parametrize("name", ["dpm_fast", "dpm_adaptive"])
def test_it_leaves_the_noise_of_the_last_positive_level(name: str) -> None:
    world = Gaussian()
    found = run(name, world.denoise, crowd(world, 10.0), karras(60, 10.0, 0.3))
    assert float(found.std()) == pytest.approx((world.spread**2 + 0.3**2) ** 0.5, rel=0.05)


@pytest.mark.parametrize("name", ["dpm_fast", "dpm_adaptive"])
def test_with_a_single_positive_level_it_steps_to_the_clean_latents(name: str) -> None:
    x = start(10.0)
    torch.testing.assert_close(run(name, mixture, x, [10.0, 0.0]), mixture(x, 10.0))


@pytest.mark.parametrize("name", ["dpm_fast", "dpm_adaptive"])
def test_its_steps_are_told_in_order_and_within_their_total(name: str) -> None:
    listener = Listener()
    solve(find_sampler(name), Both(mixture), start(10.0), karras(12, 10.0), listener, SEED)
    indices = [step.index for step in listener.steps]
    assert indices == sorted(indices)
    assert all(0 <= step.index < step.total for step in listener.steps)
    levels = [step.sigma for step in listener.steps]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] == pytest.approx(10.0)
    assert indices[-1] == listener.steps[-1].total - 1


def test_tighter_tolerances_come_nearer_to_the_exact_flow() -> None:
    world, x = Gaussian(), start(10.0)
    exact = world.flow(x, 10.0, 0.1)
    errors = []
    for tolerance in (0.05, 0.005, 0.0005):
        sampler = find_sampler("dpm_adaptive").with_settings(rtol=tolerance, atol=tolerance)
        errors.append(float((run(sampler, world.denoise, x, [10.0, 0.1]) - exact).abs().max()))
    assert errors[0] > errors[1] > 2 * errors[2]
    assert errors[2] < 0.01


def test_tolerances_that_no_step_can_keep_are_refused() -> None:
    hopeless = find_sampler("dpm_adaptive").with_settings(accept_safety=50.0)
    with pytest.raises(DiffusionError, match="no step within its tolerance in 100 tries"):
        run(hopeless, mixture, start(10.0), [10.0, 0.1])
    nothing = find_sampler("dpm_adaptive").with_settings(rtol=0.0, atol=0.0)
    with pytest.raises(DiffusionError, match="cannot tell how far it errs"):
        run(nothing, Gaussian(mean=0.0).denoise, start(0.0), [10.0, 0.1])


def test_a_first_step_of_no_length_is_refused() -> None:
    with pytest.raises(DiffusionError, match="longer than 0, not 0"):
        run(find_sampler("dpm_adaptive").with_settings(h_init=0.0), mixture, start(10.0), [10.0, 0.1])
