"""ControlNet (Zhang et al. 2023): a copy of a UNet's way down that follows a picture and steers the UNet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffusion.networks.layers import conv3, numbered, timestep_embedding
from diffusion.networks.residual_attention import LoneAttention, ResidualAttention
from diffusion.networks.transformer import ContextKV, transformers_of
from diffusion.networks.unet import Blueprint, Residuals, Step, UNetConfig, embedder


@dataclass(frozen=True)
class UnionConfig:
    """Sizes of what tells a network that knows several kinds of pictures which one it is shown."""

    kinds: int
    width: int  # of the transformer over the kinds
    layers: int
    sinusoids: int  # numbers of one kind's sinusoids


@dataclass(frozen=True)
class ControlNetConfig:
    """Sizes of a ControlNet."""

    unet: UNetConfig
    hint_channels: int = 3
    hint_widths: tuple[int, ...] = (16, 16, 32, 32, 96, 96, 256)  # of each convolution but the last
    union: UnionConfig | None = None

    @property
    def downscale(self) -> int:
        """Pixels of the hint along a side of one latent."""
        steps = sum(hint_stride(index) == 2 for index in range(len(self.hint_widths)))
        return int(2**steps)

    @classmethod
    def from_weights(
        cls,
        weights: Mapping[str, Tensor],
        *,
        heads: int | None = None,
        head_dim: int | None = None,
        norm_groups: int = 32,
    ) -> ControlNetConfig:
        """The sizes told by the shapes of a state dict in the original layout; heads are not among them."""
        first = weights["input_blocks.0.0.weight"]
        ending = {"out.2.weight": torch.empty(first.shape[1], 1, device="meta")}
        unet = UNetConfig.from_weights(
            {**weights, **ending}, heads=heads, head_dim=head_dim, norm_groups=norm_groups
        )
        unet = replace(unet, up_depths=None)  # it has no way up
        channels, *widths, _ = hint_sizes(weights)
        return cls(unet, channels, tuple(widths), union_of(weights))


def hint_sizes(weights: Mapping[str, Tensor]) -> list[int]:
    """The channels of the hint, then those that leave each of its convolutions. Raises LookupError."""
    keys = [f"input_hint_block.{index}.weight" for index in numbered(weights, "input_hint_block")]
    return [weights[keys[0]].shape[1], *(weights[key].shape[0] for key in keys)]


def union_of(weights: Mapping[str, Tensor]) -> UnionConfig | None:
    """The sizes of a union network's own parts; None of any other network."""
    if "task_embedding" not in weights:
        return None
    kinds, width = weights["task_embedding"].shape
    sinusoids = weights["control_add_embedding.linear_1.weight"].shape[1] // kinds
    return UnionConfig(kinds, width, len(numbered(weights, "transformer_layes")), sinusoids)


def hint_stride(index: int) -> int:
    """Every second convolution of the hint halves, but for the first and the last."""
    return 2 if index and index % 2 == 0 else 1


def hint_block(config: ControlNetConfig) -> nn.Sequential:
    """`input_hint_block`: convolutions with SiLU between, from pixels to the latents' size."""
    layers: list[nn.Module] = []
    channels = config.hint_channels
    for index, width in enumerate(config.hint_widths):
        layers += [conv3(channels, width, stride=hint_stride(index)), nn.SiLU()]
        channels = width
    return nn.Sequential(*layers, conv3(channels, config.unet.widths[0]))


def zero_conv(channels: int) -> nn.Sequential:
    """A 1x1 convolution, which training started at zero."""
    return nn.Sequential(nn.Conv2d(channels, channels, 1))


def block_widths(config: UNetConfig) -> list[int]:
    """The channels that leave each block of the way down."""
    widths = [config.widths[0]]
    for level, width in enumerate(config.widths):
        widths += [width] * (config.blocks + (level < len(config.widths) - 1))
    return widths


class KindEmbedding(nn.Module):
    """Sinusoids of which kinds there are, as something to add to the time."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(inputs, width)
        self.linear_2 = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(1, inputs) -> (1, width)."""
        out: Tensor = self.linear_2(F.silu(self.linear_1(x)))
        return out


