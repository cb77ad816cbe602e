"""HyperTile: self-attention within tiles of the feature map instead of the whole of it."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from torch import Tensor

from diffusion.networks.tweaks import Attend, Place, Tweak


@dataclass(frozen=True)
class HyperTile(Tweak):
    """Tiles of at least `tile` features a side; which of the `swaps` nearest sizes, chance says at each call.

    At the finest `depth` + 1 levels; with `scale_depth` a tile is twice as many features a side at each
    level below, so that the coarse levels are cut less.
    """

    tile: int = 32
    swaps: int = 2
    depth: int = 0
    scale_depth: bool = False

    def begin(self) -> Tweak:
        """With chance that is the same in every sampling."""
        return Tiling(self)


class Tiling(Tweak):
    """HyperTile during one sampling."""

    def __init__(self, settings: HyperTile) -> None:
        self.settings = settings
        self.chance = random.Random(0)

    def attend(self, place: Place, q: Tensor, k: Tensor, v: Tensor, proceed: Attend) -> Tensor:
        """Each tile for itself."""
        height, width = place.size
        depth = level_of(place)
        if (
            place.kind != "self"
            or depth > self.settings.depth
            or not q.shape[1] == k.shape[1] == height * width
        ):
            return proceed(q, k, v)
        grown = self.settings.tile * 2**depth if self.settings.scale_depth else self.settings.tile
        rows, columns = (
            self.chance.choice(divisors(side, grown, self.settings.swaps)) for side in (height, width)
        )
        if rows * columns == 1:
            return proceed(q, k, v)
        tiles = [cut(x, place.size, rows, columns) for x in (q, k, v)]
        return joined(proceed(*tiles), place.size, rows, columns)


def level_of(place: Place) -> int:
    """How often the latents were halved to this size."""
    return max(0, round(math.log2(place.way.size[0] / max(1, place.size[0]))))


def divisors(side: int, tile: int, count: int) -> list[int]:
    """Into how many tiles a side may be cut: the `count` smallest tiles that are at least so large."""
    sizes = [size for size in range(min(tile, side), side + 1) if side % size == 0]
    return [side // size for size in sizes[:count]]


def cut(x: Tensor, size: tuple[int, int], rows: int, columns: int) -> Tensor:
    """(B, H * W, C) as (B * rows * columns, tokens of a tile, C)."""
    height, width = size
    batch, _, channels = x.shape
    tiled = x.reshape(batch, rows, height // rows, columns, width // columns, channels)
    return tiled.transpose(2, 3).reshape(batch * rows * columns, -1, channels)


def joined(x: Tensor, size: tuple[int, int], rows: int, columns: int) -> Tensor:
    """The way back from `cut`."""
    height, width = size
    channels = x.shape[-1]
    tiled = x.reshape(-1, rows, columns, height // rows, width // columns, channels)
    return tiled.transpose(2, 3).reshape(-1, height * width, channels)
