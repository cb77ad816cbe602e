"""Tiny Stable Diffusion 1 checkpoints: the real keys and shapes at small width, random weights."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from diffusion.networks.autoencoder import Autoencoder, AutoencoderConfig
from diffusion.networks.unet import UNet, UNetConfig
from diffusion.text.clip import ClipConfig, text_tower

UNET = UNetConfig(widths=(32, 32, 64, 64), context_width=32)
VAE = AutoencoderConfig(widths=(32, 32, 64, 64))
TEXT = ClipConfig(width=32, layers=2, heads=1, hidden=64)

PREFIXES = {
    "unet": "model.diffusion_model.",
    "vae": "first_stage_model.",
    "text": "cond_stage_model.transformer.text_model.",
}


def tiny_networks(seed: int = 0) -> dict[str, nn.Module]:
    """The three networks by part, with weights large enough for their outputs to differ."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = {"unet": UNet(UNET), "vae": Autoencoder(VAE), "text": text_tower(TEXT)}
        for network in networks.values():
            enliven(network)
    return networks


def enliven(network: nn.Module) -> None:
    """Random norms and biases too, so that a forgotten or mixed up one shows."""
    for name, parameter in network.named_parameters():
        if parameter.ndim == 1:
            nn.init.normal_(parameter, mean=1.0 if name.endswith("weight") else 0.0, std=0.1)


def tiny_weights(
    seed: int = 0, *, parts: Collection[str] = ("unet", "vae", "text"), dtype: torch.dtype = torch.float32
) -> dict[str, Tensor]:
    """The tensors of a single file by key."""
    return {
        PREFIXES[part] + key: tensor.detach().to(dtype).contiguous()
        for part, network in tiny_networks(seed).items()
        if part in parts
        for key, tensor in network.state_dict().items()
    }


def tiny_sd1(
    path: Path,
    *,
    seed: int = 0,
    parts: Collection[str] = ("unet", "vae", "text"),
    dtype: torch.dtype = torch.float32,
    config: Mapping[str, Any] | None = None,
) -> Path:
    """Write a single-file checkpoint (8 MB: CLIP's table of tokens); `config` goes into its header."""
    metadata = None if config is None else {"heddle.config": json.dumps(dict(config))}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tiny_weights(seed, parts=parts, dtype=dtype), path, metadata)
    return path


def tiny_sd1_folder(path: Path, *, seed: int = 0, prediction: str = "epsilon") -> Path:
    """Write a checkpoint in the layout of diffusers, by diffusers itself."""
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = {
            "unet": UNet2DConditionModel(
                block_out_channels=UNET.widths, cross_attention_dim=UNET.context_width, attention_head_dim=8
            ),
            "vae": AutoencoderKL(
                block_out_channels=VAE.widths,
                layers_per_block=2,
                down_block_types=("DownEncoderBlock2D",) * 4,
                up_block_types=("UpDecoderBlock2D",) * 4,
                norm_num_groups=32,
                latent_channels=4,
            ),
            "text_encoder": CLIPTextModel(
                CLIPTextConfig(
                    hidden_size=32,
                    num_hidden_layers=2,
                    num_attention_heads=2,
                    intermediate_size=64,
                    vocab_size=49408,
                )
            ),
        }
        for name, network in networks.items():
            enliven(network)
            network.save_pretrained(path / name)
    scheduler = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type=prediction
    )
    scheduler.save_pretrained(path / "scheduler")
    (path / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}\n')
    return path
