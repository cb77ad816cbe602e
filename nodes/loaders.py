"""Nodes that open weights files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NamedTuple

from diffusion.weights.checkpoint import open_checkpoint, open_vae
from graph.errors import FolderError
from graph.folders import Folders
from nodes.api import Clip, Context, FileIn, Model, Vae, node
from nodes.pixel_space import PIXEL_SPACE, pixel_space_vae

EMBEDDING_SUFFIXES = ("", ".safetensors", ".pt", ".bin")  # a prompt may leave the suffix out


class Parts(NamedTuple):
    """What a checkpoint holds; a part that it lacks is missed by the node that needs it."""

    model: Model | None
    clip: Clip | None
    vae: Vae | None


@node("loaders", name="CheckpointLoaderSimple", display_name="Load Checkpoint")
def load_checkpoint(context: Context, *, ckpt_name: Annotated[str, FileIn("checkpoints")]) -> Parts:
    """Open a model file: the denoising model, its text encoder and its autoencoder."""
    path = context.folders.resolve("checkpoints", ckpt_name)
    opened = open_checkpoint(path, embeddings=embedding_files(context.folders))
    return Parts(opened.model, opened.text, opened.vae)


@node("loaders", name="VAELoader", display_name="Load VAE")
def load_vae(context: Context, *, vae_name: Annotated[str, FileIn("vae", empty=(PIXEL_SPACE,))]) -> Vae:
    """Open an autoencoder file; "pixel_space" works on the pixels themselves."""
    if vae_name == PIXEL_SPACE:
        return pixel_space_vae()
    return open_vae(context.folders.resolve("vae", vae_name))


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
