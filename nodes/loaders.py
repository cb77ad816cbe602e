"""Nodes that open weights files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import torch

from diffusion import types
from diffusion.text.clip import with_last_layer
from diffusion.weights.checkpoint import Checkpoint, open_checkpoint, open_unet, open_vae
from diffusion.weights.text_encoder import open_text
from graph.errors import FolderError
from graph.folders import Folders
from nodes.api import Clip, ClipVision, Context, FileIn, Model, Option, Vae, node
from nodes.errors import NodeError
from nodes.pixel_space import PIXEL_SPACE, pixel_space_vae

ConfigName = Literal[
    "anything_v3.yaml",
    "v1-inference.yaml",
    "v1-inference_clip_skip_2.yaml",
    "v1-inference_clip_skip_2_fp16.yaml",
    "v1-inference_fp16.yaml",
    "v1-inpainting-inference.yaml",
    "v2-inference-v.yaml",
    "v2-inference-v_fp32.yaml",
    "v2-inference.yaml",
    "v2-inference_fp32.yaml",
    "v2-inpainting-inference.yaml",
]
ClipType = Literal[
    "stable_diffusion", "stable_cascade", "sd3", "stable_audio", "mochi", "ltxv", "pixart", "cosmos",
    "lumina2", "wan", "hidream", "chroma", "ace", "omnigen2", "qwen_image", "hunyuan_image", "flux2", "ovis",
]  # fmt: skip
DualClipType = Literal[
    "sdxl", "sd3", "flux", "hunyuan_video", "hidream", "hunyuan_image", "hunyuan_video_15", "kandinsky5",
    "kandinsky5_image", "ltxv", "newbie",
]  # fmt: skip
Device = Annotated[Literal["default", "cpu"], Option(advanced=True)]
# Configurations that read the layer before CLIP's last one.
SKIPPING = ("anything_v3.yaml", "v1-inference_clip_skip_2.yaml", "v1-inference_clip_skip_2_fp16.yaml")
ROUNDINGS: Mapping[str, torch.dtype] = {
    "fp8_e4m3fn": torch.float8_e4m3fn,
    "fp8_e4m3fn_fast": torch.float8_e4m3fn,
    "fp8_e5m2": torch.float8_e5m2,
}
EMBEDDING_SUFFIXES = ("", ".safetensors", ".pt", ".bin")  # a prompt may leave the suffix out


class LoaderError(NodeError):
    """A file is to be read as something that there is no code for."""


class Parts(NamedTuple):
    """What a checkpoint holds; a part that it lacks is missed by the node that needs it."""

    model: Model | None
    clip: Clip | None
    vae: Vae | None


class PartsAndVision(NamedTuple):
    """The same with an image encoder."""

    model: Model | None
    clip: Clip | None
    vae: Vae | None
    clip_vision: ClipVision | None


@node("loaders", name="CheckpointLoaderSimple", display_name="Load Checkpoint")
def load_checkpoint(context: Context, *, ckpt_name: Annotated[str, FileIn("checkpoints")]) -> Parts:
    """Open a model file: the denoising model, its text encoder and its autoencoder."""
    found = opened(context, ckpt_name)
    return Parts(found.model, found.text, found.vae)


@node("loaders", name="unCLIPCheckpointLoader", display_name="unCLIPCheckpointLoader", lane="disk")
def load_unclip_checkpoint(
    context: Context, *, ckpt_name: Annotated[str, FileIn("checkpoints")]
) -> PartsAndVision:
    """Open a model file that holds an image encoder too: unCLIP makes variations of pictures."""
    found = opened(context, ckpt_name)
    return PartsAndVision(found.model, found.text, found.vae, found.vision)


@node(
    "advanced/loaders",
    name="CheckpointLoader",
    display_name="Load Checkpoint With Config (DEPRECATED)",
    deprecated=True,
    lane="disk",
)
def load_checkpoint_with_config(
    context: Context, *, config_name: ConfigName, ckpt_name: Annotated[str, FileIn("checkpoints")]
) -> Parts:
    """Open a model file as a configuration says: whether it predicts velocity, and how its text is read."""
    velocity, noise = "-inference-v" in config_name, config_name.startswith("v2-")
    found = opened(context, ckpt_name, "v" if velocity else "epsilon" if noise else None)
    skips = found.text is not None and config_name in SKIPPING
    return Parts(found.model, with_last_layer(found.text, -2) if skips else found.text, found.vae)


@node("advanced/loaders/deprecated", name="DiffusersLoader", display_name="DiffusersLoader", lane="disk")
def load_diffusers(context: Context, *, model_path: Annotated[str, FileIn("checkpoints")]) -> Parts:
    """Open a model in the folder layout of diffusers."""
    found = opened(context, model_path)
    return Parts(found.model, found.text, found.vae)


@node("advanced/loaders", name="UNETLoader", display_name="Load Diffusion Model", lane="disk")
def load_unet(
    context: Context,
    *,
    unet_name: Annotated[str, FileIn("diffusion_models")],
    weight_dtype: Literal["default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2"],
) -> Model:
    """Open a denoising model alone; fp8 rounds its weights to the values of that format."""
    path = context.folders.resolve("diffusion_models", unet_name)
    return open_unet(path, rounding=ROUNDINGS.get(weight_dtype))


@node("advanced/loaders", name="CLIPLoader", display_name="Load CLIP", lane="disk")
def load_clip(
    context: Context,
    *,
    clip_name: Annotated[str, FileIn("text_encoders")],
    type: ClipType,  # noqa: A002 - the input's name
    device: Device | None = None,
) -> Clip:
    """Open a text encoder alone; which one it is is told by its weights."""
    return opened_text(context, (clip_name,), type, "stable_diffusion", device)


@node("advanced/loaders", name="DualCLIPLoader", display_name="DualCLIPLoader", lane="disk")
def load_two_clips(
    context: Context,
    *,
    clip_name1: Annotated[str, FileIn("text_encoders")],
    clip_name2: Annotated[str, FileIn("text_encoders")],
    type: DualClipType,  # noqa: A002
    device: Device | None = None,
) -> Clip:
    """Open the two text encoders of SDXL, clip_l and clip_g, in any order."""
    return opened_text(context, (clip_name1, clip_name2), type, "sdxl", device)


@node("loaders", name="VAELoader", display_name="Load VAE")
def load_vae(context: Context, *, vae_name: Annotated[str, FileIn("vae", empty=(PIXEL_SPACE,))]) -> Vae:
    """Open an autoencoder file; "pixel_space" works on the pixels themselves."""
    if vae_name == PIXEL_SPACE:
        return pixel_space_vae()
    return open_vae(context.folders.resolve("vae", vae_name))


def opened(context: Context, name: str, prediction: types.Prediction | None = None) -> Checkpoint:
    """A whole model by its name; `prediction` is stronger than what its file says."""
    path = context.folders.resolve("checkpoints", name)
    return open_checkpoint(path, embeddings=embedding_files(context.folders), prediction=prediction)


def opened_text(
    context: Context, names: Sequence[str], kind: str, known: str, device: str | None
) -> types.TextEncoder:
    """A text encoder of one or two files; LoaderError for a kind that is not built here."""
    if kind != known:
        raise LoaderError(f"text encoders of type {kind!r} cannot be read here: choose {known!r}")
    return open_text(
        [context.folders.resolve("text_encoders", name) for name in names],
        embeddings=embedding_files(context.folders),
        device=torch.device("cpu") if device == "cpu" else None,
    )


def embedding_files(folders: Folders) -> Callable[[str], Path | None]:
    """Finds the file of `embedding:name`; None where there is none, or where the name leads outside."""

    def find(name: str) -> Path | None:
        for suffix in EMBEDDING_SUFFIXES:
            try:
                path = folders.resolve("embeddings", name + suffix)
            except FolderError:
                continue
            if path.is_file():
                return path
        return None

    return find
