"""Guidance by frequency, against waves whose frequency is known and diffusers' filter."""

from dataclasses import replace

import torch
from torch import Tensor

from diffusion.guidance.frequency import FreSca, GuidanceOperation
from diffusion.sampling.rules import Answers, Cfg
from tests.diffusion.guidance.saying import answers, mixed, negative_of
from tests.diffusion.test_spectrum import wave

CFG = 5.0


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
