"""The denoising UNet of Stable Diffusion 1, 2 and XL, keys as below `model.diffusion_model.`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import torch
from torch import Tensor, nn

from diffusion.networks.layers import conv3, numbered, timestep_embedding, upsample
from diffusion.networks.transformer import ContextKV, SpatialTransformer
from diffusion.networks.tweaks import Pass, Place, Section, Tweak

SD1_HEADS = 8
Depths: TypeAlias = tuple[tuple[int, ...], ...]  # of each block of each level


@dataclass(frozen=True)
class UNetConfig:
    """Sizes of a UNet; tuples run from full resolution to the coarsest level."""

    widths: tuple[int, ...] = (320, 640, 1280, 1280)
    depths: tuple[int, ...] = (1, 1, 1, 0)  # transformer blocks after each residual block
    down_depths: Depths | None = None  # where those of a level differ, as in pruned networks
    up_depths: Depths | None = None  # in the order of running, the coarsest level first
    middle_depth: int = 1  # -1: one residual block and no more; -2: no middle at all
    blocks: int = 2  # residual blocks at each level going down; one more coming up
    input_channels: int = 4
    output_channels: int = 4
    context_width: int = 768
    vector_width: int | None = None  # of SDXL's pooled text and sizes
    classes: int | None = None  # in the vector's place: the noise levels of an upscaler
    heads: int | None = SD1_HEADS  # at every level, or else
    head_dim: int | None = None  # channels of one head
    norm_groups: int = 32
    linear_projection: bool = False  # around the transformers: 1x1 convolutions in SD 1
    crossed: tuple[bool, ...] = ()  # levels that attend to the prompt in the place of themselves; (): none

    @property
    def time_width(self) -> int:
        """Width of the time embedding."""
        return 4 * self.widths[0]

    def heads_of(self, channels: int) -> int:
        """How many heads attend at this width."""
        if self.head_dim is not None:
            return channels // self.head_dim
        return self.heads or SD1_HEADS

    def depth_down(self, level: int, index: int) -> int:
        """How many transformer blocks follow a residual block on the way down."""
        return self.depths[level] if self.down_depths is None else self.down_depths[level][index]

    def depth_up(self, level: int, index: int) -> int:
        """How many transformer blocks follow a residual block on the way up."""
        return self.depths[level] if self.up_depths is None else self.up_depths[-1 - level][index]

    def is_crossed(self, level: int) -> bool:
        """Whether a level attends to the prompt in the place of itself."""
        return bool(self.crossed) and self.crossed[level]

    @classmethod
    def from_weights(
        cls,
        weights: Mapping[str, Tensor],
        *,
        heads: int | None = None,
        head_dim: int | None = None,
        norm_groups: int = 32,
    ) -> UNetConfig:
        """The sizes told by the shapes of a state dict without prefix; heads are not among them."""
        levels = levels_of(weights)
        depths = tuple(level[-1][1] for level in levels)
        down = tuple(tuple(depth for _, depth in level) for level in levels)
        up = up_depths(weights, len(levels[0]) + 1)
        crossed = tuple(is_crossed(weights, level, len(levels[0])) for level in range(len(levels)))
        to_k = next((w for key, w in weights.items() if key.endswith("attn2.to_k.weight")), None)
        proj_in = next((w for key, w in weights.items() if key.endswith("proj_in.weight")), None)
        vector, classes = weights.get("label_emb.0.0.weight"), weights.get("label_emb.weight")
        return cls(
            widths=tuple(level[-1][0] for level in levels),
            depths=depths,
            down_depths=None if all(len(set(level)) <= 1 for level in down) else down,
            up_depths=None if up == even(depths, len(levels[0]) + 1) else up,
            middle_depth=middle_depth(weights),
            blocks=len(levels[0]),
            input_channels=weights["input_blocks.0.0.weight"].shape[1],
            output_channels=weights["out.2.weight"].shape[0],
            context_width=768 if to_k is None else to_k.shape[1],
            vector_width=None if vector is None else vector.shape[1],
            classes=None if classes is None else classes.shape[0],
            heads=heads if head_dim is None else None,
            head_dim=head_dim,
            norm_groups=norm_groups,
            linear_projection=proj_in is not None and proj_in.ndim == 2,
            crossed=crossed if any(crossed) else (),
        )


def levels_of(weights: Mapping[str, Tensor]) -> list[list[tuple[int, int]]]:
    """For each level, the (width, transformer depth) of its residual blocks going down."""
    levels: list[list[tuple[int, int]]] = [[]]
    for index in numbered(weights, "input_blocks")[1:]:
        block = f"input_blocks.{index}"
        if f"{block}.0.op.weight" in weights:
            levels.append([])
        else:
            width = weights[f"{block}.0.out_layers.3.weight"].shape[0]
            levels[-1].append((width, len(numbered(weights, f"{block}.1.transformer_blocks"))))
    return levels


def up_depths(weights: Mapping[str, Tensor], blocks: int) -> Depths:
    """For each level coming up, the transformer depths of its blocks."""
    found = [
        len(numbered(weights, f"output_blocks.{index}.1.transformer_blocks"))
        for index in numbered(weights, "output_blocks")
    ]
    return tuple(tuple(found[start : start + blocks]) for start in range(0, len(found), blocks))


def even(depths: Sequence[int], blocks: int) -> Depths:
    """The same depth in all blocks of a level, the coarsest first."""
    return tuple((depth,) * blocks for depth in reversed(depths))


def middle_depth(weights: Mapping[str, Tensor]) -> int:
    """The transformer depth of the middle, less than 0 where parts of it are missing."""
    parts = numbered(weights, "middle_block")
    if len(parts) < 2:
        return len(parts) - 2
    return len(numbered(weights, "middle_block.1.transformer_blocks"))


def is_crossed(weights: Mapping[str, Tensor], level: int, blocks: int) -> bool:
    """Whether the first transformer of a level has no attention to itself."""
    to_k = weights.get(f"input_blocks.{1 + level * (blocks + 1)}.1.transformer_blocks.0.attn1.to_k.weight")
    return to_k is not None and to_k.shape[0] != to_k.shape[1]


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
        transformers = (module for module in self.modules() if isinstance(module, SpatialTransformer))
        in_order = sorted(transformers, key=lambda transformer: transformer.first)
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
    """The sum, where there is something to add."""
    return x if residual is None else x + residual.to(x.dtype)


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
