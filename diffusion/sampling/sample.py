"""Sampling on one page: levels, start, guidance, mask, sampler."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.networks.device import device_of
from diffusion.sampling import schedules
from diffusion.sampling.guidance import Guidance
from diffusion.sampling.mask import Keeping, fitted
from diffusion.sampling.noise import make_noise, redrawn
from diffusion.sampling.prediction import starting_point
from diffusion.sampling.rules import Cfg
from diffusion.sampling.samplers import Sampler, find_sampler, solve
from diffusion.sampling.schedules import NoiseSchedule
from diffusion.sampling.step import OnStep, Step
from diffusion.types import Conditioning, Guider, Model

__all__ = ["OnStep", "Step", "make_noise", "planned", "sample", "sample_levels"]

ALL = 0.9999  # a denoise above this is the whole schedule


@torch.no_grad()
def sample(
    model: Model,
    *,
    noise: Tensor,
    latent: Tensor,
    positive: Conditioning,
    negative: Conditioning,
    cfg: float,
    sampler: str,
    schedule: str,
    steps: int,
    denoise: float = 1.0,
    start_step: int | None = None,
    end_step: int | None = None,
    full_denoise: bool = True,
    add_noise: bool = True,
    noise_mask: Tensor | None = None,
    seed: int,
    on_step: OnStep | None = None,
) -> Tensor:
    """Latents (B, C, h, w) denoised from a start of latent and noise, unscaled as they came, in float32.

    `denoise` < 1 keeps the end of a longer schedule; `start_step` and `end_step` cut out a part, which ends
    with the noise of its last level left in unless `full_denoise`. Where `noise_mask` is 0 the latent stays.
    """
    solver = find_sampler(sampler)
    whole = planned(solver, schedule, model.schedule, steps, denoise)
    levels = part(whole, start_step, end_step, full_denoise)
    return sample_levels(
        Guider(model, (positive, negative), Cfg(cfg)),
        solver,
        levels,
        noise=noise if add_noise else torch.zeros_like(noise),
        latent=latent,
        noise_mask=noise_mask,
        seed=seed,
        on_step=on_step,
    )


@torch.no_grad()
def sample_levels(
    guider: Guider,
    sampler: Sampler,
    levels: Sequence[float],
    *,
    noise: Tensor,
    latent: Tensor,
    noise_mask: Tensor | None = None,
    seed: int,
    on_step: OnStep | None = None,
) -> Tensor:
    """The same at given noise levels, guided as one likes; with fewer than two there is nothing to do."""
    model = guider.model
    check_shapes(model, latent, noise)
    if len(levels) < 2:
        return latent.float()
    device = device_of(model.network, latent.device)
    clean = latent.to(device, torch.float32) * model.latents.scale
    noise = noise.to(device, torch.float32)
    mask = None if noise_mask is None else fitted(noise_mask, clean)
    guidance = Guidance(guider, clean, levels, seed=seed, mask=mask, needs_negative=sampler.needs_unguided)
    x = starting_point(clean, noise, levels[0], model.schedule.sigma_max)
    report = on_step or ignore
    if mask is None:
        x = solve(sampler, guidance, x, levels, report, seed, schedule=model.schedule)
    else:
        kept_noise = redrawn(noise, seed) if sampler.redraws_kept else noise
        keeping = Keeping(guidance, clean, kept_noise, guidance.masks(mask))
        x = solve(sampler, keeping, x, levels, report, seed, schedule=model.schedule)
        x = keeping.ended(x, levels)
    return (x / model.latents.scale).to(latent.device)


def planned(
    sampler: Sampler, schedule: str, noise_schedule: NoiseSchedule, steps: int, denoise: float
) -> list[float]:
    """The noise levels of so many steps, falling to 0; with `denoise` < 1 the last of a longer schedule."""
    if denoise <= 0:
        return []
    longer = steps if denoise > ALL else int(steps / denoise)
    levels: list[float] = schedules.sigmas(
        schedule, noise_schedule, longer + 1 if sampler.skips_penultimate else longer
    ).tolist()
    if sampler.skips_penultimate:
        del levels[-2]
    return levels if denoise > ALL else levels[-(steps + 1) :]


def part(levels: list[float], start: int | None, end: int | None, full_denoise: bool) -> list[float]:
    """The levels from one step to another; empty when it would start after the end."""
    if end is not None and end < len(levels) - 1:
        levels = levels[: end + 1]
        if full_denoise:
            levels[-1] = 0.0
    return levels if start is None else levels[start:]


def check_shapes(model: Model, latent: Tensor, noise: Tensor) -> None:
    """Refuse latents of another family and noise for other latents."""
    if latent.ndim != 4 or latent.shape[1] != model.latents.channels:
        raise DiffusionError(
            f"the model ({model.family}) works on latents of shape (B, {model.latents.channels}, h, w); "
            f"these are {tuple(latent.shape)}"
        )
    if noise.shape != latent.shape:
        raise DiffusionError(f"noise {tuple(noise.shape)} does not fit latents {tuple(latent.shape)}")


def ignore(step: Step) -> None:
    """The listener of one who does not ask."""
