"""What goes into the file of a checkpoint, a model, a text tower or a VAE: tensors, names and settings.

The names are those of the original checkpoints, so that every tool reads them; what weights cannot tell
(heads, prediction, scale) stands in the header under `heddle.config`, and `open_checkpoint` reads it back.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from torch import Tensor

from diffusion.errors import CheckpointError, PartMissing
from diffusion.families import FAMILIES
from diffusion.families.latent_diffusion import NORM_GROUPS, UNET, VAE, VELOCITY_MARK, ZERO_SNR_MARK
from diffusion.sampling.schedules import NoiseSchedule, levels_of, linear_noise_schedule, zero_terminal_snr
from diffusion.types import Model, TextEncoder, TextTower, Vae
from diffusion.weights.identity.sheet import HEADER_KEY
from diffusion.weights.openclip import INNER, JOINED, TEXT
from diffusion.weights.patched import Weights
from diffusion.weights.writing import Piece

if TYPE_CHECKING:
    from diffusion.networks.unet import UNet

log = logging.getLogger(__name__)

PROJECTION = TEXT.projection[0]
SAVED_PREDICTIONS = ("epsilon", "v")
# Where each family's checkpoints keep their towers; OpenCLIP's layout below `.model.`.
TOWERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "sd1": (("clip_l", "cond_stage_model.transformer.text_model."),),
    "sd2": (("clip_h", "cond_stage_model.model."),),
    "sdxl": (
        ("clip_l", "conditioner.embedders.0.transformer.text_model."),
        ("clip_g", "conditioner.embedders.1.model."),
    ),
    "sdxl-refiner": (("clip_g", "conditioner.embedders.0.model."),),
}
# Stability AI's names of architectures (its ModelSpec, 2023).
ARCHITECTURES = {
    "sd1": "stable-diffusion-v1",
    "sd2": "stable-diffusion-v2-768-v",
    "sdxl": "stable-diffusion-xl-v1-base",
    "sdxl-refiner": "stable-diffusion-xl-v1-refiner",
}


def checkpoint_pieces(model: Model, encoder: TextEncoder | None, vae: Vae | None) -> list[Piece]:
    """Every tensor of a whole checkpoint. Raises CheckpointError for towers that its family does not have."""
    pieces = [*pieces_of(model.weights, UNET), *marks(model)]
    if encoder is not None:
        wanted = TOWERS.get(model.family, ())
        if [name for name, _ in wanted] != [tower.name for tower in encoder.towers]:
            held = " and ".join(tower.name for tower in encoder.towers)
            needed = " and ".join(name for name, _ in wanted) or "none that is known"
            raise CheckpointError(f"checkpoints of {model.family} have the text encoder {needed}, not {held}")
        for tower, (_, prefix) in zip(encoder.towers, wanted, strict=True):
            pieces += (
                openclip_pieces(tower, prefix) if prefix.endswith(".model.") else tower_pieces(tower, prefix)
            )
    if vae is not None:
        pieces += pieces_of(vae.weights, VAE)
    return pieces


def model_pieces(model: Model) -> list[Piece]:
    """The tensors of a denoising network alone."""
    return [*pieces_of(model.weights, UNET), *marks(model)]


def tower_pieces(tower: TextTower, prefix: str = "text_model.") -> list[Piece]:
    """The tensors of a text tower as transformers names them; the projection stands beside it."""
    found = pieces_of(tower.weights, prefix)
    beside = prefix.removesuffix("text_model.") + f"{PROJECTION}.weight"
    name = f"{prefix}{PROJECTION}.weight"
    return [Piece(beside, p.shape, p.dtype, p.make) if p.key == name else p for p in found]


def vae_pieces(vae: Vae) -> list[Piece]:
    """The tensors of an autoencoder. Raises PartMissing where it has none."""
    pieces = list(pieces_of(vae.weights, ""))
    if not pieces:
        raise PartMissing("this VAE has no weights that could be saved")
    return pieces


def pieces_of(weights: Weights, prefix: str) -> Iterator[Piece]:
    """Every tensor of a network, patched when its turn comes."""
    for name, tensor in weights.plain_tensors.items():
        yield Piece(prefix + name, tuple(tensor.shape), weights.dtype_of(name), partial(weights.kept, name))


def openclip_pieces(tower: TextTower, prefix: str) -> list[Piece]:
    """The tensors of a text tower in OpenCLIP's layout: its attention joined, its projection turned over."""
    pieces: list[Piece] = []
    for piece in pieces_of(tower.weights, ""):
        path, _, end = piece.key.rpartition(".")
        if path.endswith((".k_proj", ".v_proj")):
            continue
        if path.endswith(".q_proj"):
            key = f"{openclip_key(path.removesuffix('.self_attn.q_proj'))}.{JOINED}{end}"
            shape = (3 * piece.shape[0], *piece.shape[1:])
            pieces.append(Piece(prefix + key, shape, piece.dtype, partial(joined, tower.weights, piece.key)))
        elif path == PROJECTION:
            make = partial(turned, tower.weights, piece.key)
            pieces.append(Piece(prefix + PROJECTION, piece.shape[::-1], piece.dtype, make))
        else:
            pieces.append(Piece(prefix + openclip_key(piece.key), piece.shape, piece.dtype, piece.make))
    return pieces


