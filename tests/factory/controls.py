"""What is put beside a model: ControlNets, adapters for pictures and boxes, styles, identities."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from diffusion.networks.adapter import Adapter, AdapterConfig
from diffusion.networks.controlnet import ControlNet, ControlNetConfig
from diffusion.networks.gligen import Gligen, GligenConfig
from diffusion.networks.ip_adapter import IpAdapter, IpAdapterConfig, ResamplerConfig
from diffusion.networks.photomaker import PhotoMaker, PhotoMakerConfig
from diffusion.networks.style import StyleAdapter, StyleConfig
from diffusion.networks.transformer import SpatialTransformer, TransformerBlock
from diffusion.networks.unet import UNet, UNetConfig
from diffusion.vision.image_encoder import EncoderConfig
from tests.factory import networks
from tests.factory.networks import HEADS, SD1, SDXL, Weights, alive, random, spread, weights
from tests.factory.storing import halved, store

HINTS = (8, 8, 8, 8, 16, 16, 16)
RANK = 4
GENTLE = 0.1  # what is steered stays a picture
FULL_BLOCK = re.compile(r"body\.(\d+)\.(?:resnets\.(\d+)\.)?(.+)")
LAST = ("zero_convs.", "middle_block_out.")
OWN = ("input_hint_block.", *LAST)


def controlnet(path: Path, config: UNetConfig, told: dict[str, int] | None = None) -> None:
    """A ControlNet in the original layout."""
    network = gentle(ControlNet(ControlNetConfig(config, hint_widths=HINTS)))
    store(path, weights(network, "control_model."), told=told)


def diffusers_controlnet(path: Path, config: UNetConfig, told: dict[str, int] | None = None) -> None:
    """A ControlNet as diffusers saves it."""
    from diffusers import ControlNetModel

    store(path, weights(gentle(ControlNetModel(**diffusers_sizes(config)))), told=told)


def union(path: Path, kinds: int = 6) -> None:
    """A network of SDXL that follows several kinds of pictures, as diffusers saves it."""
    from diffusers import ControlNetUnionModel

    own = {"num_control_type": kinds, "num_trans_channel": 32, "num_trans_head": 4}
    sizes = diffusers_sizes(SDXL) | own | {"num_proj_channel": SDXL.widths[0]}
    store(path, weights(gentle(ControlNetUnionModel(**sizes))), told=HEADS)


def diffusers_sizes(config: UNetConfig) -> dict[str, Any]:
    """What a ControlNet of diffusers is told."""
    hints = HINTS[::2]
    sizes: dict[str, Any] = {
        "block_out_channels": config.widths,
        "layers_per_block": config.blocks,
        "down_block_types": tuple("CrossAttnDownBlock2D" if d else "DownBlock2D" for d in config.depths),
        "transformer_layers_per_block": tuple(max(1, depth) for depth in config.depths),
        "cross_attention_dim": config.context_width,
        "attention_head_dim": config.heads,
        "use_linear_projection": config.linear_projection,
        "conditioning_embedding_out_channels": hints,
    }
    if config.vector_width:
        sizes |= {
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 256,
            "projection_class_embeddings_input_dim": config.vector_width,
        }
    return sizes


def control_lora(path: Path) -> None:
    """A ControlNet of SDXL as factors over its UNet's weights, its norms and biases as they are."""
    network = gentle(ControlNet(ControlNetConfig(SDXL, hint_widths=HINTS)))
    found: Weights = {"lora_controlnet": torch.zeros(0)}
    for key, tensor in network.state_dict().items():
        name = key.removesuffix(".weight")
        if key.startswith(OWN) or tensor.ndim == 1:
            found[key] = tensor
        else:
            found[f"{name}.up"] = random(tensor.shape[0], RANK, *(1,) * (tensor.ndim - 2))
            found[f"{name}.down"] = random(RANK, *tensor.shape[1:])
    store(path, found)


