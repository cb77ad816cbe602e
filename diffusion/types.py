"""The values that pass between the stages of diffusion: models, encoders, conditionings, latents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import torch
from torch import Tensor, nn

from diffusion.sampling.inputs import NO_INPUTS

if TYPE_CHECKING:
    from diffusion.networks.autoencoder import Autoencoder
    from diffusion.networks.tweaks import Tweak
    from diffusion.sampling.control import ControlNet
    from diffusion.sampling.hooks import Hook
    from diffusion.sampling.inputs import NetworkInputs
    from diffusion.sampling.rules import Mix, Rule
    from diffusion.sampling.schedules import NoiseSchedule
    from diffusion.text.tokenizer import Tokenizer
    from diffusion.weights.patched import Weights

Image: TypeAlias = Tensor  # (B, H, W, 3) float32 in [0, 1]
Mask: TypeAlias = Tensor  # (B, H, W) float32 in [0, 1]
Prediction: TypeAlias = Literal["epsilon", "v", "x0", "edm", "lcm", "direct"]


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

    weights: Weights
    schedule: NoiseSchedule
    prediction: Prediction
    latents: LatentFormat
    family: str
    dtype: torch.dtype  # of the weights, and of what the network is given
    inputs: NetworkInputs = NO_INPUTS  # what the network is told beside latents, time and prompt
    data_std: float = 1.0  # of scaled latents, as the network was trained to expect (edm and v only)
    tweaks: tuple[Tweak, ...] = ()  # what steps in inside the network
    rules: tuple[Rule, ...] = ()  # what steps in around it

    @property
    def network(self) -> nn.Module:
        """The network with its patches."""
        return self.weights.network


@dataclass(frozen=True, eq=False)
class TextTower:
    """One text tower with its tokenizer. `layer` counts from the end, -1 being the last."""

    name: str  # of its vectors in an embedding file: clip_l, clip_g, clip_h
    weights: Weights
    tokenizer: Tokenizer
    layer: int = -1  # whose output the family reads
    normed: bool = True  # whether the final norm comes after it

    @property
    def network(self) -> nn.Module:
        """The tower with its patches."""
        return self.weights.network


@dataclass(frozen=True, eq=False)
class TextEncoder:
    """The text towers of a model, whose outputs are joined token by token; the last one's is pooled."""

    towers: tuple[TextTower, ...]
    embeddings: Callable[[str], Path | None]  # the file of a textual inversion, by name
    last_layer: int | None = None  # in the place of the towers' own
    hooks: tuple[Hook, ...] = ()  # put upon what is encoded
    spans: tuple[tuple[float, float, TextEncoder], ...] = ()  # who encodes for which part of sampling instead


@dataclass(frozen=True, eq=False)
class Vae:
    """An autoencoder between pixels and unscaled latents."""

    weights: Weights
    latents: LatentFormat
    dtype: torch.dtype

    @property
    def network(self) -> Autoencoder:
        """The network with its patches."""
        return cast("Autoencoder", self.weights.network)


@dataclass(frozen=True)
class PictureSize:
    """What SDXL is told of a picture's history, in pixels (Podell et al. 2023, section 2.2)."""

    height: int
    width: int
    crop_top: int = 0
    crop_left: int = 0
    target_height: int | None = None  # None: the height
    target_width: int | None = None
    aesthetic_score: float | None = None  # of the refiner; None: 6.0, and 2.5 of a negative prompt


@dataclass(frozen=True, eq=False)
class Beside:
    """Channels that a network is given beside the noisy latents: inpainting, depth, edits, upscaling."""

    latent: Tensor | None = None  # (B, C, h, w) unscaled latents, or a picture in the network's own range
    mask: Tensor | None = None  # (B, H, W): 1 where the picture is to be painted


@dataclass(frozen=True, eq=False)
class Cond:
    """One text's wish, where in the picture it holds, and during which part of sampling (0 start, 1 end)."""

    context: Tensor  # (1, tokens, width)
    pooled: Tensor | None = None  # (1, width)
    strength: float = 1.0
    mask: Tensor | None = None  # (1, H, W)
    mask_strength: float = 1.0  # beside `strength`, where there is a mask
    bounds: bool = False  # only the rectangle around the mask goes through the network
    fallback: bool = False  # weighs only as much as the others leave of each place
    area: tuple[int, int, int, int] | None = None  # height, width, y, x in latents
    share: tuple[float, float, float, float] | None = None  # an area in parts of the picture's sides
    start: float = 0.0
    end: float = 1.0
    size: PictureSize | None = None
    beside: Beside | None = None
    controls: tuple[Control, ...] = ()  # what steers the network under this prompt
    tweaks: tuple[Tweak, ...] = ()  # what steps in inside the network under this prompt
    hooks: tuple[Hook, ...] = ()  # weights that are patched under this prompt
    facts: Mapping[str, Any] = field(default_factory=dict)  # what only one family reads, by its names
    extra: Mapping[str, Any] = field(default_factory=dict)  # what packs want to find again, by their names


Conditioning: TypeAlias = tuple[Cond, ...]


@dataclass(frozen=True, eq=False)
class Control:
    """A control network at work for a conditioning, during a part of sampling (0 start, 1 end)."""

    net: ControlNet
    hint: Tensor  # (B, H, W, 3) the picture that it follows, in [0, 1]
    strength: float = 1.0
    start: float = 0.0
    end: float = 1.0
    mask: Tensor | None = None  # (B, H, W): how much it counts at each place
    shared: bool = False  # steers the negative prompt too, where that has no controls of its own


@dataclass(frozen=True, eq=False)
class Guider:
    """Several conditionings of one picture, and how the model's answers to them become one."""

    model: Model
    sets: tuple[Conditioning, ...]  # the positive first
    mix: Mix
    negative: frozenset[int] = frozenset({1})  # which sets say what is not wanted


@dataclass(frozen=True)
class Noise:
    """Where a sampling's chance comes from: a seed, and whether the start is noised at all."""

    seed: int = 0
    silent: bool = False
    draw: Callable[[Latent], Tensor] | None = None  # the start's noise, where it is not the seed's


@dataclass(frozen=True, eq=False)
class Latent:
    """Unscaled latents of a batch of pictures."""

    samples: Tensor  # (B, C, h, w)
    noise_mask: Tensor | None = None  # (B, 1, H, W) or (B, 1, h, w): 1 where noise is wanted
    batch_index: tuple[int, ...] | None = None  # which noises of the seed these pictures take
    extra: Mapping[str, Any] = field(default_factory=dict)  # what packs want to find again, by their names
