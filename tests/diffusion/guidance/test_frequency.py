"""Guidance by frequency, against waves whose frequency is known and diffusers' filter."""

import math
from dataclasses import replace

import pytest
import torch
from diffusers.utils.torch_utils import fourier_filter
from torch import Tensor

from diffusion.guidance.frequency import FreSca, GuidanceOperation, rescaled_frequencies
from diffusion.sampling.rules import Answers, Cfg
from tests.diffusion.guidance.saying import answers, mixed, negative_of, normal

CFG = 5.0


def wave(cycles: int, rows: int = 16, columns: int = 24) -> Tensor:
    """So many waves from left to right."""
    phase = torch.arange(columns) / columns * cycles * 2 * math.pi + 0.3
    return phase.cos().expand(1, 4, rows, columns).contiguous()


def test_coarse_waves_weigh_one_number_and_fine_ones_another() -> None:
    found = rescaled_frequencies(wave(2) + wave(9), 5, 0.5, 3.0)
    torch.testing.assert_close(found, 0.5 * wave(2) + 3 * wave(9), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("cutoff", [1, 3, 5])
@pytest.mark.parametrize("size", [(16, 24), (15, 9)])
def test_with_fine_things_left_alone_it_is_diffusers_filter(cutoff: int, size: tuple[int, int]) -> None:
    x = normal(2, 4, *size)
    expected = fourier_filter(x, threshold=min(cutoff, min(size) // 2), scale=0.2)
    torch.testing.assert_close(rescaled_frequencies(x, min(cutoff, min(size) // 2), 0.2, 1.0), expected)


def test_a_cutoff_beyond_the_picture_is_all_of_it() -> None:
    x = normal(1, 4, 7, 9)
    torch.testing.assert_close(rescaled_frequencies(x, 20, 0.5, 3.0), 0.5 * x, rtol=1e-4, atol=1e-5)


def test_the_way_from_the_negative_is_what_is_filtered() -> None:
    said = answers(shape=(1, 4, 16, 24))
    negative = negative_of(said)
    waves = Answers(said.x, said.sigma, (negative + wave(2) + wave(9), negative))
    found = mixed(FreSca(0.5, 3.0, 5), waves, CFG)
    torch.testing.assert_close(found, negative + CFG * (0.5 * wave(2) + 3 * wave(9)), rtol=1e-3, atol=1e-3)


def test_equal_weights_of_one_and_a_missing_negative_change_no_bit() -> None:
    said, alone = answers(), answers(sets=1)
    assert torch.equal(mixed(FreSca(1.0, 1.0), said, CFG), Cfg(CFG)(said))
    assert torch.equal(mixed(FreSca(0.5, 3.0), alone, CFG), alone.positive)


def test_an_operation_is_applied_to_the_way_by_the_name_of_its_argument() -> None:
    def doubled(latent: Tensor, **_: object) -> Tensor:
        return 2 * latent

    said = answers()
    expected = Cfg(2 * CFG)(said)
    torch.testing.assert_close(mixed(GuidanceOperation(doubled), said, CFG), expected, rtol=1e-4, atol=1e-4)


def test_without_a_negative_an_operation_changes_the_answer_itself() -> None:
    alone = replace(answers(sets=1))
    assert torch.equal(mixed(GuidanceOperation(lambda latent: -latent), alone, CFG), -alone.positive)
