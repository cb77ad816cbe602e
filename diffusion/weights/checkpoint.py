"""From a file or folder of weights to the parts that a family builds from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from diffusion.errors import CheckpointError
from diffusion.families import FAMILIES
from diffusion.families.family import Checkpoint, Family, claim
from diffusion.families.sd1 import TEXT, TRAINING_ONLY, UNET, VAE, build_vae
from diffusion.text.embeddings import Lookup, no_embeddings
from diffusion.types import Vae
from diffusion.weights.archive import Archive, join, open_archive
from diffusion.weights.devices import default_device
from diffusion.weights.identity.refusal import refuse
from diffusion.weights.layout import is_diffusers_vae, original_unet, original_vae, prefixed
from diffusion.weights.precision import Precision
from diffusion.weights.settings import Settings, folder_settings, header_settings

__all__ = ["Checkpoint", "open_checkpoint", "open_vae"]

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


def open_checkpoint(
    path: Path,
    *,
    embeddings: Lookup | None = None,
    device: torch.device | None = None,
    dtype: torch.dtype | None = None,
) -> Checkpoint:
    """The model, text encoder and VAE of a single file or a diffusers folder.

    `device` is where they will work: it decides the number formats, unless `dtype` does. The weights stay
    in main memory, mapped from the file where they need no cast; a lease brings them to the device.
    """
    archive, settings = open_weights(path)
    family = family_of(path, archive, settings)
    precision = Precision(device or default_device(), family.dtypes, override=dtype)
    return family.build(archive, settings, precision, embeddings or no_embeddings)


def open_vae(path: Path, *, device: torch.device | None = None, dtype: torch.dtype | None = None) -> Vae:
    """The autoencoder of a file (alone or in a whole checkpoint) or of a diffusers folder."""
    whole, settings = open_weights(path)
    archive = whole.below(VAE, "vae.", "").without(*TRAINING_ONLY)
    if is_diffusers_vae(archive):
        archive = original_vae(archive)
    if "encoder.conv_in.weight" not in archive.entries:
        refuse(path, whole, "vae")
    return build_vae(archive, settings, Precision(device or default_device(), override=dtype))


def open_weights(path: Path) -> tuple[Archive, Settings]:
    """The tensors under their original names, and what the file or folder says of itself."""
    return open_folder(path) if path.is_dir() else open_file(path)


def open_file(path: Path) -> tuple[Archive, Settings]:
    """The tensors of a single file, and the settings in its header."""
    archive = open_archive(path)
    return archive, header_settings(archive.metadata)


def open_folder(path: Path) -> tuple[Archive, Settings]:
    """The tensors and settings of a diffusers folder: of a whole pipeline, or of one part alone."""
    if (path / "config.json").is_file():
        return open_part(path), folder_settings({"vae": read_config(path / "config.json")})
    unet, vae, text = (open_part(path / name) for name in ("unet", "vae", "text_encoder"))
    try:
        unet, vae = original_unet(unet), original_vae(vae)
    except ValueError as problem:  # a number in a key that is none
        raise CheckpointError(f"{path.name} has keys that no network has: {problem}") from problem
    archive = join([prefixed(unet, UNET), prefixed(vae, VAE), prefixed(text, TEXT[-1])])
    configs = {part: read_config(path / part / "config.json") for part in ("unet", "vae", "text_encoder")}
    configs["scheduler"] = read_config(path / "scheduler" / "scheduler_config.json")
    return archive, folder_settings(configs)


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


def family_of(path: Path, archive: Archive, settings: Settings) -> Family:
    """The family named by the settings, or the one that claims the keys; CheckpointError for neither."""
    named = [family for family in FAMILIES if family.name == settings.family]
    family = named[0] if named else claim(FAMILIES, archive.entries.keys())
    if family is None:
        refuse(path, archive, "checkpoint", built=[family.name for family in FAMILIES])
    return family
