"""Guidance along directions, against diffusers' guiders and plain geometry."""

from dataclasses import replace

import pytest
import torch
from diffusers.guiders.adaptive_projected_guidance import MomentumBuffer, normalized_guidance
from diffusers.guiders.classifier_free_zero_star_guidance import ClassifierFreeZeroStarGuidance
from diffusers.guiders.tangential_classifier_free_guidance import normalized_guidance as tangential
from torch import Tensor

from diffusion.guidance.projection import (
    AdaptiveProjection,
    DualCfg,
    PerpNegMix,
    PerpNegRule,
    TangentialDamping,
    ZeroStar,
)
from diffusion.sampling.guidance import Guidance
from diffusion.sampling.rules import Answers, Cfg
from diffusion.types import Guider
from tests.diffusion.guidance.saying import answers, mixed, negative_of, noise_of
from tests.diffusion.sampling.worlds import network_of, prompt, tiny_model

CFG = 7.0


@pytest.mark.parametrize(
    ("eta", "threshold", "momentum"),
    [(0.0, 0.0, 0.0), (1.0, 2.5, 0.0), (0.3, 2.5, -0.5), (-1.0, 5.0, 0.75), (1.0, 0.0, -0.5)],
)
def test_a_projected_guidance_is_diffusers_over_several_steps(
    eta: float, threshold: float, momentum: float
) -> None:
    """The paper's form, c + (w - 1) * way, is diffusers' "original formulation" at w - 1."""
    rule = AdaptiveProjection(eta, threshold, momentum).begin(tiny_model(), [4.0, 0.0])
    buffer = MomentumBuffer(momentum) if momentum else None
    for step, sigma in enumerate((4.0, 2.0, 1.0)):
        said = answers(sigma, seed=10 * step)
        expected = normalized_guidance(
            said.positive, negative_of(said), CFG - 1, buffer, eta, threshold, use_original_formulation=True
        )
        torch.testing.assert_close(mixed(rule, said, CFG), expected, rtol=1e-4, atol=1e-4)


def test_projection_without_settings_changes_no_bit() -> None:
    rule = AdaptiveProjection(1.0, 0.0, 0.0).begin(tiny_model(), [2.0, 0.0])
    assert torch.equal(mixed(rule, answers(), CFG), Cfg(CFG)(answers()))


def test_momentum_begins_anew_in_each_sampling() -> None:
    settings = AdaptiveProjection(0.5, 0.0, -0.75)
    said = answers()
    first, again = settings.begin(tiny_model(), [2.0]), settings.begin(tiny_model(), [2.0])
    expected = mixed(first, said, CFG)
    assert not torch.equal(mixed(first, said, CFG), expected)
    assert torch.equal(mixed(again, said, CFG), expected)


@pytest.mark.parametrize("rule", [AdaptiveProjection(), ZeroStar(), TangentialDamping()])
def test_without_a_negative_there_is_no_way_to_project(rule: ZeroStar) -> None:
    alone = answers(sets=1)
    begun = rule.begin(tiny_model(), [2.0])
    assert torch.equal(mixed(begun, alone, CFG), alone.positive)


def test_a_negative_at_its_best_scale_is_diffusers() -> None:
    said = answers()
    oracle = ClassifierFreeZeroStarGuidance(guidance_scale=CFG, zero_init_steps=0)
    oracle.set_state(step=0, num_inference_steps=10, timestep=torch.tensor(0))
    expected = oracle.forward(noise_of(said.positive, said), noise_of(said.negative, said)).pred
    found = noise_of(mixed(ZeroStar(), said, CFG), said)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_a_damped_guidance_is_diffusers() -> None:
    said = answers(seed=5)
    expected = tangential(noise_of(said.positive, said), noise_of(said.negative, said), CFG)
    found = noise_of(mixed(TangentialDamping(), said, CFG), said)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_what_cannot_be_told_apart_is_damped_to_itself() -> None:
    said = answers()
    same = replace(said, x0=(said.positive, said.positive))
    torch.testing.assert_close(mixed(TangentialDamping(), same, CFG), said.positive, rtol=1e-4, atol=1e-4)


