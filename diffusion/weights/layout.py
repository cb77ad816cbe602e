"""Names of tensors in the diffusers layout, translated to those of the original checkpoints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import replace

from diffusion.networks.layers import numbered
from diffusion.weights.archive import Archive, Entry

RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
UNET_ENDS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "class_embedding.linear_1": "label_emb.0.0",
    "class_embedding.linear_2": "label_emb.0.2",
    "class_embedding": "label_emb",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
UNET_BLOCK = re.compile(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.+)")
UNET_MIDDLE = re.compile(r"mid_block\.(resnets|attentions)\.(\d+)\.(.+)")

VAE_NAMES = {
    "conv_norm_out": "norm_out",
    "conv_shortcut": "nin_shortcut",
    "downsamplers.0.conv": "downsample.conv",
    "upsamplers.0.conv": "upsample.conv",
    "mid_block.resnets.0": "mid.block_1",
    "mid_block.resnets.1": "mid.block_2",
    "mid_block.attentions.0": "mid.attn_1",
}
VAE_ATTENTION = {  # the older names come second
    "group_norm": "norm",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "proj_out",
    "query": "q",
    "key": "k",
    "value": "v",
    "proj_attn": "proj_out",
}
VAE_BLOCK = re.compile(r"(encoder|decoder)\.(?:down|up)_blocks\.(\d+)\.(.+)")


def original_unet(archive: Archive) -> Archive:
    """A diffusers UNet under the names of the original one."""
    blocks = len(numbered(archive.entries, "down_blocks.0.resnets"))
    attended = {
        level
        for level in numbered(archive.entries, "up_blocks")
        if blocks in numbered(archive.entries, f"up_blocks.{level}.attentions")
    }
    middle = bool(numbered(archive.entries, "mid_block.attentions"))
    return renamed(archive, lambda key: unet_key(key, blocks, attended, middle))


def unet_key(key: str, blocks: int, attended: Set[int], middle_attends: bool = True) -> str:
    """The original name of one tensor, given the blocks at a level and the levels that end attending."""
    block = UNET_BLOCK.fullmatch(key)
    if block:
        way, level, kind, index, rest = block.groups()
        if way == "down":
            place = down_place(int(level), kind, int(index), blocks)
        else:
            place = up_place(int(level), kind, int(index), blocks, int(level) in attended)
        return f"{place}.{inner_key(kind, rest)}"
    middle = UNET_MIDDLE.fullmatch(key)
    if middle:
        kind, index, rest = middle.groups()
        place_in_middle = (2 if middle_attends else 1) * int(index) + (kind == "attentions")
        return f"middle_block.{place_in_middle}.{inner_key(kind, rest)}"
    return substituted(key, UNET_ENDS)


def down_place(level: int, kind: str, index: int, blocks: int) -> str:
    """Going down, a level is its blocks and one stage that halves; stage 0 is the first convolution."""
    if kind == "downsamplers":
        return f"input_blocks.{(level + 1) * (blocks + 1)}.0"
    return f"input_blocks.{1 + level * (blocks + 1) + index}.{int(kind == 'attentions')}"


def up_place(level: int, kind: str, index: int, blocks: int, attends: bool) -> str:
    """Coming up, a level has one block more, and its last stage doubles, behind the attention if any."""
    if kind == "upsamplers":
        return f"output_blocks.{level * (blocks + 1) + blocks}.{2 if attends else 1}"
    return f"output_blocks.{level * (blocks + 1) + index}.{int(kind == 'attentions')}"


def inner_key(kind: str, rest: str) -> str:
    """The name inside a block; attentions are named alike in both layouts."""
    if kind == "resnets":
        return substituted(rest, RESNET)
    return rest.replace("conv.", "op.", 1) if kind == "downsamplers" else rest


def original_vae(archive: Archive) -> Archive:
    """A diffusers autoencoder under the names of the original one, its attention as 1x1 convolutions."""
    levels = len(numbered(archive.entries, "encoder.down_blocks"))
    converted = renamed(archive, lambda key: vae_key(key, levels))
    return replace(converted, entries={key: as_convolution(key, e) for key, e in converted.entries.items()})


def vae_key(key: str, levels: int) -> str:
    """The original name of one tensor; the decoder's levels are counted from the other end."""
    block = VAE_BLOCK.fullmatch(key)
    if block:
        side, level, rest = block.groups()
        rest = rest.replace("resnets.", "block.", 1)
        way, number = ("down", int(level)) if side == "encoder" else ("up", levels - 1 - int(level))
        key = f"{side}.{way}.{number}.{rest}"
    for name, original in VAE_NAMES.items():
        key = key.replace(f".{name}.", f".{original}.")
    start, attention, rest = key.partition(".mid.attn_1.")
    return start + attention + substituted(rest, VAE_ATTENTION) if attention else key


def as_convolution(key: str, entry: Entry) -> Entry:
    """The matrices of attention in the shape that the original's 1x1 convolutions have."""
    if ".attn_1." in key and key.endswith(".weight") and len(entry.shape) == 2:
        return replace(entry, shape=(*entry.shape, 1, 1))
    return entry


def renamed(archive: Archive, rename: Callable[[str], str]) -> Archive:
    """The archive under other names."""
    return replace(archive, entries={rename(key): entry for key, entry in archive.entries.items()})


def prefixed(archive: Archive, prefix: str) -> Archive:
    """The archive with something before every name."""
    return renamed(archive, lambda key: prefix + key)


def substituted(key: str, names: Mapping[str, str]) -> str:
    """The key with the first name that it starts with (up to a dot) replaced."""
    for part, original in names.items():
        if key == part or key.startswith(part + "."):
            return original + key[len(part) :]
    return key


def is_diffusers_vae(archive: Archive) -> bool:
    """Whether an autoencoder is named as diffusers names it."""
    return any(key.startswith(("encoder.down_blocks.", "encoder.mid_block.")) for key in archive.entries)


def is_diffusers_unet(archive: Archive) -> bool:
    """Whether a UNet is named as diffusers names it."""
    return "conv_in.weight" in archive.entries and any(
        key.startswith("down_blocks.") for key in archive.entries
    )
