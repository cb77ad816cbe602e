"""Guidance: the network's answers to several conditionings made into one x0."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from diffusion.sampling.conditioning import Box, Region
from diffusion.sampling.prediction import denoised, network_input
from diffusion.types import Model
from diffusion.weights import thrift

MOST_REPEATS = 4  # how often a context may be repeated to go along with a longer one
TINY = 1e-37  # keeps 0 / 0 away where nothing weighs anything


@dataclass(frozen=True, eq=False)
class Call:
    """What goes through the network at once: conditionings of one size, each for the same n pictures."""

    indices: tuple[int, ...]
    boxes: tuple[Box, ...]
    pictures: slice  # of the batch
    context: object  # (indices x n, T, D), or what the network made of it

    def inputs(self, x: Tensor) -> Tensor:
        """The latents under each conditioning, (indices x n, C, height, width)."""
        return torch.cat([box.of(x[self.pictures]) for box in self.boxes])


@dataclass(frozen=True, eq=False)
class Average:
    """The weighted mean of x0 over conditionings of one sign, and where there was any (None: everywhere)."""

    x0: Tensor
    covered: Tensor | None = None


class Guidance:
    """Classifier-free guidance (Ho & Salimans 2022) as a denoiser; joins contexts once, not at each step."""

    def __init__(
        self, model: Model, positive: Sequence[Region], negative: Sequence[Region], cfg: float
    ) -> None:
        self.model = model
        self.cfg = cfg
        self.regions = (*positive, *(() if math.isclose(cfg, 1.0) else negative))
        self.positive = range(len(positive))
        self.negative = range(len(positive), len(self.regions))
        self.thrift = thrift.present()  # how many go at once, as earlier samplings like this one found
        self.calls: dict[tuple[int, ...], tuple[Call, ...]] = {}  # by the conditionings at work

    def __call__(self, x: Tensor, sigma: float) -> Tensor:
        """x0 (B, C, h, w) of noisy latents: u + (c - u) * cfg."""
        answers = self.answers(x, sigma)
        c, u = (
            average([(self.regions[i], answers[i]) for i in sign if i in answers], x)
            for sign in (self.positive, self.negative)
        )
        if c is None or u is None:
            return filled(c or u, None, x)
        unguided = filled(u, c, x)
        return unguided + (filled(c, u, x) - unguided) * self.cfg

    def answers(self, x: Tensor, sigma: float) -> dict[int, Tensor]:
        """x0 inside its box for each conditioning at work; on a full device in smaller calls."""
        active = tuple(i for i, region in enumerate(self.regions) if region.works_at(sigma))
        while True:
            try:
                return self.ask(active, x, sigma)
            except torch.OutOfMemoryError:
                if self.thrift.make_room():
                    continue
                rows = self.most_rows(active, len(x))
                if rows <= 1:
                    raise
            self.thrift.split(math.ceil(rows / 2))
            self.calls.clear()

    def ask(self, active: tuple[int, ...], x: Tensor, sigma: float) -> dict[int, Tensor]:
        """x0 for each of these conditionings."""
        if active not in self.calls:
            self.calls[active] = tuple(self.split(active, len(x)))
        found: dict[int, list[Tensor]] = {index: [] for index in active}
        for call in self.calls[active]:
            x0 = self.through_network(call, x, sigma)
            for index, part in zip(call.indices, x0.chunk(len(call.indices)), strict=True):
                found[index].append(part)
        return {index: parts[0] if len(parts) == 1 else torch.cat(parts) for index, parts in found.items()}

    def limits(self, batch: int) -> tuple[int, int]:
        """How many conditionings, and how many pictures of the batch under each, go at once."""
        rows = self.thrift.at_once or batch * len(self.regions)
        return max(1, rows // batch), min(rows, batch)

    def most_rows(self, active: Sequence[int], batch: int) -> int:
        """The rows of the largest call for these conditionings."""
        conditionings, pictures = self.limits(batch)
        return pictures * max((len(g) for g in grouped(self.regions, active, conditionings)), default=0)

    def split(self, active: Sequence[int], batch: int) -> Iterator[Call]:
        """Calls for these conditionings: apart by conditioning first, and only then by picture."""
        conditionings, pictures = self.limits(batch)
        for group in grouped(self.regions, active, conditionings):
            for start in range(0, batch, pictures):
                yield self.join(group, slice(start, start + pictures))

    def join(self, indices: Sequence[int], pictures: slice) -> Call:
        """One call for these conditionings: contexts of one length, projected if the network can."""
        regions = [self.regions[i] for i in indices]
        context: object = torch.cat(same_length([region.context[pictures] for region in regions]))
        project = getattr(self.model.network, "project_context", None)
        if project is not None:
            context = project(context)
        return Call(tuple(indices), tuple(region.box for region in regions), pictures, context)

    def through_network(self, call: Call, x: Tensor, sigma: float) -> Tensor:
        """x0 (indices x n, C, height, width) in float32."""
        noisy = call.inputs(x)
        timestep = float(self.model.schedule.timestep(sigma))
        timesteps = torch.full((len(noisy),), timestep, device=x.device)
        out = self.model.network(network_input(noisy, sigma).to(self.model.dtype), timesteps, call.context)
        return denoised(self.model.prediction, noisy, out.to(x.dtype), sigma)


def grouped(regions: Sequence[Region], active: Sequence[int], at_once: int) -> list[list[int]]:
    """The conditionings at work, in groups that can go through the network together."""
    groups: list[list[int]] = []
    for index in active:
        for group in groups:
            if len(group) < at_once and fit_together([regions[i] for i in (*group, index)]):
                group.append(index)
                break
        else:
            groups.append([index])
    return groups


def fit_together(regions: Sequence[Region]) -> bool:
    """Whether they have one size, and contexts that repeating a little brings to one length."""
    sizes = {(region.box.height, region.box.width) for region in regions}
    lengths = [region.context.shape[1] for region in regions]
    return len(sizes) == 1 and math.lcm(*lengths) <= MOST_REPEATS * min(lengths)


def same_length(contexts: Sequence[Tensor]) -> list[Tensor]:
    """Contexts (B, T, D) repeated along T to one length: attention to all tokens twice is the same."""
    length = math.lcm(*(context.shape[1] for context in contexts))
    return [context.repeat(1, length // context.shape[1], 1) for context in contexts]


def average(parts: Sequence[tuple[Region, Tensor]], x: Tensor) -> Average | None:
    """The mean x0 of conditionings, each weighing what it weighs where it lies; None of none."""
    if len(parts) == 0:
        return None
    if all(region.covers(x) for region, _ in parts):
        whole = sum(float(region.weight) for region, _ in parts)
        return Average(torch.stack([x0 * (float(region.weight) / whole) for region, x0 in parts]).sum(0))
    total, weight = torch.zeros_like(x), torch.zeros_like(x[:, :1])
    for region, x0 in parts:
        region.box.of(total).add_(x0 * region.weight)
        region.box.of(weight).add_(region.weight)
    return Average(total / weight.clamp(min=TINY), weight > 0)


def filled(mean: Average | None, other: Average | None, x: Tensor) -> Tensor:
    """A mean with the other sign's where it has none: there is then nothing to guide between."""
    if mean is None:
        return torch.zeros_like(x)
    if mean.covered is None or other is None:
        return mean.x0
    return torch.where(mean.covered, mean.x0, other.x0)
