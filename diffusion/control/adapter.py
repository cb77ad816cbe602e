"""A T2I-Adapter at work: features made once from its hint, added on the UNet's way down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from diffusion.control.fit import unet_of
from diffusion.control.hint import for_latent, of_pictures, rounded_up, rows
from diffusion.errors import DiffusionError
from diffusion.networks.adapter import Adapter
from diffusion.networks.unet import Residuals, UNetConfig
from diffusion.sampling.conditioning import Box
from diffusion.sampling.control import ControlCall
from diffusion.types import Control, Model

PIXELS = 8  # along a side of one latent


@dataclass(eq=False)
class Ready:
    """A hint, and its features for each part of the picture that was asked for."""

    hint: Tensor  # (1 or B, channels, H, W)
    config: UNetConfig
    found: dict[Box, list[Tensor]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class AdapterControl:
    """A T2I-Adapter."""

    network: Adapter
    dtype: torch.dtype

    def prepare(self, control: Control, latent: Tensor, model: Model) -> Ready:
        """The hint for latents (B, C, h, w)."""
        config = unet_of(model, "the T2I-Adapter").config
        check_fits(self.network, config, model.family)
        hint = for_latent(control.hint[..., :3], latent, PIXELS, self.network.config.unshuffle)
        if self.network.config.channels == 1:
            hint = hint.mean(dim=1, keepdim=True)
        return Ready(hint.to(self.dtype), config)

    def residuals(self, prepared: Ready, call: ControlCall) -> Residuals:
        """What it adds, at full strength."""
        if call.box not in prepared.found:
            prepared.found[call.box] = self.network(self.cut(prepared.hint, call.box))
        found = [rows(of_pictures(x, call), call) for x in prepared.found[call.box]]
        return placed(found, self.network.config.kind == "xl", prepared.config.blocks)

    def cut(self, hint: Tensor, box: Box) -> Tensor:
        """The box's pixels; their sides rounded up to what becomes a whole position."""
        multiple = self.network.config.unshuffle
        height, width = (rounded_up(side * PIXELS, multiple) for side in (box.height, box.width))
        top = min(box.y * PIXELS, hint.shape[-2] - height)
        left = min(box.x * PIXELS, hint.shape[-1] - width)
        return hint[..., top : top + height, left : left + width]


def check_fits(network: Adapter, config: UNetConfig, name: str) -> None:
    """Refuse a UNet of other levels than the adapter's."""
    kind, widths = network.config.kind, network.config.widths
    wanted = (*config.widths, config.widths[-1]) if kind == "xl" else config.widths
    if widths != wanted:
        raise DiffusionError(
            f"the T2I-Adapter ({kind}, channels {widths}) does not fit the model ({name}, channels "
            f"{config.widths}): Stable Diffusion 1 takes full or light adapters, SDXL those that begin with "
            f"{16 * 16 * 3} or {16 * 16} channels"
        )


def placed(found: Sequence[Tensor], xl: bool, blocks: int) -> Residuals:
    """Features of each level where the UNet takes them: behind a level's last residual block.

    SDXL's begin at half the size, behind the first downsampling, and end in the middle.
    """
    if xl:
        first, *inner, middle = found
        at = {blocks + 1: first}
        return Residuals(at | behind(inner, blocks, level=1), middle=middle)
    return Residuals(behind(found, blocks, level=0))


def behind(found: Sequence[Tensor], blocks: int, level: int) -> dict[int, Tensor]:
    """By the number of the last residual block of each level from one on."""
    return {(level + index) * (blocks + 1) + blocks: x for index, x in enumerate(found)}
