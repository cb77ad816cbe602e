"""The denoising UNet of Stable Diffusion 1, 2 and XL, keys as below `model.diffusion_model.`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffusion.networks.layers import conv3, timestep_embedding, upsample
from diffusion.networks.transformer import ContextKV, SpatialTransformer, transformers_of
from diffusion.networks.tweaks import Pass, Place, Section, Tweak
from diffusion.networks.unet_config import UNetConfig as UNetConfig


class ResBlock(nn.Module):
    """Two convolutions with the time embedding added between them."""

    def __init__(self, inputs: int, outputs: int, config: UNetConfig) -> None:
        super().__init__()
        groups = config.norm_groups
        self.in_layers = nn.Sequential(nn.GroupNorm(groups, inputs), nn.SiLU(), conv3(inputs, outputs))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(config.time_width, outputs))
        self.out_layers = nn.Sequential(
            nn.GroupNorm(groups, outputs), nn.SiLU(), nn.Identity(), conv3(outputs, outputs)
        )
        self.skip_connection = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """x (B, inputs, H, W), embedding (B, time width) -> (B, outputs, H, W)."""
        h = self.in_layers(x) + self.emb_layers(embedding)[:, :, None, None]
        out: Tensor = self.skip_connection(x) + self.out_layers(h)
        return out


class Downsample(nn.Module):
    """Halves the size, rounding up."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.op = conv3(channels, channels, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, ceil(H / 2), ceil(W / 2))."""
        out: Tensor = self.op(x)
        return out