def openclip_key(key: str) -> str:
    """OpenCLIP's name of what both store alike."""
    names = {theirs: ours for ours, theirs in {**TEXT.ends, **INNER}.items()}
    if key.startswith("encoder.layers."):
        number, _, rest = key.removeprefix("encoder.layers.").partition(".")
        inner = next((ours + rest[len(one) :] for one, ours in names.items() if rest.startswith(one)), rest)
        return f"transformer.resblocks.{number}" + (f".{inner}" if inner else "")
    return next((ours + key[len(one) :] for one, ours in names.items() if key.startswith(one)), key)


def joined(weights: Weights, query: str) -> Tensor:
    """Queries, keys and values as one."""
    return torch.cat([weights.kept(query.replace(".q_proj.", f".{name}_proj.")) for name in "qkv"])


def turned(weights: Weights, name: str) -> Tensor:
    """A matrix turned over."""
    return weights.kept(name).T


def marks(model: Model) -> list[Piece]:
    """The empty tensors by which other tools know what a model predicts; of SD 2 the weights tell."""
    names = [VELOCITY_MARK] if model.prediction == "v" and model.family != "sd2" else []
    if ends_in_noise(model.schedule):
        names.append(ZERO_SNR_MARK)
    return [Piece(name, (0,), torch.float32, partial(torch.empty, 0)) for name in names]


# The header


def header(
    model: Model | None = None,
    encoder: TextEncoder | None = None,
    vae: Vae | None = None,
    texts: Mapping[str, str] | None = None,
    title: str = "",
) -> dict[str, str]:
    """What a file says of itself: our settings, ModelSpec's names, and the workflow that made it."""
    settings = {
        **(model_settings(model) if model is not None else {}),
        **(text_settings(encoder) if encoder is not None else {}),
        **(vae_settings(vae) if vae is not None else {}),
    }
    spec = {"modelspec.sai_model_spec": "1.0.0", "modelspec.title": title} if title else {}
    if model is not None and title:
        if model.family in ARCHITECTURES:
            spec["modelspec.architecture"] = ARCHITECTURES[model.family]
        if model.prediction in SAVED_PREDICTIONS:
            spec["modelspec.prediction_type"] = model.prediction
    return {HEADER_KEY: json.dumps(settings), **spec, **(texts or {})}


def model_settings(model: Model) -> dict[str, object]:
    """The settings of a denoising network."""
    config = cast("UNet", model.weights.plain).config
    settings: dict[str, object] = {"family": model.family, "latent_scale": model.latents.scale}
    settings |= {"unet_head_dim": config.head_dim} if config.head_dim else {"unet_heads": config.heads}
    if config.norm_groups != NORM_GROUPS:
        settings["unet_norm_groups"] = config.norm_groups
    usual = next((family.latents.rgb for family in FAMILIES if family.name == model.family), None)
    if model.latents.rgb not in (None, usual):
        settings["latent_rgb"] = model.latents.rgb
    if model.prediction in SAVED_PREDICTIONS:
        settings["prediction"] = model.prediction
    else:
        log.warning("a file cannot say that its model predicts %r: set it again on loading", model.prediction)
    return settings | schedule_settings(model.schedule)


def schedule_settings(schedule: NoiseSchedule) -> dict[str, object]:
    """The ramp that noise levels came from, told by their ends."""
    if same(schedule, linear_noise_schedule()):
        return {}
    if same(schedule, zero_terminal_snr(linear_noise_schedule())):
        return {"zero_terminal_snr": True}
    kept = 1 / (levels_of(schedule) ** 2 + 1)  # alpha bar
    start, end = (float(f"{beta:.5g}") for beta in (1 - kept[0], 1 - kept[-1] / kept[-2]))
    if not 0 < start < 1 or not 0 < end < 1 or not same(schedule, linear_noise_schedule(start, end)):
        log.warning("a file cannot hold this model's noise levels: set them again on loading")
        return {}
    return {"beta_start": start, "beta_end": end}


def same(first: NoiseSchedule, second: NoiseSchedule) -> bool:
    """Whether two schedules have the same levels but for rounding."""
    levels = levels_of(first), levels_of(second)
    return levels[0].shape == levels[1].shape and bool(np.allclose(*levels, rtol=1e-3, atol=0))


def ends_in_noise(schedule: NoiseSchedule) -> bool:
    """Whether the last level is that of pure noise."""
    return schedule_settings(schedule).get("zero_terminal_snr") is True


def text_settings(encoder: TextEncoder) -> dict[str, object]:
    """The settings of text towers."""
    settings: dict[str, object] = {}
    for tower in encoder.towers:
        config = tower.weights.plain.config
        second = "text_2" if tower.name == "clip_g" else "text"
        settings[f"{second}_heads"] = config.num_attention_heads  # type: ignore[union-attr]
        settings[f"{second}_activation"] = config.hidden_act  # type: ignore[union-attr]
        if second == "text":
            settings["text_layer"] = tower.layer
    return settings


def vae_settings(vae: Vae) -> dict[str, object]:
    """The settings of an autoencoder."""
    settings: dict[str, object] = {"latent_scale": vae.latents.scale}
    groups = vae.network.config.norm_groups
    return settings if groups == NORM_GROUPS else {**settings, "vae_norm_groups": groups}
