"""Names and shapes of tensors in OpenCLIP's towers, translated to those of transformers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

from diffusion.weights.archive import Archive, Entry, join
from diffusion.weights.layout import renamed, substituted


@dataclass(frozen=True)
class Tower:
    """What one kind of tower has beside its blocks, OpenCLIP's names first."""

    ends: Mapping[str, str]
    projection: tuple[str, str]  # a matrix that OpenCLIP keeps turned over


TEXT = Tower(
    ends={
        "token_embedding": "embeddings.token_embedding",
        "positional_embedding": "embeddings.position_embedding.weight",
        "ln_final": "final_layer_norm",
    },
    projection=("text_projection", "text_projection.weight"),
)
IMAGE = Tower(
    ends={
        "conv1": "embeddings.patch_embedding",
        "class_embedding": "embeddings.class_embedding",
        "positional_embedding": "embeddings.position_embedding.weight",
        "ln_pre": "pre_layrnorm",
        "ln_post": "post_layernorm",
    },
    projection=("proj", "visual_projection.weight"),
)
INNER = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
    "attn.out_proj": "self_attn.out_proj",
}
BLOCK = re.compile(r"transformer\.resblocks\.(\d+)\.(.+)")
JOINED = "attn.in_proj_"  # queries, keys and values in one matrix


def is_openclip(archive: Archive) -> bool:
    """Whether a tower is named as OpenCLIP names it."""
    return any(BLOCK.fullmatch(key) for key in archive.entries)


def from_openclip(archive: Archive, tower: Tower) -> Archive:
    """A tower of OpenCLIP, its keys without prefix, under transformers' names."""
    others = {key: e for key, e in archive.entries.items() if JOINED in key or key == tower.projection[0]}
    kept = {key: entry for key, entry in archive.entries.items() if key not in others}
    computed = {name: Entry.of(part) for name, part in parts_of(Archive(others), tower)}
    named = renamed(Archive(kept, archive.metadata), lambda key: transformers_key(key, tower))
    return join([named, Archive(computed)])


def transformers_key(key: str, tower: Tower) -> str:
    """The name in transformers of a tensor that both store alike."""
    block = BLOCK.fullmatch(key)
    if block:
        number, rest = block.groups()
        return f"encoder.layers.{number}.{substituted(rest, INNER)}"
    return substituted(key, tower.ends)


def parts_of(archive: Archive, tower: Tower) -> Iterator[tuple[str, Tensor]]:
    """The other tensors, as views of the mapped file: attention in three, the projection turned over."""
    for key, tensor in archive.tensors():
        block = BLOCK.fullmatch(key)
        if block is None:
            yield tower.projection[1], tensor.T.contiguous()
            continue
        number, rest = block.groups()
        for name, part in zip("qkv", tensor.chunk(3), strict=True):
            yield f"encoder.layers.{number}.self_attn.{name}_proj.{rest.removeprefix(JOINED)}", part
