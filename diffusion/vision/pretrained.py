"""Networks of transformers that look at pictures, from folders that it saved; nothing is ever downloaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from diffusion.errors import CheckpointError, PartMissing
from diffusion.networks.device import as_weights
from diffusion.types import Image
from diffusion.weights.archive import BROKEN
from diffusion.weights.loading import few

NEEDED = ("config.json", "preprocessor_config.json")
UNREADABLE = (*BROKEN, OSError, ImportError, SafetensorError)


class Loader(Protocol):
    """One of transformers' classes that build a network from a folder."""

    def from_pretrained(self, folder: str, **options: Any) -> Any: ...


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A network and what brings pictures into the form that it was trained with, and its answers back."""

    network: nn.Module
    processor: Any  # transformers' image processor
    config: Any  # transformers' configuration of the network
    name: str  # of the folder


def open_pretrained(folder: Path, loader: Loader, what: str) -> Pretrained:
    """A network in float32 with the image processor beside it. Raises CheckpointError: what lacks."""
    from transformers import AutoImageProcessor

    check_folder(folder, what)
    try:
        network, report = loader.from_pretrained(
            str(folder),
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            dtype=torch.float32,
            output_loading_info=True,
        )
        processor = AutoImageProcessor.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False, backend="pil"
        )
    except UNREADABLE as problem:
        reason = " ".join(str(problem).split())[:300]
        raise CheckpointError(f"the folder {folder.name} cannot be read as a {what}: {reason}") from problem
    missing = sorted(report["missing_keys"])
    if missing:
        raise CheckpointError(f"the {what} in {folder.name} lacks {len(missing)} keys: {few(missing)}")
    return Pretrained(network.eval().requires_grad_(False), processor, network.config, folder.name)


def check_folder(folder: Path, what: str) -> None:
    """Refuse a folder without the files that a model consists of, naming those that lack."""
    lacking = [name for name in NEEDED if not (folder / name).is_file()]
    if not any(folder.glob("*.safetensors")):
        lacking.append("model.safetensors")
    if lacking:
        raise CheckpointError(
            f"the folder {folder.name} is no {what} in transformers' layout: "
            f"{' and '.join(lacking)} must be put into {folder}"
        )


def present(model: Pretrained | None, folder: str) -> Pretrained:
    """The model, or an error that says where one goes."""
    if model is None:
        raise PartMissing(f"there is no model: load one from models/{folder}")
    return model


def prepared(model: Pretrained, picture: Tensor, **options: Any) -> dict[str, Any]:
    """What the network is called with for one picture (H, W, 3), where its weights are."""
    inputs: Mapping[str, Any] = model.processor(images=as_bytes(picture), return_tensors="pt", **options)
    return {name: placed(model.network, value) for name, value in inputs.items()}


def placed(network: nn.Module, value: Any) -> Any:
    """Numbers in the weights' format, masks and indices as they are, all where the weights are."""
    if not isinstance(value, Tensor):
        return value
    moved = as_weights(network, value)
    return moved if value.is_floating_point() else value.to(moved.device)


def as_bytes(picture: Tensor) -> npt.NDArray[np.uint8]:
    """(H, W, 1 or 3 or more) in [0, 1] -> bytes (H, W, 3)."""
    colours = picture[..., :3].expand(-1, -1, 3)
    return (colours.float().clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()


def on_cpu(outputs: Any) -> Any:
    """A network's answer with every tensor in float32 on the CPU."""
    for name, value in list(outputs.items()):
        if isinstance(value, Tensor):
            outputs[name] = value.float().cpu() if value.is_floating_point() else value.cpu()
        elif isinstance(value, Sequence) and value and all(isinstance(part, Tensor) for part in value):
            outputs[name] = tuple(part.cpu() for part in value)
    return outputs


def pictures_of(image: Image) -> Sequence[Tensor]:
    """Each picture of a batch by itself: neighbours change nothing, and memory does not grow."""
    return image.unbind(0)
