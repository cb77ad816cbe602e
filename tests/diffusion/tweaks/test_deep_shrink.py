"""Deep shrink: where features get smaller, how they grow again, and when nothing happens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from diffusion.networks.tweaks import Pass, Place, Tweak
from diffusion.networks.unet import Residuals, UNetConfig
from diffusion.tweaks.deep_shrink import DeepShrink
from diffusion.types import Model
from nodes.attention import deep_shrink
from tests.diffusion.guidance.saying import SIZES, guided, normal, unet_model

SD1 = replace(SIZES, widths=(8, 16, 32, 32), depths=(1, 1, 1, 0), blocks=2)
SDXL = replace(SIZES, widths=(8, 16, 32), depths=(0, 1, 1), blocks=2)
X = normal(2, 4, 16, 24)


def shrunk(model: Model, **changes: Any) -> Model:
    settings = {"downscale_method": "bicubic", "upscale_method": "bicubic", "end_percent": 1.0, **changes}
    found: Model = deep_shrink(model=model, **settings)
    return found


@dataclass(frozen=True)
class Noting(Tweak):
    """The heights of features at each block."""

    down: dict[int, int] = field(default_factory=dict)
    up: dict[int, tuple[int, int]] = field(default_factory=dict)

    def leaving(self, place: Place, h: Tensor) -> Tensor:
        self.down[place.block if place.section == "input" else -1] = h.shape[-2]
        return h

    def joining(self, place: Place, h: Tensor, skip: Tensor) -> tuple[Tensor, Tensor]:
        self.up[place.block] = (h.shape[-2], skip.shape[-2])
        return h, skip


def heights(config: UNetConfig, **changes: Any) -> tuple[dict[int, int], dict[int, tuple[int, int]]]:
    noting = Noting()
    model = shrunk(unet_model(config), **changes)
    guided(replace(model, tweaks=(*model.tweaks, noting)), X)
    return noting.down, noting.up


def test_block_three_is_the_first_halving_and_what_follows_is_half_as_large() -> None:
    down, up = heights(SD1, block_number=3)
    assert [down[block] for block in range(12)] == [16, 16, 16, 8, 4, 4, 2, 2, 2, 1, 1, 1]
    assert [h == skip for h, skip in up.values()] == [True] * 12
    assert up[7] == (4, 4)
    assert up[8] == (8, 8)  # the skip of block 3 was taken before it shrank
    assert heights(SDXL, block_number=3)[0] == {
        0: 16,
        1: 16,
        2: 16,
        3: 8,
        4: 4,
        5: 4,
        6: 2,
        7: 2,
        8: 2,
        -1: 2,
    }


def test_before_its_skip_the_skip_shrinks_too() -> None:
    down, up = heights(SD1, block_number=3, downscale_after_skip=False)
    assert down[3] == 4
    assert up[8] == (4, 4)


@pytest.mark.parametrize("after_skip", [True, False])
@pytest.mark.parametrize("method", ["bicubic", "nearest-exact", "bilinear", "area", "bislerp"])
@pytest.mark.parametrize("block", [1, 3, 4])
def test_every_method_and_odd_sizes_come_out_at_the_size_that_went_in(
    method: str, after_skip: bool, block: int
) -> None:
    x = normal(1, 4, 9, 13)
    model = shrunk(
        unet_model(SDXL),
        block_number=block,
        downscale_factor=1.7,
        downscale_after_skip=after_skip,
        downscale_method=method,
        upscale_method=method,
    )
    found = guided(model, x)
    assert found.shape == x.shape
    assert found.isfinite().all()
    assert not torch.equal(found, guided(unet_model(SDXL), x))


def test_a_factor_of_one_a_block_that_is_not_there_and_the_rest_of_sampling_change_no_bit() -> None:
    model = unet_model(SDXL)
    plain = guided(model, X)
    for changes in (
        {"downscale_factor": 1.0},
        {"block_number": 32},
        {"end_percent": 0.1},
        {"start_percent": 0.9},
    ):
        assert torch.equal(guided(shrunk(model, **changes), X), plain)


def test_features_keep_their_number_format() -> None:
    (tweak,) = shrunk(unet_model()).tweaks
    assert isinstance(tweak, DeepShrink)
    assert tweak.shrink(normal(1, 4, 8, 8).bfloat16()).dtype == torch.bfloat16
    assert tweak.shrink(normal(1, 4, 1, 1)).shape == (1, 4, 1, 1)
    assert tweak.grow(normal(1, 4, 4, 4), (9, 5)).shape == (1, 4, 9, 5)


def test_a_control_made_for_the_full_size_is_added_at_the_size_there_is() -> None:
    model = shrunk(unet_model(SDXL), block_number=1)
    network, (tweak,) = model.network, model.tweaks
    way = Pass(5.0, (16, 24))
    blocks = {index: torch.full((2, 8 if index < 3 else 16, 16, 24), 0.3) for index in (2, 4)}
    x = network(
        X,
        torch.tensor([500.0, 500.0]),
        normal(2, 3, SDXL.context_width),
        residuals=Residuals(skips=blocks, blocks=blocks),
        tweaks=(tweak,),
        way=way,
    )
    assert x.shape == X.shape
