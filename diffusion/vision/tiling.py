"""Pictures through a network in tiles whose results fade into each other."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

Pass: TypeAlias = Callable[[Tensor], Tensor]  # (1, C, h, w) -> (1, D, h * scale, w * scale), on the CPU
OnTile: TypeAlias = Callable[[int, int], None]  # tiles done, tiles in all; may raise to cancel

# Parts of the overlap: at its rim a tile sees no neighbour and is not used, in the middle two tiles blend.
UNUSED, BLENDED = 3 / 8, 2 / 8


@dataclass(frozen=True)
class Tiling:
    """Tiles of so many pixels a side, of which neighbours share `overlap`, at most half of one."""

    tile: int
    overlap: int

    def starts(self, length: int) -> list[int]:
        """Where tiles begin along a side; the last one ends with the picture, and may be shorter.

        All lie on multiples of one step, so that windows inside a network lie as they would in the whole.
        """
        step = self.tile - min(self.overlap, self.tile // 2)
        return [0, *range(step, length - self.tile + step, step)]

    def corners(self, height: int, width: int) -> Iterator[tuple[int, int]]:
        """Upper left corners, row by row."""
        return itertools.product(self.starts(height), self.starts(width))

    def count(self, height: int, width: int) -> int:
        """How many tiles cover a picture."""
        return len(self.starts(height)) * len(self.starts(width))


def in_tiles(run: Pass, x: Tensor, tiling: Tiling, scale: int, tick: Callable[[], None]) -> Tensor:
    """`run` over (1, C, H, W) tile by tile: (1, D, H * scale, W * scale).

    The same as over the whole where the network looks no further than 3/8 of the overlap to each side.
    """
    height, width = x.shape[-2:]
    total = torch.zeros(())
    for top, left in tiling.corners(height, width):
        piece = run(x[..., top : top + tiling.tile, left : left + tiling.tile])
        if not total.ndim:
            total = torch.zeros(1, piece.shape[1], height * scale, width * scale)
        weight = profile(tiling, top, height, scale)[:, None] * profile(tiling, left, width, scale)
        total[..., along(tiling, top, scale), along(tiling, left, scale)] += piece * weight
        tick()
    return total


def along(tiling: Tiling, start: int, scale: int) -> slice:
    """The part of a side of the result that a tile makes."""
    return slice(start * scale, (start + tiling.tile) * scale)


def profile(tiling: Tiling, start: int, length: int, scale: int) -> Tensor:
    """How much a tile counts along a side: less towards its neighbours, with whom it makes 1."""
    starts = tiling.starts(length)
    size = min(tiling.tile, length - start)
    shared = min(tiling.overlap, tiling.tile // 2)
    weights = torch.ones(size * scale)
    if start and shared:
        weights *= rise(shared, size, scale)
    if start != starts[-1] and shared:
        weights *= rise(shared, size, scale).flip(0)
    return weights


def rise(shared: int, size: int, scale: int) -> Tensor:
    """Weights from 0 to 1 over the blended part of what two tiles share; their mirror image adds up to 1."""
    position = (torch.arange(size * scale) + 0.5) / (shared * scale)
    return ((position - UNUSED) / BLENDED).clamp(0, 1)