def t2i_adapter(path: Path, config: AdapterConfig) -> None:
    """A T2I-Adapter as its authors publish it."""
    held = gentle(Adapter(config)).state_dict()
    store(path, {published(key, config): tensor for key, tensor in held.items()})


def published(key: str, config: AdapterConfig) -> str:
    """The name of one tensor: light adapters nest their blocks, the others count them through all levels."""
    found = FULL_BLOCK.fullmatch(key)
    if found is None:
        return key
    if config.kind == "light":
        return key.replace(".resnets.", ".body.")
    return f"body.{int(found[1]) * config.blocks + int(found[2] or 0)}.{found[3]}"


FULL = AdapterConfig("full", widths=SD1.widths)
LIGHT = AdapterConfig("light", widths=SD1.widths, blocks=4, kernel=3)
XL = AdapterConfig("xl", widths=(*SDXL.widths, SDXL.widths[-1]))


def gligen(path: Path) -> None:
    """The gated attentions of GLIGEN for SD 1, alone."""
    places = list(attentions(SD1))
    width = networks.CLIP_L.width
    network = alive(Gligen(GligenConfig(width, 2 * width, width, tuple(channels for _, channels in places))))
    found = weights(network.position_net, "position_net.")
    for fuser, (place, _) in zip(network.fusers, places, strict=True):
        found |= weights(fuser, f"{place}.fuser.")
    store(path, found)


def ip_adapter(path: Path, config: UNetConfig, kind: str = "plain") -> None:
    """An IP-Adapter; its layers are counted with the self-attentions between them."""
    channels = tuple(channels for _, channels in attentions(config))
    encoder = networks.VIT_H
    assert encoder.projection is not None
    if kind == "plain":
        sizes = IpAdapterConfig("plain", encoder.projection, config.context_width, channels)
    else:
        resampler = ResamplerConfig(tokens=16, width=32, depth=4, inner=64, hidden=64)
        sizes = IpAdapterConfig("plus", encoder.width, config.context_width, channels, 0, resampler)
    network = alive(IpAdapter(sizes))
    found = weights(network.image_proj, "image_proj.")
    for index, layer in enumerate(network.layers):
        found |= weights(layer, f"ip_adapter.{2 * index + 1}.")
    store(path, found)


def attentions(config: UNetConfig) -> Iterator[tuple[str, int]]:
    """A UNet's transformer blocks by name, with their channels: down, up, and the middle last."""
    with torch.device("meta"):
        network = UNet(config)
    order = ("input_blocks", "output_blocks", "middle_block")
    for part in order:
        for name, module in network.get_submodule(part).named_modules():
            if isinstance(module, SpatialTransformer):
                for index, block in enumerate(module.transformer_blocks):
                    assert isinstance(block, TransformerBlock)
                    yield f"{part}.{name}.transformer_blocks.{index}", block.attn2.to_q.out_features


def style_model(path: Path, encoder: EncoderConfig = networks.VIT_L) -> None:
    """The style adapter for SD 1."""
    config = StyleConfig(width=encoder.width, context_width=networks.CLIP_L.width)
    store(path, weights(alive(StyleAdapter(config))))


def photomaker(path: Path) -> None:
    """PhotoMaker's first version: an image tower and what fuses its answer with a word of SDXL."""
    encoder = replace(networks.VIT_L, projection=networks.CLIP_L_XL.width)
    network = spread(alive(PhotoMaker(PhotoMakerConfig(encoder, networks.CLIP_G.width))))
    held = {key: halved(tensor) for key, tensor in network.state_dict().items()}
    torch.save({"id_encoder": held, "lora_weights": {}}, path)


def gentle(network: nn.Module) -> nn.Module:
    """A network that steers a little: what training began at zero is small, not zero."""
    alive(network)
    for name, parameter in network.named_parameters():
        if parameter.ndim == 4 and (name.startswith(LAST) or not parameter.any()):
            nn.init.normal_(parameter, std=GENTLE)
    return network
