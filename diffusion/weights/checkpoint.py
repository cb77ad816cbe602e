"""From a file or folder of weights to the parts that a family builds from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from diffusion.errors import CheckpointError
from diffusion.families import FAMILIES
from diffusion.families.family import Checkpoint, Family, claim
from diffusion.families.latent_diffusion import MARKS, TRAINING_ONLY, UNET, VAE, build_vae
from diffusion.families.sd1 import LATENTS
from diffusion.text.embeddings import Lookup, no_embeddings
from diffusion.types import Model, Prediction, Vae
from diffusion.weights.archive import Archive, join, open_archive
from diffusion.weights.devices import default_device
from diffusion.weights.folder import open_folder
from diffusion.weights.identity.refusal import refuse
from diffusion.weights.layout import (
    is_diffusers_unet,
    is_diffusers_vae,
    original_unet,
    original_vae,
    prefixed,
)
from diffusion.weights.precision import Precision
from diffusion.weights.settings import Settings, header_settings

__all__ = ["Checkpoint", "open_checkpoint", "open_unet", "open_vae"]


def open_checkpoint(
    path: Path,
    *,
    embeddings: Lookup | None = None,
    device: torch.device | None = None,
    dtype: torch.dtype | None = None,
    prediction: Prediction | None = None,
) -> Checkpoint:
    """The model, text encoder and VAE of a single file or a diffusers folder.

    `device` is where they will work: it decides the number formats, unless `dtype` does. The weights stay
    in main memory, mapped from the file where they need no cast; a lease brings them to the device.
    `prediction` is stronger than what the file says.
    """
    archive, settings = open_weights(path)
    settings = replace(settings, prediction=prediction or settings.prediction)
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
    return build_vae(archive, settings, Precision(device or default_device(), override=dtype), LATENTS)


def open_unet(
    path: Path,
    *,
    device: torch.device | None = None,
    dtype: torch.dtype | None = None,
    rounding: torch.dtype | None = None,
) -> Model:
    """The denoising network of a file (alone or in a whole checkpoint) or of a diffusers folder.

    `rounding` gives weights the values that a narrower format holds; they are kept and computed in another.
    """
    whole, settings = open_weights(path)
    archive = denoiser_of(path, whole)
    family = family_of(path, archive, settings, of=whole)
    precision = Precision(device or default_device(), family.dtypes, override=dtype)
    model = family.build(archive, settings, precision, no_embeddings).model
    if model is None:
        refuse(path, whole, "model")
    if rounding is not None:
        round_weights(model.network, rounding)
    return model


def denoiser_of(path: Path, whole: Archive) -> Archive:
    """The UNet in an archive as a checkpoint holds it, with the marks beside it."""
    unet = whole.below(UNET, "unet.", "")
    if is_diffusers_unet(unet):
        try:
            unet = original_unet(unet)
        except ValueError as problem:  # a number in a key that is none
            raise CheckpointError(f"{path.name} has keys that no network has: {problem}") from problem
    marks = {key: entry for key, entry in whole.entries.items() if key in MARKS}
    return join([prefixed(unet.without(*MARKS), UNET), Archive(marks, whole.metadata)])


@torch.no_grad()
def round_weights(network: nn.Module, dtype: torch.dtype) -> None:
    """Each weight to the nearest that a format holds."""
    most = torch.finfo(dtype).max
    for parameter in network.parameters():
        parameter.data = parameter.data.float().clamp(-most, most).to(dtype).to(parameter.dtype)


def open_weights(path: Path) -> tuple[Archive, Settings]:
    """The tensors under their original names, and what the file or folder says of itself."""
    return open_folder(path) if path.is_dir() else open_file(path)


def open_file(path: Path) -> tuple[Archive, Settings]:
    """The tensors of a single file, and the settings in its header."""
    archive = open_archive(path)
    return archive, header_settings(archive.metadata)


def family_of(path: Path, archive: Archive, settings: Settings, *, of: Archive | None = None) -> Family:
    """The family named by the settings, or the one that claims the tensors; CheckpointError for neither.

    `of`: the whole file, for the message.
    """
    named = [family for family in FAMILIES if family.name == settings.family]
    shapes = {key: entry.shape for key, entry in archive.entries.items()}
    family = named[0] if named else claim(FAMILIES, shapes)
    if family is None:
        built = [family.name for family in FAMILIES]
        refuse(path, of or archive, "checkpoint" if of is None else "model", built=built)
    return family
