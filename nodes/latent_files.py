"""Nodes that write latents to files and read them back.

A file is a safetensors file with `latent_tensor`; an empty tensor `latent_format_version_0` beside it says
that the latents are unscaled. Older files, without it, hold latents of Stable Diffusion 1 times their scale.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import safetensors.torch
import torch
from safetensors import SafetensorError

from diffusion import types
from nodes import pictures
from nodes.api import Context, FileIn, Latent, Result, node
from nodes.errors import LatentError
from nodes.image_files import texts_of

SUFFIX = ".latent"
TENSOR, VERSION = "latent_tensor", "latent_format_version_0"
OLD_SCALE = 0.18215

LatentFile = Annotated[str, FileIn("input_latents")]


@node("_for_testing", name="SaveLatent", display_name="Save Latent", is_output=True, lane="disk")
def save_latent(context: Context, *, samples: Latent, filename_prefix: str = "latents/ComfyUI") -> Result:
    """Write a latent to the output folder, with its workflow."""
    place = context.folders.save_path("output", filename_prefix)
    name = place.name(suffix=SUFFIX)
    pictures.write_whole(place.directory / name, encoded(samples, workflow_texts(context)))
    return Result(ui={"latents": [place.reference(name)]})


@node("_for_testing", name="LoadLatent", display_name="Load Latent", lane="disk")
def load_latent(context: Context, *, latent: LatentFile) -> Latent:
    """Read a latent of the input folder."""
    return read(context.folders.resolve(*context.folders.annotated(latent, "input_latents")))


def workflow_texts(context: Context) -> dict[str, str]:
    """What is written beside a result: the graph and what its client sent with it, as JSON."""
    return {key: json.dumps(value) for key, value in texts_of(context).items()}


def encoded(latent: types.Latent, texts: dict[str, str]) -> bytes:
    """The file of a latent."""
    tensors = {TENSOR: latent.samples.detach().cpu().contiguous(), VERSION: torch.empty(0)}
    data: bytes = safetensors.torch.save(tensors, texts or None)
    return data


def read(path: Path) -> types.Latent:
    """The latent of a file. Raises LatentError for a file that holds none."""
    try:
        tensors = safetensors.torch.load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise LatentError(f"{path.name} is no file of latents, or is cut short: {error}") from error
    samples = tensors.get(TENSOR)
    if samples is None or samples.ndim not in (4, 5):
        held = {name: tuple(tensor.shape) for name, tensor in list(tensors.items())[:5]}
        raise LatentError(
            f"{path.name} holds no latent: wanted {TENSOR!r} with 4 or 5 axes, found {held or 'nothing'}"
        )
    return types.Latent(samples.float() if VERSION in tensors else samples.float() / OLD_SCALE)
