"""From a file of weights to an image encoder: the layouts of transformers and of OpenCLIP."""

from __future__ import annotations

from pathlib import Path

import torch

from diffusion.errors import CheckpointError
from diffusion.vision.clip_vision import CLIP_MEAN, CLIP_STD, SIGLIP_MEAN, SIGLIP_STD, ClipVision
from diffusion.vision.image_encoder import EncoderConfig, ImageEncoder
from diffusion.weights.archive import Archive, join, open_archive
from diffusion.weights.devices import default_device
from diffusion.weights.layout import prefixed
from diffusion.weights.loading import Placement, few, load_network
from diffusion.weights.openclip import IMAGE, from_openclip
from diffusion.weights.precision import Precision, text_dtype

TOWER = "vision_model."
PROJECTION = "visual_projection."
# Where whole checkpoints and pipelines keep an encoder in OpenCLIP's layout.
OPENCLIP = ("embedder.model.visual.", "model.visual.", "visual.")
WRAPPED = ("image_encoder.", "model.")  # in front of transformers' names
NOT_WEIGHTS = ("embeddings.position_ids",)  # in old files: 0, 1, 2, …


def open_clip_vision(
    path: Path, *, device: torch.device | None = None, dtype: torch.dtype | None = None
) -> ClipVision:
    """The image encoder of a single file, alone or among other parts. Raises CheckpointError."""
    archive = open_archive(path)
    found = image_encoder_part(archive)
    if not found.entries:
        raise CheckpointError(
            f"{path.name} holds no image encoder: it has keys like {few(sorted(archive.entries))}; "
            f"wanted is one of CLIP or SigLIP with keys {TOWER}… or visual.…"
        )
    return build_clip_vision(found, Precision(device or default_device(), override=dtype))


def build_clip_vision(archive: Archive, precision: Precision) -> ClipVision:
    """The encoder that an archive in transformers' layout holds, and nothing else."""
    dtype = text_dtype(precision)

    def network() -> ImageEncoder:
        return ImageEncoder(EncoderConfig.from_weights(archive.shapes()))

    encoder = load_network(network, archive, Placement(dtype), "image encoder")
    siglip = encoder.config.kind == "siglip"
    mean, std = (SIGLIP_MEAN, SIGLIP_STD) if siglip else (CLIP_MEAN, CLIP_STD)
    return ClipVision(encoder, encoder.config.size, mean, std, dtype)


def image_encoder_part(archive: Archive) -> Archive:
    """What of an archive is an image encoder, in transformers' layout; empty if nothing is."""
    visual = archive.below(*OPENCLIP)
    if "conv1.weight" in visual.entries:
        inside = from_openclip(visual, IMAGE)
        tower = inside.without(PROJECTION)
    else:
        inside = archive.below(*(prefix for prefix in WRAPPED if archive.below(prefix + TOWER).entries), "")
        tower = inside.below(TOWER).without(*NOT_WEIGHTS)
        if not tower.entries and "embeddings.patch_embedding.weight" in inside.entries:
            tower = inside.without(*NOT_WEIGHTS)  # a tower saved alone
    return join([prefixed(tower, TOWER), prefixed(inside.below(PROJECTION), PROJECTION)])
