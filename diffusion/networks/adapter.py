"""T2I-Adapter (Mou et al. 2023): a small network that turns a picture into features for a UNet's way down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch.nn.functional as F
from torch import Tensor, nn

from diffusion.networks.layers import numbered

AdapterKind: TypeAlias = Literal["full", "light", "xl"]
UNSHUFFLE: dict[AdapterKind, int] = {"full": 8, "light": 8, "xl": 16}  # pixels along a side of one position


@dataclass(frozen=True)
class AdapterConfig:
    """Sizes of an adapter."""

    kind: AdapterKind = "full"
    channels: int = 3  # of the picture: 3, or 1 for drawings
    widths: tuple[int, ...] = (320, 640, 1280, 1280)
    blocks: int = 2  # residual blocks at each level
    kernel: int = 1  # of a residual block's second convolution

    @property
    def unshuffle(self) -> int:
        """Pixels along a side that become channels of one position."""
        return UNSHUFFLE[self.kind]

    def halves(self, level: int) -> bool:
        """Whether a level has half the size of the one before; SDXL's features start at a half already."""
        return level == 2 if self.kind == "xl" else level > 0

    @classmethod
    def from_weights(cls, weights: Mapping[str, Tensor]) -> AdapterConfig:
        """The sizes told by shapes. Raises LookupError, ValueError for what is no adapter."""
        light = "body.0.out_conv.weight" in weights
        first = weights["body.0.in_conv.weight" if light else "conv_in.weight"].shape[1]
        squares = {
            unshuffle**2 * channels: (unshuffle, channels) for unshuffle in (8, 16) for channels in (1, 3)
        }
        if first not in squares:
            raise ValueError(
                f"its first layer takes {first} channels; known are {', '.join(map(str, squares))}"
            )
        unshuffle, channels = squares[first]
        kind: AdapterKind = "light" if light else "xl" if unshuffle == 16 else "full"
        levels = numbered(weights, "body")
        end = "out_conv.weight" if light else "resnets.0.block2.weight"
        return cls(
            kind,
            channels,
            tuple(weights[f"body.{level}.{end}"].shape[0] for level in levels),
            len(numbered(weights, "body.0.resnets")),
            weights["body.0.resnets.0.block2.weight"].shape[-1],
        )


class AdapterResnet(nn.Module):
    """Two convolutions with a ReLU between, added to what came."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.block1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.block2 = nn.Conv2d(channels, channels, kernel, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        out: Tensor = x + self.block2(F.relu(self.block1(x)))
        return out


class AdapterLevel(nn.Module):
    """Residual blocks of one size; a light adapter's work on a quarter of the channels."""

    def __init__(self, inputs: int, outputs: int, config: AdapterConfig, level: int) -> None:
        super().__init__()
        self.halves = config.halves(level)
        light = config.kind == "light"
        inner = outputs // 4 if light else outputs
        self.in_conv = nn.Conv2d(inputs, inner, 1) if light or inputs != outputs else nn.Identity()
        self.resnets = nn.Sequential(*(AdapterResnet(inner, config.kernel) for _ in range(config.blocks)))
        self.out_conv = nn.Conv2d(inner, outputs, 1) if light else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H or ceil(H / 2), ...)."""
        if self.halves:
            x = F.avg_pool2d(x, kernel_size=2, stride=2, ceil_mode=True)
        out: Tensor = self.out_conv(self.resnets(self.in_conv(x)))
        return out


class Adapter(nn.Module):
    """Pixels become channels, and then features at each level."""

    def __init__(self, config: AdapterConfig) -> None:
        super().__init__()
        self.config = config
        pixels = config.channels * config.unshuffle**2
        light = config.kind == "light"
        self.conv_in = nn.Identity() if light else nn.Conv2d(pixels, config.widths[0], 3, padding=1)
        before = (pixels if light else config.widths[0], *config.widths)
        self.body = nn.ModuleList(
            AdapterLevel(before[level], width, config, level) for level, width in enumerate(config.widths)
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """A picture (B, channels, H, W), its sides multiples of the unshuffling -> features of each level."""
        x = self.conv_in(F.pixel_unshuffle(x, self.config.unshuffle))
        found: list[Tensor] = []
        for level in self.body:
            x = level(x)
            found.append(x)
        return found
