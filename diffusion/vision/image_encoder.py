"""The vision towers of CLIP (Radford et al. 2021) and SigLIP (Zhai et al. 2023), sized by their weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from diffusion.networks.layers import numbered

# Width -> attention heads of the published towers; elsewhere a head is 64 wide.
HEADS = {768: 12, 1024: 16, 1152: 16, 1280: 16, 1664: 16}
HEAD_WIDTH = 64
OPENCLIP_WIDTHS = (1280, 1408, 1664)  # H, g and bigG, trained by LAION with the exact GELU
# (patch, patches a side) -> pixels a side, where the last ones belong to no patch.
SIZES = {(14, 27): 384}


@dataclass(frozen=True)
class EncoderConfig:
    """Sizes of a vision tower, and which of the two it is."""

    kind: str  # "clip" or "siglip"
    width: int
    layers: int
    heads: int
    hidden: int  # of the feed-forward layers
    patch: int
    size: int  # pixels a side
    projection: int | None  # None: what is pooled is given as it is
    activation: str
    head: bool = False  # whether SigLIP's pooling is there

    @classmethod
    def from_weights(cls, weights: Mapping[str, Tensor], *, heads: int | None = None) -> EncoderConfig:
        """The sizes told by shapes in transformers' layout. Raises KeyError, ValueError."""
        siglip = "vision_model.embeddings.patch_embedding.bias" in weights
        width, _, patch, _ = weights["vision_model.embeddings.patch_embedding.weight"].shape
        positions = weights["vision_model.embeddings.position_embedding.weight"].shape[0] - (not siglip)
        projection = weights.get("visual_projection.weight")
        return cls(
            kind="siglip" if siglip else "clip",
            width=width,
            layers=len(numbered(weights, "vision_model.encoder.layers")),
            heads=heads or heads_of(width),
            hidden=weights["vision_model.encoder.layers.0.mlp.fc1.weight"].shape[0],
            patch=patch,
            size=side_of(patch, positions),
            projection=None if projection is None else projection.shape[0],
            activation=activation_of(width, siglip),
            head="vision_model.head.probe" in weights,
        )


def heads_of(width: int) -> int:
    """How many heads share a width."""
    heads = HEADS.get(width, max(1, width // HEAD_WIDTH))
    if width % heads:
        raise ValueError(f"{heads} heads do not share {width} channels")
    return heads


def side_of(patch: int, positions: int) -> int:
    """Pixels a side of a square picture of so many patches."""
    grid = math.isqrt(positions)
    if grid * grid != positions:
        raise ValueError(f"{positions} patches are no square")
    return SIZES.get((patch, grid), grid * patch)


def activation_of(width: int, siglip: bool) -> str:
    """With which activation a tower of this width was trained."""
    if siglip:
        return "gelu_pytorch_tanh"
    return "gelu" if width in OPENCLIP_WIDTHS else "quick_gelu"


class ImageEncoder(nn.Module):
    """A vision tower and the projection behind it; its keys are those of transformers' models."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.vision_model = siglip_tower(config) if config.kind == "siglip" else clip_tower(config)
        self.visual_projection = (
            nn.Linear(config.width, config.projection, bias=False) if config.projection else None
        )

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, 3, size, size) -> embeddings (B, D), last and penultimate states (B, tokens, width)."""
        x = self.vision_model.embeddings(pixels)  # type: ignore[operator]
        if self.config.kind == "clip":
            x = self.vision_model.pre_layrnorm(x)  # type: ignore[operator]
        penultimate = x
        for layer in self.vision_model.encoder.layers:  # type: ignore[union-attr]
            penultimate, x = x, layer(x, None)
        last, pooled = self.pooled(x)
        embeds = pooled if self.visual_projection is None else self.visual_projection(pooled)
        return embeds, last, penultimate

    def pooled(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Behind the last layer: (the states to hand out, one vector for each picture)."""
        tower = self.vision_model
        if self.config.kind == "clip":
            return x, tower.post_layernorm(x[:, 0])  # type: ignore[operator]
        x = tower.post_layernorm(x)  # type: ignore[operator]
        return x, tower.head(x) if self.config.head else x.mean(1)  # type: ignore[operator]


def clip_tower(config: EncoderConfig) -> nn.Module:
    """transformers' CLIP vision tower."""
    from transformers import CLIPVisionConfig, CLIPVisionModel  # takes seconds, and only an encoder needs it

    model = CLIPVisionModel(CLIPVisionConfig(**sizes(config), hidden_act=config.activation))
    tower: nn.Module = getattr(model, "vision_model", model)  # the first releases of transformers 5 nest it
    return tower


def siglip_tower(config: EncoderConfig) -> nn.Module:
    """transformers' SigLIP vision tower."""
    from transformers import SiglipVisionConfig, SiglipVisionModel

    settings = SiglipVisionConfig(**sizes(config), hidden_act=config.activation, vision_use_head=config.head)
    model = SiglipVisionModel(settings)
    tower: nn.Module = getattr(model, "vision_model", model)
    return tower


def sizes(config: EncoderConfig) -> dict[str, int]:
    """What both towers are told."""
    return {
        "hidden_size": config.width,
        "intermediate_size": config.hidden,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "image_size": config.size,
        "patch_size": config.patch,
    }
