"""What LoRA files call the modules of our networks: keys taken apart, and tables of the names in use.

All namings are brought to one: the path of a module with underscores between its parts, below the network it
belongs to. So `lora_unet_mid_block_attentions_0_proj_in.alpha` and
`unet.mid_block.attentions.0.proj_in.lora_A.weight` speak of the same module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from diffusion.networks.layers import numbered
from diffusion.weights.layout import RESNET, UNET_ENDS, down_place, up_place

Target = Literal["unet", "text", "text1", "text2", "any"]


@dataclass(frozen=True)
class Key:
    """One key of a file: which network and module it speaks of, and what of it the tensor is."""

    target: Target
    module: str  # its path with underscores
    role: str  # lora_up, alpha, dora_scale …


# Ends of keys and the roles that they mean; `X` in PEFT's names is the name of an adapter, usually "default".
ROLES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"(?:{end})$"), role)
    for end, role in (
        (r"\.lora_up\.weight|[._]lora\.up\.weight|\.lora_linear_layer\.up\.weight", "lora_up"),
        (r"\.lora_down\.weight|[._]lora\.down\.weight|\.lora_linear_layer\.down\.weight", "lora_down"),
        (r"\.lora_B(?:\.\w+)?\.weight", "lora_up"),
        (r"\.lora_A(?:\.\w+)?\.weight", "lora_down"),
        (r"\.lora_mid\.weight", "lora_mid"),
        (r"\.lora_magnitude_vector(?:\.\w+)??(?:\.weight)?", "dora_scale"),
        (r"(?:[._]lora(?:_linear_layer)?)?\.alpha", "alpha"),
    )
)
PLAIN_ROLE = re.compile(
    r"\.(dora_scale|hada_[wt][12](?:_[ab])?|lokr_w[12](?:_[ab])?|lokr_t2|oft_blocks|oft_diag|rescale|diff|diff_b"
    r"|set_weight|w_norm|b_norm)$|\.([ab][12])\.weight$"
)
# Beginnings of keys; what stands behind is the module's path. The longer come first.
STARTS: tuple[tuple[str, Target], ...] = (
    (r"lora_unet_", "unet"),
    (r"lora_te1_", "text1"),
    (r"lora_te2_", "text2"),
    (r"lora_te_", "text"),
    (r"(?:model\.)?diffusion_model\.", "unet"),
    (r"unet\.(?:base_model\.model\.)?", "unet"),
    (r"text_encoder\.(?:base_model\.model\.)?", "text"),
    (r"text_encoder_2\.(?:base_model\.model\.)?", "text2"),
    (r"(?:text_encoders\.)?clip_l\.(?:transformer\.)?", "text1"),
    (r"(?:text_encoders\.)?clip_[gh]\.(?:transformer\.)?", "text2"),
    (r"lycoris_", "any"),
    (r"(?:base_model\.model\.)?", "any"),
)
# Roles of attention in the text towers of older files of diffusers.
TEXT_ATTENTION = {"q_proj": "to_q", "k_proj": "to_k", "v_proj": "to_v", "out_proj": "to_out"}


def read_key(key: str) -> Key | None:
    """What a key of a file says; None where it is no part of an adapter."""
    path, role = split_role(key)
    if not role:
        return None
    start, target = next((found, to) for pattern, to in STARTS if (found := re.match(pattern, path)))
    module = path[start.end() :].replace(".processor.", ".")
    return Key(target, flat(module), role)


def split_role(key: str) -> tuple[str, str]:
    """A key as the path of its module and the role of the tensor; no role where none is known."""
    plain = PLAIN_ROLE.search(key)
    if plain:
        return key[: plain.start()], plain[1] or plain[2]
    for pattern, role in ROLES:
        found = pattern.search(key)
        if found:
            return key[: found.start()], role
    return key, ""


def flat(path: str) -> str:
    """A path with underscores between its parts."""
    return path.replace(".", "_")


def modules_of(names: Iterable[str]) -> list[str]:
    """The modules that own these tensors."""
    return list(dict.fromkeys(name.rpartition(".")[0] for name in names))


def unet_table(names: Iterable[str]) -> dict[str, str]:
    """Our module by every name that a file may give it, from the names of a UNet's tensors."""
    modules = modules_of(names)
    table = {flat(module): module for module in modules}
    table |= {flat(theirs): module for theirs, module in UNET_ENDS.items() if module in modules}
    for module, theirs in diffusers_modules(modules).items():
        table[flat(theirs)] = module
        if theirs.endswith(".to_out.0"):  # attention processors call it so
            table[flat(theirs.removesuffix(".0"))] = module
    return table


