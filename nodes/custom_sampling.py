"""Nodes that sample with noise, guider, sampler and noise levels given one by one."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Literal, NamedTuple

import torch

from diffusion import types
from diffusion.guidance.projection import DualCfg, PerpNegMix
from diffusion.parts import present_model
from diffusion.sampling.noise import make_noise
from diffusion.sampling.prediction import noised
from diffusion.sampling.rules import Cfg
from diffusion.sampling.sample import Step, sample_levels
from nodes.api import (
    Conditioning,
    Context,
    Guider,
    Latent,
    Model,
    Noise,
    OutputName,
    Range,
    Sampler,
    Sigmas,
    node,
)
from nodes.previews import watch
from nodes.sampling import Guidance, SeedValue

NegScale = Annotated[float, Range(0.0, 100.0, 0.01)]


class Sampled(NamedTuple):
    """Where sampling ended, and what the network last took for the clean picture."""

    output: Annotated[Latent, OutputName("output")]
    denoised_output: Annotated[Latent, OutputName("denoised_output")]


@node("sampling/custom_sampling", name="SamplerCustomAdvanced", display_name="Sampler (Custom, Advanced)")
def sample_advanced(
    context: Context, *, noise: Noise, guider: Guider, sampler: Sampler, sigmas: Sigmas, latent_image: Latent
) -> Sampled:
    """Sample along the given noise levels, guided by the guider, all chance from the noise."""
    start = drawn(noise, latent_image)
    seen: list[Step] = []
    watching = watch(context, guider.model.latents)

    def on_step(step: Step) -> None:
        seen[:] = [step]
        watching(step)

    samples = sample_levels(
        guider,
        sampler,
        sigmas.tolist(),
        noise=start,
        latent=latent_image.samples,
        noise_mask=latent_image.noise_mask,
        seed=noise.seed,
        on_step=on_step,
    )
    clean = seen[0].denoised.cpu() / guider.model.latents.scale if seen else samples
    return Sampled(
        dataclasses.replace(latent_image, samples=samples), dataclasses.replace(latent_image, samples=clean)
    )


@node("sampling/custom_sampling", name="SamplerCustom", display_name="Sampler (Custom)")
def sample_custom(
    context: Context,
    *,
    model: Model,
    add_noise: bool = True,
    noise_seed: SeedValue = 0,
    cfg: Guidance = 8.0,
    positive: Conditioning,
    negative: Conditioning,
    sampler: Sampler,
    sigmas: Sigmas,
    latent_image: Latent,
) -> Sampled:
    """KSampler with any sampler and any noise levels."""
    guider = types.Guider(present_model(model), (positive, negative), Cfg(cfg))
    noise = types.Noise(noise_seed, silent=not add_noise)
    sampled: Sampled = sample_advanced(
        context, noise=noise, guider=guider, sampler=sampler, sigmas=sigmas, latent_image=latent_image
    )
    return sampled


def drawn(noise: types.Noise, latent: types.Latent) -> torch.Tensor:
    """The start's noise (B, C, h, w)."""
    if noise.draw is not None:
        return noise.draw(latent)
    return torch.zeros_like(latent.samples) if noise.silent else make_noise(latent, noise.seed)


@node("sampling/custom_sampling/noise", name="RandomNoise", display_name="Random Noise", at_rest=True)
def random_noise(*, noise_seed: SeedValue = 0) -> Noise:
    """Noise drawn from a seed."""
    return types.Noise(noise_seed)


@node("sampling/custom_sampling/noise", name="DisableNoise", display_name="Disable Noise", at_rest=True)
def no_noise() -> Noise:
    """No noise at the start: the latent has some already."""
    return types.Noise(silent=True)


@node(
    "_for_testing/custom_sampling/noise",
    name="AddNoise",
    display_name="Add Noise",
    experimental=True,
    at_rest=True,
)
def add_noise(*, model: Model, noise: Noise, sigmas: Sigmas, latent_image: Latent) -> Latent:
    """Noise a latent as much as the way from the first to the last of these levels takes away."""
    if len(sigmas) == 0:
        return latent_image
    level = float(sigmas[0]) if len(sigmas) == 1 else abs(float(sigmas[0] - sigmas[-1]))
    scale = present_model(model).latents.scale
    samples = noised(latent_image.samples * scale, drawn(noise, latent_image), level) / scale
    return dataclasses.replace(latent_image, samples=samples.nan_to_num(0.0, 0.0, 0.0))


GUIDERS = "sampling/custom_sampling/guiders"


@node(GUIDERS, name="BasicGuider", display_name="Basic Guider", at_rest=True)
def basic_guider(*, model: Model, conditioning: Conditioning) -> Guider:
    """One prompt, no guidance."""
    return types.Guider(present_model(model), (conditioning,), Cfg(1.0))


@node(GUIDERS, name="CFGGuider", display_name="CFG Guider", at_rest=True)
def cfg_guider(
    *, model: Model, positive: Conditioning, negative: Conditioning, cfg: Guidance = 8.0
) -> Guider:
    """Guide towards the positive prompt, away from the negative one."""
    return types.Guider(present_model(model), (positive, negative), Cfg(cfg))


@node(GUIDERS, name="DualCFGGuider", display_name="Dual CFG Guider", at_rest=True)
def dual_guider(
    *,
    model: Model,
    cond1: Conditioning,
    cond2: Conditioning,
    negative: Conditioning,
    cfg_conds: Guidance = 8.0,
    cfg_cond2_negative: Guidance = 8.0,
    style: Literal["regular", "nested"],
) -> Guider:
    """Two prompts: from the second to the first by one scale, from the negative to the second by another."""
    mix = DualCfg(cfg_conds, cfg_cond2_negative, nested=style == "nested")
    return types.Guider(present_model(model), (cond1, cond2, negative), mix, frozenset({2}))


@node("_for_testing", name="PerpNegGuider", display_name="Perp-Neg Guider", experimental=True, at_rest=True)
def perp_neg_guider(
    *,
    model: Model,
    positive: Conditioning,
    negative: Conditioning,
    empty_conditioning: Conditioning,
    cfg: Guidance = 8.0,
    neg_scale: NegScale = 1.0,
) -> Guider:
    """Guide away from the negative prompt only as far as it does not contradict the positive one."""
    sets = (positive, negative, empty_conditioning)
    return types.Guider(present_model(model), sets, PerpNegMix(cfg, neg_scale), frozenset({1, 2}))
