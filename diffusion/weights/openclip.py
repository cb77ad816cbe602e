"""Names of tensors in OpenCLIP's text towers, translated to those of transformers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor

from diffusion.weights.archive import Archive, Entry, join
from diffusion.weights.layout import renamed, substituted

ENDS = {
    "token_embedding": "embeddings.token_embedding",
    "positional_embedding": "embeddings.position_embedding.weight",
    "ln_final": "final_layer_norm",
}
INNER = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
    "attn.out_proj": "self_attn.out_proj",
}
BLOCK = re.compile(r"transformer\.resblocks\.(\d+)\.(.+)")
JOINED = "attn.in_proj_"  # queries, keys and values in one matrix
PROJECTION = "text_projection"
NO_FILE = Path("converted")


def is_openclip(archive: Archive) -> bool:
    """Whether a text tower is named as OpenCLIP names it."""
    return any(BLOCK.fullmatch(key) for key in archive.entries)


def from_openclip(archive: Archive) -> Archive:
    """A text tower of OpenCLIP under transformers' names."""
    kept = {key: entry for key, entry in archive.entries.items() if not is_shaped_otherwise(key)}
    others = {key: entry for key, entry in archive.entries.items() if is_shaped_otherwise(key)}
    converted = {name: in_memory(part) for name, part in parts_of(Archive(others))}
    return join([renamed(Archive(kept, archive.metadata), transformers_key), Archive(converted)])


def is_shaped_otherwise(key: str) -> bool:
    """Whether a tensor is not only named otherwise."""
    return JOINED in key or key == PROJECTION


def transformers_key(key: str) -> str:
    """The name in transformers of a tensor that both store alike."""
    block = BLOCK.fullmatch(key)
    if block:
        number, rest = block.groups()
        return f"encoder.layers.{number}.{substituted(rest, INNER)}"
    return substituted(key, ENDS)


def parts_of(archive: Archive) -> Iterator[tuple[str, Tensor]]:
    """The other tensors, as views of the mapped file: attention in three, the projection turned over."""
    for key, tensor in archive.tensors():
        block = BLOCK.fullmatch(key)
        if block is None:
            yield f"{PROJECTION}.weight", tensor.T.contiguous()
            continue
        number, rest = block.groups()
        for name, part in zip("qkv", tensor.chunk(3), strict=True):
            yield f"encoder.layers.{number}.self_attn.{name}_proj.{rest.removeprefix(JOINED)}", part


def in_memory(tensor: Tensor) -> Entry:
    """An entry that needs no file."""
    return Entry(NO_FILE, "", tuple(tensor.shape), tensor.dtype, tensor)
