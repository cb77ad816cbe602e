"""The denoising UNet of Stable Diffusion 1, 2 and XL, keys as below `model.diffusion_model.`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffusion.networks.layers import attend, conv3, numbered, timestep_embedding, upsample

SD1_HEADS = 8


@dataclass(frozen=True)
class UNetConfig:
    """Sizes of a UNet; tuples run from full resolution to the coarsest level."""

    widths: tuple[int, ...] = (320, 640, 1280, 1280)
    depths: tuple[int, ...] = (1, 1, 1, 0)  # transformer blocks after each residual block
    middle_depth: int = 1
    blocks: int = 2  # residual blocks at each level going down; one more coming up
    input_channels: int = 4
    output_channels: int = 4
    context_width: int = 768
    vector_width: int | None = None  # of SDXL's pooled text and sizes
    heads: int | None = SD1_HEADS  # at every level, or else
    head_dim: int | None = None  # channels of one head
    norm_groups: int = 32
    linear_projection: bool = False  # around the transformers: 1x1 convolutions in SD 1

    @property
    def time_width(self) -> int:
        """Width of the time embedding."""
        return 4 * self.widths[0]

    def heads_of(self, channels: int) -> int:
        """How many heads attend at this width."""
        if self.head_dim is not None:
            return channels // self.head_dim
        return self.heads or SD1_HEADS

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
        to_k = next((w for key, w in weights.items() if key.endswith("attn2.to_k.weight")), None)
        proj_in = next((w for key, w in weights.items() if key.endswith("proj_in.weight")), None)
        vector = weights.get("label_emb.0.0.weight")
        return cls(
            widths=tuple(level[-1][0] for level in levels),
            depths=tuple(level[-1][1] for level in levels),
            middle_depth=len(numbered(weights, "middle_block.1.transformer_blocks")),
            blocks=len(levels[0]),
            input_channels=weights["input_blocks.0.0.weight"].shape[1],
            output_channels=weights["out.2.weight"].shape[0],
            context_width=768 if to_k is None else to_k.shape[1],
            vector_width=None if vector is None else vector.shape[1],
            heads=heads if head_dim is None else None,
            head_dim=head_dim,
            norm_groups=norm_groups,
            linear_projection=proj_in is not None and proj_in.ndim == 2,
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


@dataclass(frozen=True)
class ContextKV:
    """A prompt's keys and values for every cross-attention, each (B, T, C): the same at every step."""

    pairs: tuple[tuple[Tensor, Tensor], ...]


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


class Attention(nn.Module):
    """Projections around multi-head attention."""

    def __init__(self, channels: int, source: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_k = nn.Linear(source, channels, bias=False)
        self.to_v = nn.Linear(source, channels, bias=False)
        self.to_out = nn.Sequential(nn.Linear(channels, channels))

    def keys_values(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, source) -> keys and values, each (B, T, C)."""
        return self.to_k(source), self.to_v(source)

    def forward(self, x: Tensor, keys_values: tuple[Tensor, Tensor]) -> Tensor:
        """(B, N, C) attending to (B, T, C) -> (B, N, C)."""
        out: Tensor = self.to_out(attend(self.to_q(x), *keys_values, self.heads))
        return out


class GEGLU(nn.Module):
    """x W gated by gelu(x V) (Shazeer 2020)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.proj = nn.Linear(inputs, 2 * outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, inputs) -> (B, N, outputs)."""
        value: Tensor
        value, gate = self.proj(x).chunk(2, dim=-1)
        return value * F.gelu(gate)


class FeedForward(nn.Module):
    """Widens four times, gates, narrows."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        wide = 4 * channels
        self.net = nn.Sequential(GEGLU(channels, wide), nn.Identity(), nn.Linear(wide, channels))

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, C) -> (B, N, C)."""
        out: Tensor = self.net(x)
        return out


class TransformerBlock(nn.Module):
    """Self-attention, cross-attention to the prompt, feed-forward; each normed and added."""

    def __init__(self, channels: int, config: UNetConfig) -> None:
        super().__init__()
        heads = config.heads_of(channels)
        self.attn1 = Attention(channels, channels, heads)
        self.ff = FeedForward(channels)
        self.attn2 = Attention(channels, config.context_width, heads)
        self.norm1 = nn.LayerNorm(channels)
        self.norm2 = nn.LayerNorm(channels)
        self.norm3 = nn.LayerNorm(channels)

    def forward(self, x: Tensor, prompt: tuple[Tensor, Tensor]) -> Tensor:
        """(B, N, C) with the prompt's keys and values -> (B, N, C)."""
        h = self.norm1(x)
        x = x + self.attn1(h, self.attn1.keys_values(h))
        x = x + self.attn2(self.norm2(x), prompt)
        out: Tensor = x + self.ff(self.norm3(x))
        return out


