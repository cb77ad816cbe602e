"""Whole models: a UNet, an autoencoder and text towers in one file, for each family and variant."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load

from diffusion.networks.unet import UNetConfig
from diffusion.vision.image_encoder import EncoderConfig
from tests.factories import tiny_sd1_folder
from tests.factory import networks
from tests.factory.networks import HEADS, Weights, below, weights
from tests.factory.storing import store
from tests.factory.towers import openclip_image, openclip_text

UNET, VAE = "model.diffusion_model.", "first_stage_model."
TELLTALE = (
    f"{UNET}output_blocks.11.1.transformer_blocks.0.norm1.bias"  # varies more where velocity is predicted
)
VELOCITY, NOISE = 0.15, 0.02


def sd1(path: Path, channels: int = 4) -> None:
    """Stable Diffusion 1, or a variant that sees more channels."""
    parts = pictured(replace(networks.SD1, input_channels=channels))
    text = below("cond_stage_model.transformer.", clip_l(networks.CLIP_L))
    store(path, parts | text, around="state_dict")


def sd2(path: Path, channels: int = 4, *, velocity: bool = False) -> None:
    """Stable Diffusion 2."""
    store(path, sd2_weights(replace(networks.SD2, input_channels=channels), velocity=velocity), told=HEADS)


def sd2_weights(config: UNetConfig, *, velocity: bool) -> Weights:
    """Its tensors; what the UNet predicts shows in one of them."""
    found = pictured(config)
    found[TELLTALE] = varying(found[TELLTALE].numel(), VELOCITY if velocity else NOISE)
    return found | below("cond_stage_model.model.", openclip_text(networks.text(networks.CLIP_H)))


def varying(count: int, deviation: float) -> torch.Tensor:
    """Numbers of exactly this deviation."""
    x = torch.randn(count)
    return (x - x.mean()) / x.std() * deviation


def unclip(path: Path, encoder: EncoderConfig) -> None:
    """Stable Diffusion 2.1 unCLIP with its image encoder."""
    assert encoder.projection is not None
    width = encoder.projection
    found = sd2_weights(replace(networks.SD2, vector_width=2 * width), velocity=True)
    found |= below("embedder.model.visual.", openclip_image(networks.image_encoder(encoder)))
    found["noise_augmentor.data_mean"] = networks.random(1, width)
    found["noise_augmentor.data_std"] = 1 + networks.random(1, width).abs()
    store(path, found, told=HEADS)


def upscaler(path: Path) -> None:
    """The upscaler of Stable Diffusion 2, which enlarges four times."""
    found = weights(networks.unet(networks.UPSCALER), UNET)
    found |= weights(networks.vae(networks.UPSCALER_VAE), VAE)
    store(path, found | below("cond_stage_model.model.", openclip_text(networks.text(networks.CLIP_H))))


def sdxl(path: Path, channels: int = 4) -> None:
    """SDXL's base, or what was made of it in the same layout."""
    towers = below("conditioner.embedders.0.transformer.", clip_l(networks.CLIP_L_XL))
    towers |= below("conditioner.embedders.1.model.", openclip_text(networks.text(networks.CLIP_G)))
    store(path, pictured(replace(networks.SDXL, input_channels=channels)) | towers, told=HEADS)


def refiner(path: Path) -> None:
    """SDXL's refiner."""
    towers = below("conditioner.embedders.0.model.", openclip_text(networks.text(networks.CLIP_G)))
    store(path, pictured(networks.REFINER) | towers, told=HEADS)


def folder(path: Path) -> None:
    """Stable Diffusion 1 as diffusers saves it."""
    tiny_sd1_folder(path)
    for file in path.rglob("*.safetensors"):
        store(file, load(file.read_bytes()), metadata={"format": "pt"})


def pictured(config: UNetConfig) -> Weights:
    """A UNet and an autoencoder."""
    return weights(networks.unet(config), UNET) | weights(networks.vae(), VAE)


def clip_l(config: Any) -> Weights:
    """CLIP-L with the position numbers that its files hold."""
    found = weights(networks.text(config), "text_model.")
    return found | {"text_model.embeddings.position_ids": torch.arange(77)[None]}


def unet_alone(path: Path, config: UNetConfig, told: dict[str, int] | None = None) -> None:
    """A denoising network without its other parts."""
    store(path, weights(networks.unet(config), UNET), told=told)


def vae(path: Path) -> None:
    """An autoencoder."""
    store(path, weights(networks.vae()))


def text_encoder(path: Path, config: Any) -> None:
    """A text tower under transformers' names."""
    tower = weights(networks.text(config))
    projection = "text_projection.weight"
    store(path, {key if key == projection else f"text_model.{key}": value for key, value in tower.items()})


def clip_vision(path: Path, config: EncoderConfig) -> None:
    """An image tower under transformers' names."""
    store(path, weights(networks.image_encoder(config)))


sd1_unet = partial(unet_alone, config=networks.SD1)
sdxl_unet = partial(unet_alone, config=networks.SDXL, told=HEADS)
