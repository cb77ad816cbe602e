"""Nodes that change a UNet's inside: its skips, its attention, the size at which it thinks."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Literal

from torch import Tensor

from diffusion.networks.tweaks import Tweak
from diffusion.networks.unet import UNet
from diffusion.parts import present_model
from diffusion.tweaks.deep_shrink import DeepShrink
from diffusion.tweaks.freeu import FreeU
from diffusion.tweaks.hypertile import HyperTile
from diffusion.tweaks.token_merging import TokenMerging
from nodes.api import Model, Range, node
from nodes.errors import NodeError
from nodes.resampling import LatentMethod, resize

LATENT_SIDE = 8  # pixels
UNET = "model_patches/unet"
Strength = Annotated[float, Range(0.0, 10.0, 0.01)]
Share001 = Annotated[float, Range(0.0, 1.0, 0.001)]
Method = Literal["bicubic", "nearest-exact", "bilinear", "area", "bislerp"]


def tweaked(model: Model | None, tweak: Tweak) -> Model:
    """The model with one more thing that steps in."""
    model = present_model(model)
    return dataclasses.replace(model, tweaks=(*model.tweaks, tweak))


def unet_of(model: Model | None) -> UNet:
    """The model's network, if it is a UNet."""
    network = present_model(model).weights.plain
    if not isinstance(network, UNet):
        raise NodeError(f"model: this node needs a UNet; this is a {type(network).__name__}")
    return network


def freeu(model: Model, b1: float, b2: float, s1: float, s2: float, by_structure: bool) -> Model:
    """The two largest widths of the way up: b1 and s1 at the inner one, b2 and s2 at the next."""
    widths = sorted(set(unet_of(model).config.widths), reverse=True)
    return tweaked(model, FreeU(dict(zip(widths, ((b1, s1), (b2, s2)), strict=False)), by_structure))


@node(UNET, name="FreeU", display_name="FreeU", at_rest=True)
def freeu_first(
    *, model: Model, b1: Strength = 1.1, b2: Strength = 1.2, s1: Strength = 0.9, s2: Strength = 0.2
) -> Model:
    """Stronger inner features (b) and weaker coarse skips (s): more detail at no cost."""
    return freeu(model, b1, b2, s1, s2, by_structure=False)


@node(UNET, name="FreeU_V2", display_name="FreeU V2", at_rest=True)
def freeu_second(
    *, model: Model, b1: Strength = 1.3, b2: Strength = 1.4, s1: Strength = 0.9, s2: Strength = 0.2
) -> Model:
    """FreeU whose strength follows the picture's structure."""
    return freeu(model, b1, b2, s1, s2, by_structure=True)


@node(UNET, name="HyperTile", display_name="HyperTile", at_rest=True)
def hypertile(
    *,
    model: Model,
    tile_size: Annotated[int, Range(1, 2048)] = 256,
    swap_size: Annotated[int, Range(1, 128)] = 2,
    max_depth: Annotated[int, Range(0, 10)] = 0,
    scale_depth: bool = False,
) -> Model:
    """Attention within tiles of this many pixels: large pictures take much less time."""
    tile = max(32, tile_size) // LATENT_SIDE
    return tweaked(model, HyperTile(tile, swap_size, max_depth, scale_depth))


@node(UNET, name="TomePatchModel", display_name="Token Merging", at_rest=True)
def token_merging(*, model: Model, ratio: Annotated[float, Range(0.0, 1.0, 0.01)] = 0.3) -> Model:
    """Let this share of the tokens go through self-attention merged with others: less time, less detail."""
    return tweaked(model, TokenMerging(ratio))


@node(UNET, name="PatchModelAddDownscale", display_name="Deep Shrink (Kohya)", at_rest=True)
def deep_shrink(
    *,
    model: Model,
    block_number: Annotated[int, Range(1, 32, 1)] = 3,
    downscale_factor: Annotated[float, Range(0.1, 9.0, 0.001)] = 2.0,
    start_percent: Share001 = 0.0,
    end_percent: Share001 = 0.35,
    downscale_after_skip: bool = True,
    downscale_method: Method,
    upscale_method: Method,
) -> Model:
    """Find the layout at a smaller size inside the network: large pictures without doubled subjects."""

    def shrink(h: Tensor) -> Tensor:
        height, width = (max(1, round(side / downscale_factor)) for side in h.shape[-2:])
        return resized(h, width, height, downscale_method)

    def grow(h: Tensor, size: tuple[int, int]) -> Tensor:
        return resized(h, size[1], size[0], upscale_method)

    tweak = DeepShrink(
        block_number,
        shrink,
        grow,
        present_model(model).schedule.period(start_percent, end_percent),
        downscale_after_skip,
    )
    return tweaked(model, tweak)


def resized(h: Tensor, width: int, height: int, method: LatentMethod) -> Tensor:
    """Features at another size, in their own type."""
    return resize(h.float(), width, height, method).to(h.dtype)