class Upsample(nn.Module):
    """Enlarges to a given size, then convolves."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = conv3(channels, channels)

    def forward(self, x: Tensor, size: tuple[int, int]) -> Tensor:
        """(B, C, h, w) -> (B, C, *size)."""
        out: Tensor = self.conv(upsample(x, size))
        return out


@dataclass(frozen=True)
class Residuals:
    """What steers a network from outside, added to its features (Zhang et al. 2023; Mou et al. 2023).

    `blocks`: added to what leaves a block of the way down, by its number; `skips`: added to what that block
    sends across to the way up; `middle`: added to what leaves the middle. Each (B, C, H, W).
    """

    blocks: Mapping[int, Tensor] = field(default_factory=dict)
    skips: Mapping[int, Tensor] = field(default_factory=dict)
    middle: Tensor | None = None


@dataclass(frozen=True)
class Step:
    """What every layer of one forward pass may need beside its features."""

    embedding: Tensor  # (B, time width)
    context: ContextKV
    size: tuple[int, int]  # of the skip that comes next, which an upsampling must meet
    place: Place | None = None  # where in the network; None when nobody steps in
    tweaks: Sequence[Tweak] = ()


class Stage(nn.Sequential):
    """Layers of one numbered block, each given what it needs."""

    def forward(self, x: Tensor, step: Step) -> Tensor:  # type: ignore[override]
        """(B, C, H, W) -> (B, C', H', W')."""
        for layer in self:
            if isinstance(layer, ResBlock):
                x = layer(x, step.embedding)
            elif isinstance(layer, SpatialTransformer):
                x = layer(x, step.context, step.place, step.tweaks)
            elif isinstance(layer, Upsample):
                x = layer(x, step.size)
            else:
                x = layer(x)
        return x


class UNet(nn.Module):
    """Predicts the noise (or velocity) in latents at a timestep, told by a prompt's embedding."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        self.time_embed = embedder(config.widths[0], config.time_width)
        if config.classes is not None:
            self.label_emb: nn.Module = nn.Embedding(config.classes, config.time_width)
        elif config.vector_width is not None:
            self.label_emb = nn.Sequential(embedder(config.vector_width, config.time_width))
        self.input_blocks, self.middle_block, self.output_blocks = Blueprint(config).build()
        self.out = nn.Sequential(
            nn.GroupNorm(config.norm_groups, config.widths[0]),
            nn.SiLU(),
            conv3(config.widths[0], config.output_channels),
        )

    def project_context(
        self, context: Tensor, tweaks: Sequence[Tweak] = (), way: Pass | None = None
    ) -> ContextKV:
        """A prompt (B, T, context width) as keys and values for every cross-attention."""
        place = None if way is None else Place(way, "input", 0)
        in_order = transformers_of(self)
        return ContextKV(
            tuple(pair for module in in_order for pair in module.keys_values(context, place, tweaks)),
            {at: pair for module in in_order for at, pair in module.keys_values_instead(context).items()},
        )

    def embed(self, timesteps: Tensor, vector: Tensor | None, dtype: torch.dtype) -> Tensor:
        """Timesteps (B,) and a vector (B, V) or a class (B,), if it takes one, as (B, time width)."""
        sinusoids = timestep_embedding(timesteps, self.config.widths[0])
        embedding: Tensor = self.time_embed(sinusoids.to(dtype))
        return embedding if vector is None else embedding + self.label_emb(vector)

    def forward(
        self,
        x: Tensor,
        timesteps: Tensor,
        context: Tensor | ContextKV,
        vector: Tensor | None = None,
        *,
        residuals: Residuals | None = None,
        tweaks: Sequence[Tweak] = (),
        way: Pass | None = None,
    ) -> Tensor:
        """x (B, C, H, W), timesteps (B,), context (B, T, D) or projected -> (B, C, H, W).

        `residuals` steer it; `tweaks` step in, and need the `way`.
        """
        given = residuals or Residuals()
        place = Place(way, "input", 0) if way is not None and tweaks else None
        pairs = context if isinstance(context, ContextKV) else self.project_context(context, tweaks, way)
        step = Step(self.embed(timesteps, vector, x.dtype), pairs, (0, 0), place, tweaks)
        skips: list[Tensor] = []
        for index, stage in enumerate(self.input_blocks):
            x = plus(stage(x, step), given.blocks.get(index))
            if place is not None:
                x = left(replace(place, block=index, size=size_of(x)), tweaks, x)
            skips.append(plus(x, given.skips.get(index)))
            if place is not None:
                x = gone_on(replace(place, block=index, size=size_of(x)), tweaks, x)
        x = plus(self.middle_block(x, step), given.middle)
        if place is not None:
            x = left(replace(place, section="middle", size=size_of(x)), tweaks, x)
        for index, stage in enumerate(self.output_blocks):
            skip = skips.pop()
            if place is not None:
                at = replace(place, section="output", block=index, size=size_of(skip))
                x, skip = joined(at, tweaks, x, skip)
            x = torch.cat([x, skip], dim=1)
            x = stage(x, replace(step, size=size_of(skips[-1] if skips else x)))
        out: Tensor = self.out(x)
        return out


def size_of(x: Tensor) -> tuple[int, int]:
    """Height and width."""
    return x.shape[-2], x.shape[-1]


def plus(x: Tensor, residual: Tensor | None) -> Tensor:
    """The sum, where there is something to add; at the features' size, should something have shrunk them."""
    if residual is None:
        return x
    if residual.shape[-2:] != x.shape[-2:]:
        residual = F.interpolate(residual, size=x.shape[-2:], mode="bilinear")
    return x + residual.to(x.dtype)


def left(place: Place, tweaks: Sequence[Tweak], h: Tensor) -> Tensor:
    """What leaves a block, as all tweaks would have it."""
    for tweak in tweaks:
        h = tweak.leaving(place, h)
    return h


def gone_on(place: Place, tweaks: Sequence[Tweak], h: Tensor) -> Tensor:
    """What goes on from a block of the way down, as all tweaks would have it."""
    for tweak in tweaks:
        h = tweak.onward(place, h)
    return h


def joined(place: Place, tweaks: Sequence[Tweak], h: Tensor, skip: Tensor) -> tuple[Tensor, Tensor]:
    """What goes into a block of the way up, as all tweaks would have it."""
    for tweak in tweaks:
        h, skip = tweak.joining(place, h, skip)
    return h, skip


def embedder(inputs: int, width: int) -> nn.Sequential:
    """Two linear layers around a SiLU."""
    return nn.Sequential(nn.Linear(inputs, width), nn.SiLU(), nn.Linear(width, width))


class Blueprint:
    """Lays out the numbered blocks; counts the transformer blocks as it goes."""

    def __init__(self, config: UNetConfig) -> None:
        self.config = config
        self.transformers = 0
        self.skips = [config.widths[0]]

    def build(self) -> tuple[nn.ModuleList, Stage, nn.ModuleList]:
        """The way down, the middle, the way up."""
        return self.down(), self.middle(), self.up()

    def stage(
        self, inputs: int, outputs: int, depth: int, section: Section, block: int, *, crossed: bool
    ) -> Stage:
        """A residual block and, where there is depth, its transformer."""
        layers: list[nn.Module] = [ResBlock(inputs, outputs, self.config)]
        if depth:
            layers.append(self.transformer(outputs, depth, section, block, crossed=crossed))
        return Stage(*layers)

    def transformer(
        self, channels: int, depth: int, section: Section, block: int, *, crossed: bool = False
    ) -> SpatialTransformer:
        """A transformer that knows where it is and where its keys and values start."""
        first = self.transformers
        self.transformers += depth
        return SpatialTransformer(channels, depth, self.config, first, section, block, crossed=crossed)

    def down(self) -> nn.ModuleList:
        """`input_blocks`: the first convolution, then each level and its downsampling."""
        config = self.config
        blocks = nn.ModuleList([Stage(conv3(config.input_channels, config.widths[0]))])
        for level, width in enumerate(config.widths):
            crossed = config.is_crossed(level)
            for index in range(config.blocks):
                depth, number = config.depth_down(level, index), len(blocks)
                blocks.append(self.stage(self.skips[-1], width, depth, "input", number, crossed=crossed))
                self.skips.append(width)
            if level < len(config.widths) - 1:
                blocks.append(Stage(Downsample(width)))
                self.skips.append(width)
        return blocks

    def middle(self) -> Stage:
        """`middle_block`: residual block, transformer, residual block at the coarsest level."""
        width, depth = self.config.widths[-1], self.config.middle_depth
        layers: list[nn.Module] = [ResBlock(width, width, self.config)] if depth >= -1 else []
        if depth > 0:
            layers.append(self.transformer(width, depth, "middle", 0))
        if depth >= 0:
            layers.append(ResBlock(width, width, self.config))
        return Stage(*layers)

    def up(self) -> nn.ModuleList:
        """`output_blocks`: each level takes its skips; its last block also upsamples."""
        config, blocks = self.config, nn.ModuleList()
        width = config.widths[-1]
        for level in reversed(range(len(config.widths))):
            for index in range(config.blocks + 1):
                inputs, width = width + self.skips.pop(), config.widths[level]
                depth, crossed = config.depth_up(level, index), config.is_crossed(level)
                stage = self.stage(inputs, width, depth, "output", len(blocks), crossed=crossed)
                if level > 0 and index == config.blocks:
                    stage.append(Upsample(width))
                blocks.append(stage)
        return blocks
