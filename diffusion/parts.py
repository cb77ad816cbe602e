"""The parts that a checkpoint may lack: each as it is, or an error that says where to get one."""

from __future__ import annotations

from diffusion.errors import PartMissing
from diffusion.types import Model, TextEncoder, Vae


def present_model(model: Model | None) -> Model:
    """The denoising model. Raises PartMissing where there is none."""
    if model is None:
        raise PartMissing("there is no model: the checkpoint holds none, load another one")
    return model


def present_text(encoder: TextEncoder | None) -> TextEncoder:
    """The text encoder. Raises PartMissing where there is none."""
    if encoder is None:
        raise PartMissing("there is no text encoder: the checkpoint holds none, load one from another file")
    return encoder


def present_vae(vae: Vae | None) -> Vae:
    """The autoencoder. Raises PartMissing where there is none."""
    if vae is None:
        raise PartMissing("there is no VAE: the checkpoint holds none, load one from another file")
    return vae
