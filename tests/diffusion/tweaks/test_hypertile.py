"""HyperTile against attention in parts cut by hand, at all kinds of sizes."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from diffusion.networks.tweaks import Pass, Place
from diffusion.tweaks.hypertile import HyperTile, cut, divisors, joined, level_of
from tests.diffusion.guidance.saying import guided, normal, unet_model


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    weights = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(q.shape[-1]), -1)
    return weights @ v


def place(height: int, width: int, whole: tuple[int, int] | None = None) -> Place:
    return Place(Pass(1.0, whole or (height, width)), "input", 1, size=(height, width))


def test_a_side_is_cut_into_tiles_that_are_at_least_so_large() -> None:
    assert divisors(64, 32, 1) == [2]
    assert divisors(64, 32, 2) == [2, 1]
    assert divisors(96, 32, 2) == [3, 2]
    assert divisors(90, 32, 3) == [2, 1]  # of 45 and 90
    assert divisors(16, 32, 2) == [1]  # smaller than a tile
    assert divisors(67, 32, 2) == [1]  # a prime


@pytest.mark.parametrize(("height", "width", "rows", "columns"), [(4, 6, 2, 3), (9, 4, 3, 1), (2, 10, 1, 5)])
def test_what_is_cut_is_joined_again(height: int, width: int, rows: int, columns: int) -> None:
    x = normal(2, height * width, 3)
    tiles = cut(x, (height, width), rows, columns)
    assert tiles.shape == (2 * rows * columns, height * width // (rows * columns), 3)
    assert torch.equal(joined(tiles, (height, width), rows, columns), x)


@pytest.mark.parametrize(("height", "width"), [(8, 8), (4, 12), (12, 8), (9, 8)])
def test_each_tile_attends_to_itself(height: int, width: int) -> None:
    q, k, v = (normal(2, height * width, 6, seed=i) for i in range(3))
    found = HyperTile(tile=4, swaps=1).begin().attend(place(height, width), q, k, v, attend)
    tall = next(size for size in range(4, height + 1) if height % size == 0)
    wide = next(size for size in range(4, width + 1) if width % size == 0)
    planes = [x.reshape(2, height, width, 6) for x in (q, k, v)]
    expected = torch.zeros(2, height, width, 6)
    for y in range(0, height, tall):
        for x in range(0, width, wide):
            parts = [plane[:, y : y + tall, x : x + wide].flatten(1, 2) for plane in planes]
            expected[:, y : y + tall, x : x + wide] = attend(*parts).reshape(2, tall, wide, 6)
    torch.testing.assert_close(found, expected.flatten(1, 2), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("size", [(8, 12), (7, 13)])
def test_tiles_as_large_as_the_picture_or_sides_that_have_no_parts_change_no_bit(
    size: tuple[int, int],
) -> None:
    x = normal(2, 4, *size)
    plain = guided(unet_model(), x)
    tile = max(size) if size == (8, 12) else 2
    assert torch.equal(guided(unet_model(tweaks=(HyperTile(tile, 2, 0),)), x), plain)


@pytest.mark.parametrize("size", [(16, 24), (15, 9), (17, 12), (1, 8)])
def test_all_sizes_go_through_a_network_and_come_out_the_same_each_time(size: tuple[int, int]) -> None:
    x = normal(2, 4, *size)
    tiled = unet_model(tweaks=(HyperTile(2, 2, 3, scale_depth=False),))
    found = guided(tiled, x)
    assert found.shape == x.shape
    assert torch.equal(guided(tiled, x), found)
    if size[0] > 1:
        assert not torch.equal(found, guided(unet_model(), x))


def test_only_so_many_levels_are_cut_and_tiles_may_grow_with_them() -> None:
    whole, sizes = (16, 16), []

    def noting(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        sizes.append(q.shape[1])
        return v

    for tweak in (HyperTile(2, 1, 0), HyperTile(2, 1, 1), HyperTile(2, 1, 1, scale_depth=True)):
        for side in (16, 8, 4):
            x = normal(1, side * side, 4)
            tweak.begin().attend(place(side, side, whole), x, x, x, noting)
    assert sizes == [4, 64, 16, 4, 4, 16, 4, 16, 16]


def test_levels_are_told_by_size_even_where_halving_rounds_up() -> None:
    sides, whole = [65, 33, 17, 9], (65, 40)
    assert [level_of(place(side, 8, whole)) for side in sides] == [0, 1, 2, 3]


def test_attention_to_other_tokens_is_left_alone() -> None:
    x, more = normal(1, 64, 4), normal(1, 70, 4)
    found = HyperTile(2, 1).begin().attend(place(8, 8), x, more, more, attend)
    assert torch.equal(found, attend(x, more, more))
    cross = replace(place(8, 8), kind="cross")
    assert torch.equal(HyperTile(2, 1).begin().attend(cross, x, x, x, attend), attend(x, x, x))
