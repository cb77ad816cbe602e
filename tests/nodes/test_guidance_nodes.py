"""The nodes around guidance: which rule each lays upon a model, and all of them in one graph."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from diffusion.errors import DiffusionError, PartMissing
from diffusion.guidance.differential import DifferentialDiffusion
from diffusion.guidance.frequency import FreSca, GuidanceOperation
from diffusion.guidance.perturbation import PerturbedAttention, SelfAttentionGuidance, SkipLayer
from diffusion.guidance.projection import AdaptiveProjection, PerpNegRule, TangentialDamping, ZeroStar
from diffusion.guidance.rescaling import CfgNorm, EpsilonScaling, Mahiro, RescaleCfg, ScoreRescaling
from diffusion.guidance.step_cache import StepCache
from diffusion.sampling.continuous import ContinuousSchedule
from diffusion.sampling.rules import Rule
from diffusion.weights.reach import reach
from nodes import guidance, model_sampling
from nodes.errors import NodeError
from nodes.latent_operations import Sharpen
from tests.diffusion.sampling.worlds import prompt, tiny_model
from tests.nodes.studio import Prompt, Studio, pixels, text_to_image

RULES: list[tuple[Any, dict[str, Any], Rule]] = [
    (guidance.rescale_cfg, {"multiplier": 0.5}, RescaleCfg(0.5)),
    (guidance.cfg_norm, {"strength": 0.5}, CfgNorm(0.5)),
    (guidance.cfg_zero_star, {}, ZeroStar()),
    (guidance.tangential_damping, {}, TangentialDamping()),
    (
        guidance.adaptive_projected_guidance,
        {"eta": 0.5, "norm_threshold": 2.0, "momentum": -0.5},
        AdaptiveProjection(0.5, 2.0, -0.5),
    ),
    (guidance.mahiro, {}, Mahiro()),
    (guidance.self_attention_guidance, {"scale": 1.0, "blur_sigma": 3.0}, SelfAttentionGuidance(1.0, 3.0)),
    (guidance.epsilon_scaling, {"scaling_factor": 1.01}, EpsilonScaling(1.01)),
    (guidance.temporal_score_rescaling, {"tsr_k": 0.9, "tsr_sigma": 2.0}, ScoreRescaling(0.9, 2.0)),
    (guidance.fresca, {"scale_low": 0.5, "scale_high": 2.0, "freq_cutoff": 3}, FreSca(0.5, 2.0, 3)),
    (guidance.differential_diffusion, {"strength": 0.5}, DifferentialDiffusion(0.5)),
    (guidance.differential_diffusion, {"strength": None}, DifferentialDiffusion(1.0)),
    (
        guidance.easy_cache,
        {"reuse_threshold": 0.1, "start_percent": 0.2, "end_percent": 0.8, "verbose": True},
        StepCache(0.1, 0.2, 0.8, adaptive=True, verbose=True),
    ),
    (guidance.lazy_cache, {"reuse_threshold": 0.1}, StepCache(0.1, 0.15, 0.95, adaptive=False)),
]


@pytest.mark.parametrize(("node", "inputs", "rule"), RULES, ids=[str(rule) for _, _, rule in RULES])
def test_each_node_lays_its_rule_behind_those_that_are_there(
    node: Any, inputs: dict[str, Any], rule: Rule
) -> None:
    model = guidance.ruled(tiny_model(), CfgNorm())
    assert node(model=model, **inputs).rules == (CfgNorm(), rule)
    assert model.rules == (CfgNorm(),)
    with pytest.raises(PartMissing):
        node(model=None, **inputs)


def test_rules_that_hold_something_hold_what_they_were_given() -> None:
    sharpen, empty = Sharpen(3, 1.0, 0.1), (prompt(0.0),)
    (operating,) = guidance.apply_operation(model=tiny_model(), operation=sharpen).rules
    assert isinstance(operating, GuidanceOperation)
    assert operating.operation is sharpen
    (perp,) = guidance.perp_neg(model=tiny_model(), empty_conditioning=empty, neg_scale=0.5).rules
    assert isinstance(perp, PerpNegRule)
    assert (perp.empty, perp.negative_scale, perp.needs_negative) == (empty, 0.5, True)
    (perturbed,) = guidance.perturbed_attention_guidance(model=tiny_model(), scale=2.0).rules
    assert isinstance(perturbed, PerturbedAttention)
    assert perturbed.scale == 2.0
    model = guidance.perp_neg(model=tiny_model(), empty_conditioning=empty)
    assert any(tensor is empty[0].context for tensor in reach(model).tensors)


def test_blocks_are_read_from_words() -> None:
    model = guidance.skip_layer_guidance(model=tiny_model(), blocks="middle.0, output.3 input.11", scale=2.0)
    (skip,) = model.rules
    assert isinstance(skip, SkipLayer)
    assert skip.tweak.places == {("middle", 0), ("output", 3), ("input", 11)}


@pytest.mark.parametrize("blocks", ["centre.0", "middle", "output.x", "output.-1"])
def test_words_that_are_no_blocks_are_refused(blocks: str) -> None:
    with pytest.raises(NodeError, match=r"write input\.N, middle\.0 or output\.N"):
        guidance.skip_layer_guidance(model=tiny_model(), blocks=blocks)


# What a model predicts


def test_models_are_told_what_they_predict_and_by_which_levels() -> None:
    model = model_sampling.discrete(model=tiny_model(), sampling="lcm")
    assert (model.prediction, len(model.schedule.sigmas)) == ("lcm", 50)
    for sampling, prediction, spread in (
        ("edm", "edm", 0.5),
        ("edm_playground_v2.5", "edm", 0.5),
        ("v_prediction", "v", 1.0),
        ("eps", "epsilon", 1.0),
    ):
        told = model_sampling.continuous_edm(model=model, sampling=sampling, sigma_max=80.0, sigma_min=0.01)
        assert (told.prediction, told.data_std) == (prediction, spread)
        assert (told.schedule.sigma_min, told.schedule.sigma_max) == pytest.approx((0.01, 80.0))
    angled = model_sampling.continuous_v(model=model, sampling="v_prediction")
    assert isinstance(angled.schedule, ContinuousSchedule)
    assert (angled.schedule.clock, angled.prediction, angled.data_std) == ("arctan", "v", 1.0)
    cascade = model_sampling.cascade(model=told, shift=2.0)
    assert (cascade.prediction, cascade.data_std) == ("epsilon", 1.0)
    with pytest.raises(DiffusionError, match="Cosmos"):
        model_sampling.continuous_edm(model=model, sampling="cosmos_rflow")


# In graphs


def chained(prompt: Prompt, *nodes: tuple[str, dict[str, Any]]) -> Prompt:
    """The graph with these nodes, one after another, between its model and its KSampler."""
    graph, link = dict(prompt), ["4", 0]
    for index, (name, inputs) in enumerate(nodes):
        graph[f"m{index}"] = {"class_type": name, "inputs": {"model": link, **inputs}}
        link = [f"m{index}", 0]
    graph["3"] = {"class_type": "KSampler", "inputs": {**prompt["3"]["inputs"], "model": link}}
    return graph


NODES: list[tuple[str, dict[str, Any]]] = [
    ("ModelSamplingDiscrete", {"sampling": "v_prediction", "zsnr": True}),
    ("RescaleCFG", {"multiplier": 0.7}),
    ("APG", {"eta": 0.5, "norm_threshold": 5.0, "momentum": -0.5}),
    ("TCFG", {}),
    ("CFGZeroStar", {}),
    ("CFGNorm", {"strength": 1.0}),
    ("Mahiro", {}),
    ("FreSca", {"scale_low": 1.0, "scale_high": 1.25, "freq_cutoff": 2}),
    ("PerturbedAttentionGuidance", {"scale": 1.0}),
    ("SelfAttentionGuidance", {"scale": 0.5, "blur_sigma": 2.0}),
    ("SkipLayerGuidanceUNet", {"blocks": "middle.0", "scale": 1.0, "start_percent": 0.0, "end_percent": 0.9}),
    ("Epsilon Scaling", {"scaling_factor": 1.005}),
    ("TemporalScoreRescaling", {"tsr_k": 0.95, "tsr_sigma": 1.0}),
    ("EasyCache", {"reuse_threshold": 0.5, "start_percent": 0.0, "end_percent": 1.0, "verbose": False}),
    ("FreeU_V2", {"b1": 1.3, "b2": 1.4, "s1": 0.9, "s2": 0.2}),
    ("HyperTile", {"tile_size": 32, "swap_size": 2, "max_depth": 1, "scale_depth": False}),
    ("TomePatchModel", {"ratio": 0.3}),
    (
        "PatchModelAddDownscale",
        {
            "block_number": 3,
            "downscale_factor": 2.0,
            "start_percent": 0.0,
            "end_percent": 0.35,
            "downscale_after_skip": True,
            "downscale_method": "bicubic",
            "upscale_method": "bicubic",
        },
    ),
]


@pytest.mark.parametrize("sampler", ["euler", "dpmpp_2m_sde", "euler_cfg_pp"])
def test_a_chain_of_all_of_them_makes_a_picture_and_the_same_one_again(studio: Studio, sampler: str) -> None:
    plain = text_to_image(sampler_name=sampler, scheduler="karras", steps=2)
    plain["5"]["inputs"].update(width=128, height=96)
    graph = chained(plain, *NODES)
    ran = studio.run(graph)
    assert ran.outcome.status == "success", ran.messages
    studio.executor.cache.clear()
    assert pixels(studio.run(graph).files[0]) == pixels(ran.files[0])
    assert pixels(studio.run(plain).files[0]) != pixels(ran.files[0])


NEUTRAL: list[tuple[str, dict[str, Any]]] = [
    ("RescaleCFG", {"multiplier": 0.0}),
    ("APG", {"eta": 1.0, "norm_threshold": 0.0, "momentum": 0.0}),
    ("FreSca", {"scale_low": 1.0, "scale_high": 1.0, "freq_cutoff": 2}),
    ("PerturbedAttentionGuidance", {"scale": 0.0}),
    ("SelfAttentionGuidance", {"scale": 0.0, "blur_sigma": 2.0}),
    ("SkipLayerGuidanceUNet", {"blocks": "middle.0", "scale": 0.0, "start_percent": 0.0, "end_percent": 0.9}),
    ("Epsilon Scaling", {"scaling_factor": 1.0}),
    ("TemporalScoreRescaling", {"tsr_k": 1.0, "tsr_sigma": 1.0}),
    ("EasyCache", {"reuse_threshold": 0.0, "start_percent": 0.0, "end_percent": 1.0, "verbose": False}),
    ("LazyCache", {"reuse_threshold": 0.0, "start_percent": 0.0, "end_percent": 1.0, "verbose": False}),
    ("DifferentialDiffusion", {}),
    ("FreeU", {"b1": 1.0, "b2": 1.0, "s1": 1.0, "s2": 1.0}),
    ("HyperTile", {"tile_size": 256, "swap_size": 2, "max_depth": 1, "scale_depth": False}),
    ("TomePatchModel", {"ratio": 0.0}),
]


def test_a_chain_without_effect_is_the_plain_picture_to_the_pixel(studio: Studio) -> None:
    plain = text_to_image(scheduler="karras")
    ran = studio.run(chained(plain, *NEUTRAL))
    assert ran.outcome.status == "success", ran.messages
    assert pixels(ran.files[0]) == pixels(studio.run(plain).files[0])


def test_an_operation_from_a_node_is_laid_upon_guidance(studio: Studio) -> None:
    graph = chained(text_to_image(), ("LatentApplyOperationCFG", {"operation": ["op", 0]}))
    graph["op"] = {"class_type": "LatentOperationTonemapReinhard", "inputs": {"multiplier": 1.0}}
    ran = studio.run(graph)
    assert ran.outcome.status == "success", ran.messages
    assert pixels(ran.files[0]) != pixels(studio.run(text_to_image()).files[0])


def test_an_operation_is_called_by_the_name_of_its_latent() -> None:
    def packs(latent: Tensor, **facts: object) -> Tensor:
        return latent * 2

    (rule,) = guidance.apply_operation(model=tiny_model(), operation=packs).rules
    assert isinstance(rule, GuidanceOperation)
    assert torch.equal(rule.operation(latent=torch.ones(1)), torch.full((1,), 2.0))
