"""Pictures enlarged or restored by networks such as ESRGAN, SwinIR, DAT or HAT, in tiles."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from diffusion.errors import CheckpointError, PartMissing
from diffusion.networks.device import as_weights
from diffusion.types import Image
from diffusion.vision.architectures import load_spandrel
from diffusion.vision.gradient import brightness
from diffusion.vision.tiling import OnTile, Tiling, in_tiles
from diffusion.weights import thrift
from diffusion.weights.archive import BROKEN, SAFETENSORS, open_archive, read_pickle

TILE, OVERLAP = 512, 32  # pixels of the picture that goes in
SMALLEST_TILE = 64
UNIT = 32  # tiles are multiples of this, as the windows of attention are its parts


@dataclass(frozen=True, eq=False)
class UpscaleModel:
    """A network from pictures to pictures, `scale` times as large."""

    network: nn.Module  # what `run` calls; a lease finds it here
    run: Callable[[Tensor], Tensor]  # (1, channels, h, w) -> (1, D, h * scale, w * scale), both in [0, 1]
    scale: int
    channels: int
    architecture: str
    whole: bool  # makes its own tiles, or sees all of the picture at once


def open_upscale_model(path: Path) -> UpscaleModel:
    """The model of a file, its architecture told by its weights. Raises CheckpointError, PartMissing."""
    spandrel = load_spandrel()
    state = spandrel.canonicalize_state_dict(state_of(path))
    try:
        found = spandrel.MAIN_REGISTRY.load(state)
    except spandrel.UnsupportedModelError as unknown:
        raise CheckpointError(f"{path.name} holds no upscale model of a known architecture") from unknown
    except BROKEN as problem:
        reason = " ".join(str(problem).split())[:300]
        raise CheckpointError(f"the weights in {path.name} do not fit together: {reason}") from problem
    if not isinstance(found, spandrel.ImageModelDescriptor):
        raise CheckpointError(
            f"{path.name} is a network of {found.architecture.name} for {found.purpose}: it wants a mask, "
            "too; an upscale model takes a picture alone"
        )
    return upscale_model(found)


def state_of(path: Path) -> Mapping[str, Any]:
    """What a file holds, as training saved it; from pickles through the loader that runs no code."""
    if path.suffix in SAFETENSORS:
        return dict(open_archive(path).tensors())
    return read_pickle(path)


def upscale_model(found: Any) -> UpscaleModel:
    """The parts of spandrel's `ImageModelDescriptor` that are used here."""
    network: nn.Module = found.model.eval().requires_grad_(False)
    call = inspect.unwrap(type(found).__call__)  # without inference mode: in that no lease can move weights
    return UpscaleModel(
        network=network,
        run=partial(call, found),
        scale=found.scale,
        channels=found.input_channels,
        architecture=found.architecture.name,
        whole=found.tiling.name == "INTERNAL",
    )


@torch.no_grad()
def upscale(
    model: UpscaleModel | None, image: Image, on_tile: OnTile | None = None, tile: int = TILE
) -> Image:
    """Pictures `scale` times as large, (B, H * scale, W * scale, 3) in [0, 1], float32 on the CPU."""
    if model is None:
        raise PartMissing("there is no upscale model: load one from models/upscale_models")
    pictures = torch.split(as_channels(image, model.channels), 1)
    fitting = Fitting(model, max(image.shape[1:3]) if model.whole else tile, on_tile, len(pictures))
    large = torch.cat([fitting(picture) for picture in pictures])
    return large[:, :3].expand(-1, 3, -1, -1).movedim(1, -1).clamp(0, 1).contiguous()


def as_channels(image: Image, channels: int) -> Tensor:
    """(B, H, W, 3) -> (B, channels, H, W): grey, colours, or colours with full opacity."""
    if channels == 1:
        return brightness(image)
    x = image.movedim(-1, 1).float()
    if x.shape[1] == 1:
        x = x.expand(-1, 3, -1, -1)
    if channels == 4 and x.shape[1] == 3:
        return torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
    return x[:, :channels]


class Fitting:
    """Pictures in tiles, halved until they fit into memory: later pictures start there."""

    def __init__(self, model: UpscaleModel, tile: int, on_tile: OnTile | None, pictures: int) -> None:
        self.model = model
        self.first = tile
        self.on_tile = on_tile
        self.pictures = pictures
        self.done = 0
        self.thrift = thrift.present()

    def __call__(self, picture: Tensor) -> Tensor:
        """One picture. Raises torch.OutOfMemoryError if not even the smallest tiles fit."""
        while True:
            tile = min(self.thrift.tiled or self.first, self.first)
            try:
                result = self.tiled(picture, Tiling(tile, OVERLAP))
            except torch.OutOfMemoryError:  # the failed attempt's tensors live until this block is left
                if self.thrift.make_room():
                    continue
                if min(tile, max(picture.shape[-2:])) <= SMALLEST_TILE:
                    raise
            else:
                self.done += 1
                return result
            self.thrift.tile(max(SMALLEST_TILE, min(tile, max(picture.shape[-2:])) // 2 // UNIT * UNIT))

    def tiled(self, picture: Tensor, tiling: Tiling) -> Tensor:
        """One picture in tiles of a size, telling how many are done of all pictures'."""
        count = tiling.count(*picture.shape[-2:])
        numbers = itertools.count(self.done * count + 1)

        def tick() -> None:
            if self.on_tile is not None:
                self.on_tile(next(numbers), self.pictures * count)

        return in_tiles(self.run, picture, tiling, self.model.scale, tick)

    def run(self, piece: Tensor) -> Tensor:
        """One tile through the network."""
        return self.model.run(as_weights(self.model.network, piece)).float().cpu()
