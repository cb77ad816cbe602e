"""Tiny UNets of both makes with the same random weights, and what they are asked about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import save_file
from torch import Tensor, nn

from diffusion.networks.unet import UNet, UNetConfig
from diffusion.sampling.conditioning import Box
from diffusion.sampling.control import ControlCall
from diffusion.sampling.schedules import linear_noise_schedule
from diffusion.types import LatentFormat, Model
from diffusion.weights.patched import Weights

Net = TypeVar("Net", bound=nn.Module)

SD1 = UNetConfig(
    widths=(8, 16, 16), depths=(1, 1, 0), blocks=2, context_width=12, heads=2, norm_groups=4
)  # as in SD 1, the coarsest level does not attend
XL = UNetConfig(
    widths=(8, 16, 24),
    depths=(0, 1, 2),
    middle_depth=2,
    blocks=2,
    context_width=12,
    vector_width=30,
    heads=2,
    norm_groups=4,
    linear_projection=True,
)
HEADER = {"heddle.config": json.dumps({"unet_heads": 2, "unet_norm_groups": 4})}
# Ours -> theirs, inside residual blocks and at the ends.
RESIDUAL = {
    "in_layers.0.": "norm1.",
    "in_layers.2.": "conv1.",
    "emb_layers.1.": "time_emb_proj.",
    "out_layers.0.": "norm2.",
    "out_layers.3.": "conv2.",
    "skip_connection.": "conv_shortcut.",
}
ENDS = {
    "time_embed.0.": "time_embedding.linear_1.",
    "time_embed.2.": "time_embedding.linear_2.",
    "label_emb.0.0.": "add_embedding.linear_1.",
    "label_emb.0.2.": "add_embedding.linear_2.",
    "input_blocks.0.0.": "conv_in.",
    "out.0.": "conv_norm_out.",
    "out.2.": "conv_out.",
    "middle_block.0.": "mid_block.resnets.0.",
    "middle_block.1.": "mid_block.attentions.0.",
    "middle_block.2.": "mid_block.resnets.1.",
    "middle_block_out.0.": "controlnet_mid_block.",
}


def their_key(key: str, blocks: int) -> str:
    """A key of ours as diffusers has it."""
    for ours, other in ENDS.items():
        if key.startswith(ours):
            return other + inside(key.removeprefix(ours), other)
    if not key.startswith(("zero_convs.", "input_blocks.", "output_blocks.")):
        return key
    part, number, *rest = key.split(".")
    if part == "zero_convs":
        return ".".join(["controlnet_down_blocks", number, *rest[1:]])
    layer, *rest = rest
    side = "down_blocks" if part == "input_blocks" else "up_blocks"
    level, index = divmod(int(number) - (part == "input_blocks"), blocks + 1)
    tail = ".".join(rest)
    if tail.startswith("op."):
        return f"{side}.{level}.downsamplers.0.conv.{tail[3:]}"
    if tail.startswith("conv."):
        return f"{side}.{level}.upsamplers.0.{tail}"
    if layer == "0":
        return f"{side}.{level}.resnets.{index}.{inside(tail, 'resnets')}"
    return f"{side}.{level}.attentions.{index}.{tail}"


def inside(tail: str, where: str) -> str:
    """What follows a block's number."""
    if "resnets" in where:
        for ours, other in RESIDUAL.items():
            if tail.startswith(ours):
                return other + tail.removeprefix(ours)
    return tail


def sizes(config: UNetConfig) -> dict[str, object]:
    """What diffusers' UNets and ControlNets are both told."""
    told: dict[str, object] = {
        "block_out_channels": config.widths,
        "layers_per_block": config.blocks,
        "down_block_types": tuple("CrossAttnDownBlock2D" if d else "DownBlock2D" for d in config.depths),
        "transformer_layers_per_block": tuple(max(1, depth) for depth in config.depths),
        "cross_attention_dim": config.context_width,
        "attention_head_dim": config.heads,
        "norm_num_groups": config.norm_groups,
        "use_linear_projection": config.linear_projection,
    }
    if config.vector_width:
        told |= {
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 4,
            "projection_class_embeddings_input_dim": config.vector_width,
        }
    return told


def unets(config: UNetConfig, **more: object) -> tuple[UNet, UNet2DConditionModel]:
    """The same UNet twice."""
    torch.manual_seed(0)
    ours = enlivened(UNet(config).eval().requires_grad_(False))
    ups = tuple("CrossAttnUpBlock2D" if d else "UpBlock2D" for d in reversed(config.depths))
    other = UNet2DConditionModel(**sizes(config), up_block_types=ups, **more).eval().requires_grad_(False)
    weights = {their_key(key, config.blocks): value for key, value in ours.state_dict().items()}
    missing, unexpected = other.load_state_dict(weights, strict=False)
    assert unexpected == []
    assert all("fuser" in key or "position_net" in key for key in missing)
    return ours, other


def enlivened(network: Net) -> Net:
    """Random norms and biases too, so that a forgotten or mixed up one shows."""
    for name, parameter in network.named_parameters():
        if parameter.ndim <= 1:
            nn.init.normal_(parameter, mean=1.0 if name.endswith("weight") else 0.0, std=0.2)
    return network


@dataclass(frozen=True, eq=False)
class Asked:
    """What a network is asked, two rows of it."""

    x: Tensor
    timesteps: Tensor
    context: Tensor
    vector: Tensor | None
    told: Mapping[str, Tensor]  # the vector as diffusers takes it

    def call(self, box: Box | None = None, parts: int = 2) -> ControlCall:
        """The same as a call of a control network, for the whole picture unless there is a box."""
        whole = (self.x.shape[-2], self.x.shape[-1])
        return ControlCall(
            self.x, self.timesteps, self.context, self.vector, 1.0, box or Box(0, 0, *whole), whole,
            slice(0, len(self.x) // parts), parts,
        )  # fmt: skip


def asked(config: UNetConfig, height: int = 8, width: int = 12) -> Asked:
    """Two rows at random."""
    torch.manual_seed(1)
    x, context = torch.randn(2, 4, height, width), torch.randn(2, 7, config.context_width)
    timesteps = torch.tensor([981, 3])
    if config.vector_width is None:
        return Asked(x, timesteps, context, None, {})
    texts, ids = torch.randn(2, config.vector_width - 24), torch.randint(0, 64, (2, 6)).float()
    angles = ids[..., None] * torch.tensor([1.0, 0.01])
    sinusoids = torch.cat([angles.cos(), angles.sin()], dim=-1).flatten(1)
    return Asked(
        x, timesteps, context, torch.cat([texts, sinusoids], 1), {"text_embeds": texts, "time_ids": ids}
    )


def model_of(unet: UNet, family: str = "sd1") -> Model:
    """A model around a UNet."""
    latents = LatentFormat(channels=4, scale=0.5)
    return Model(Weights(unet), linear_noise_schedule(), "epsilon", latents, family, torch.float32)


def saved(weights: Mapping[str, Tensor], path: Path) -> Path:
    """A file of these weights whose header tells what shapes do not."""
    save_file({key: value.detach().contiguous().clone() for key, value in weights.items()}, path, HEADER)
    return path


def narrower(config: UNetConfig) -> UNetConfig:
    """One that reads prompts of another width."""
    return replace(config, context_width=config.context_width + 4)


def close(found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=2e-4, rtol=2e-4)
