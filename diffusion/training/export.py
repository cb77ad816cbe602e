"""Writes the trained networks as one checkpoint in the key layout of Stable Diffusion 1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import save_file
from torch import Tensor

from diffusion.networks.autoencoder import Autoencoder
from diffusion.training import autoencoder, denoiser
from diffusion.training.album import SIDE, held_out

UNET_PREFIX: Final = "model.diffusion_model."
VAE_PREFIX: Final = "first_stage_model."
TEXT_PREFIX: Final = "cond_stage_model.transformer.text_model."
SIZE_LIMIT: Final = 16_000_000  # bytes
RGB_PICTURES: Final = 64  # held-out pictures that the preview's linear map is fitted on


def export(folder: Path, path: Path) -> None:
    """The averaged weights of a training folder as one half-precision checkpoint."""
    vae = autoencoder.load_autoencoder(autoencoder.latest(folder))
    networks = denoiser.load_denoiser(folder / "denoiser.pt")
    scale = denoiser.latent_scale(torch.load(folder / "latents.pt", weights_only=True))
    tensors = {
        **prefixed(networks.unet.state_dict(), UNET_PREFIX),
        **prefixed(vae.state_dict(), VAE_PREFIX),
        **prefixed(networks.text.state_dict(), TEXT_PREFIX),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    save_file(tensors, unfinished, metadata=metadata(vae, scale))
    unfinished.chmod(0o644)
    unfinished.replace(path)
    if path.stat().st_size > SIZE_LIMIT:
        raise ValueError(f"{path} has {path.stat().st_size} bytes; at most {SIZE_LIMIT} are wanted")


def prefixed(weights: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The floating-point weights in half precision under their prefix."""
    return {
        prefix + key: weight.half().contiguous()
        for key, weight in weights.items()
        if weight.is_floating_point()
    }


def metadata(vae: Autoencoder, scale: float) -> dict[str, str]:
    """What the weights cannot tell, and whose they are."""
    config = {
        "family": "sd1",
        "unet_heads": denoiser.CONFIG.heads,
        "unet_norm_groups": denoiser.CONFIG.norm_groups,
        "vae_norm_groups": autoencoder.CONFIG.norm_groups,
        "text_heads": denoiser.TEXT_HEADS,
        "latent_scale": scale,
        "prediction": "epsilon",
        "native_size": SIDE,
        "latent_rgb": latent_rgb(vae, scale),
    }
    return {
        **header("stable-diffusion-v1", "Heddle demo: illustrated landscapes"),
        "heddle.config": json.dumps(config),
        "modelspec.prediction_type": "epsilon",
    }


def header(architecture: str, title: str) -> dict[str, str]:
    """What every file of the bundled model and its companions says of itself."""
    config = {
        "family": "sd1",
        "unet_heads": denoiser.CONFIG.heads,
        "unet_norm_groups": denoiser.CONFIG.norm_groups,
    }
    return {
        "heddle.config": json.dumps(config),
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.architecture": architecture,
        "modelspec.title": title,
        "modelspec.author": "The Heddle authors",
        "modelspec.license": "Apache-2.0",
        "modelspec.description": "Trained from nothing on procedural scenes; see docs/demo-model.md",
        "modelspec.resolution": f"{SIDE}x{SIDE}",
    }


@torch.no_grad()
def latent_rgb(vae: Autoencoder, scale: float) -> list[list[float]]:
    """The linear map from scaled latents to RGB in [-1, 1], (channels + 1, 3), bias last: least squares."""
    pictures = held_out(RGB_PICTURES)
    latents = torch.cat([vae.encode_moments(part)[0] for part in torch.split(pictures, 8)]) * scale
    small = torch.nn.functional.interpolate(pictures, latents.shape[-2:], mode="area")
    rows = latents.movedim(1, -1).flatten(0, 2)  # (N h w, channels)
    rows = torch.cat([rows, torch.ones(len(rows), 1)], dim=1)
    solution = torch.linalg.lstsq(rows, small.movedim(1, -1).flatten(0, 2)).solution
    return [[round(value, 5) for value in row] for row in solution.tolist()]