def text_table(names: Iterable[str]) -> dict[str, str]:
    """The same for a text tower, whose modules are named as in transformers."""
    table: dict[str, str] = {}
    for module in modules_of(names):
        path, _, last = module.rpartition(".")
        for name in (module, *([f"{path}.{TEXT_ATTENTION[last]}"] if last in TEXT_ATTENTION else [])):
            table |= {flat(f"{start}{name}"): module for start in ("", "text_model.")}
    return table


def diffusers_modules(modules: Iterable[str]) -> dict[str, str]:
    """The names that diffusers gives to a UNet's modules, by ours."""
    ours = list(modules)
    inner = {place: [m for m in ours if m.startswith(place + ".")] for place in {stage(m) for m in ours}}
    found = {original: theirs for theirs, original in reversed(UNET_ENDS.items())}  # the first name wins
    for place, theirs in places(ours):
        for module in inner.get(place, ()):
            found[module] = f"{theirs}.{inner_name(theirs, module[len(place) + 1 :])}"
    return {module: found[module] for module in ours if module in found}


def stage(module: str) -> str:
    """The numbered layer that a module is in: `input_blocks.1.0`, `middle_block.1`."""
    parts = module.split(".")
    return ".".join(parts[: 2 if parts[0] == "middle_block" else 3])


def places(modules: list[str]) -> Iterator[tuple[str, str]]:
    """Every layer of a UNet by both names, ours and that of diffusers."""
    downs = [m for m in modules if re.fullmatch(r"input_blocks\.\d+\.0\.op", m)]
    levels = len(downs) + 1
    blocks = (len(numbered(modules, "input_blocks")) - levels) // levels
    for level in range(levels):
        for index in range(blocks):
            for kind in ("resnets", "attentions"):
                yield down_place(level, kind, index, blocks), f"down_blocks.{level}.{kind}.{index}"
        yield down_place(level, "downsamplers", 0, blocks), f"down_blocks.{level}.downsamplers.0"
        yield from up_places(modules, level, blocks)
    attends = "middle_block.2.in_layers.0" in modules
    yield "middle_block.0", "mid_block.resnets.0"
    yield "middle_block.1", "mid_block.attentions.0" if attends else "mid_block.resnets.1"
    yield "middle_block.2", "mid_block.resnets.1"


def up_places(modules: list[str], level: int, blocks: int) -> Iterator[tuple[str, str]]:
    """The layers of one level of the way up."""
    last = level * (blocks + 1) + blocks
    attends = any(module.startswith(f"output_blocks.{last}.1.transformer_blocks.") for module in modules)
    for index in range(blocks + 1):
        for kind in ("resnets", "attentions") if attends or index < blocks else ("resnets",):
            yield up_place(level, kind, index, blocks, attends), f"up_blocks.{level}.{kind}.{index}"
    yield up_place(level, "upsamplers", 0, blocks, attends), f"up_blocks.{level}.upsamplers.0"


def inner_name(theirs: str, rest: str) -> str:
    """What diffusers calls a module inside a layer."""
    if ".resnets." in theirs:
        return {original: name for name, original in RESNET.items()}[rest]
    return "conv" if rest == "op" else rest
