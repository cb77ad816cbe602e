"""Sampling from parts: noise, guider, sampler, noise levels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from diffusion.errors import DiffusionError, PartMissing
from diffusion.guidance.projection import DualCfg, PerpNegMix
from diffusion.sampling.noise import make_noise
from diffusion.sampling.rules import Cfg
from diffusion.sampling.samplers import find_sampler
from diffusion.sampling.schedules import sigmas
from diffusion.types import Latent, Noise
from graph.context import Context
from graph.events import Event
from graph.folders import Folders
from nodes.custom_sampling import (
    add_noise,
    basic_guider,
    cfg_guider,
    drawn,
    dual_guider,
    no_noise,
    perp_neg_guider,
    random_noise,
    sample_advanced,
    sample_custom,
)
from tests.diffusion.sampling.worlds import network_of, prompt, tiny_model
from tests.nodes.studio import Prompt, Studio, pixels, text_to_image

LATENT = Latent(0.3 * torch.randn((2, 4, 4, 6), generator=torch.Generator().manual_seed(5)))
EMPTY = Latent(torch.zeros(2, 4, 4, 6))
GOOD, BAD, OTHER = (prompt(1.0),), (prompt(-0.5),), (prompt(0.3),)


def levels(steps: int = 4) -> Tensor:
    return sigmas("karras", tiny_model().schedule, steps)


def sampled(context: Context, **changes: Any) -> tuple[Latent, Latent]:
    model = tiny_model()
    parts = {
        "noise": random_noise(noise_seed=7),
        "guider": cfg_guider(model=model, positive=GOOD, negative=BAD, cfg=3.0),
        "sampler": find_sampler("euler"),
        "sigmas": levels(),
        "latent_image": EMPTY,
        **changes,
    }
    with torch.no_grad():
        output, denoised = sample_advanced(context, **parts)
    return output, denoised


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context("1", "run", Folders(tmp_path), emit=list[Event]().append)


# In graphs


def custom(prompt: Prompt, **changes: Any) -> Prompt:
    """The text-to-image graph with its KSampler in parts."""
    told = prompt["3"]["inputs"]
    model = {"model": told["model"]}
    signs = {name: told[name] for name in ("positive", "negative")}
    return {
        **prompt,
        "20": {"class_type": "RandomNoise", "inputs": {"noise_seed": told["seed"]}},
        "21": {"class_type": "CFGGuider", "inputs": {**model, **signs, "cfg": told["cfg"]}},
        "22": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": told["sampler_name"]}},
        "23": {
            "class_type": "BasicScheduler",
            "inputs": {**model, **{name: told[name] for name in ("scheduler", "steps", "denoise")}},
        },
        "3": {
            "class_type": "SamplerCustomAdvanced",
            "inputs": {
                "noise": ["20", 0],
                "guider": ["21", 0],
                "sampler": ["22", 0],
                "sigmas": ["23", 0],
                "latent_image": told["latent_image"],
                **changes,
            },
        },
    }


@pytest.mark.parametrize("sampler", ["euler", "dpmpp_2m_sde", "euler_ancestral"])
def test_the_parts_together_are_the_ksampler_to_the_pixel(studio: Studio, sampler: str) -> None:
    whole = text_to_image(sampler_name=sampler, scheduler="karras")
    assert pixels(studio.run(custom(whole)).files[0]) == pixels(studio.run(whole).files[0])


def test_the_custom_sampler_is_the_ksampler_to_the_pixel(studio: Studio) -> None:
    whole = text_to_image(scheduler="karras")
    told = whole["3"]["inputs"]
    parts = custom(whole)
    kept = {name: told[name] for name in ("model", "positive", "negative", "cfg", "latent_image")}
    inputs = {
        **kept,
        "add_noise": True,
        "noise_seed": told["seed"],
        "sampler": ["22", 0],
        "sigmas": ["23", 0],
    }
    parts["3"] = {"class_type": "SamplerCustom", "inputs": inputs}
    assert pixels(studio.run(parts).files[0]) == pixels(studio.run(whole).files[0])


def test_split_levels_noised_by_hand_or_not_at_all_are_the_picture_of_one_go(studio: Studio) -> None:
    whole = custom(text_to_image(scheduler="karras"))
    halves = {
        **whole,
        "30": {"class_type": "SplitSigmas", "inputs": {"sigmas": ["23", 0], "step": 2}},
        "31": {"class_type": "DisableNoise", "inputs": {}},
        "32": {
            "class_type": "SamplerCustomAdvanced",
            "inputs": {**whole["3"]["inputs"], "sigmas": ["30", 0]},
        },
        "3": {
            "class_type": "SamplerCustomAdvanced",
            "inputs": {
                **whole["3"]["inputs"],
                "noise": ["31", 0],
                "sigmas": ["30", 1],
                "latent_image": ["32", 0],
            },
        },
    }
    assert pixels(studio.run(halves).files[0]) == pixels(studio.run(whole).files[0])


def test_all_guiders_run(studio: Studio) -> None:
    base = custom(text_to_image())
    model, one, other = {"model": ["4", 0]}, ["6", 0], ["7", 0]
    guiders: dict[str, dict[str, Any]] = {
        "BasicGuider": {"conditioning": one},
        "DualCFGGuider": {
            "cond1": one,
            "cond2": other,
            "negative": other,
            "cfg_conds": 3.0,
            "cfg_cond2_negative": 2.0,
            "style": "nested",
        },
        "PerpNegGuider": {
            "positive": one,
            "negative": other,
            "empty_conditioning": other,
            "cfg": 3.0,
            "neg_scale": 1.0,
        },
    }
    found = set()
    for name, inputs in guiders.items():
        graph = {**base, "21": {"class_type": name, "inputs": {**model, **inputs}}}
        ran = studio.run(graph)
        assert ran.outcome.status == "success", ran.messages
        found.add(pixels(ran.files[0]))
    assert len(found) == 3


# Guiders


def test_guiders_say_what_is_asked_and_what_is_not_wanted() -> None:
    model = tiny_model()
    basic = basic_guider(model=model, conditioning=GOOD)
    assert (basic.sets, basic.mix) == ((GOOD,), Cfg(1.0))
    plain = cfg_guider(model=model, positive=GOOD, negative=BAD, cfg=3.0)
    assert (plain.sets, plain.mix, plain.negative) == ((GOOD, BAD), Cfg(3.0), frozenset({1}))
    perp = perp_neg_guider(
        model=model, positive=GOOD, negative=BAD, empty_conditioning=OTHER, cfg=4.0, neg_scale=0.5
    )
    assert (perp.sets, perp.mix, perp.negative) == (
        (GOOD, BAD, OTHER),
        PerpNegMix(4.0, 0.5),
        frozenset({1, 2}),
    )


@pytest.mark.parametrize("style", ["regular", "nested"])
def test_two_prompts_are_guided_in_either_style(style: Any) -> None:
    guider = dual_guider(
        model=tiny_model(),
        cond1=GOOD,
        cond2=OTHER,
        negative=BAD,
        cfg_conds=3.0,
        cfg_cond2_negative=2.0,
        style=style,
    )
    assert (guider.sets, guider.negative) == ((GOOD, OTHER, BAD), frozenset({2}))
    assert guider.mix == DualCfg(3.0, 2.0, nested=style == "nested")


def test_a_missing_model_is_said_so() -> None:
    with pytest.raises(PartMissing):
        basic_guider(model=None, conditioning=GOOD)


# Noise


def test_noise_is_the_seeds_or_none() -> None:
    assert torch.equal(drawn(random_noise(noise_seed=3), LATENT), make_noise(LATENT, 3))
    assert drawn(no_noise(), LATENT).abs().max() == 0
    assert drawn(no_noise(), LATENT).shape == LATENT.samples.shape


@dataclass(frozen=True)
class Constant:
    value: float

    def __call__(self, latent: Latent) -> Tensor:
        return torch.full_like(latent.samples, self.value)


def test_noise_that_something_else_draws_is_taken_as_it_is(context: Context) -> None:
    assert drawn(Noise(3, draw=Constant(0.5)), LATENT).unique().tolist() == [0.5]
    as_if, _ = sampled(context, noise=Noise(7, draw=lambda latent: make_noise(latent, 9)))
    own, _ = sampled(context, noise=random_noise(noise_seed=9))
    assert torch.equal(as_if.samples, own.samples)


def test_noise_of_another_shape_is_refused_with_both_shapes(context: Context) -> None:
    with pytest.raises(DiffusionError, match=r"noise \(1, 4, 2, 2\) does not fit latents \(2, 4, 4, 6\)"):
        sampled(context, noise=Noise(draw=lambda _: torch.zeros(1, 4, 2, 2)))


def test_without_noise_sampling_begins_at_the_latent(context: Context) -> None:
    model = tiny_model()
    guider = basic_guider(model=model, conditioning=GOOD)
    sampled(context, noise=no_noise(), guider=guider, latent_image=LATENT)
    expected = LATENT.samples * model.latents.scale / math.sqrt(1 + float(levels()[0]) ** 2)
    torch.testing.assert_close(network_of(model).seen[0].x, expected)


def test_noise_is_added_by_the_way_between_the_levels() -> None:
    model = tiny_model()
    noise = random_noise(noise_seed=3)

    def added(*levels: float, latent: Latent = LATENT) -> Tensor:
        found: Latent = add_noise(model=model, noise=noise, sigmas=torch.tensor(levels), latent_image=latent)
        return found.samples

    unit = make_noise(LATENT, 3) / model.latents.scale
    torch.testing.assert_close(added(3.0, 2.0, 0.5), LATENT.samples + 2.5 * unit)
    torch.testing.assert_close(added(2.0), LATENT.samples + 2 * unit)
    torch.testing.assert_close(added(0.5, 3.0), LATENT.samples + 2.5 * unit)
    assert added() is LATENT.samples
    broken = replace(LATENT, samples=torch.full_like(LATENT.samples, math.inf))
    assert added(1.0, 0.0, latent=broken).abs().max() == 0


# What comes out


def test_the_denoised_output_is_what_the_last_step_took_for_the_clean_picture(context: Context) -> None:
    output, denoised = sampled(context)
    torch.testing.assert_close(denoised.samples, output.samples)  # the last step goes all the way to it
    half, guess = sampled(context, sigmas=levels()[:3])
    assert not torch.allclose(half.samples, guess.samples)
    noisy = half.samples - guess.samples
    earlier, _ = sampled(context, sigmas=levels()[:2])
    start, end = (float(level) for level in levels()[1:3])
    torch.testing.assert_close(noisy, (earlier.samples - guess.samples) * end / start, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_levels_leave_the_latent_as_it_is(context: Context, count: int) -> None:
    output, denoised = sampled(context, sigmas=levels()[:count], latent_image=LATENT)
    assert torch.equal(output.samples, LATENT.samples)
    assert torch.equal(denoised.samples, LATENT.samples)


def test_masks_batch_indices_and_what_packs_said_stay_with_the_latent(context: Context) -> None:
    mask = torch.zeros(1, 1, 4, 6)
    latent = replace(LATENT, noise_mask=mask, batch_index=(4, 2), extra={"own": 1})
    output, denoised = sampled(context, latent_image=latent)
    assert torch.equal(output.samples, LATENT.samples) or torch.allclose(
        output.samples, LATENT.samples, atol=1e-6
    )
    for found in (output, denoised):
        assert (found.noise_mask, found.batch_index, found.extra) == (mask, (4, 2), {"own": 1})


def test_the_custom_sampler_without_noise_is_the_advanced_one(context: Context) -> None:
    settings = {"sampler": find_sampler("euler"), "sigmas": levels(), "latent_image": LATENT}
    with torch.no_grad():
        found, _ = sample_custom(
            context,
            model=tiny_model(),
            add_noise=False,
            noise_seed=7,
            cfg=3.0,
            positive=GOOD,
            negative=BAD,
            **settings,
        )
    expected, _ = sampled(context, noise=no_noise(), **settings)
    assert torch.equal(found.samples, expected.samples)
