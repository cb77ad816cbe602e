"""Samplers of the reverse SDE: what their tests against k-diffusion and the exact solution leave open."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.sampling.noise import fresh_noise
from diffusion.sampling.samplers import Sampler, find_sampler
from diffusion.sampling.sde import lcm_upscale, sizes
from tests.diffusion.sampling.solving import karras, run, start
from tests.diffusion.sampling.worlds import Gaussian, mixture


def grown(x: Tensor, width: int, height: int) -> Tensor:
    return F.interpolate(x, size=(height, width), mode="nearest-exact")


def upscaling(ratio: float, steps: int | None = None) -> Sampler:
    return Sampler("lcm_upscale", lcm_upscale, fresh_noise).with_settings(
        resize=grown, ratio=ratio, steps=steps
    )


def seen_sizes(sampler: Sampler, steps: int) -> list[tuple[int, ...]]:
    """The sizes that the network sees, and that of the result."""
    seen = []

    def denoise(x: Tensor, sigma: float) -> Tensor:
        seen.append(tuple(x.shape[-2:]))
        return mixture(x, sigma)

    found = run(sampler, denoise, start(10.0, (1, 4, 8, 16)), karras(steps, 10.0))
    return [*seen, tuple(found.shape[-2:])]


def test_the_picture_grows_evenly_over_the_first_half_of_the_steps() -> None:
    assert seen_sizes(upscaling(2.0), 5) == [(8, 16), (11, 21), (13, 27), (16, 32), (16, 32), (16, 32)]


def test_the_steps_over_which_it_grows_can_be_chosen() -> None:
    assert seen_sizes(upscaling(2.0, 1), 3) == [(8, 16), (16, 32), (16, 32), (16, 32)]
    assert seen_sizes(upscaling(2.0, 0), 3) == [(8, 16)] * 4
    assert sizes(torch.zeros(1, 4, 8, 16), 0.5, 2) == [(12, 6), (8, 4)]


def test_without_growing_it_is_lcm() -> None:
    x = start(10.0)
    plain = run("lcm", mixture, x, karras(4, 10.0))
    torch.testing.assert_close(run(upscaling(1.0), mixture, x, karras(4, 10.0)), plain)


@pytest.mark.parametrize("name", ["dpmpp_sde", "dpmpp_2m_sde", "dpmpp_2m_sde_heun", "dpmpp_3m_sde"])
def test_less_noise_leaves_a_smoother_crowd(name: str) -> None:
    """s_noise scales what is drawn: the spread of what comes out follows it."""
    world, x = Gaussian(), start(10.0, (1, 1, 60, 60))
    spreads = []
    for s_noise in (0.8, 1.0, 1.1):
        sampler = find_sampler(name).with_settings(s_noise=s_noise)
        spreads.append(float(run(sampler, world.denoise, x, karras(20, 10.0)).std()))
    assert spreads == sorted(spreads)


def test_a_stage_outside_the_step_is_refused() -> None:
    with pytest.raises(DiffusionError, match="r above 0, not 0"):
        run(find_sampler("dpmpp_sde").with_settings(r=0.0), mixture, start(10.0), karras(4))