# Perp-Neg


def three(seed: int = 0) -> tuple[Answers, Tensor, Tensor, Tensor]:
    said = answers(sets=3, seed=seed)
    assert said.x0[1] is not None
    assert said.x0[2] is not None
    return said, said.positive, said.x0[1], said.x0[2]


def test_only_what_is_perpendicular_to_the_positive_is_taken_away() -> None:
    said, positive, negative, empty = three()
    found = (empty + CFG * (positive - empty) - PerpNegMix(CFG, 1.5)(said)) / (CFG * 1.5)
    for way, wanted, unwanted in zip(found, positive - empty, negative - empty, strict=True):
        matrix = torch.stack([wanted.flatten(), way.flatten()], 1).double()
        assert abs(float(matrix[:, 0] @ matrix[:, 1])) < 1e-3
        shares = torch.linalg.lstsq(matrix, unwanted.flatten()[:, None].double()).solution
        torch.testing.assert_close(float(shares[1]), 1.0, rtol=1e-4, atol=1e-4)


def test_a_negative_along_the_positive_takes_nothing_away() -> None:
    said, positive, _, empty = three()
    along = replace(said, x0=(positive, empty + 0.5 * (positive - empty), empty))
    torch.testing.assert_close(
        PerpNegMix(CFG, 2.0)(along), empty + CFG * (positive - empty), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("cfg", [1.0, 4.0])
def test_the_rule_laid_upon_plain_guidance_is_the_guider(cfg: float) -> None:
    x = 3 * answers().x
    sets = tuple((prompt(value, 0.3 * value),) for value in (1.0, -0.5, 0.1))
    model = tiny_model()
    ruled = replace(model, rules=(PerpNegRule(sets[2], 1.5),))
    of_three = Guidance(Guider(model, sets, PerpNegMix(cfg, 1.5), frozenset({1, 2})), x, [2.0])
    of_two = Guidance(Guider(ruled, sets[:2], Cfg(cfg)), x, [2.0])
    with torch.no_grad():
        torch.testing.assert_close(of_two(x, 2.0), of_three(x, 2.0), rtol=1e-4, atol=1e-4)


# Two prompts


def test_two_prompts_are_guided_apart_or_one_inside_the_other() -> None:
    said, a, b, u = three(4)
    torch.testing.assert_close(DualCfg(3.0, 2.0)(said), u + 2 * (b - u) + 3 * (a - b))
    inner = Cfg(3.0)(Answers(said.x, said.sigma, (a, b)))
    expected = Cfg(2.0)(Answers(said.x, said.sigma, (inner, u)))
    torch.testing.assert_close(DualCfg(3.0, 2.0, nested=True)(said), expected)


def test_three_sets_go_through_the_network_at_once_and_the_last_is_the_negative() -> None:
    model, x = tiny_model(), 3 * answers().x
    sets = tuple((prompt(value),) for value in (1.0, 0.2, -0.5))
    guidance = Guidance(Guider(model, sets, DualCfg(3.0, 2.0), frozenset({2})), x, [2.0])
    with torch.no_grad():
        found, unguided = guidance.both(x, 2.0)
        alone = [Guidance(Guider(model, (one,), Cfg(1.0)), x, [2.0])(x, 2.0) for one in sets]
    (call, *_) = network_of(model).seen
    assert len(call.x) == 3 * len(x)
    torch.testing.assert_close(unguided, alone[2])
    torch.testing.assert_close(found, DualCfg(3.0, 2.0)(Answers(x, 2.0, tuple(alone))), rtol=1e-4, atol=1e-4)


def test_samplers_that_want_the_unguided_answer_get_the_networks_own() -> None:
    model, x = tiny_model(), 3 * answers().x
    ruled = replace(model, rules=(AdaptiveProjection(0.0, 1.0),))
    sets = ((prompt(1.0),), (prompt(-0.5),))
    with torch.no_grad():
        plain, changed = (Guidance(Guider(m, sets, Cfg(CFG)), x, [2.0]).both(x, 2.0) for m in (model, ruled))
    assert not torch.allclose(plain[0], changed[0])
    assert torch.equal(plain[1], changed[1])
