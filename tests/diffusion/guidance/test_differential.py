"""A grey mask read as a time, in worlds whose end is known."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from diffusion.guidance.differential import DifferentialDiffusion
from diffusion.sampling.continuous import continuous_schedule
from diffusion.sampling.noise import make_noise
from diffusion.sampling.rules import Rule
from diffusion.sampling.sample import sample
from diffusion.types import Latent, Model
from tests.diffusion.sampling.worlds import prompt, tiny_model

RAMP = torch.linspace(0, 1, 11).reshape(1, 1, 1, 11)
PAINTED = 0.3 * torch.randn((1, 4, 8, 11), generator=torch.Generator().manual_seed(4))


def levels_of(model: Model, steps: Sequence[int]) -> list[float]:
    return [float(model.schedule.sigmas[step]) for step in steps]


def begun(model: Model, levels: Sequence[float], strength: float = 1.0) -> Rule:
    return DifferentialDiffusion(strength).begin(model, levels)


def test_a_place_opens_when_no_more_of_the_way_is_left_than_it_is_grey() -> None:
    model = tiny_model()
    levels = [*levels_of(model, (999, 800, 500, 250, 0)), 0.0]
    rule = begun(model, levels)
    opened = [int(rule.mask(RAMP, sigma).sum()) for sigma in levels]
    assert opened == [1, 2, 5, 8, 10, 10]  # of the shares 0, 0.1 ... 1: what is black never opens


def test_the_way_is_that_from_the_first_to_the_last_level() -> None:
    model = tiny_model()
    levels = levels_of(model, (600, 400, 200))
    opened = [int(begun(model, levels).mask(RAMP, sigma).sum()) for sigma in levels]
    assert opened == [1, 6, 10]


def test_a_little_of_it_leaves_the_rest_of_the_mask_as_it_is() -> None:
    model = tiny_model()
    (sigma,) = levels_of(model, (500,))
    rule = begun(model, [*levels_of(model, (999,)), 0.0], 0.25)
    expected = 0.25 * (RAMP >= 500 / 999).float() + 0.75 * RAMP
    torch.testing.assert_close(rule.mask(RAMP, sigma), expected)
    assert torch.equal(begun(model, [14.0, 0.0], 0.0).mask(RAMP, sigma), RAMP)


@pytest.mark.parametrize("clock", ["log", "arctan"])
def test_clocks_that_stand_still_without_noise_open_the_mask_too(clock: str) -> None:
    model = replace(tiny_model(), schedule=continuous_schedule(0.01, 100.0, clock))  # type: ignore[arg-type]
    rule = begun(model, [100.0, 1.0, 0.01, 0.0])
    opened = [int(rule.mask(RAMP, sigma).sum()) for sigma in (100.0, 1.0, 0.01)]
    assert opened[0] == 1
    assert 1 < opened[1] < 11
    assert opened[2] == 10


def drawn(model: Model, mask: Tensor | None) -> Tensor:
    latent = Latent(PAINTED)
    return sample(
        model,
        noise=make_noise(latent, 1),
        latent=PAINTED,
        positive=(prompt(1.0),),
        negative=(prompt(0.0),),
        cfg=1.0,
        sampler="euler",
        schedule="karras",
        steps=6,
        noise_mask=mask,
        seed=1,
    )


def test_black_and_white_are_kept_and_painted_as_ever() -> None:
    ruled = replace(tiny_model(), rules=(DifferentialDiffusion(),))
    white, black = torch.ones(1, 8, 11), torch.zeros(1, 8, 11)
    assert torch.equal(drawn(ruled, white), drawn(tiny_model(), None))
    torch.testing.assert_close(drawn(ruled, black), PAINTED)


def test_the_darker_a_place_the_more_of_it_stays() -> None:
    ruled = replace(tiny_model(), rules=(DifferentialDiffusion(),))
    ramp = RAMP[0].expand(1, 8, 11)
    change = (drawn(ruled, ramp) - PAINTED).abs().mean((0, 1, 2))
    whole = (drawn(tiny_model(), None) - PAINTED).abs().mean((0, 1, 2))
    assert change[0] == pytest.approx(0, abs=1e-6)
    assert change[10] == pytest.approx(float(whole[10]), abs=1e-4)
    assert change[1:4].mean() < 0.7 * change[7:].mean()
