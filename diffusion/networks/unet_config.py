"""The sizes of a UNet, and how its weights tell them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor

from diffusion.networks.layers import numbered

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
            up_depths=None if not up or up == even(depths, len(levels[0]) + 1) else up,
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
