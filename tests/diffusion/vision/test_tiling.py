"""Tiles: they cover everything once, and show no seams."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion.vision.tiling import Tiling, in_tiles, profile


def convolved(x: Tensor, radius: int, scale: int) -> Tensor:
    """A network that looks `radius` pixels far, and enlarges."""
    kernel = torch.rand(1, 1, 2 * radius + 1, 2 * radius + 1, generator=torch.Generator().manual_seed(0))
    kernel = (kernel / kernel.sum()).expand(3, -1, -1, -1)
    seen = F.conv2d(x, kernel, padding=radius, groups=3)
    return F.interpolate(seen, scale_factor=scale, mode="nearest")


def ignore() -> None:
    """Nobody counts."""


@pytest.mark.parametrize(("height", "width"), [(32, 32), (33, 95), (100, 64), (20, 130), (65, 65)])
@pytest.mark.parametrize("scale", [1, 2, 4])
def test_tiles_give_what_the_whole_gives_where_the_network_looks_no_further_than_the_overlap(
    height: int, width: int, scale: int
) -> None:
    x = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(1))
    radius = 6  # 3/8 of the overlap
    tiled = in_tiles(lambda piece: convolved(piece, radius, scale), x, Tiling(32, 16), scale, ignore)
    torch.testing.assert_close(tiled, convolved(x, radius, scale), atol=1e-6, rtol=0)


def test_a_network_that_looks_further_shows_small_seams_only() -> None:
    x = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    tiled = in_tiles(lambda piece: convolved(piece, 9, 1), x, Tiling(48, 16), 1, ignore)
    apart = (tiled - convolved(x, 9, 1)).abs()
    assert 1e-6 < apart.max() < 0.2
    assert tiled.diff(dim=-1).abs().max() < 2 * convolved(x, 9, 1).diff(dim=-1).abs().max()


@pytest.mark.parametrize("length", [10, 64, 65, 96, 97, 200, 1000])
@pytest.mark.parametrize("overlap", [0, 1, 16, 32, 60])
def test_the_weights_of_tiles_make_one_all_along_a_side(length: int, overlap: int) -> None:
    tiling = Tiling(64, overlap)
    total = torch.zeros(length * 2)
    for start in tiling.starts(length):
        weights = profile(tiling, start, length, 2)
        total[start * 2 : start * 2 + len(weights)] += weights
    torch.testing.assert_close(total, torch.ones(length * 2))


def test_tiles_are_counted_as_they_are_made() -> None:
    calls = []
    tiling = Tiling(32, 8)
    in_tiles(lambda piece: piece, torch.rand(1, 3, 70, 40), tiling, 1, lambda: calls.append(1))
    assert len(calls) == tiling.count(70, 40) == 6


def test_tiles_begin_on_multiples_of_their_step_and_the_last_is_shorter() -> None:
    assert Tiling(96, 32).starts(150) == [0, 64]
    assert Tiling(96, 32).starts(161) == [0, 64, 128]
    assert Tiling(96, 32).starts(96) == [0]
    assert Tiling(64, 0).starts(128) == [0, 64]
    assert Tiling(64, 64).starts(100) == [0, 32, 64]
