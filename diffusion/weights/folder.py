"""From a diffusers folder to tensors under their original names, and what its config files say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from diffusion.errors import CheckpointError
from diffusion.families.latent_diffusion import FIRST_TEXT, SECOND_TEXT, UNET, VAE
from diffusion.families.sd2 import STATISTICS as ORIGINAL_STATISTICS
from diffusion.weights.archive import Archive, join, open_archive
from diffusion.weights.layout import original_unet, original_vae, prefixed
from diffusion.weights.settings import Settings, folder_settings

CONFIG_LIMIT = 1 << 20  # bytes
# Files of one part in a diffusers folder, in the order of preference.
PART_FILES = (
    "diffusion_pytorch_model.safetensors",
    "model.safetensors",
    "diffusion_pytorch_model-*-of-*.safetensors",
    "model-*-of-*.safetensors",
    "diffusion_pytorch_model.fp16.safetensors",
    "model.fp16.safetensors",
    "diffusion_pytorch_model.bin",
    "pytorch_model.bin",
)
IMAGE_ENCODER = "image_encoder."
# unCLIP's statistics of picture embeddings, by their names in the original checkpoints.
STATISTICS = dict(zip(("mean", "std"), ORIGINAL_STATISTICS, strict=True))
PARTS = ("unet", "vae", "text_encoder", "text_encoder_2")


def open_folder(path: Path) -> tuple[Archive, Settings]:
    """The tensors and settings of a diffusers folder: of a whole pipeline, or of one part alone."""
    if (path / "config.json").is_file():
        return open_alone(path)
    parts = {name: open_part(path / name) for name in (*PARTS, "image_encoder", "image_normalizer")}
    unet, vae = in_original_layout(path, parts["unet"], parts["vae"])
    normalizer = parts["image_normalizer"].entries
    statistics = {STATISTICS[key]: entry for key, entry in normalizer.items() if key in STATISTICS}
    archive = join(
        [
            prefixed(unet, UNET),
            prefixed(vae, VAE),
            prefixed(parts["text_encoder"], FIRST_TEXT),
            prefixed(parts["text_encoder_2"], SECOND_TEXT),
            prefixed(parts["image_encoder"], IMAGE_ENCODER),
            Archive(statistics),
        ]
    )
    configs = {part: read_config(path / part / "config.json") for part in PARTS}
    configs["scheduler"] = read_config(path / "scheduler" / "scheduler_config.json")
    return archive, folder_settings(configs)


def open_alone(path: Path) -> tuple[Archive, Settings]:
    """One part that was saved by itself, under the names that it has."""
    config = read_config(path / "config.json")
    part = "unet" if "cross_attention_dim" in config else "text_encoder" if "vocab_size" in config else "vae"
    return open_part(path), folder_settings({part: config})


def in_original_layout(path: Path, unet: Archive, vae: Archive) -> tuple[Archive, Archive]:
    """UNet and autoencoder under their original names."""
    try:
        return original_unet(unet), original_vae(vae)
    except ValueError as problem:  # a number in a key that is none
        raise CheckpointError(f"{path.name} has keys that no network has: {problem}") from problem


def open_part(folder: Path) -> Archive:
    """The tensors of one part of a diffusers folder; none if the part is not there."""
    for pattern in PART_FILES:
        files = sorted(folder.glob(pattern))
        if files:
            return join(open_archive(file) for file in files)
    return Archive({})


def read_config(path: Path) -> dict[str, Any]:
    """A part's config file; empty if there is none."""
    if not path.is_file():
        return {}
    try:
        if path.stat().st_size > CONFIG_LIMIT:
            raise ValueError(f"larger than {CONFIG_LIMIT} bytes")
        content = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as problem:
        raise CheckpointError(
            f"{path.parent.name}/{path.name} is not JSON: {str(problem)[:200]}"
        ) from problem
    return content if isinstance(content, dict) else {}
