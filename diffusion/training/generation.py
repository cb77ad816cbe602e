"""Makes pictures of captions from a checkpoint file, by the very path that a workflow takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from diffusion.networks.autoencoder import Autoencoder
from diffusion.sampling.sample import sample
from diffusion.text import clip
from diffusion.training.album import SIDE
from diffusion.types import Cond, Model, TextEncoder, Vae
from diffusion.weights.checkpoint import open_checkpoint

STEPS: Final = 25
SAMPLER: Final = "euler"
SCHEDULE: Final = "normal"


@dataclass(frozen=True, eq=False)
class Generator:
    """A checkpoint's parts, ready to make pictures."""

    model: Model
    text: TextEncoder
    vae: Vae

    @property
    def autoencoder(self) -> Autoencoder:
        """The network between pixels and latents."""
        return self.vae.network

    @torch.no_grad()
    def pictures(self, texts: Sequence[str], seeds: Sequence[int], guidance: float) -> Tensor:
        """One picture a text, (B, 3, H, W) in [-1, 1]; each from its own seed's noise."""
        side = SIDE // self.autoencoder.downscale
        shape = (self.autoencoder.latent_channels, side, side)
        noise = [torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        latents = sample(
            self.model,
            noise=torch.stack(noise),
            latent=torch.zeros(len(texts), *shape),
            positive=(Cond(torch.cat([self.context(text) for text in texts])),),
            negative=(Cond(self.context("")),),
            cfg=guidance,
            sampler=SAMPLER,
            schedule=SCHEDULE,
            steps=STEPS,
            seed=0,
        )
        return self.autoencoder.decode(latents).clamp(-1, 1)

    def context(self, text: str) -> Tensor:
        """What the UNet reads in place of a text, (1, 77, width)."""
        return clip.encode(self.text, text)[0].context


def load_generator(path: Path) -> Generator:
    """The parts of a checkpoint file, in single precision on the CPU."""
    parts = open_checkpoint(path, device=torch.device("cpu"), dtype=torch.float32)
    if parts.model is None or parts.text is None or parts.vae is None:
        raise ValueError(f"{path} lacks a model, a text encoder or a VAE")
    return Generator(parts.model, parts.text, parts.vae)
