"""LoRA and its kin for the tiny models, in the names of their trainers; embeddings and hypernetworks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from diffusion.networks.unet import UNet, UNetConfig
from diffusion.text.clip import ClipConfig
from diffusion.weights.lora_names import diffusers_modules
from tests.factory.networks import CLIP_G, CLIP_H, CLIP_L, CLIP_L_XL, SD1, SD2, SDXL, Weights, random
from tests.factory.storing import PICKLES, halved, store

RANK, FACTOR, BLOCK = 2, 4, 4
Shape = tuple[int, ...]
Maker = Callable[[str, Shape], Weights]
BASES: Mapping[str, str] = {"sd1": "sd_v1", "sd2": "sd_v2", "sdxl": "sdxl_base_v1-0"}
UNETS: Mapping[str, UNetConfig] = {"sd1": SD1, "sd2": SD2, "sdxl": SDXL}
# What kohya calls the text towers of a family.
TOWERS: Mapping[str, Mapping[str, ClipConfig]] = {
    "sd1": {"lora_te": CLIP_L},
    "sd2": {"lora_te": CLIP_H},
    "sdxl": {"lora_te1": CLIP_L_XL, "lora_te2": CLIP_G},
}
TEXT_LAYERS = 2  # the others of a tower are left as they are


def kohya(path: Path, maker: Maker, family: str = "sd1", *, convolutions: bool = False) -> None:
    """A file in kohya's names: the transformers of the UNet, and layers of the text towers."""
    found: Weights = {}
    for name, shape in unet_modules(UNETS[family], convolutions=convolutions):
        found |= maker(f"lora_unet_{name.replace('.', '_')}", shape)
    for start, tower in TOWERS[family].items():
        for name, shape in text_modules(tower):
            found |= maker(f"{start}_{name.replace('.', '_')}", shape)
    said = {"ss_base_model_version": BASES[family], "ss_network_dim": str(RANK), "ss_network_alpha": "1"}
    store(path, found, metadata=said)


def dotted(path: Path, name: Callable[[str, str], str]) -> None:
    """A file in the names of diffusers or PEFT: the attention of SD 1's UNet."""
    found: Weights = {}
    for module, shape in unet_modules(SD1):
        if ".attn" in module:
            up, down = factors(shape)
            found |= {name(f"unet.{module}", "up"): up, name(f"unet.{module}", "down"): down}
    store(path, found, metadata={"format": "pt"})


def processor_name(module: str, role: str) -> str:
    """As diffusers named attention's factors at first."""
    place, _, end = module.removesuffix(".0").rpartition(".")
    return f"{place}.processor.{end}_lora.{role}.weight"


def peft_name(module: str, role: str) -> str:
    """As PEFT does."""
    return f"{module}.lora_{'B' if role == 'up' else 'A'}.weight"


def unet_modules(config: UNetConfig, *, convolutions: bool = False) -> Iterator[tuple[str, Shape]]:
    """The modules of a UNet that are trained, under diffusers' names, with the shapes of their weights."""
    with torch.device("meta"):
        held = UNet(config).state_dict()
    shapes = {
        key.removesuffix(".weight"): tuple(tensor.shape)
        for key, tensor in held.items()
        if key.endswith(".weight")
    }
    for module, theirs in diffusers_modules(shapes).items():
        trained = ".attentions." in theirs or (convolutions and ".resnets." in theirs)
        if trained and len(shapes[module]) > 1:
            yield theirs, shapes[module]


def text_modules(config: ClipConfig) -> Iterator[tuple[str, Shape]]:
    """The modules of a text tower."""
    width, hidden = config.width, config.hidden
    for layer in (*range(TEXT_LAYERS), config.layers - 1):
        place = f"text_model.encoder.layers.{layer}"
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            yield f"{place}.self_attn.{name}", (width, width)
        yield f"{place}.mlp.fc1", (hidden, width)
        yield f"{place}.mlp.fc2", (width, hidden)


def factors(shape: Shape) -> tuple[Tensor, Tensor]:
    """(out, rank) and (rank, in), of convolutions with their kernel."""
    ones = (1,) * (len(shape) - 2)
    return random(shape[0], RANK, *ones), random(RANK, *shape[1:])


