"""The values that pass between the stages of diffusion: models, encoders, conditionings, latents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from diffusion.networks.autoencoder import Autoencoder
    from diffusion.sampling.schedules import NoiseSchedule
    from diffusion.text.tokenizer import Tokenizer

Image: TypeAlias = Tensor  # (B, H, W, 3) float32 in [0, 1]
Mask: TypeAlias = Tensor  # (B, H, W) float32 in [0, 1]
Prediction: TypeAlias = Literal["epsilon", "v"]


@dataclass(frozen=True)
class LatentFormat:
    """How a family stores pictures: latents enter the network multiplied by `scale`."""

    channels: int
    scale: float
    downscale: int = 8  # pixels along a side of one latent
    rgb: tuple[tuple[float, float, float], ...] | None = None  # one row a channel, then the bias: a preview


@dataclass(frozen=True, eq=False)
class Model:
    """A denoising network and what a sampler must know of it."""

    network: nn.Module
    schedule: NoiseSchedule
    prediction: Prediction
    latents: LatentFormat
    family: str
    dtype: torch.dtype  # of the weights, and of what the network is given


@dataclass(frozen=True, eq=False)
class TextEncoder:
    """A text tower with its tokenizer; `last_layer` counts from the end, -1 being the last."""

    tower: nn.Module
    tokenizer: Tokenizer
    embeddings: Callable[[str], Path | None]  # the file of a textual inversion, by name
    last_layer: int = -1


@dataclass(frozen=True, eq=False)
class Vae:
    """An autoencoder between pixels and unscaled latents."""

    network: Autoencoder
    latents: LatentFormat
    dtype: torch.dtype


@dataclass(frozen=True, eq=False)
class Cond:
    """One text's wish, where in the picture it holds, and during which part of sampling (0 start, 1 end)."""

    context: Tensor  # (1, tokens, width)
    pooled: Tensor | None = None  # (1, width)
    strength: float = 1.0
    mask: Tensor | None = None  # (1, H, W)
    mask_strength: float = 1.0  # beside `strength`, where there is a mask
    area: tuple[int, int, int, int] | None = None  # height, width, y, x in latents
    share: tuple[float, float, float, float] | None = None  # an area in parts of the picture's sides
    start: float = 0.0
    end: float = 1.0
    extra: Mapping[str, Any] = field(default_factory=dict)  # what packs want to find again, by their names


Conditioning: TypeAlias = tuple[Cond, ...]


@dataclass(frozen=True, eq=False)
class Latent:
    """Unscaled latents of a batch of pictures."""

    samples: Tensor  # (B, C, h, w)
    noise_mask: Tensor | None = None  # (B, 1, H, W) or (B, 1, h, w): 1 where noise is wanted
    batch_index: tuple[int, ...] | None = None  # which noises of the seed these pictures take
    extra: Mapping[str, Any] = field(default_factory=dict)  # what packs want to find again, by their names
