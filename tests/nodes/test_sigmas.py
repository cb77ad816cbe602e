"""Nodes that write, cut and change noise levels."""

import pytest
import torch

from nodes import sigmas as nodes
from nodes.errors import NodeError
from tests.diffusion.sampling.worlds import tiny_model

LEVELS = torch.tensor([8.0, 4.0, 2.0, 1.0, 0.0])


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("1, 0.5", [1.0, 0.5]),
        ("14.6 5\n1;0", [14.6, 5.0, 1.0, 0.0]),
        ("[1e1, .5, -0.25,]", [10.0, 0.5, -0.25]),
        ("", []),
    ],
)
def test_levels_can_be_written(text: str, levels: list[float]) -> None:
    found = nodes.manual_sigmas(sigmas=text)
    assert found.dtype == torch.float32
    assert found.tolist() == pytest.approx(levels)


def test_what_is_no_number_is_refused_with_the_text() -> None:
    with pytest.raises(NodeError, match=r"numbers like .* not .1, a."):
        nodes.manual_sigmas(sigmas="1, a")


def test_levels_are_split_by_step_and_by_share() -> None:
    high, low = nodes.split_sigmas(sigmas=LEVELS, step=1)
    assert (high.tolist(), low.tolist()) == ([8, 4], [4, 2, 1, 0])
    high, low = nodes.split_sigmas_denoise(sigmas=LEVELS, denoise=0.5)
    assert (high.tolist(), low.tolist()) == ([8, 4, 2], [2, 1, 0])


def test_levels_are_turned_around_begun_elsewhere_and_filled_in() -> None:
    assert nodes.flip_sigmas(sigmas=LEVELS).tolist() == pytest.approx([1e-4, 1, 2, 4, 8])
    assert nodes.set_first_sigma(sigmas=LEVELS, sigma=9.0).tolist() == [9, 4, 2, 1, 0]
    filled = nodes.extend_sigmas(sigmas=LEVELS, spacing="linear", end_at_sigma=8.0)
    assert filled.tolist() == [8, 6, 4, 2, 1, 0]


def test_a_share_of_the_sampling_is_a_level_of_the_model() -> None:
    model = tiny_model()
    schedule = model.schedule
    assert nodes.percent_to_sigma(model=model, sampling_percent=0.3) == schedule.sigma_after(0.3)
    assert nodes.percent_to_sigma(model=model, sampling_percent=0.0) == 999999999.9
    assert nodes.percent_to_sigma(model=model, sampling_percent=1.0) == 0.0


def test_at_its_ends_the_models_own_levels_are_told_if_asked_for() -> None:
    model = tiny_model()
    ends = [
        nodes.percent_to_sigma(model=model, sampling_percent=share, return_actual_sigma=True)
        for share in (0.0, 1.0)
    ]
    assert ends == [model.schedule.sigma_max, model.schedule.sigma_min]