def lora(name: str, shape: Shape) -> Weights:
    """Low rank."""
    up, down = factors(shape)
    return {
        f"{name}.lora_up.weight": up,
        f"{name}.lora_down.weight": down,
        f"{name}.alpha": torch.tensor(1.0),
    }


def dora(name: str, shape: Shape) -> Weights:
    """Low rank, each row of the sum brought to a length."""
    ones = (1,) * (len(shape) - 1)
    return lora(name, shape) | {f"{name}.dora_scale": 0.5 + random(shape[0], *ones)}


def loha(name: str, shape: Shape) -> Weights:
    """A Hadamard product of two products."""
    inputs = torch.Size(shape[1:]).numel()
    sides = {"a": (shape[0], RANK), "b": (RANK, inputs)}
    found = {f"{name}.hada_w{n}_{side}": random(*sizes) for n in (1, 2) for side, sizes in sides.items()}
    return found | {f"{name}.alpha": torch.tensor(1.0)}


def lokr(name: str, shape: Shape) -> Weights:
    """A Kronecker product, whose second factor is a product where it is a matrix."""
    rows, columns = shape[0] // FACTOR, shape[1] // FACTOR
    found = {f"{name}.lokr_w1": random(FACTOR, FACTOR), f"{name}.alpha": torch.tensor(1.0)}
    if len(shape) > 2:
        return found | {f"{name}.lokr_w2": random(rows, columns, *shape[2:])}
    return found | {f"{name}.lokr_w2_a": random(rows, RANK), f"{name}.lokr_w2_b": random(RANK, columns)}


def oft(name: str, shape: Shape) -> Weights:
    """Rotations of blocks of rows."""
    blocks = random(shape[0] // BLOCK, BLOCK, BLOCK, std=0.02)
    return {f"{name}.oft_blocks": blocks, f"{name}.alpha": torch.tensor(1.0)}


def boft(name: str, shape: Shape) -> Weights:
    """Rotations in several stages, like a butterfly."""
    blocks = random(2, shape[0] // BLOCK, BLOCK, BLOCK, std=0.02)
    return {f"{name}.oft_blocks": blocks, f"{name}.alpha": torch.tensor(1.0)}


def difference(name: str, shape: Shape) -> Weights:
    """The whole change."""
    return {f"{name}.diff": random(*shape, std=0.02)}


def embedding(path: Path, vectors: int = 3) -> None:
    """Vectors for one tower, in a file of today or in the pickle of old trainers."""
    table = random(vectors, CLIP_L.width, std=0.5)
    if path.suffix not in PICKLES:
        store(path, {"emb_params": table})
        return
    torch.save(
        {"string_to_token": {"*": 265}, "string_to_param": {"*": table}, "name": "old", "step": 99}, path
    )


def embedding_xl(path: Path, vectors: int = 2) -> None:
    """Vectors for both towers of SDXL."""
    widths = {"clip_l": CLIP_L_XL.width, "clip_g": CLIP_G.width}
    store(path, {name: random(vectors, width, std=0.5) for name, width in widths.items()})


def hypernetwork(path: Path, width: int = CLIP_L.width) -> None:
    """Two networks, for keys and for values, at each width that attention has."""
    said: dict[str | int, Any] = {
        "step": 500,
        "name": path.stem,
        "layer_structure": [1, 2, 1],
        "activation_func": "relu",
        "is_layer_norm": False,
        "weight_initialization": "Normal",
        "use_dropout": False,
        "sd_checkpoint": "c0ffee00",
        "sd_checkpoint_name": "v1-5",
    }
    torch.save(said | {width: [hypernetwork_layers(width) for _ in range(2)]}, path)


def hypernetwork_layers(width: int) -> Weights:
    """One that widens to twice and comes back."""
    found = {
        "linear.0.weight": random(2 * width, width),
        "linear.0.bias": random(2 * width),
        "linear.2.weight": random(width, 2 * width),
        "linear.2.bias": random(width),
    }
    return {key: halved(tensor).float() for key, tensor in found.items()}
