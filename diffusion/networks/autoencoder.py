"""The KL autoencoder of latent diffusion (Rombach et al. 2022), keys as below `first_stage_model.`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from diffusion.networks.layers import attend, conv3, numbered, upsample

NORM_EPSILON = 1e-6


@dataclass(frozen=True)
class AutoencoderConfig:
    """Sizes of an autoencoder; `widths` runs from full resolution to the latents' resolution."""

    widths: tuple[int, ...] = (128, 256, 512, 512)
    blocks: int = 2  # residual blocks at each level of the encoder; the decoder has one more
    pixel_channels: int = 3
    latent_channels: int = 4
    norm_groups: int = 32
    quant_convs: bool = True  # 1x1 convolutions around the latents; SD3 and Flux have none

    @classmethod
    def from_weights(cls, weights: Mapping[str, Tensor], *, norm_groups: int = 32) -> AutoencoderConfig:
        """The sizes told by the shapes of a state dict without prefix."""
        levels = numbered(weights, "encoder.down")
        moments = weights["encoder.conv_out.weight"].shape[0]
        return cls(
            widths=tuple(weights[f"encoder.down.{i}.block.0.conv2.weight"].shape[0] for i in levels),
            blocks=len(numbered(weights, "encoder.down.0.block")),
            pixel_channels=weights["encoder.conv_in.weight"].shape[1],
            latent_channels=moments // 2,
            norm_groups=norm_groups,
            quant_convs="quant_conv.weight" in weights,
        )


class ResnetBlock(nn.Module):
    """x + conv(silu(norm(conv(silu(norm(x)))))), with a 1x1 shortcut where the width changes."""

    def __init__(self, inputs: int, outputs: int, groups: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, inputs, eps=NORM_EPSILON)
        self.conv1 = conv3(inputs, outputs)
        self.norm2 = nn.GroupNorm(groups, outputs, eps=NORM_EPSILON)
        self.conv2 = conv3(outputs, outputs)
        if inputs != outputs:
            self.nin_shortcut = nn.Conv2d(inputs, outputs, 1)
        self.widens = inputs != outputs

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H, W)."""
        h: Tensor = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h)))
        skip: Tensor = self.nin_shortcut(x) if self.widens else x
        return skip + h


class AttentionBlock(nn.Module):
    """Self-attention of one head over all positions."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups, channels, eps=NORM_EPSILON)
        self.q = nn.Conv2d(channels, channels, 1)
        self.k = nn.Conv2d(channels, channels, 1)
        self.v = nn.Conv2d(channels, channels, 1)
        self.proj_out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        h = self.norm(x)
        q, k, v = (layer(h).flatten(2).transpose(1, 2) for layer in (self.q, self.k, self.v))
        mixed = attend(q, k, v, heads=1)  # (B, H * W, C)
        out: Tensor = self.proj_out(mixed.transpose(1, 2).reshape(x.shape))
        return x + out


class Downsample(nn.Module):
    """Halves the size; the padding is below and to the right only, as the first checkpoints had it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H / 2, W / 2)."""
        out: Tensor = self.conv(F.pad(x, (0, 1, 0, 1)))
        return out


class Upsample(nn.Module):
    """Doubles the size, then convolves."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = conv3(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, 2 H, 2 W)."""
        height, width = x.shape[-2:]
        out: Tensor = self.conv(upsample(x, (2 * height, 2 * width)))
        return out


class Level(nn.Module):
    """The residual blocks of one resolution and the change to the next."""

    def __init__(self, inputs: int, outputs: int, blocks: int, groups: int) -> None:
        super().__init__()
        widths = [inputs] + [outputs] * blocks
        self.block = nn.ModuleList(ResnetBlock(a, b, groups) for a, b in pairwise(widths))

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H', W')."""
        for block in self.block:
            x = block(x)
        for name in ("downsample", "upsample"):
            if name in self._modules:
                x = self._modules[name](x)  # type: ignore[misc]
        return x


class Middle(nn.Module):
    """Residual block, attention, residual block at the latents' resolution."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.block_1 = ResnetBlock(channels, channels, groups)
        self.attn_1 = AttentionBlock(channels, groups)
        self.block_2 = ResnetBlock(channels, channels, groups)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        out: Tensor = self.block_2(self.attn_1(self.block_1(x)))
        return out


class Encoder(nn.Module):
    """Pixels to the moments of the latents."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        widths, groups = config.widths, config.norm_groups
        self.conv_in = conv3(config.pixel_channels, widths[0])
        self.down = nn.ModuleList()
        for index, (inputs, outputs) in enumerate(zip(widths[:1] + widths, widths, strict=False)):
            level = Level(inputs, outputs, config.blocks, groups)
            if index < len(widths) - 1:
                level.downsample = Downsample(outputs)
            self.down.append(level)
        self.mid = Middle(widths[-1], groups)
        self.norm_out = nn.GroupNorm(groups, widths[-1], eps=NORM_EPSILON)
        self.conv_out = conv3(widths[-1], 2 * config.latent_channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, 2 * latent channels, h, w)."""
        x = self.conv_in(x)
        for level in self.down:
            x = level(x)
        out: Tensor = self.conv_out(F.silu(self.norm_out(self.mid(x))))
        return out


class Decoder(nn.Module):
    """Latents to pixels. `up.0` is the full resolution and runs last."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        widths, groups = config.widths, config.norm_groups
        self.conv_in = conv3(config.latent_channels, widths[-1])
        self.mid = Middle(widths[-1], groups)
        self.up = nn.ModuleList()
        for index, (inputs, outputs) in enumerate(zip(widths[1:] + widths[-1:], widths, strict=True)):
            level = Level(inputs, outputs, config.blocks + 1, groups)
            if index > 0:
                level.upsample = Upsample(outputs)
            self.up.append(level)
        self.norm_out = nn.GroupNorm(groups, widths[0], eps=NORM_EPSILON)
        self.conv_out = conv3(widths[0], config.pixel_channels)

    def forward(self, z: Tensor) -> Tensor:
        """(B, latent channels, h, w) -> (B, 3, H, W)."""
        x = self.mid(self.conv_in(z))
        for level in reversed(self.up):
            x = level(x)
        out: Tensor = self.conv_out(F.silu(self.norm_out(x)))
        return out


class Autoencoder(nn.Module):
    """Pixels in [-1, 1] to unscaled latents and back."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.latent_channels
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        if config.quant_convs:
            self.quant_conv = nn.Conv2d(2 * channels, 2 * channels, 1)
            self.post_quant_conv = nn.Conv2d(channels, channels, 1)

    @property
    def downscale(self) -> int:
        """Pixels along a side of one latent: 8 for Stable Diffusion."""
        return 1 << (len(self.config.widths) - 1)

    @property
    def latent_channels(self) -> int:
        """Channels of the latents: 4 for Stable Diffusion."""
        return self.config.latent_channels

    def encode_moments(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) in [-1, 1] -> mean and log-variance, each (B, latent channels, h, w)."""
        moments = self.encoder(pixels)
        if self.config.quant_convs:
            moments = self.quant_conv(moments)
        mean, logvar = moments.chunk(2, dim=1)
        return mean, logvar.clamp(-30.0, 20.0)

    def decode(self, latents: Tensor) -> Tensor:
        """Unscaled latents (B, latent channels, h, w) -> (B, 3, H, W), about [-1, 1]."""
        if self.config.quant_convs:
            latents = self.post_quant_conv(latents)
        out: Tensor = self.decoder(latents)
        return out