class SpatialTransformer(nn.Module):
    """Transformer blocks over the positions of a feature map."""

    def __init__(self, channels: int, depth: int, config: UNetConfig, first: int) -> None:
        super().__init__()
        self.linear = config.linear_projection
        self.first = first  # where this module's pairs start in ContextKV
        self.norm = nn.GroupNorm(config.norm_groups, channels, eps=1e-6)
        self.proj_in = self.projection(channels)
        self.transformer_blocks = nn.ModuleList(TransformerBlock(channels, config) for _ in range(depth))
        self.proj_out = self.projection(channels)

    def projection(self, channels: int) -> nn.Module:
        """A linear map of each position, in the form its checkpoints store."""
        return nn.Linear(channels, channels) if self.linear else nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor, context: ContextKV) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        h: Tensor = self.norm(x)
        if not self.linear:
            h = self.proj_in(h)
        h = h.flatten(2).transpose(1, 2)  # (B, H * W, C)
        if self.linear:
            h = self.proj_in(h)
        for index, block in enumerate(self.transformer_blocks, self.first):
            h = block(h, context.pairs[index])
        if self.linear:
            h = self.proj_out(h)
        h = h.transpose(1, 2).reshape(x.shape)
        if not self.linear:
            h = self.proj_out(h)
        return x + h


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
class Step:
    """What every layer of one forward pass may need beside its features."""

    embedding: Tensor  # (B, time width)
    context: ContextKV
    size: tuple[int, int]  # of the skip that comes next, which an upsampling must meet


class Stage(nn.Sequential):
    """Layers of one numbered block, each given what it needs."""

    def forward(self, x: Tensor, step: Step) -> Tensor:  # type: ignore[override]
        """(B, C, H, W) -> (B, C', H', W')."""
        for layer in self:
            if isinstance(layer, ResBlock):
                x = layer(x, step.embedding)
            elif isinstance(layer, SpatialTransformer):
                x = layer(x, step.context)
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
        if config.vector_width is not None:
            self.label_emb = nn.Sequential(embedder(config.vector_width, config.time_width))
        self.input_blocks, self.middle_block, self.output_blocks = Blueprint(config).build()
        self.out = nn.Sequential(
            nn.GroupNorm(config.norm_groups, config.widths[0]),
            nn.SiLU(),
            conv3(config.widths[0], config.output_channels),
        )

    def project_context(self, context: Tensor) -> ContextKV:
        """A prompt (B, T, context width) as keys and values for every cross-attention."""
        blocks = (module for module in self.modules() if isinstance(module, TransformerBlock))
        return ContextKV(tuple(block.attn2.keys_values(context) for block in blocks))

    def embed(self, timesteps: Tensor, vector: Tensor | None, dtype: torch.dtype) -> Tensor:
        """Timesteps (B,) and, for SDXL, a vector (B, V) as the time embedding (B, time width)."""
        sinusoids = timestep_embedding(timesteps, self.config.widths[0])
        embedding: Tensor = self.time_embed(sinusoids.to(dtype))
        return embedding if vector is None else embedding + self.label_emb(vector)

    def forward(
        self,
        x: Tensor,
        timesteps: Tensor,
        context: Tensor | ContextKV,
        vector: Tensor | None = None,
    ) -> Tensor:
        """x (B, C, H, W), timesteps (B,), context (B, T, D) or projected -> (B, C, H, W)."""
        pairs = context if isinstance(context, ContextKV) else self.project_context(context)
        step = Step(self.embed(timesteps, vector, x.dtype), pairs, (0, 0))
        skips: list[Tensor] = []
        for stage in self.input_blocks:
            x = stage(x, step)
            skips.append(x)
        x = self.middle_block(x, step)
        for stage in self.output_blocks:
            x = torch.cat([x, skips.pop()], dim=1)
            height, width = skips[-1].shape[-2:] if skips else x.shape[-2:]
            x = stage(x, Step(step.embedding, pairs, (height, width)))
        out: Tensor = self.out(x)
        return out


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

    def stage(self, inputs: int, outputs: int, depth: int) -> Stage:
        """A residual block and, where there is depth, its transformer."""
        layers: list[nn.Module] = [ResBlock(inputs, outputs, self.config)]
        if depth:
            layers.append(self.transformer(outputs, depth))
        return Stage(*layers)

    def transformer(self, channels: int, depth: int) -> SpatialTransformer:
        """A transformer that knows where its keys and values start."""
        first = self.transformers
        self.transformers += depth
        return SpatialTransformer(channels, depth, self.config, first)

    def down(self) -> nn.ModuleList:
        """`input_blocks`: the first convolution, then each level and its downsampling."""
        config = self.config
        blocks = nn.ModuleList([Stage(conv3(config.input_channels, config.widths[0]))])
        for level, (width, depth) in enumerate(zip(config.widths, config.depths, strict=True)):
            for _ in range(config.blocks):
                blocks.append(self.stage(self.skips[-1], width, depth))
                self.skips.append(width)
            if level < len(config.widths) - 1:
                blocks.append(Stage(Downsample(width)))
                self.skips.append(width)
        return blocks

    def middle(self) -> Stage:
        """`middle_block`: residual block, transformer, residual block at the coarsest level."""
        width = self.config.widths[-1]
        layers: list[nn.Module] = [ResBlock(width, width, self.config)]
        if self.config.middle_depth:
            layers.append(self.transformer(width, self.config.middle_depth))
        return Stage(*layers, ResBlock(width, width, self.config))

    def up(self) -> nn.ModuleList:
        """`output_blocks`: each level takes its skips; its last block also upsamples."""
        config, blocks = self.config, nn.ModuleList()
        width = config.widths[-1]
        for level in reversed(range(len(config.widths))):
            for index in range(config.blocks + 1):
                inputs, width = width + self.skips.pop(), config.widths[level]
                stage = self.stage(inputs, width, config.depths[level])
                if level > 0 and index == config.blocks:
                    stage.append(Upsample(width))
                blocks.append(stage)
        return blocks
