"""Guidance away from hampered networks, against diffusers' and against networks hampered by hand."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import PAGIdentitySelfAttnProcessor2_0
from diffusers.pipelines.deprecated.stable_diffusion_sag.pipeline_stable_diffusion_sag import (
    CrossAttnStoreProcessor,
    StableDiffusionSAGPipeline,
    gaussian_blur_2d,
)
from torch import Tensor

from diffusion.guidance.perturbation import (
    TAPS,
    IdentityAttention,
    PerturbedAttention,
    SelfAttentionGuidance,
    SkipLayer,
    SkippedLayers,
)
from diffusion.networks.tweaks import Pass
from diffusion.networks.unet import UNet, UNetConfig
from diffusion.sampling.rules import Rule
from diffusion.tweaks.hypertile import HyperTile
from diffusion.types import Cond, Model
from diffusion.vision.gradient import gaussian
from diffusion.weights.patched import Weights
from tests.diffusion.guidance.saying import SIZES, guided, normal, unet_model, words
from tests.diffusion.networks.test_unet import SD1, pair

SIGMA = float(unet_model().schedule.sigmas[500])
X = 3 * normal(2, 4, 8, 12)
CFG = 3.0


class Counted(UNet):
    """A UNet that counts its calls."""

    calls = 0

    def forward(self, *args: Any, **named: Any) -> Tensor:
        type(self).calls += 1
        return super().forward(*args, **named)


def counted(model: Model) -> Model:
    network = model.network
    Counted.calls = 0
    network.__class__ = Counted
    return model


def both() -> tuple[Model, UNet2DConditionModel]:
    ours, other = pair(SD1)
    return replace(unet_model(), weights=Weights(ours.requires_grad_(False))), other.requires_grad_(False)


def asked(other: UNet2DConditionModel, x: Tensor, context: Tensor) -> Tensor:
    """Diffusers' noise."""
    given = x / (SIGMA**2 + 1) ** 0.5
    out: Tensor = other(given, 500, encoder_hidden_states=context.expand(len(x), -1, -1)).sample
    return out


# Perturbed attention


