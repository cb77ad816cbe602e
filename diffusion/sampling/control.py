"""Control networks at work: what they add to a network's features at one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion.networks.unet import Residuals
from diffusion.sampling.schedules import Period

if TYPE_CHECKING:
    from diffusion.sampling.conditioning import Box
    from diffusion.types import Control, Model


@dataclass(frozen=True, eq=False)
class ControlCall:
    """What a control network is asked: the same rows that then go through the network.

    The rows are `parts` times the pictures; of each picture only the box is there.
    """

    x: Tensor  # (rows, C, height, width) as the network sees it, in its type
    timesteps: Tensor  # (rows,)
    context: Tensor  # (rows, T, D)
    vector: Tensor | None  # (rows, V)
    sigma: float
    box: Box
    whole: tuple[int, int]  # height and width of all the latents
    pictures: slice  # of the batch
    parts: int


class ControlNet(Protocol):
    """What can steer a network: a dataclass, whose weights a lease finds."""

    def prepare(self, control: Control, latent: Tensor, model: Model) -> Any:
        """The hint as it is wanted at each step, made once a sampling for latents (B, C, h, w)."""

    def residuals(self, prepared: Any, call: ControlCall) -> Residuals:
        """What it adds, at full strength."""


@dataclass(frozen=True, eq=False)
class Steering:
    """A control laid upon latents."""

    control: Control
    prepared: Any
    period: Period  # in which it counts


def lay(control: Control, latent: Tensor, model: Model) -> Steering:
    """A control laid upon latents (B, C, h, w)."""
    prepared = control.net.prepare(control, latent, model)
    return Steering(control, prepared, model.schedule.period(control.start, control.end))


def steer(steerings: Sequence[Steering], call: ControlCall) -> Residuals | None:
    """What all controls at work add together; None of none."""
    total: Residuals | None = None
    for steering in steerings:
        if steering.period.holds(call.sigma) and steering.control.strength != 0:
            found = steering.control.net.residuals(steering.prepared, call)
            found = scaled(found, steering.control, call)
            total = found if total is None else added(total, found)
    return total


def scaled(found: Residuals, control: Control, call: ControlCall) -> Residuals:
    """Residuals at the control's strength, where its mask lets them be."""

    def weigh(x: Tensor) -> Tensor:
        weighed = x * control.strength
        return weighed if control.mask is None else weighed * fitted_mask(control.mask, x, call)

    return Residuals(
        {index: weigh(x) for index, x in found.blocks.items()},
        {index: weigh(x) for index, x in found.skips.items()},
        None if found.middle is None else weigh(found.middle),
    )


def fitted_mask(mask: Tensor, x: Tensor, call: ControlCall) -> Tensor:
    """A mask (B, H, W) of the whole picture for features (rows, C, h, w) of the box."""
    planes = F.interpolate(mask[:, None].to(x), size=call.whole, mode="bilinear")
    if len(planes) > 1:
        first = call.pictures.start or 0
        planes = planes[torch.arange(first, first + len(x) // call.parts) % len(planes)]
    cut = F.interpolate(call.box.of(planes), size=x.shape[-2:], mode="bilinear")
    return cut.repeat(call.parts, 1, 1, 1) if len(cut) > 1 else cut


def added(one: Residuals, other: Residuals) -> Residuals:
    """Both together."""
    middle = one.middle if other.middle is None else other.middle
    if one.middle is not None and other.middle is not None:
        middle = one.middle + other.middle
    return Residuals(summed(one.blocks, other.blocks), summed(one.skips, other.skips), middle)


def summed(one: Mapping[int, Tensor], other: Mapping[int, Tensor]) -> dict[int, Tensor]:
    """Tensors of two mappings, added where both have one."""
    total = dict(one)
    for index, tensor in other.items():
        total[index] = total[index] + tensor if index in total else tensor
    return total
