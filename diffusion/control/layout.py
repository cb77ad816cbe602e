"""Names of tensors in files of ControlNets and T2I-Adapters, translated to those of the networks here."""

from __future__ import annotations

import re

from diffusion.networks.layers import numbered
from diffusion.weights.archive import Archive
from diffusion.weights.layout import renamed, unet_key

HINT = "controlnet_cond_embedding."
HINT_BLOCK = re.compile(r"controlnet_cond_embedding\.blocks\.(\d+)\.(.+)")
ZERO = re.compile(r"controlnet_down_blocks\.(\d+)\.(.+)")
UNION = ("control_add_embedding.", "task_embedding", "transformer_layes.", "spatial_ch_projs.")
FULL = re.compile(r"body\.(\d+)\.(in_conv|block1|block2)\.(.+)")
LIGHT = re.compile(r"body\.(\d+)\.body\.(\d+)\.(.+)")


def original_controlnet(archive: Archive) -> Archive:
    """A ControlNet under its original names, whichever of the two layouts it came in."""
    if not archive.below(HINT).entries:
        return archive
    blocks = len(numbered(archive.entries, "down_blocks.0.resnets"))
    last = 2 * (len(numbered(archive.entries, HINT + "blocks")) + 1)
    return renamed(archive, lambda key: controlnet_key(key, blocks, last))


def controlnet_key(key: str, blocks: int, last: int) -> str:
    """The original name of one tensor; the hint's convolutions have SiLUs between them, up to the last."""
    hint, zero = HINT_BLOCK.fullmatch(key), ZERO.fullmatch(key)
    if hint:
        return f"input_hint_block.{2 * (int(hint[1]) + 1)}.{hint[2]}"
    if zero:
        return f"zero_convs.{zero[1]}.0.{zero[2]}"
    if key.startswith(UNION):
        return key
    for start, original in (
        (f"{HINT}conv_in.", "input_hint_block.0."),
        (f"{HINT}conv_out.", f"input_hint_block.{last}."),
        ("controlnet_mid_block.", "middle_block_out.0."),
    ):
        if key.startswith(start):
            return original + key.removeprefix(start)
    return unet_key(key, blocks, frozenset())


def adapter_layout(archive: Archive) -> Archive:
    """A T2I-Adapter with its residual blocks numbered within each level, as diffusers has them."""
    inside = archive.below("adapter.")
    archive = inside if inside.below("body.").entries else archive
    if any(".resnets." in key for key in archive.entries):
        return archive
    if "body.0.out_conv.weight" in archive.entries:
        return renamed(archive, lambda key: LIGHT.sub(r"body.\1.resnets.\2.\3", key))
    blocks = blocks_of(archive)
    return renamed(archive, lambda key: full_key(key, blocks))


def blocks_of(archive: Archive) -> int:
    """Residual blocks at each level: the first that changes its channels begins the second level."""
    changing = [
        int(found[1]) for key in archive.entries if (found := FULL.fullmatch(key)) and found[2] == "in_conv"
    ]
    return max(1, min(changing, default=1))


def full_key(key: str, blocks: int) -> str:
    """The name of one tensor of a full adapter, whose residual blocks are counted through all levels."""
    found = FULL.fullmatch(key)
    if not found:
        return key
    level, index = divmod(int(found[1]), blocks)
    place = f"body.{level}" if found[2] == "in_conv" else f"body.{level}.resnets.{index}"
    return f"{place}.{found[2]}.{found[3]}"