def test_a_hampered_network_is_diffusers_with_identity_attention_in_the_middle() -> None:
    model, other = both()
    context = words(10).context.expand(2, -1, -1)
    found = model.network(
        X, torch.tensor([500, 500]), context, tweaks=[IdentityAttention()], way=Pass(SIGMA, (8, 12))
    )
    attention = other.mid_block.attentions[0].transformer_blocks[0].attn1
    attention.set_processor(PAGIdentitySelfAttnProcessor2_0())
    expected = other(torch.cat([X, X]), 500, encoder_hidden_states=torch.cat([context, context])).sample
    torch.testing.assert_close(found, expected[2:], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("cfg", [1.0, CFG])
def test_perturbed_attention_guidance_is_that_of_diffusers(cfg: float) -> None:
    model, other = both()
    found = guided(replace(model, rules=(PerturbedAttention(2.5),)), X, SIGMA, cfg=cfg)
    text, empty = asked(other, X, words(10).context), asked(other, X, words(11).context)
    attention = other.mid_block.attentions[0].transformer_blocks[0].attn1
    attention.set_processor(PAGIdentitySelfAttnProcessor2_0())
    perturbed = asked(other, X.repeat(2, 1, 1, 1), words(10).context)[2:]
    noise = empty + cfg * (text - empty) + 2.5 * (text - perturbed)
    torch.testing.assert_close(found, X - SIGMA * noise, rtol=1e-3, atol=2e-3)


def test_guidance_away_from_nothing_asks_nothing_and_changes_no_bit() -> None:
    rules: Sequence[Rule] = (
        PerturbedAttention(0.0),
        SelfAttentionGuidance(0.0),
        SkipLayer(SkippedLayers(frozenset({("middle", 0)})), 0.0),
    )
    plain = guided(unet_model(), X, SIGMA)
    model = counted(unet_model(rules=tuple(rules)))
    assert torch.equal(guided(model, X, SIGMA), plain)
    assert Counted.calls == 1


def test_where_the_positive_has_no_say_nothing_is_guided_away_from() -> None:
    """Half of the picture, and all of it once the prompt's part of sampling is over."""
    ruled = unet_model(rules=(PerturbedAttention(3.0),))
    left = words(10, mask=(torch.arange(12) < 6).float().expand(1, 8, 12))
    late = words(10, start=0.9)
    for positive in (left, late):
        plain, found = (guided(model, X, SIGMA, positive=[positive]) for model in (unet_model(), ruled))
        assert torch.equal(found[..., 6:], plain[..., 6:])
    assert torch.equal(found, plain)


# Skipped layers


def thinned(model: Model) -> Model:
    """The same network whose attention in the middle adds nothing, by its weights."""
    network = copy.deepcopy(model.network)
    assert isinstance(network, UNet)
    for block in network.middle_block[1].transformer_blocks:  # type: ignore[union-attr]
        for attention in (block.attn1, block.attn2):  # type: ignore[union-attr]
            attention.to_out[0].weight.zero_()
            attention.to_out[0].bias.zero_()
    return replace(model, weights=Weights(network))


def test_skipped_layers_are_those_whose_weights_are_nothing() -> None:
    model = unet_model()
    rule = SkipLayer(SkippedLayers(frozenset({("middle", 0)})), 2.0, 0.1, 0.9)
    found = guided(replace(model, rules=(rule,)), X, SIGMA)
    positive, thin = (guided(m, X, SIGMA, cfg=1.0) for m in (model, thinned(model)))
    torch.testing.assert_close(found, guided(model, X, SIGMA) + 2 * (positive - thin), rtol=1e-4, atol=1e-4)


def test_layers_are_skipped_during_their_part_of_sampling_only() -> None:
    model = unet_model()
    rule = SkipLayer(SkippedLayers(frozenset({("middle", 0)})), 2.0, 0.6, 1.0)
    assert torch.equal(guided(replace(model, rules=(rule,)), X, SIGMA), guided(model, X, SIGMA))


# Self-attention guidance


def test_the_blur_is_a_gaussian_of_nine_points() -> None:
    x = normal(2, 4, 9, 12)
    torch.testing.assert_close(gaussian(x, 1.3, TAPS), gaussian_blur_2d(x, 9, 1.3))
    assert torch.equal(gaussian(x, 0.0, TAPS), x)
    assert gaussian(x[..., :2, :], 2.0, TAPS).isfinite().all()


def noised(clean: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
    del timesteps
    return clean + SIGMA * noise


@dataclass
class Pipeline:
    """What the masking of diffusers' pipeline looks at."""

    unet: Any = field(default_factory=lambda: SimpleNamespace(config=SimpleNamespace(attention_head_dim=2)))

    @property
    def scheduler(self) -> Any:
        return SimpleNamespace(add_noise=noised)


@pytest.mark.parametrize("cfg", [1.0, CFG])
def test_self_attention_guidance_is_that_of_diffusers_pipeline(cfg: float) -> None:
    model, other = both()
    found = guided(replace(model, rules=(SelfAttentionGuidance(0.75, 1.0),)), X, SIGMA, cfg=cfg)
    text, empty = words(10).context, words(11).context
    store = CrossAttnStoreProcessor()
    plain = asked(other, X, text), asked(other, X, empty)
    away = text if cfg == 1.0 else empty
    other.mid_block.attentions[0].transformer_blocks[0].attn1.processor = store
    noise = asked(other, X, away)
    degraded = StableDiffusionSAGPipeline.sag_masking(
        Pipeline(), X - SIGMA * noise, store.attention_probs, (4, 6), torch.tensor(500), noise
    )
    whole = plain[1] + cfg * (plain[0] - plain[1]) + 0.75 * (noise - asked(other, degraded, away))
    torch.testing.assert_close(found, X - SIGMA * whole, rtol=1e-3, atol=2e-3)


def test_several_prompts_of_a_sign_are_looked_at_together() -> None:
    rule = SelfAttentionGuidance(0.75, 1.0)
    model = unet_model(rules=(rule,))
    twice = [words(11), words(11)]
    once = guided(model, X, SIGMA)
    torch.testing.assert_close(guided(model, X, SIGMA, negative=twice), once, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "negative",
    [
        [words(11, area=(4, 6, 0, 0)), words(12)],
        [words(11, area=(4, 6, 0, 0))],
        [words(11, start=0.9)],
        [],
    ],
)
def test_areas_parts_of_sampling_and_empty_signs_are_borne(negative: list[Cond]) -> None:
    model = unet_model(rules=(SelfAttentionGuidance(),))
    assert guided(model, X, SIGMA, negative=negative).isfinite().all()


def test_tiles_in_the_middle_leave_self_attention_guidance_without_a_map() -> None:
    tiled = HyperTile(tile=2, swaps=1, depth=1)
    plain = guided(unet_model(tweaks=(tiled,)), X, SIGMA)
    ruled = guided(unet_model(tweaks=(tiled,), rules=(SelfAttentionGuidance(),)), X, SIGMA)
    assert torch.equal(ruled, plain)


def test_a_network_without_attention_in_its_middle_is_left_alone() -> None:
    config: UNetConfig = replace(SIZES, middle_depth=0)
    plain = guided(unet_model(config), X, SIGMA)
    assert torch.equal(guided(unet_model(config, rules=(SelfAttentionGuidance(),)), X, SIGMA), plain)
