"""PhotoMaker (Li et al. 2023): CLIP's image tower with what fuses a person's pictures into a word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffusion.vision.image_encoder import EncoderConfig, ImageEncoder


@dataclass(frozen=True)
class PhotoMakerConfig:
    """Sizes of a PhotoMaker."""

    encoder: EncoderConfig
    second: int  # numbers of the second projection; both together are as wide as a word

    @classmethod
    def from_weights(cls, weights: Mapping[str, Tensor]) -> PhotoMakerConfig:
        """The sizes told by shapes. Raises LookupError, ValueError."""
        return cls(EncoderConfig.from_weights(weights), weights["visual_projection_2.weight"].shape[0])

    @property
    def width(self) -> int:
        """Of a word."""
        return (self.encoder.projection or self.encoder.width) + self.second


class FuseLayer(nn.Module):
    """Norm, linear, GELU, linear."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.layernorm = nn.LayerNorm(inputs)
        self.fc1 = nn.Linear(inputs, width)
        self.fc2 = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs) -> (N, width)."""
        out: Tensor = self.fc2(F.gelu(self.fc1(self.layernorm(x))))
        return out


class Fuse(nn.Module):
    """A word and a person become one word."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mlp1, self.mlp2 = FuseLayer(2 * width, width), FuseLayer(width, width)
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, words: Tensor, people: Tensor) -> Tensor:
        """Both (N, width) -> (N, width)."""
        x = words + self.mlp1(torch.cat([words, people], dim=-1))
        out: Tensor = self.layer_norm(x + self.mlp2(x))
        return out


class PhotoMaker(ImageEncoder):
    """Keys are those below `id_encoder.`."""

    def __init__(self, config: PhotoMakerConfig) -> None:
        super().__init__(config.encoder)
        self.word_width = config.width
        self.visual_projection_2 = nn.Linear(config.encoder.width, config.second, bias=False)
        self.fuse_module = Fuse(config.width)

    def people(self, pixels: Tensor) -> Tensor:
        """Pictures (N, 3, size, size) as something beside a word, (N, word width)."""
        first, last, _ = self(pixels)
        out: Tensor = torch.cat([first, self.visual_projection_2(self.pooled(last)[1])], dim=-1)
        return out
