"""Guidance brought back to size, against formulas, diffusers and exact worlds."""

import math
from dataclasses import replace

import pytest
import torch
from diffusers.guiders.guider_utils import rescale_noise_cfg
from torch import Tensor

from diffusion.guidance.rescaling import CfgNorm, EpsilonScaling, Mahiro, RescaleCfg, ScoreRescaling
from diffusion.sampling.rules import Answers, Cfg
from tests.diffusion.guidance.saying import answers, mixed, negative_of, never, noise_of
from tests.diffusion.sampling.worlds import Gaussian

CFG = 7.0


def velocity(x0: Tensor, said: Answers) -> Tensor:
    """v = alpha * noise - sigma' * x0 of the variance preserving process at this level."""
    alpha = 1 / math.sqrt(1 + said.sigma**2)
    return alpha * noise_of(x0, said) - alpha * said.sigma * x0


@pytest.mark.parametrize("sigma", [0.1, 2.0, 14.6])
@pytest.mark.parametrize("share", [0.3, 0.7, 1.0])
def test_a_rescaled_guidance_is_diffusers_upon_velocities(sigma: float, share: float) -> None:
    said = answers(sigma)
    found = velocity(mixed(RescaleCfg(share), said, CFG), said)
    plain, positive = velocity(Cfg(CFG)(said), said), velocity(said.positive, said)
    torch.testing.assert_close(found, rescale_noise_cfg(plain, positive, share), rtol=1e-3, atol=1e-4)


def test_a_rescaled_velocity_has_the_spread_of_the_positives() -> None:
    said = answers(5.0)
    found, positive = (velocity(x0, said) for x0 in (mixed(RescaleCfg(1.0), said, CFG), said.positive))
    torch.testing.assert_close(found.std((1, 2, 3)), positive.std((1, 2, 3)))


def test_rescaling_stays_finite_down_to_no_noise_at_all() -> None:
    for sigma in (1e-3, 1e-6, 0.0):
        assert mixed(RescaleCfg(), answers(sigma), CFG).isfinite().all()
    certain = replace(answers(0.0), x0=(answers(0.0).x,) * 2)
    assert torch.equal(mixed(RescaleCfg(), certain, CFG), certain.x)


def test_no_share_of_rescaling_changes_no_bit() -> None:
    assert torch.equal(mixed(RescaleCfg(0.0), answers(), CFG), Cfg(CFG)(answers()))


def test_without_a_negative_rescaling_changes_no_bit() -> None:
    said = answers(sets=1)
    assert torch.equal(mixed(RescaleCfg(), said, CFG), said.positive)


def test_a_normed_guidance_is_nowhere_longer_than_the_positive() -> None:
    said = answers()
    plain, found = Cfg(CFG)(said), mixed(CfgNorm(), said, CFG)
    own, length = plain.norm(dim=1), said.positive.norm(dim=1)
    torch.testing.assert_close(found.norm(dim=1), torch.minimum(own, length))
    torch.testing.assert_close(torch.cosine_similarity(found, plain, dim=1), torch.ones(2, 6, 5))
    torch.testing.assert_close(mixed(CfgNorm(0.5), said, CFG), 0.5 * found)


@pytest.mark.parametrize("sigma", [0.3, 8.0])
def test_a_positive_bias_blends_by_how_alike_the_signs_point(sigma: float) -> None:
    said = answers(sigma)
    plain, leap, mirror = Cfg(CFG)(said), said.positive * CFG, negative_of(said) * CFG

    def bent(x: Tensor) -> Tensor:
        return x.sign() * x.abs() ** 0.5

    a, b = bent(mirror), bent((leap + plain) / 2)
    cosines = (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1))
    share = (cosines.mean() + 1) / 2
    torch.testing.assert_close(
        mixed(Mahiro(), said, CFG), share * plain + (1 - share) * leap, rtol=1e-3, atol=1e-3
    )


def test_a_positive_bias_has_nothing_to_lean_on_where_both_signs_say_the_same() -> None:
    said = answers()
    same = replace(said, x0=(said.positive, said.positive))
    torch.testing.assert_close(mixed(Mahiro(), same, CFG), said.positive)
    alone = answers(sets=1)
    assert torch.equal(mixed(Mahiro(), alone, CFG), alone.positive)


def test_the_noise_is_divided() -> None:
    said = answers(3.0)
    found = noise_of(mixed(EpsilonScaling(1.25), said, CFG), said)
    torch.testing.assert_close(found, noise_of(Cfg(CFG)(said), said) / 1.25)


@pytest.mark.parametrize("k", [0.5, 0.95, 2.0])
def test_a_rescaled_score_is_that_of_wider_or_narrower_data(k: float) -> None:
    """For Gaussian data of the spread that the rule is told, it is exactly the score at spread / sqrt(k)."""
    world, other = Gaussian(0.7, 0.5), Gaussian(0.7, 0.5 / math.sqrt(k))
    for sigma in (0.05, 1.0, 14.6):
        x = 0.7 + 3 * answers(sigma).x
        said = Answers(x, sigma, (world.denoise(x, sigma),))
        found = ScoreRescaling(k, 0.5).after(said.positive, said, never)
        torch.testing.assert_close(found, other.denoise(x, sigma), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("rule", [EpsilonScaling(1.0), ScoreRescaling(1.0)])
def test_a_scale_of_one_changes_no_bit(rule: EpsilonScaling | ScoreRescaling) -> None:
    assert torch.equal(mixed(rule, answers(), CFG), Cfg(CFG)(answers()))


def test_rescaling_a_score_without_noise_divides_by_nothing() -> None:
    assert mixed(ScoreRescaling(), answers(0.0), CFG).isfinite().all()
