"""Nodes that choose a sampler: what it is called, its settings, and that it samples."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from diffusion.sampling.noise import ancestral_noise, brownian_device_noise, brownian_noise
from diffusion.sampling.samplers import Sampler, find_sampler, sampler_names
from nodes import samplers
from tests.diffusion.sampling.solving import karras, run, start
from tests.diffusion.sampling.worlds import Gaussian, mixture, tiny_model

SIGMAS = karras(6, 10.0)


def sampled(sampler: Sampler) -> torch.Tensor:
    return run(sampler, mixture, start(10.0), SIGMAS)


def test_every_sampler_can_be_selected() -> None:
    for name in sampler_names():
        assert samplers.select(sampler_name=name) == find_sampler(name)


@pytest.mark.parametrize(
    ("node", "inputs", "name"),
    [
        (samplers.euler_ancestral, {}, "euler_ancestral"),
        (samplers.euler_ancestral_cfg_pp, {}, "euler_ancestral_cfg_pp"),
        (samplers.euler_cfg_pp, {"version": "regular"}, "euler_cfg_pp"),
        (samplers.lms, {}, "lms"),
        (samplers.dpm_adaptive, {}, "dpm_adaptive"),
        (samplers.dpmpp_2s_ancestral, {}, "dpmpp_2s_ancestral"),
        (samplers.dpmpp_sde, {"noise_device": "cpu"}, "dpmpp_sde"),
        (samplers.dpmpp_2m_sde, {"solver_type": "midpoint", "noise_device": "cpu"}, "dpmpp_2m_sde"),
        (samplers.dpmpp_2m_sde, {"solver_type": "heun", "noise_device": "gpu"}, "dpmpp_2m_sde_heun_gpu"),
        (samplers.dpmpp_3m_sde, {"noise_device": "gpu"}, "dpmpp_3m_sde_gpu"),
        (samplers.er_sde, {"solver_type": "ER-SDE"}, "er_sde"),
        (samplers.seeds_2, {"solver_type": "phi_1"}, "seeds_2"),
        (samplers.seeds_2, {"solver_type": "phi_2", "r": 1.0}, "exp_heun_2_x0_sde"),
        (
            samplers.lcm_upscale,
            {"upscale_method": "bislerp"},
            "lcm",
        ),
    ],
)
def test_with_its_defaults_a_node_gives_the_sampler_of_that_name(
    node: Callable[..., Sampler], inputs: dict[str, Any], name: str
) -> None:
    torch.testing.assert_close(sampled(node(**inputs)), sampled(find_sampler(name)))


@pytest.mark.parametrize(
    ("node", "inputs", "changes"),
    [
        (samplers.euler_ancestral, {}, {"eta": 0.5, "s_noise": 0.9}),
        (samplers.euler_ancestral_cfg_pp, {}, {"eta": 0.5, "s_noise": 0.9}),
        (samplers.lms, {}, {"order": 2}),
        (samplers.dpm_adaptive, {}, {"order": 2, "rtol": 0.2, "h_init": 0.5, "icoeff": 0.5, "eta": 0.5}),
        (samplers.dpmpp_2s_ancestral, {}, {"eta": 0.5, "s_noise": 0.9}),
        (samplers.dpmpp_sde, {"noise_device": "cpu"}, {"eta": 0.5, "s_noise": 0.9, "r": 0.7}),
        (
            samplers.dpmpp_2m_sde,
            {"solver_type": "midpoint", "noise_device": "cpu"},
            {"eta": 0.5, "s_noise": 0.9, "solver_type": "heun"},
        ),
        (samplers.dpmpp_3m_sde, {"noise_device": "cpu"}, {"eta": 0.5, "s_noise": 0.9}),
        (samplers.er_sde, {"solver_type": "Reverse-time SDE"}, {"eta": 0.5, "s_noise": 0.9, "max_stage": 2}),
        (samplers.er_sde, {"solver_type": "ER-SDE"}, {"solver_type": "ODE"}),
        (samplers.seeds_2, {"solver_type": "phi_1"}, {"eta": 0.5, "s_noise": 0.9, "r": 0.7}),
        (samplers.seeds_2, {"solver_type": "phi_1"}, {"solver_type": "phi_2"}),
    ],
)
def test_each_setting_changes_what_is_sampled(
    node: Callable[..., Sampler], inputs: dict[str, Any], changes: dict[str, Any]
) -> None:
    before = sampled(node(**inputs))
    for name, value in changes.items():
        assert not torch.allclose(before, sampled(node(**{**inputs, name: value}))), name


def test_noise_is_drawn_where_it_is_asked_for() -> None:
    on_host = samplers.dpmpp_sde(noise_device="cpu")
    on_device = samplers.dpmpp_sde(noise_device="gpu")
    assert (on_host.noise, on_device.noise) == (brownian_noise, brownian_device_noise)
    assert samplers.dpm_adaptive().noise is None
    assert samplers.dpm_adaptive(eta=0.5).noise is ancestral_noise


def test_dpm_adaptive_with_noise_lands_on_the_data_of_flow_models_too() -> None:
    sampler = samplers.dpm_adaptive(eta=1.0, rtol=0.01, atol=0.001)
    noise = start(1.0, (1, 1, 60, 60))
    found = run(
        sampler,
        lambda x, sigma: x * (1 - sigma) / ((1 - sigma) ** 2 + sigma**2),
        noise,
        [1.0, 0.01],
        flow=True,
    )  # data of spread 1
    assert float(found.std()) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("inputs", [{"solver_type": "ODE"}, {"solver_type": "Reverse-time SDE", "eta": 0.0}])
def test_er_sde_without_chance_follows_the_flow(inputs: dict[str, Any]) -> None:
    world, x, sigmas = Gaussian(), start(10.0), karras(200, 10.0, 1e-3)
    found = run(samplers.er_sde(**inputs), world.denoise, x, sigmas)
    torch.testing.assert_close(found, world.flow(x, 10.0, 0.0), rtol=0, atol=1e-3)


def test_sa_solver_is_stochastic_between_shares_of_the_models_way() -> None:
    model = tiny_model()
    sampler = samplers.sa_solver(model=model, use_pece=True, simple_order_2=False, sde_end_percent=1.0)
    assert sampler.settings["noisy"] == model.schedule.period(0.2, 1.0)
    assert sampler.settings["use_pece"] is True
    whole = samplers.sa_solver(model=model, use_pece=False, simple_order_2=False)
    named = find_sampler("sa_solver").with_settings(noisy=whole.settings["noisy"])
    torch.testing.assert_close(sampled(whole), sampled(named))


def test_the_alternative_of_cfg_pp_is_another_sampler() -> None:
    sampler = samplers.euler_cfg_pp(version="alternative")
    assert sampler.needs_unguided
    torch.testing.assert_close(sampled(sampler), sampled(find_sampler("euler")))  # where nothing guides


@pytest.mark.parametrize("method", ["bislerp", "nearest-exact", "bilinear", "area", "bicubic"])
def test_lcm_can_grow_a_picture_by_every_method(method: Any) -> None:
    sampler = samplers.lcm_upscale(scale_ratio=2.0, scale_steps=2, upscale_method=method)
    assert sampled(sampler).shape == (2, 4, 12, 10)
    assert run(sampler, mixture, start(1.0), [0.9, 0.5, 0.0], flow=True).shape == (2, 4, 12, 10)
