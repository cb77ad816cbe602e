"""Nodes that put latents together in batches, take batches apart, and choose the noise of each picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Annotated, Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion import types
from diffusion.sampling.mask import repeated
from nodes.api import Autogrow, Latent, Range, Socket, node
from nodes.latent_arithmetic import check_channels, fit_latent

Latents = Annotated[list[types.Latent], Socket("LATENT")]
Grown = Annotated[list[types.Latent], Autogrow(Latent, "latent", least=2, most=50)]
Sizes = Annotated[Any, Socket("INT"), Range(1, 4096)]  # a list of them, of which the first counts


@node("latent", name="BatchLatentsNode", display_name="Batch Latents")
def batch_many_latents(*, latents: Grown) -> Latent:
    """All latents in one batch, fitted to the size of the first."""
    return joined(latents)


@node("latent/batch", name="LatentBatch", display_name="Latent Batch", deprecated=True)
def batch_latents(*, samples1: Latent, samples2: Latent) -> Latent:
    """Both latents in one batch, the second fitted to the size of the first."""
    return joined([samples1, samples2])


@node("latent/batch", name="LatentFromBatch", display_name="Latent From Batch")
def latent_from_batch(
    *,
    samples: Latent,
    batch_index: Annotated[int, Range(0, 63)] = 0,
    length: Annotated[int, Range(1, 64)] = 1,
) -> Latent:
    """Some pictures of a batch; sampled on their own they get the noise that they had in the batch."""
    start = min(batch_index, len(samples.samples) - 1)
    chosen = part(samples, start, start + length, indices(samples))
    return dataclasses.replace(chosen, samples=chosen.samples.clone())


@node("latent/batch", name="RepeatLatentBatch", display_name="Repeat Latent Batch")
def repeat_latent_batch(*, samples: Latent, amount: Annotated[int, Range(1, 64)] = 1) -> Latent:
    """The batch over again, each time with other noise."""
    mask, count = samples.noise_mask, len(samples.samples)
    if mask is not None and len(mask) > 1:
        mask = repeated(mask, count).repeat(amount, *[1] * (mask.ndim - 1))
    index = samples.batch_index
    if index is not None:
        span = max(index) - min(index) + 1
        index = tuple(one + turn * span for turn in range(amount) for one in index)
    many = samples.samples.repeat(amount, *[1] * (samples.samples.ndim - 1))
    return dataclasses.replace(samples, samples=many, noise_mask=mask, batch_index=index)


@node(
    "latent/batch",
    name="RebatchLatents",
    display_name="Rebatch Latents",
    takes_lists=True,
    list_outputs=(True,),
)
def rebatch_latents(*, latents: Latents, batch_size: Sizes = 1) -> Latents:
    """Latents in batches of another size; only those of the same size in pixels share one."""
    (size, *_) = batch_size
    groups = (list(alike) for _, alike in groupby(numbered(latents), lambda one: one.samples.shape[1:]))
    return [stacked(group[at : at + size]) for group in groups for at in range(0, len(group), size)]


@node("latent/advanced", name="LatentBatchSeedBehavior", display_name="Latent Batch Seed Behavior")
def latent_batch_seed_behavior(
    *, samples: Latent, seed_behavior: Literal["random", "fixed"] = "fixed"
) -> Latent:
    """Give each picture of a batch noise of its own, or all of them the noise of the first."""
    first = 0 if samples.batch_index is None else samples.batch_index[0]
    fixed = (first,) * len(samples.samples)
    return dataclasses.replace(samples, batch_index=fixed if seed_behavior == "fixed" else None)


def joined(latents: Sequence[types.Latent]) -> types.Latent:
    """Latents in one batch, all of the size of the first; each picture keeps its noise."""
    first = latents[0].samples
    for latent in latents:
        check_channels(latent.samples, first)
    fitted = [
        fit_latent(latent.samples.to(first), first.shape[-1], first.shape[-2], "bilinear", "center")
        for latent in latents
    ]
    index = tuple(one for latent in latents for one in indices(latent))
    return dataclasses.replace(latents[0], samples=torch.cat(fitted), batch_index=index)


def indices(latent: types.Latent, offset: int = 0) -> tuple[int, ...]:
    """Which noises the pictures take: those said, else one after another from an offset."""
    return latent.batch_index or tuple(range(offset, offset + len(latent.samples)))


def part(latent: types.Latent, start: int, stop: int, index: Sequence[int]) -> types.Latent:
    """Some pictures of a batch, with their masks and noises; views."""
    mask = latent.noise_mask
    if mask is not None and len(mask) > 1:
        mask = repeated(mask, len(latent.samples))[start:stop]
    some, noises = latent.samples[start:stop], tuple(index[start:stop])
    return dataclasses.replace(latent, samples=some, noise_mask=mask, batch_index=noises)


def numbered(latents: Sequence[types.Latent]) -> Iterator[types.Latent]:
    """Every picture by itself; where no noise was chosen, it is that of its place among all."""
    place = 0
    for latent in latents:
        index = indices(latent, place)
        yield from (part(latent, at, at + 1, index) for at in range(len(index)))
        place += len(index)


def stacked(singles: Sequence[types.Latent]) -> types.Latent:
    """Latents of one picture each and of the same shape as one batch."""
    samples = torch.cat([one.samples.to(singles[0].samples) for one in singles])
    index = tuple(number for one in singles for number in indices(one))
    mask = stacked_masks([one.noise_mask for one in singles])
    return dataclasses.replace(singles[0], samples=samples, noise_mask=mask, batch_index=index)


def stacked_masks(masks: Sequence[Tensor | None]) -> Tensor | None:
    """Masks (1, 1, H, W) as one batch of the first one's size; who has none is noised everywhere."""
    first = next((mask for mask in masks if mask is not None), None)
    if first is None:
        return None
    blank = torch.ones_like(first)
    planes = [blank if mask is None else mask.to(first) for mask in masks]
    return torch.cat([F.interpolate(plane, first.shape[-2:], mode="bilinear") for plane in planes])
