"""CFG++ samplers: unguided they are the plain ones, guided they step as the paper says."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from diffusion.sampling.cfg_pp import euler_cfg_pp_alternative
from diffusion.sampling.samplers import SAMPLERS, find_sampler, solve
from tests.diffusion.sampling.solving import SEED, Both, karras, quiet, run, start
from tests.diffusion.sampling.worlds import Gaussian, mixture

GUIDED, UNGUIDED = Gaussian(1.3, 0.4), Gaussian(0.2, 0.6)
BOTH = Both(GUIDED.denoise, UNGUIDED.denoise)
NAMES = [sampler.name for sampler in SAMPLERS if sampler.name.endswith("cfg_pp")]


def guided(name: str, x: Tensor, sigmas: list[float], **settings: object) -> Tensor:
    return solve(find_sampler(name).with_settings(**settings), BOTH, x, sigmas, quiet, SEED)


def test_the_samplers_say_that_they_need_the_unguided_answer() -> None:
    assert [sampler.name for sampler in SAMPLERS if sampler.needs_unguided] == NAMES
    assert len(NAMES) == 7


@pytest.mark.parametrize("name", NAMES)
def test_where_guidance_changes_nothing_it_is_the_plain_sampler(name: str) -> None:
    x, sigmas = start(14.6), karras(9)
    plain = run(name.removesuffix("_cfg_pp"), mixture, x, sigmas)
    torch.testing.assert_close(run(name, mixture, x, sigmas), plain)


@pytest.mark.parametrize("name", NAMES)
def test_the_first_step_goes_on_with_the_unguided_noise(name: str) -> None:
    """Algorithm 2: the guided x0 and the noise of the unguided one; none is drawn."""
    x = start(5.0)
    settings = {"eta": 0.0} if "ancestral" in name else {}
    unguided = UNGUIDED.denoise(x, 5.0)
    expected = GUIDED.denoise(x, 5.0) + 2.0 / 5.0 * (x - unguided)
    if "2s" in name:  # its x0 is that of the middle
        mid = math.sqrt(10)
        middle = GUIDED.denoise(x, 5.0) + mid / 5.0 * (x - unguided)
        expected = GUIDED.denoise(middle, mid) * (1 - 2 / 5)
        expected = expected + 2 / 5 * (x + GUIDED.denoise(x, 5.0) - unguided)
    torch.testing.assert_close(guided(name, x, [5.0, 2.0], **settings), expected)


@pytest.mark.parametrize("name", NAMES)
def test_the_last_step_ends_at_the_guided_x0(name: str) -> None:
    x = start(5.0)
    torch.testing.assert_close(guided(name, x, [5.0, 0.0]), GUIDED.denoise(x, 5.0))


def second_step(correct: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor], name: str) -> None:
    """Hold the second of two steps (5, 2, 1) against a formula of x, guided, unguided, last unguided."""
    x = start(5.0)
    middle = guided(name, x, [5.0, 2.0])
    g, u, last = GUIDED.denoise(middle, 2.0), UNGUIDED.denoise(middle, 2.0), UNGUIDED.denoise(x, 5.0)
    torch.testing.assert_close(guided(name, x, [5.0, 2.0, 1.0]), correct(middle, g, u, last))


def test_dpmpp_2m_goes_on_from_the_last_unguided_x0() -> None:
    r = math.log(5 / 2) / math.log(2)
    second_step(lambda x, g, u, last: g + (x - u) / 2 + (1 - 1 / 2) / (2 * r) * (g - last), "dpmpp_2m_cfg_pp")


def test_gradient_estimation_overshoots_along_unguided_slopes() -> None:
    first = start(5.0)
    d_last = (first - UNGUIDED.denoise(first, 5.0)) / 5

    def expected(x: Tensor, g: Tensor, u: Tensor, last: Tensor) -> Tensor:
        d = (x - u) / 2
        return g + d - (d - d_last)

    second_step(expected, "gradient_estimation_cfg_pp")


def test_res_multistep_moves_x_by_the_guidance_and_integrates_the_unguided_x0() -> None:
    h, h_last = math.log(2), math.log(5 / 2)
    phi_1 = -math.expm1(-h) / h
    phi_2 = (phi_1 - 1) / -h

    def expected(x: Tensor, g: Tensor, u: Tensor, last: Tensor) -> Tensor:
        return (x + g - u) / 2 + h * ((phi_1 + phi_2 * h / h_last) * u - phi_2 * h / h_last * last)

    second_step(expected, "res_multistep_cfg_pp")


def test_ancestral_noise_is_added_as_without_guidance() -> None:
    x = start(5.0)
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(SEED), dtype=x.dtype)
    up = 2.0 * math.sqrt(1 - (2 / 5) ** 2)
    down = math.sqrt(2.0**2 - up**2)
    expected = GUIDED.denoise(x, 5.0) + down / 5 * (x - UNGUIDED.denoise(x, 5.0)) + up * noise
    torch.testing.assert_close(guided("euler_ancestral_cfg_pp", x, [5.0, 2.0]), expected)


def test_the_alternative_counts_the_guidance_twice_in_its_slope() -> None:
    x = start(5.0)
    g, u = GUIDED.denoise(x, 5.0), UNGUIDED.denoise(x, 5.0)
    found = euler_cfg_pp_alternative(BOTH, x, [5.0, 2.0], quiet)
    torch.testing.assert_close(found, x - 3 / 5 * (x - g - (g - u)))
    torch.testing.assert_close(
        euler_cfg_pp_alternative(Both(mixture), x, karras(5), quiet), run("euler", mixture, x, karras(5))
    )
