"""The training pictures on disk: drawn once, by every core, into one array."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from diffusion.training.painter import pixels
from diffusion.training.world import scene_of, training_scene

Bytes = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

SIDE: Final = 128
HELD_OUT_SEEDS: Final = 1_000_000  # training draws seeds below; everything measured is drawn from here up


def draw_training(seed: int) -> Bytes:
    """The training picture of a seed."""
    return pixels(training_scene(seed), SIDE)


def draw_held_out(index: int) -> Bytes:
    """A picture whose seed no training ever drew."""
    return pixels(scene_of(HELD_OUT_SEEDS + index), SIDE)


def album(path: Path, count: int) -> Bytes:
    """`count` training pictures (N, 128, 128, 3); drawn on the first call."""
    if not path.exists():
        draw_album(path, count)
    pictures: Bytes = np.load(path)  # into memory: batches read it at random
    if len(pictures) < count:
        raise ValueError(f"{path} holds {len(pictures)} pictures, {count} are wanted; delete it to redraw")
    return pictures[:count]


def draw_album(path: Path, count: int) -> None:
    """Draw the album; the file appears under its name only when complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npy")
    shape = (count, SIDE, SIDE, 3)
    pictures = np.lib.format.open_memmap(unfinished, mode="w+", dtype=np.uint8, shape=shape)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for index, picture in enumerate(pool.map(draw_training, range(count), chunksize=64)):
            pictures[index] = picture
    pictures.flush()
    unfinished.replace(path)


def held_out(count: int) -> Tensor:
    """The first `count` held-out pictures, (N, 3, 128, 128) in [-1, 1]."""
    return to_tensor(np.stack([draw_held_out(i) for i in range(count)]))


def to_tensor(pictures: Bytes | Sequence[Bytes]) -> Tensor:
    """Bytes (N, H, W, 3) as floats (N, 3, H, W) in [-1, 1]."""
    return torch.from_numpy(np.asarray(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1.0


def to_bytes(images: Tensor) -> Bytes:
    """Floats (N, 3, H, W) in [-1, 1] as bytes (N, H, W, 3)."""
    scaled = ((images.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).contiguous().numpy()
