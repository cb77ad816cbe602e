"""From a file of weights to an image encoder: the layouts of transformers and of OpenCLIP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from diffusion.errors import CheckpointError
from diffusion.vision.clip_vision import CLIP_MEAN, CLIP_STD, SIGLIP_MEAN, SIGLIP_STD, ClipVision
from diffusion.vision.image_encoder import EncoderConfig, ImageEncoder
from diffusion.weights.archive import Archive, Entry, join, open_archive
from diffusion.weights.devices import default_device
from diffusion.weights.layout import prefixed, renamed, substituted
from diffusion.weights.loading import Placement, few, load_network
from diffusion.weights.precision import Precision, text_dtype

TOWER = "vision_model."
PROJECTION = "visual_projection."
# Where whole checkpoints and pipelines keep an encoder in OpenCLIP's layout.
OPENCLIP = ("embedder.model.visual.", "model.visual.", "visual.")
WRAPPED = ("image_encoder.", "model.")  # in front of transformers' names
NOT_WEIGHTS = ("embeddings.position_ids",)  # in old files: 0, 1, 2, …
ENDS = {
    "conv1": "embeddings.patch_embedding",
    "class_embedding": "embeddings.class_embedding",
    "positional_embedding": "embeddings.position_embedding.weight",
    "ln_pre": "pre_layrnorm",
    "ln_post": "post_layernorm",
}
INNER = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
    "attn.out_proj": "self_attn.out_proj",
}
BLOCK = re.compile(r"transformer\.resblocks\.(\d+)\.(.+)")
JOINED = ".attn.in_proj_"  # queries, keys and values in one matrix
IN_MEMORY = Path("converted")  # of tensors that no file holds so


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
        return from_openclip(visual)
    inside = archive.below(*(prefix for prefix in WRAPPED if archive.below(prefix + TOWER).entries), "")
    tower = inside.below(TOWER).without(*NOT_WEIGHTS)
    if not tower.entries and "embeddings.patch_embedding.weight" in inside.entries:
        tower = inside.without(*NOT_WEIGHTS)  # a tower saved alone
    return join([prefixed(tower, TOWER), prefixed(inside.below(PROJECTION), PROJECTION)])


def from_openclip(visual: Archive) -> Archive:
    """An encoder in OpenCLIP's layout, its keys without `visual.`, under transformers' names."""
    changed, kept = visual.split(lambda entry: is_joined(entry.key) or is_projection(entry.key))
    entries = dict(converted(changed))
    return join([renamed(kept, openclip_key), Archive(entries)])


def is_joined(key: str) -> bool:
    """Whether a tensor holds queries, keys and values."""
    return JOINED in key


def is_projection(key: str) -> bool:
    """Whether a tensor is the last projection, which OpenCLIP keeps transposed."""
    return key == "proj" or key.endswith(".proj")


def openclip_key(key: str) -> str:
    """transformers' name of one tensor."""
    block = BLOCK.fullmatch(key)
    if block:
        index, rest = block.groups()
        return f"{TOWER}encoder.layers.{index}.{substituted(rest, INNER)}"
    return TOWER + substituted(key, ENDS)


def converted(archive: Archive) -> Iterator[tuple[str, Entry]]:
    """The tensors that are not only named otherwise: read now, as views of the mapped file."""
    for key, tensor in archive.tensors():
        if not is_joined(key):
            yield f"{PROJECTION}weight", in_memory(tensor.T.contiguous())
            continue
        for name, part in zip("qkv", tensor.chunk(3), strict=True):
            yield openclip_key(key.replace(JOINED, f".self_attn.{name}_proj.")), in_memory(part)


def in_memory(tensor: Tensor) -> Entry:
    """An entry that needs no file."""
    return Entry(IN_MEMORY, "", tuple(tensor.shape), tensor.dtype, tensor)
