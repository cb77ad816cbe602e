"""Tiny networks of every family: narrow, yet with the blocks that the published ones have."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import torch
from torch import Tensor, nn

from diffusion.networks.autoencoder import Autoencoder, AutoencoderConfig
from diffusion.networks.unet import UNet, UNetConfig
from diffusion.text.clip import ClipConfig, text_tower
from diffusion.vision.image_encoder import EncoderConfig, ImageEncoder

Net = TypeVar("Net", bound=nn.Module)
Weights = dict[str, Tensor]

# Narrow heads cannot be told from weights: the header says how many there are.
HEADS = {"unet_heads": 2}

CLIP_L = ClipConfig(width=32, layers=12, heads=1, hidden=64)
CLIP_H = ClipConfig(width=32, layers=24, heads=1, hidden=64, activation="gelu", projection=32)
CLIP_L_XL = replace(CLIP_L, width=16, hidden=32)
CLIP_G = ClipConfig(width=24, layers=32, heads=1, hidden=48, activation="gelu", projection=24)

SIZES = 6 * 256  # numbers that SDXL is told of the picture's history
SD1 = UNetConfig(widths=(32, 64, 64, 64), context_width=CLIP_L.width)
SD2 = replace(SD1, context_width=CLIP_H.width, heads=2, linear_projection=True)
SDXL = UNetConfig(
    widths=(32, 64, 32),
    depths=(0, 2, 10),
    middle_depth=10,
    context_width=CLIP_L_XL.width + CLIP_G.width,
    vector_width=CLIP_G.width + SIZES,
    heads=2,
    linear_projection=True,
)
REFINER = UNetConfig(
    widths=(32, 64, 32, 32),
    depths=(0, 4, 4, 0),
    middle_depth=4,
    context_width=CLIP_G.width,
    vector_width=CLIP_G.width + 5 * 256,
    heads=2,
    linear_projection=True,
)
UPSCALER = UNetConfig(
    widths=(32, 32, 32, 64),
    depths=(0, 1, 1, 1),
    input_channels=7,
    context_width=CLIP_H.width,
    classes=1000,
    linear_projection=True,
    crossed=(False, True, True, False),
)
VAE = AutoencoderConfig(widths=(32, 32, 32, 32))
UPSCALER_VAE = AutoencoderConfig(widths=(32, 32, 32))  # four pixels to a latent

# Width of a picture's embedding; the published ones, for unCLIP models are told apart by them.
VIT_L = EncoderConfig("clip", 24, 24, 1, 48, 14, 224, 768, "quick_gelu")
VIT_H = EncoderConfig("clip", 32, 32, 1, 64, 14, 224, 1024, "gelu")
VIT_BIG_G = EncoderConfig("clip", 40, 48, 1, 80, 14, 224, 1280, "gelu")


def unet(config: UNetConfig) -> UNet:
    """A UNet whose outputs differ."""
    return alive(UNet(config))


def vae(config: AutoencoderConfig = VAE) -> Autoencoder:
    """An autoencoder."""
    return alive(Autoencoder(config))


def text(config: ClipConfig) -> nn.Module:
    """A text tower that tells words apart."""
    return spread(alive(text_tower(config)))


def image_encoder(config: EncoderConfig) -> ImageEncoder:
    """An image tower that tells pictures apart."""
    return spread(alive(ImageEncoder(config)))


def alive(network: Net) -> Net:
    """Random norms and biases too, so that a forgotten or mixed up one shows."""
    for name, parameter in network.named_parameters():
        if parameter.ndim <= 1:
            nn.init.normal_(parameter, mean=1.0 if name.endswith("weight") else 0.0, std=0.1)
    return network.eval().requires_grad_(False)


def spread(network: Net) -> Net:
    """A tower of transformers, which as it is made hardly answers to what it reads."""
    for name, parameter in network.named_parameters():
        if parameter.ndim == 2 and "embedding" in name:
            nn.init.normal_(parameter, std=0.5)
        elif parameter.ndim == 2:
            nn.init.normal_(parameter, std=1 / math.sqrt(parameter.shape[1]))
        elif "embedding" in name:
            nn.init.normal_(parameter, std=0.2)
    return network


def weights(network: nn.Module, prefix: str = "") -> Weights:
    """A network's tensors with something before every name."""
    return {prefix + key: tensor for key, tensor in network.state_dict().items()}


def below(prefix: str, tensors: Mapping[str, Tensor]) -> Weights:
    """Tensors with something before every name."""
    return {prefix + key: tensor for key, tensor in tensors.items()}


def random(*shape: int, std: float = 0.1) -> Tensor:
    """Numbers around zero."""
    return torch.randn(shape) * std