class ControlNet(nn.Module):
    """The way down and the middle of a UNet, a hint added to its start; keys as below `control_model.`."""

    def __init__(self, config: ControlNetConfig) -> None:
        super().__init__()
        self.config = config
        unet, blueprint = config.unet, Blueprint(config.unet)
        self.time_embed = embedder(unet.widths[0], unet.time_width)
        if unet.vector_width is not None:
            self.label_emb = nn.Sequential(embedder(unet.vector_width, unet.time_width))
        self.input_hint_block = hint_block(config)
        self.input_blocks, self.middle_block = blueprint.down(), blueprint.middle()
        self.zero_convs = nn.ModuleList(zero_conv(width) for width in block_widths(unet))
        self.middle_block_out = zero_conv(unet.widths[-1])
        if config.union is not None:
            self.add_union(config.union)

    def add_union(self, union: UnionConfig) -> None:
        """What a union network has beside; the names are misspelt in its files."""
        self.task_embedding = nn.Parameter(torch.randn(union.kinds, union.width))
        self.transformer_layes = nn.ModuleList(
            ResidualAttention(union.width, LoneAttention(union.width)) for _ in range(union.layers)
        )
        self.spatial_ch_projs = nn.Linear(union.width, self.config.unet.widths[0])
        self.control_add_embedding = KindEmbedding(union.sinusoids * union.kinds, self.config.unet.time_width)

    def features(self, hint: Tensor, kind: int | None = None) -> Tensor:
        """A hint (B, channels, H, W) as what is added to the start, (B, C, h, w); the same at every step."""
        found: Tensor = self.input_hint_block(hint)
        if self.config.union is None:
            return found
        token = found.mean(dim=(2, 3))
        token = token if kind is None else token + self.task_embedding[kind]
        for layer in self.transformer_layes:
            token = layer(token)
        shift: Tensor = self.spatial_ch_projs(token)
        return found + shift[..., None, None]

    def project_context(self, context: Tensor) -> ContextKV:
        """A prompt (B, T, context width) as keys and values for every cross-attention."""
        pairs = (pair for module in transformers_of(self) for pair in module.keys_values(context, None, ()))
        return ContextKV(tuple(pairs))

    def embed(self, timesteps: Tensor, vector: Tensor | None, kind: int | None, dtype: torch.dtype) -> Tensor:
        """Timesteps (B,), a vector (B, V) if it takes one, and the kind of the hint, as (B, time width)."""
        found: Tensor = self.time_embed(timestep_embedding(timesteps, self.config.unet.widths[0]).to(dtype))
        if self.config.union is not None:
            found = found + self.control_add_embedding(self.kind_sinusoids(kind, self.config.union).to(found))
        if self.config.unet.vector_width is not None and vector is not None:
            found = found + self.label_emb(vector)
        return found

    def kind_sinusoids(self, kind: int | None, union: UnionConfig) -> Tensor:
        """1 for the kind and 0 for the others, each as sinusoids, (1, all together)."""
        chosen = torch.tensor([float(index == kind) for index in range(union.kinds)])
        return timestep_embedding(chosen, union.sinusoids).reshape(1, -1)

    def forward(
        self,
        x: Tensor,
        timesteps: Tensor,
        context: Tensor | ContextKV,
        features: Tensor,
        vector: Tensor | None = None,
        *,
        kind: int | None = None,
    ) -> Residuals:
        """x (B, C, h, w) as the UNet is given it, a hint's features (1 or B, C', h, w) -> what to add."""
        pairs = context if isinstance(context, ContextKV) else self.project_context(context)
        step = Step(self.embed(timesteps, vector, kind, x.dtype), pairs, (0, 0))
        left: list[Tensor] = []
        for index, stage in enumerate(self.input_blocks):
            x = stage(x, step)
            x = x + features.to(x.dtype) if index == 0 else x
            left.append(x)
        return self.residuals(left, self.middle_block(x, step))

    def residuals(self, left: Sequence[Tensor], middle: Tensor) -> Residuals:
        """What leaves the blocks and the middle, through the convolutions that began at zero."""
        skips = {index: conv(x) for index, (conv, x) in enumerate(zip(self.zero_convs, left, strict=True))}
        return Residuals(skips=skips, middle=self.middle_block_out(middle))
