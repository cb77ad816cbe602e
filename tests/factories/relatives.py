"""Tiny checkpoints of Stable Diffusion 2 and XL: networks of diffusers and transformers, and their files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, EulerDiscreteScheduler, UNet2DConditionModel
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, PreTrainedModel

from tests.factories.checkpoints import enliven
from tests.factories.original_layout import below, openclip, original_clip, original_unet, original_vae

UNET, VAE = "model.diffusion_model.", "first_stage_model."
HEAD_DIM = 8
VOCABULARY = 49_408
# What the header must say of networks this small.
TOLD = {"unet_head_dim": HEAD_DIM, "text_heads": 2, "text_2_heads": 4}


@dataclass(frozen=True)
class Oracles:
    """Networks of diffusers and transformers."""

    unet: UNet2DConditionModel
    vae: AutoencoderKL
    texts: tuple[nn.Module, ...]


def sd2_oracles(seed: int = 0, **unet: Any) -> Oracles:
    """As Stable Diffusion 2; `unet` are further arguments of its UNet."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return lively(
            UNet2DConditionModel(**{**UNET_SIZES, **SD2_SIZES, **unet}), tiny_vae(), (tiny_openclip(48, 2),)
        )


def sdxl_oracles(seed: int = 0, **unet: Any) -> Oracles:
    """As the base of SDXL."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = UNet2DConditionModel(**{**UNET_SIZES, **SDXL_SIZES, **unet})
        return lively(network, tiny_vae(0.13025), (tiny_clip_l(), tiny_openclip(48, 4)))


def refiner_oracles(seed: int = 0) -> Oracles:
    """As the refiner of SDXL."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = UNet2DConditionModel(**{**UNET_SIZES, **REFINER_SIZES})
        return lively(network, tiny_vae(0.13025), (tiny_openclip(48, 4),))


def tiny_sd2(path: Path, oracles: Oracles | None = None, **more: Any) -> Path:
    """Write a single file in the original layout."""
    oracles = oracles or sd2_oracles()
    text = below("cond_stage_model.model.", openclip(oracles.texts[0]))
    return write(path, [*pictured(oracles), text], **more)


def tiny_sdxl(path: Path, oracles: Oracles | None = None, **more: Any) -> Path:
    """Write a single file in the original layout."""
    oracles = oracles or sdxl_oracles()
    first, second = oracles.texts
    texts = [
        below("conditioner.embedders.0.transformer.", original_clip(first)),
        below("conditioner.embedders.1.model.", openclip(second)),
    ]
    return write(path, [*pictured(oracles), *texts], **more)


def tiny_refiner(path: Path, oracles: Oracles | None = None, **more: Any) -> Path:
    """Write a single file in the original layout."""
    oracles = oracles or refiner_oracles()
    text = below("conditioner.embedders.0.model.", openclip(oracles.texts[0]))
    return write(path, [*pictured(oracles), text], **more)


def tiny_folder(path: Path, oracles: Oracles, *, sdxl: bool = True, **scheduler: Any) -> Path:
    """Write a folder in the layout of diffusers, by diffusers itself."""
    oracles.unet.save_pretrained(path / "unet")
    oracles.vae.save_pretrained(path / "vae")
    names = ("text_encoder", "text_encoder_2")[-len(oracles.texts) :] if sdxl else ("text_encoder",)
    for name, text in zip(names, oracles.texts, strict=True):
        assert isinstance(text, PreTrainedModel)
        text.save_pretrained(path / name)
    EulerDiscreteScheduler(**{**SCHEDULE, **scheduler}).save_pretrained(path / "scheduler")
    (path / "model_index.json").write_text("{}\n")
    return path


def pictured(oracles: Oracles) -> list[dict[str, Tensor]]:
    """UNet and autoencoder."""
    return [below(UNET, original_unet(oracles.unet)), below(VAE, original_vae(oracles.vae))]


def write(
    path: Path,
    parts: list[dict[str, Tensor]],
    *,
    config: Mapping[str, Any] | None = None,
    extra: Mapping[str, Tensor] | None = None,
) -> Path:
    """One file of these parts; `config` is told in the header beside the sizes, `extra` are more tensors."""
    weights = {key: tensor for part in parts for key, tensor in part.items()} | dict(extra or {})
    path.parent.mkdir(parents=True, exist_ok=True)
    held = {key: tensor.detach().clone().contiguous() for key, tensor in weights.items()}
    save_file(held, path, {"heddle.config": json.dumps({**TOLD, **(config or {})})})
    return path


def tiny_vae(scale: float = 0.18215) -> AutoencoderKL:
    """An autoencoder of 8 pixels to a latent."""
    return AutoencoderKL(
        block_out_channels=(32,) * 4,
        layers_per_block=1,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        norm_num_groups=32,
        latent_channels=4,
        scaling_factor=scale,
    )


def tiny_clip_l() -> CLIPTextModel:
    """As CLIP-L."""
    return CLIPTextModel(CLIPTextConfig(**text_sizes(32, 2), hidden_act="quick_gelu"))


def tiny_openclip(width: int, heads: int) -> CLIPTextModelWithProjection:
    """As the text towers of OpenCLIP, whose pooled text is projected to 40 numbers."""
    return CLIPTextModelWithProjection(
        CLIPTextConfig(**text_sizes(width, heads), hidden_act="gelu", projection_dim=40)
    )


def text_sizes(width: int, heads: int) -> dict[str, Any]:
    """Sizes of a tower of three layers."""
    return {
        "hidden_size": width,
        "num_hidden_layers": 3,
        "num_attention_heads": heads,
        "intermediate_size": 64,
        "vocab_size": VOCABULARY,
        "eos_token_id": VOCABULARY - 1,
    }


def lively(unet: UNet2DConditionModel, vae: AutoencoderKL, texts: tuple[nn.Module, ...]) -> Oracles:
    """The networks with random norms and biases too."""
    for network in (unet, vae, *texts):
        enliven(network)
        network.requires_grad_(False)
        network.eval()
    for text in texts:  # as they are made, tokens hardly differ
        for key, parameter in text.named_parameters():
            if parameter.ndim == 2 and "embedding" not in key:
                nn.init.normal_(parameter, std=0.2)
            elif parameter.ndim == 2:
                nn.init.normal_(parameter, std=0.5)
    return Oracles(unet, vae, texts)


SCHEDULE: Mapping[str, Any] = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "timestep_spacing": "leading",
    "steps_offset": 1,
}
UNET_SIZES: Mapping[str, Any] = {"use_linear_projection": True, "norm_num_groups": 32, "layers_per_block": 1}
SD2_SIZES: Mapping[str, Any] = {
    "block_out_channels": (32, 32, 64, 64),
    "attention_head_dim": (4, 4, 8, 8),
    "layers_per_block": 2,
    "cross_attention_dim": 48,
}
SDXL_SIZES: Mapping[str, Any] = {
    "block_out_channels": (32, 32, 64),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "attention_head_dim": (4, 4, 8),
    "transformer_layers_per_block": (1, 2, 3),
    "cross_attention_dim": 32 + 48,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 40 + 6 * 256,
}
REFINER_SIZES: Mapping[str, Any] = {
    "block_out_channels": (32, 64, 64, 64),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "attention_head_dim": (4, 8, 8, 8),
    "transformer_layers_per_block": 2,
    "cross_attention_dim": 48,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 40 + 5 * 256,
}
