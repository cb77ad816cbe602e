"""Pictures to latents and back, whole or in tiles."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import torch
from torch import Tensor

from diffusion.errors import DiffusionError, NotANumber
from diffusion.parts import present_vae
from diffusion.types import Image, Vae
from diffusion.weights import thrift
from diffusion.weights.patched import Weights

SMALLEST_TILE = 128  # pixels a side, of those that are made because a picture does not fit into memory
OVERLAP = 64  # pixels, of such tiles

Pass: TypeAlias = Callable[[Vae, Tensor], Tensor]  # one picture through the network, float32 on the CPU
OnTile: TypeAlias = Callable[[int, int], None]  # tiles done, tiles in all; may raise to cancel


@torch.no_grad()
def encode(vae: Vae | None, pixels: Image) -> Tensor:
    """Unscaled latents (B, C, h, w), float32 on the CPU, of the largest middle part that the latents divide.

    The latent is the mean of what the encoder predicts and not a sample of it: the same picture then always
    gives the same latent, whatever ran before, and the spread left out is far below what a picture shows.
    In tiles where memory does not suffice.
    """
    vae = present_vae(vae)
    return each(
        vae, encoder_input(vae, pixels), Fitting(encode_whole, source=vae.network.downscale, target=1)
    )


@torch.no_grad()
def decode(vae: Vae | None, samples: Tensor) -> Image:
    """Pictures (B, H, W, 3) in [0, 1], float32 on the CPU; in tiles where memory does not suffice."""
    vae = present_vae(vae)
    x = checked_latents(vae, samples)
    return to_image(each(vae, x, Fitting(decode_whole, source=1, target=vae.network.downscale)))


@torch.no_grad()
def encode_tiled(
    vae: Vae | None, pixels: Image, tile_size: int, overlap: int, on_tile: OnTile | None = None
) -> Tensor:
    """As `encode`, in tiles of so many pixels a side; `overlap` pixels of neighbours fade into each other."""
    vae = present_vae(vae)
    x = encoder_input(vae, pixels)
    grid = Grid.of(vae, tile_size, overlap, source=vae.network.downscale, target=1)
    tick = ticker(on_tile, grid.count(x) * len(x))
    return each(vae, x, lambda vae, picture: in_tiles(encode_whole, vae, picture, grid, tick))


@torch.no_grad()
def decode_tiled(
    vae: Vae | None, samples: Tensor, tile_size: int, overlap: int, on_tile: OnTile | None = None
) -> Image:
    """As `decode`, in tiles of so many pixels a side; `overlap` pixels of neighbours fade into each other."""
    vae = present_vae(vae)
    x = checked_latents(vae, samples)
    grid = Grid.of(vae, tile_size, overlap, source=1, target=vae.network.downscale)
    tick = ticker(on_tile, grid.count(x) * len(x))
    return to_image(each(vae, x, lambda vae, latent: in_tiles(decode_whole, vae, latent, grid, tick)))


def encoder_input(vae: Vae, pixels: Image) -> Tensor:
    """(B, 3, H, W) in [-1, 1], cropped around the middle to multiples of the downscale; alpha is dropped."""
    unit = vae.network.downscale
    height, width = (length // unit * unit for length in pixels.shape[1:3])
    if not height or not width:
        raise DiffusionError(
            f"a picture of {pixels.shape[2]}x{pixels.shape[1]} is smaller than one latent ({unit})"
        )
    top, left = (pixels.shape[1] - height) // 2, (pixels.shape[2] - width) // 2
    middle = pixels[:, top : top + height, left : left + width, :3].float()
    return middle.expand(-1, -1, -1, 3).movedim(-1, 1) * 2 - 1


def checked_latents(vae: Vae, samples: Tensor) -> Tensor:
    """The latents, if this VAE can read them."""
    channels = vae.network.latent_channels
    if samples.ndim != 4 or samples.shape[1] != channels:
        raise DiffusionError(
            f"this VAE reads latents of shape (batch, {channels}, height, width), not {tuple(samples.shape)}"
        )
    return samples


def to_image(x: Tensor) -> Image:
    """(B, 3, H, W) about [-1, 1] -> (B, H, W, 3) in [0, 1]."""
    return (x.movedim(1, -1) / 2 + 0.5).clamp(0, 1).contiguous()


def each(vae: Vae, batch: Tensor, run: Pass) -> Tensor:
    """A pass over pictures one at a time: neighbours in a batch change nothing, and memory does not grow."""
    results = []
    for picture in torch.split(batch, 1):
        check_input(picture)
        result = run(vae, picture)
        if vae.dtype != torch.float32 and not is_finite(result):
            vae = widened(vae)
            result = run(vae, picture)
        check_output(result)
        results.append(result)
    return torch.cat(results)


def is_finite(x: Tensor) -> bool:
    """Whether every number is one."""
    return bool(x.isfinite().all())


def check_input(x: Tensor) -> None:
    """An error for what was broken before it came here."""
    if not is_finite(x):
        raise NotANumber("what the VAE was given holds NaN or infinity: the step before it went wrong")


def check_output(x: Tensor) -> None:
    """An error in place of a black picture."""
    if not is_finite(x):
        raise NotANumber("the VAE gave NaN or infinity, in float32 too: its weights or its input are unfit")


def widened(vae: Vae) -> Vae:
    """The VAE computing in float32, as a copy: the original stays as it is."""
    network = copy.deepcopy(vae.network).to(kernel(vae).device, torch.float32)  # some weights may be at home
    return replace(vae, weights=Weights(network), dtype=torch.float32)


def encode_whole(vae: Vae, picture: Tensor) -> Tensor:
    """(1, 3, H, W) -> the mean of its latents (1, C, h, w)."""
    mean, _ = vae.network.encode_moments(as_weights(vae, picture))
    return mean.float().cpu()


def decode_whole(vae: Vae, latent: Tensor) -> Tensor:
    """(1, C, h, w) -> (1, 3, H, W)."""
    return vae.network.decode(as_weights(vae, latent)).float().cpu()


def as_weights(vae: Vae, x: Tensor) -> Tensor:
    """The tensor on the weights' device, in their number format and memory layout."""
    weight = kernel(vae)
    packed = weight.is_contiguous(memory_format=torch.channels_last)
    layout = torch.channels_last if packed else torch.contiguous_format
    return x.to(weight.device, vae.dtype).contiguous(memory_format=layout)


