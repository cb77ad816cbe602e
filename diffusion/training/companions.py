"""What the trainings of the bundled model's companions share: its frozen networks, and drawn lessons."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffusion.networks.unet import UNet
from diffusion.training.album import Bytes, to_tensor
from diffusion.training.denoiser import (
    DROPPED,
    add_noise,
    offset_noise,
    signal_levels,
    spread_timesteps,
    step_weights,
    tokenize,
)
from diffusion.training.generation import Generator, load_generator
from diffusion.training.loop import Objective

Predict = Callable[[Tensor, Tensor, Tensor, "Batch"], Tensor]
"""`predict(noisy, timesteps, context, batch)`: the noise, (B, 4, h, w)."""


@dataclass(frozen=True)
class Batch:
    """Scaled latents (B, 4, h, w), their captions, and which lessons they are."""

    latents: Tensor
    texts: list[str]
    which: Tensor


@dataclass(frozen=True)
class Lessons:
    """Pictures as scaled latents (N, 4, h, w), and how to word a caption of each."""

    latents: Tensor
    word: Callable[[int, random.Random], str]
    dropped: float = DROPPED  # of the captions become the empty text

    def batch(self, count: int, chance: torch.Generator) -> Batch:
        """`count` lessons by lot."""
        which = torch.randint(len(self.latents), (count,), generator=chance)
        lot = random.Random(int(torch.randint(2**62, (), generator=chance)))
        texts = [self.word(index, lot) for index in which.tolist()]
        kept = ["" if lot.random() < self.dropped else text for text in texts]
        return Batch(self.latents[which].float(), kept, which)


@dataclass(frozen=True, eq=False)
class Base:
    """The bundled model, frozen."""

    generator: Generator

    @classmethod
    def load(cls, checkpoint: Path) -> Base:
        """The networks of a checkpoint in single precision."""
        return cls(load_generator(checkpoint))

    @property
    def unet(self) -> UNet:
        """The denoiser."""
        network = self.generator.model.network
        assert isinstance(network, UNet)
        return network

    @property
    def tower(self) -> nn.Module:
        """The text encoder."""
        return self.generator.text.towers[0].network

    @torch.no_grad()
    def contexts(self, texts: Sequence[str]) -> Tensor:
        """What the UNet reads in place of texts, (B, 77, width)."""
        return self.states(tokenize(list(texts)))

    def states(self, tokens: Tensor) -> Tensor:
        """The text tower's last states of token ids (B, 77)."""
        states: Tensor = self.tower(input_ids=tokens).last_hidden_state
        return states

    @torch.no_grad()
    def latents(self, pictures: Bytes) -> Tensor:
        """Scaled latents of pictures (N, H, W, 3), in half precision."""
        parts = [
            self.generator.autoencoder.encode_moments(to_tensor(pictures[start : start + 32]))[0]
            for start in range(0, len(pictures), 32)
        ]
        return (torch.cat(parts) * self.generator.model.latents.scale).half()


def drawn(path: Path, draw: Callable[[int], Bytes], count: int) -> Bytes:
    """`draw(0) ... draw(count - 1)` in one array; drawn by every core on the first call."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            pictures = np.stack(list(pool.map(draw, range(count), chunksize=64)))
        unfinished = path.with_suffix(".part.npy")
        np.save(unfinished, pictures)
        unfinished.replace(path)
    found: Bytes = np.load(path)
    return found[:count]


def cached(path: Path, make: Callable[[], Tensor]) -> Tensor:
    """A tensor made on the first call."""
    if not path.exists():
        torch.save(make(), path)
    found: Tensor = torch.load(path, weights_only=True)
    return found


def objective(
    lessons: Lessons, contexts: Callable[[list[str]], Tensor], predict: Predict, size: int
) -> Objective:
    """Weighted mean squared error of the predicted noise, as the base was trained."""
    levels = signal_levels()
    weights: Final = step_weights(levels)

    def loss(chance: torch.Generator) -> Tensor:
        batch = lessons.batch(size, chance)
        timesteps = spread_timesteps(size, chance)
        noise = offset_noise(batch.latents, chance)
        noisy = add_noise(batch.latents, noise, levels[timesteps])
        with torch.autocast("cpu", torch.bfloat16):
            guess = predict(noisy, timesteps, contexts(batch.texts), batch)
        errors = F.mse_loss(guess.float(), noise, reduction="none").mean(dim=(1, 2, 3))
        return (weights[timesteps] * errors).mean()

    return loss
