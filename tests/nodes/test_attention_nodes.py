"""The nodes that change a UNet's inside: what each gives to the model, and what it refuses."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from diffusion.errors import PartMissing
from diffusion.tweaks.deep_shrink import DeepShrink
from diffusion.tweaks.freeu import FreeU
from diffusion.tweaks.hypertile import HyperTile
from diffusion.tweaks.token_merging import TokenMerging
from nodes import attention
from nodes.errors import NodeError
from tests.diffusion.guidance.saying import unet_model
from tests.diffusion.sampling.worlds import tiny_model

METHODS = {"downscale_method": "bicubic", "upscale_method": "bilinear"}


def test_tweaks_come_behind_those_that_are_there() -> None:
    model = attention.token_merging(model=unet_model(), ratio=0.4)
    both = attention.hypertile(model=model, tile_size=256, swap_size=3, max_depth=1, scale_depth=True)
    assert both.tweaks == (TokenMerging(0.4), HyperTile(32, 3, 1, scale_depth=True))
    assert model.tweaks == (TokenMerging(0.4),)


@pytest.mark.parametrize(("pixels", "tile"), [(1, 4), (32, 4), (100, 12), (2048, 256)])
def test_tiles_are_told_in_pixels_and_no_smaller_than_32(pixels: int, tile: int) -> None:
    (tweak,) = attention.hypertile(model=unet_model(), tile_size=pixels).tweaks
    assert isinstance(tweak, HyperTile)
    assert tweak.tile == tile


def test_freeu_goes_by_the_networks_own_widths() -> None:
    (first,) = attention.freeu_first(model=unet_model()).tweaks
    assert first == FreeU({16: (1.1, 0.9), 8: (1.2, 0.2)}, by_structure=False)
    (second,) = attention.freeu_second(model=unet_model()).tweaks
    assert second == FreeU({16: (1.3, 0.9), 8: (1.4, 0.2)}, by_structure=True)


def test_freeu_wants_a_unet() -> None:
    with pytest.raises(NodeError, match="needs a UNet; this is a PromptedGaussian"):
        attention.freeu_first(model=tiny_model())


def test_deep_shrink_works_between_the_levels_of_its_part_of_sampling() -> None:
    model = unet_model()
    (tweak,) = attention.deep_shrink(model=model, start_percent=0.0, end_percent=0.35, **METHODS).tweaks
    assert isinstance(tweak, DeepShrink)
    assert (tweak.block, tweak.period.first_sigma, tweak.after_skip) == (3, math.inf, True)
    assert tweak.period.last_sigma == model.schedule.sigma_after(0.35)
    assert tweak.shrink(torch.zeros(1, 2, 10, 6)).shape == (1, 2, 5, 3)
    (third,) = attention.deep_shrink(model=model, downscale_factor=3.0, **METHODS).tweaks
    assert isinstance(third, DeepShrink)
    assert third.shrink(torch.zeros(1, 2, 10, 1)).shape == (1, 2, 3, 1)


@pytest.mark.parametrize(
    "node", [attention.freeu_first, attention.freeu_second, attention.hypertile, attention.token_merging]
)
def test_a_missing_model_is_said_so(node: Any) -> None:
    with pytest.raises(PartMissing):
        node(model=None)


def test_no_node_touches_the_network() -> None:
    model = unet_model()
    before: nn.Module = model.network
    for node in (attention.freeu_second, attention.hypertile, attention.token_merging):
        assert node(model=model).network is before
    assert attention.deep_shrink(model=model, **METHODS).weights is model.weights
