"""Nodes that denoise latents."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Literal

from diffusion.parts import present_model
from diffusion.sampling.noise import make_noise
from diffusion.sampling.sample import sample
from diffusion.sampling.samplers import sampler_names
from diffusion.sampling.schedules import schedule_names
from nodes.api import Choice, Conditioning, Context, Latent, Model, Range, Seed, node
from nodes.previews import watch

SeedValue = Annotated[int, Range(0, 2**64 - 1), Seed()]
Steps = Annotated[int, Range(1, 10000)]
Guidance = Annotated[float, Range(0.0, 100.0, 0.1, round=0.01)]
Sampler = Annotated[str, Choice(sampler_names)]
Scheduler = Annotated[str, Choice(schedule_names)]
StepIndex = Annotated[int, Range(0, 10000)]


@node("sampling", name="KSampler", display_name="KSampler")
def ksampler(
    context: Context,
    *,
    model: Model,
    seed: SeedValue = 0,
    steps: Steps = 20,
    cfg: Guidance = 8.0,
    sampler_name: Sampler,
    scheduler: Scheduler,
    positive: Conditioning,
    negative: Conditioning,
    latent_image: Latent,
    denoise: Annotated[float, Range(0.0, 1.0, 0.01)] = 1.0,
) -> Latent:
    """Turn noise into a picture that fits the positive prompt and avoids the negative one."""
    samples = sample(
        present_model(model),
        noise=make_noise(latent_image, seed),
        latent=latent_image.samples,
        positive=positive,
        negative=negative,
        cfg=cfg,
        sampler=sampler_name,
        schedule=scheduler,
        steps=steps,
        denoise=denoise,
        noise_mask=latent_image.noise_mask,
        seed=seed,
        on_step=watch(context, model.latents),
    )
    return dataclasses.replace(latent_image, samples=samples)


@node("sampling", name="KSamplerAdvanced", display_name="KSampler (Advanced)")
def ksampler_advanced(
    context: Context,
    *,
    model: Model,
    add_noise: Literal["enable", "disable"],
    noise_seed: SeedValue = 0,
    steps: Steps = 20,
    cfg: Guidance = 8.0,
    sampler_name: Sampler,
    scheduler: Scheduler,
    positive: Conditioning,
    negative: Conditioning,
    latent_image: Latent,
    start_at_step: StepIndex = 0,
    end_at_step: StepIndex = 10000,
    return_with_leftover_noise: Literal["disable", "enable"],
) -> Latent:
    """KSampler for a part of the steps: the noise left over can be taken on by a second one."""
    samples = sample(
        present_model(model),
        noise=make_noise(latent_image, noise_seed),
        latent=latent_image.samples,
        positive=positive,
        negative=negative,
        cfg=cfg,
        sampler=sampler_name,
        schedule=scheduler,
        steps=steps,
        start_step=start_at_step,
        end_step=end_at_step,
        full_denoise=return_with_leftover_noise == "disable",
        add_noise=add_noise == "enable",
        noise_mask=latent_image.noise_mask,
        seed=noise_seed,
        on_step=watch(context, model.latents),
    )
    return dataclasses.replace(latent_image, samples=samples)
