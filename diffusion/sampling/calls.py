"""Calls of the network for several conditionings at once, as many together as the device bears."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from diffusion.networks.tweaks import Pass, Tweak
from diffusion.sampling.conditioning import Region, Told
from diffusion.sampling.control import ControlCall, steer
from diffusion.sampling.hooks import Hooked
from diffusion.sampling.prediction import denoised, network_input
from diffusion.types import Model
from diffusion.weights import thrift

MOST_REPEATS = 4  # how often a context may be repeated to go along with a longer one


@dataclass(frozen=True, eq=False)
class Call:
    """What goes through the network at once: conditionings of one size, each for the same n pictures."""

    indices: tuple[int, ...]
    regions: tuple[Region, ...]
    pictures: slice  # of the batch
    context: Tensor  # (indices x n, T, D)
    projected: object  # what the network made of it
    vector: Tensor | None  # (indices x n, V)
    beside: Tensor | None  # (indices x n, C', height, width)
    tweaks: tuple[Tweak, ...]

    def inputs(self, x: Tensor) -> Tensor:
        """The latents under each conditioning, (indices x n, C, height, width)."""
        return torch.cat([region.box.of(x[self.pictures]) for region in self.regions])


class Caller:
    """Asks a model's network about conditionings laid upon latents; joins them once, not at each step."""

    def __init__(self, model: Model, regions: Sequence[Region], tweaks: Sequence[Tweak] = ()) -> None:
        self.model = model
        self.regions = tuple(regions)
        self.tweaks = tuple(tweaks)
        self.thrift = thrift.present()  # how many go at once, as earlier samplings like this one found
        self.hooked = Hooked(model)
        self.calls: dict[tuple[int, ...], tuple[Call, ...]] = {}  # by the conditionings at work

    def __call__(self, x: Tensor, sigma: float) -> dict[int, Tensor]:
        """x0 inside its box for each conditioning at work; on a full device in smaller calls."""
        active = tuple(i for i, region in enumerate(self.regions) if region.period.holds(sigma))
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
            self.calls[active] = tuple(self.split(active, len(x), sigma))
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

    def split(self, active: Sequence[int], batch: int, sigma: float) -> Iterator[Call]:
        """Calls for these conditionings: apart by conditioning first, and only then by picture."""
        conditionings, pictures = self.limits(batch)
        for group in grouped(self.regions, active, conditionings):
            for start in range(0, batch, pictures):
                yield self.join(group, slice(start, start + pictures), sigma)

    def join(self, indices: Sequence[int], pictures: slice, sigma: float) -> Call:
        """One call for these conditionings: contexts of one length, projected if the network can."""
        regions = tuple(self.regions[i] for i in indices)
        tweaks = (*self.tweaks, *regions[0].tweaks)
        context = torch.cat(same_length([region.context[pictures] for region in regions]))
        return Call(
            tuple(indices),
            regions,
            pictures,
            context,
            self.project(context, regions, tweaks, sigma),
            joined([region.vector for region in regions], pictures),
            joined([region.beside for region in regions], pictures),
            tweaks,
        )

    def project(
        self, context: Tensor, regions: Sequence[Region], tweaks: tuple[Tweak, ...], sigma: float
    ) -> object:
        """What the network makes of a context for all steps, if it can; not where its weights change."""
        project = getattr(self.model.network, "project_context", None)
        if project is None or regions[0].hooks:
            return context
        return project(context, tweaks, way_of(regions, sigma)) if tweaks else project(context)

    def through_network(self, call: Call, x: Tensor, sigma: float) -> Tensor:
        """x0 (indices x n, C, height, width) in float32."""
        model, noisy = self.model, call.inputs(x)
        timestep = float(model.schedule.timestep(sigma))
        timesteps = torch.full((len(noisy),), timestep, device=x.device)
        given = network_input(model.prediction, noisy, sigma, model.data_std).to(model.dtype)
        more = self.more(call, given, timesteps, x, sigma)
        if call.beside is not None:
            given = torch.cat([given, call.beside], dim=1)
        with self.hooked(call.regions[0].hooks, sigma):
            out = model.network(given, timesteps, call.projected, **more)
        return denoised(
            model.prediction, noisy, out.to(x.dtype), sigma, timestep=timestep, data_std=model.data_std
        )

    def more(
        self, call: Call, given: Tensor, timesteps: Tensor, x: Tensor, sigma: float
    ) -> dict[str, object]:
        """What else the network is given, by the names of its parameters; only what there is."""
        more: dict[str, object] = {}
        if call.vector is not None:
            more["vector"] = call.vector
        if call.tweaks:
            more |= {"tweaks": call.tweaks, "way": way_of(call.regions, sigma)}
        steerings = call.regions[0].steerings
        if steerings:
            told = told_to(call)
            asked = ControlCall(
                given,
                timesteps,
                told.context,
                told.vector,
                sigma,
                call.regions[0].box,
                (x.shape[-2], x.shape[-1]),
                call.pictures,
                len(call.regions),
            )
            more["residuals"] = steer(steerings, asked)
        return more


def told_to(call: Call) -> Told:
    """What control networks read: the prompts for them alone, or those of the network."""
    told = [region.told for region in call.regions if region.told is not None]
    if not told:
        return Told(call.context, call.vector)
    contexts = same_length([one.context[call.pictures] for one in told])
    return Told(torch.cat(contexts), joined([one.vector for one in told], call.pictures))


def way_of(regions: Sequence[Region], sigma: float) -> Pass:
    """One pass for these conditionings."""
    box = regions[0].box
    return Pass(sigma, (box.height, box.width), tuple(region.negative for region in regions))


def joined(parts: Sequence[Tensor | None], pictures: slice) -> Tensor | None:
    """The rows of each part (B, ...) for some pictures, together; None of none."""
    rows = [part[pictures] for part in parts if part is not None]
    return torch.cat(rows) if rows else None


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
    """Whether they want the same of the network, and repeating a little makes their contexts one length."""
    lengths = [region.context.shape[1] for region in regions]
    return len({region.demands for region in regions}) == 1 and math.lcm(*lengths) <= MOST_REPEATS * min(
        lengths
    )


def same_length(contexts: Sequence[Tensor]) -> list[Tensor]:
    """Contexts (B, T, D) repeated along T to one length: attention to all tokens twice is the same."""
    length = math.lcm(*(context.shape[1] for context in contexts))
    return [context.repeat(1, length // context.shape[1], 1) for context in contexts]
