"""Conditionings laid upon a latent: where each holds, how much it weighs, and at which noise levels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from torch import Tensor

from diffusion.sampling.control import Steering, lay
from diffusion.sampling.inputs import Occasion
from diffusion.sampling.mask import fade, fitted, repeated
from diffusion.sampling.schedules import Period
from diffusion.types import Cond, Conditioning, Model

if TYPE_CHECKING:
    from diffusion.networks.tweaks import Tweak
    from diffusion.sampling.hooks import Hook

CONTROLS_CONTEXT = "cross_attn_controlnet"  # among a conditioning's facts: a prompt for control networks
CONTROLS_POOLED = "pooled_output_controlnet"
FEATHER = 8  # latents over which an area fades in at its inner edges


@dataclass(frozen=True)
class Box:
    """A rectangle of latents."""

    y: int
    x: int
    height: int
    width: int

    def of(self, latent: Tensor) -> Tensor:
        """The part of (..., h, w) inside; a view."""
        return latent[..., self.y : self.y + self.height, self.x : self.x + self.width]


@dataclass(frozen=True, eq=False)
class Told:
    """A prompt for control networks alone, ready for them."""

    context: Tensor  # (B, T, D)
    vector: Tensor | None  # (B, V)


@dataclass(frozen=True, eq=False)
class Region:
    """One conditioning ready for the network."""

    context: Tensor  # (B, T, D) in the network's type, on its device
    box: Box
    weight: float | Tensor  # (1 or B, 1, height, width) where it differs from place to place
    period: Period  # in which it counts
    negative: bool = False
    fallback: bool = False  # weighs only what others leave
    vector: Tensor | None = None  # (B, V) in the network's type, or classes (B,)
    beside: Tensor | None = None  # (B, C', height, width) in the network's type
    steerings: tuple[Steering, ...] = ()
    told: Told | None = None  # what the controls read in the place of context and vector
    tweaks: tuple[Tweak, ...] = ()
    hooks: tuple[Hook, ...] = ()

    @property
    def demands(self) -> tuple[object, ...]:
        """What must be the same for conditionings to go through the network together."""
        place = (self.box.height, self.box.width, self.box if self.steerings else None)
        controls = (self.told is None, *(id(steering.control) for steering in self.steerings))
        own = (tuple(map(id, self.tweaks)), tuple(map(id, self.hooks)))
        return (*place, controls, own, self.vector is None, self.beside is None)

    def covers(self, latent: Tensor) -> bool:
        """Whether it weighs the same everywhere."""
        whole = (self.box.height, self.box.width) == tuple(latent.shape[-2:])
        return whole and isinstance(self.weight, float)


def place(conditioning: Conditioning, model: Model, occasion: Occasion) -> tuple[Region, ...]:
    """The conditionings that weigh anything, laid upon latents (B, C, h, w)."""
    return tuple(place_one(cond, model, occasion) for cond in conditioning if cond.strength > 0)


def place_one(cond: Cond, model: Model, occasion: Occasion) -> Region:
    """One conditioning laid upon latents (B, C, h, w)."""
    latent = occasion.latent
    box = box_of(cond, latent)
    vector, beside = model.inputs.vector(cond, occasion), model.inputs.beside(cond, occasion)
    return Region(
        context=repeated(cond.context.to(latent.device, model.dtype), len(latent)),
        box=box,
        weight=weight_of(cond, box, latent),
        period=model.schedule.period(cond.start, cond.end),
        negative=occasion.negative,
        fallback=cond.fallback,
        vector=None if vector is None else for_batch(vector, model, latent),
        beside=None if beside is None else box.of(for_batch(beside, model, latent)),
        steerings=tuple(lay(control, latent, model) for control in cond.controls),
        told=told_of(cond, model, occasion),
        tweaks=tuple(tweak.begin() for tweak in cond.tweaks),
        hooks=cond.hooks,
    )


def told_of(cond: Cond, model: Model, occasion: Occasion) -> Told | None:
    """The prompt that control networks read in the place of this one, if it has another for them."""
    context = cond.facts.get(CONTROLS_CONTEXT)
    if context is None or not cond.controls:
        return None
    said = replace(cond, context=context, pooled=cond.facts.get(CONTROLS_POOLED))
    vector = model.inputs.vector(said, occasion)
    return Told(
        for_batch(context, model, occasion.latent),
        None if vector is None else for_batch(vector, model, occasion.latent),
    )


def for_batch(given: Tensor, model: Model, latent: Tensor) -> Tensor:
    """A row for each picture, on the network's device, numbers in its type."""
    dtype = model.dtype if given.is_floating_point() else given.dtype
    return repeated(given.to(latent.device, dtype), len(latent))


def box_of(cond: Cond, latent: Tensor) -> Box:
    """The area of a conditioning, cut off where the picture ends."""
    rows, columns = latent.shape[-2:]
    height, width, y, x = cond.area or bounds_of(cond, latent) or in_latents(cond.share, rows, columns)
    y, x = min(max(y, 0), rows - 1), min(max(x, 0), columns - 1)
    return Box(y, x, max(1, min(height, rows - y)), max(1, min(width, columns - x)))


def bounds_of(cond: Cond, latent: Tensor) -> tuple[int, int, int, int] | None:
    """The rectangle around a mask, where only that counts; None where all does, or nothing is masked."""
    if not cond.bounds or cond.mask is None:
        return None
    inside = fitted(cond.mask, latent).amax((0, 1)) > 0  # (h, w)
    ys, xs = inside.any(1).nonzero(), inside.any(0).nonzero()
    if not len(ys):
        return None
    top, left = int(ys[0]), int(xs[0])
    return int(ys[-1]) + 1 - top, int(xs[-1]) + 1 - left, top, left


def in_latents(
    share: tuple[float, float, float, float] | None, rows: int, columns: int
) -> tuple[int, int, int, int]:
    """An area in parts of the picture's sides as height, width, y, x in latents; without one the whole."""
    if share is None:
        return rows, columns, 0, 0
    height, width, y, x = share
    return round(height * rows), round(width * columns), round(y * rows), round(x * columns)


def weight_of(cond: Cond, box: Box, latent: Tensor) -> float | Tensor:
    """Strength times mask; without a mask an area fades in, so that it leaves no seam."""
    if cond.mask is not None:
        return cond.strength * cond.mask_strength * box.of(fitted(cond.mask, latent))
    if cond.area is None and cond.share is None:
        return float(cond.strength)
    rows, columns = latent.shape[-2:]
    vertical = fade(box.y, box.height, rows, edge_of(box.height)).to(latent.device)
    horizontal = fade(box.x, box.width, columns, edge_of(box.width)).to(latent.device)
    return cond.strength * (vertical[:, None] * horizontal)[None, None]


def edge_of(length: int) -> int:
    """Over how many latents a side of this length fades in: less than usual where it is short."""
    return min(FEATHER, length // 4)
