"""Nodes that make noise levels: float32 on the CPU, and each the schedule that it is called by."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from diffusion.errors import DiffusionError, PartMissing
from diffusion.sampling.schedules import schedule_names, sigmas
from nodes import schedulers
from tests.diffusion.sampling.worlds import tiny_model

MODEL = tiny_model()
SD = {"sigma_max": MODEL.schedule.sigma_max, "sigma_min": MODEL.schedule.sigma_min}


@pytest.mark.parametrize(
    ("node", "inputs"),
    [
        (schedulers.karras, {}),
        (schedulers.exponential, {}),
        (schedulers.polyexponential, {}),
        (schedulers.laplace, {}),
        (schedulers.variance_preserving, {}),
        (schedulers.basic, {"model": MODEL, "scheduler": "normal"}),
        (schedulers.beta_sampling, {"model": MODEL}),
        (schedulers.align_your_steps, {"model_type": "SDXL"}),
        (schedulers.gits, {}),
        (schedulers.optimal_steps, {"model_type": "Wan"}),
    ],
)
@pytest.mark.parametrize("steps", [3, 10, 25])
def test_levels_fall_to_zero_in_as_many_steps_as_asked_for(
    node: Callable[..., torch.Tensor], inputs: dict[str, Any], steps: int
) -> None:
    found = node(**inputs, steps=steps)
    assert (found.dtype, found.device.type, len(found)) == (torch.float32, "cpu", steps + 1)
    assert bool((found.diff() < 0).all())
    assert found[-1] == 0


@pytest.mark.parametrize("name", schedule_names())
def test_the_basic_scheduler_gives_each_schedule_by_its_name(name: str) -> None:
    found = schedulers.basic(model=MODEL, scheduler=name, steps=9)
    assert torch.equal(found, sigmas(name, MODEL.schedule, 9))
    half = schedulers.basic(model=MODEL, scheduler=name, steps=5, denoise=0.5)
    assert torch.equal(half, sigmas(name, MODEL.schedule, 10)[-6:])
    assert len(schedulers.basic(model=MODEL, scheduler=name, denoise=0.0)) == 0


def test_schedules_of_two_ends_are_those_of_the_model_between_its_ends() -> None:
    torch.testing.assert_close(schedulers.karras(steps=9, **SD), sigmas("karras", MODEL.schedule, 9))
    torch.testing.assert_close(
        schedulers.exponential(steps=9, **SD), sigmas("exponential", MODEL.schedule, 9)
    )
    torch.testing.assert_close(
        schedulers.beta_sampling(model=MODEL, steps=9), sigmas("beta", MODEL.schedule, 9)
    )


def test_settings_bend_the_curve() -> None:
    pairs = [
        (schedulers.karras(), schedulers.karras(rho=3.0)),
        (schedulers.polyexponential(), schedulers.polyexponential(rho=2.0)),
        (schedulers.laplace(), schedulers.laplace(mu=1.0)),
        (schedulers.laplace(), schedulers.laplace(beta=0.7)),
        (schedulers.variance_preserving(), schedulers.variance_preserving(beta_min=0.5)),
        (schedulers.beta_sampling(model=MODEL), schedulers.beta_sampling(model=MODEL, alpha=0.9)),
        (schedulers.gits(), schedulers.gits(coeff=0.9)),
    ]
    for usual, bent in pairs:
        assert not torch.allclose(usual, bent)


def test_turbo_levels_begin_later_with_a_lower_denoise() -> None:
    whole = schedulers.turbo(model=MODEL, steps=2)
    late = schedulers.turbo(model=MODEL, steps=2, denoise=0.5)
    assert (len(whole), len(late)) == (3, 3)
    assert float(whole[0]) == pytest.approx(MODEL.schedule.sigma_max, rel=1e-6)
    assert float(late[0]) == pytest.approx(MODEL.schedule.sigma(499), rel=1e-6)


def test_a_denoise_of_the_searched_ones_keeps_their_end() -> None:
    for node, inputs in (
        (schedulers.align_your_steps, {"model_type": "SD1"}),
        (schedulers.gits, {}),
        (schedulers.optimal_steps, {"model_type": "FLUX"}),
    ):
        whole, half = (node(**inputs, steps=10, denoise=share) for share in (1.0, 0.5))
        assert torch.equal(half, whole[-6:])


def test_a_missing_model_and_impossible_ends_are_told() -> None:
    with pytest.raises(PartMissing, match="there is no model: "):
        schedulers.turbo(model=None)
    with pytest.raises(DiffusionError, match="sigma_min must be above 0"):
        schedulers.exponential(sigma_min=0.0)