def kernel(vae: Vae) -> Tensor:
    """The weights of a convolution: they tell where the others are and how they are laid out."""
    return next(parameter for parameter in vae.network.parameters() if parameter.ndim == 4)


class Fitting:
    """A pass over a picture whole, or in tiles, halved until they fit into memory: later ones start there."""

    def __init__(self, run: Pass, *, source: int, target: int) -> None:
        """`source` and `target`: elements of what goes in and comes out along one latent."""
        self.run, self.source, self.target = run, source, target
        self.thrift = thrift.present()

    def __call__(self, vae: Vae, x: Tensor) -> Tensor:
        """One picture or latent. Raises torch.OutOfMemoryError if not even the smallest tiles fit."""
        unit = vae.network.downscale
        whole = max(x.shape[-2:]) // self.source * unit  # pixels of the longer side
        while True:
            tile = min(self.thrift.tiled or whole, whole)
            grid = Grid.of(vae, tile, OVERLAP, source=self.source, target=self.target)
            try:
                return in_tiles(self.run, vae, x, grid, lambda: None)
            except torch.OutOfMemoryError:  # the failed attempt's tensors live until this block is left
                if self.thrift.make_room():
                    continue
                if tile <= SMALLEST_TILE:
                    raise
            self.thrift.tile(max(SMALLEST_TILE, tile // 2 // unit * unit))


@dataclass(frozen=True)
class Grid:
    """How to cut a picture; tile and overlap in latents, source and target in elements along one latent."""

    tile: int
    overlap: int
    source: int
    target: int

    @classmethod
    def of(cls, vae: Vae, tile_size: int, overlap: int, *, source: int, target: int) -> Grid:
        """The grid for sizes in pixels; at most half of a tile overlaps."""
        unit = vae.network.downscale
        tile = max(1, tile_size // unit)
        return cls(tile, min(max(0, overlap // unit), tile // 2), source, target)

    def starts(self, length: int) -> list[int]:
        """Where tiles begin along a side of so many latents; the last one ends with the picture."""
        last = length - self.tile
        return [0] if last <= 0 else [*range(0, last, self.tile - self.overlap), last]

    def count(self, x: Tensor) -> int:
        """How many tiles cover a picture."""
        return len(list(self.corners(x)))

    def corners(self, x: Tensor) -> Iterator[tuple[int, int]]:
        """Upper left corners of the tiles, in latents, row by row."""
        height, width = (length // self.source for length in x.shape[-2:])
        return itertools.product(self.starts(height), self.starts(width))


def in_tiles(run: Pass, vae: Vae, x: Tensor, grid: Grid, tick: Callable[[], None]) -> Tensor:
    """A pass tile by tile, blended by weights that fall towards neighbours; exact if one tile is enough."""
    if grid.count(x) == 1:
        result = run(vae, x)
        tick()
        return result
    height, width = (length // grid.source for length in x.shape[-2:])
    size = (height * grid.target, width * grid.target)
    total, weights = torch.zeros(()), torch.zeros(1, 1, *size)
    for top, left in grid.corners(x):
        piece = run(vae, x[(..., *window(grid, top, left, grid.source))])
        target = (..., *window(grid, top, left, grid.target))
        weight = feather(grid, top, left, piece, size)
        total = total if total.ndim else torch.zeros(1, piece.shape[1], *size)
        total[target] += piece * weight
        weights[target] += weight
        tick()
    return total / weights


def window(grid: Grid, top: int, left: int, unit: int) -> tuple[slice, slice]:
    """Rows and columns of a tile, where one latent is `unit` elements long."""
    rows, columns = (slice(start * unit, (start + grid.tile) * unit) for start in (top, left))
    return rows, columns


def feather(grid: Grid, top: int, left: int, piece: Tensor, size: tuple[int, int]) -> Tensor:
    """Weights (h, w) of a tile: rising from its inner edges, 1 at the edges of the picture."""
    ramp = grid.overlap * grid.target
    rows = ramps(piece.shape[-2], ramp, starts=top == 0, ends=top * grid.target + piece.shape[-2] >= size[0])
    columns = ramps(
        piece.shape[-1], ramp, starts=left == 0, ends=left * grid.target + piece.shape[-1] >= size[1]
    )
    return rows[:, None] * columns[None, :]


def ramps(length: int, ramp: int, *, starts: bool, ends: bool) -> Tensor:
    """1, but rising over `ramp` elements where another tile stands before, falling where one comes after."""
    weights = torch.ones(length)
    slope = torch.arange(1, ramp + 1) / (ramp + 1)
    if ramp and not starts:
        weights[:ramp] *= slope
    if ramp and not ends:
        weights[-ramp:] *= slope.flip(0)
    return weights


def ticker(on_tile: OnTile | None, total: int) -> Callable[[], None]:
    """Counts tiles for whoever watches; a tile done again in float32 is not counted past the end."""
    done = itertools.count(1)

    def tick() -> None:
        if on_tile is not None:
            on_tile(min(next(done), total), total)

    return tick
