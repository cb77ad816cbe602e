"""From a file of weights to what steers a UNet: a ControlNet, a control-LoRA or a T2I-Adapter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import torch
from torch import Tensor

from diffusion.control.adapter import AdapterControl
from diffusion.control.controlnet import NetControl
from diffusion.control.layout import adapter_layout, original_controlnet
from diffusion.control.lora import OWN, Change, ControlLoraNetwork, LoraControl, OwnParts
from diffusion.errors import CheckpointError
from diffusion.networks.adapter import Adapter, AdapterConfig
from diffusion.networks.controlnet import ControlNet, ControlNetConfig, hint_sizes
from diffusion.networks.layers import numbered
from diffusion.networks.unet import UNetConfig
from diffusion.types import Model
from diffusion.weights.archive import Archive, Entry, open_archive
from diffusion.weights.devices import default_device
from diffusion.weights.identity.refusal import refuse
from diffusion.weights.loading import Placement, load_network
from diffusion.weights.precision import FLOAT16_FIRST, Precision, model_dtype
from diffusion.weights.settings import header_settings

AnyControl: TypeAlias = NetControl | LoraControl | AdapterControl

PREFIX = "control_model."
LORA = "lora_controlnet"  # marks factors over a UNet's weights
DIFFERENCE = "difference"  # marks weights stored as differences to a UNet's
HEAD_WIDTH = 64  # of Stable Diffusion 2 and XL, which also store linear projections


def open_control(
    path: Path,
    *,
    model: Model | None = None,
    device: torch.device | None = None,
    dtype: torch.dtype | None = None,
) -> AnyControl:
    """What a single file holds. A file of differences needs the model that they are taken from."""
    archive = open_archive(path)
    found = held(archive, path, Precision(device or default_device(), FLOAT16_FIRST, override=dtype), model)
    if found is None:
        refuse(path, archive, "controlnet")
    return found


def held(archive: Archive, path: Path, precision: Precision, model: Model | None) -> AnyControl | None:
    """What steers a UNet in an archive; None if nothing does."""
    inside = archive.below(PREFIX, "")
    if LORA in archive.entries or LORA in inside.entries:
        return lora_control(inside.without(LORA), precision)
    controlnet = original_controlnet(inside)
    if "input_hint_block.0.weight" in controlnet.entries:
        differs = any(DIFFERENCE in part.entries for part in (archive, inside))
        return net_control(complete(controlnet, differs, path, model), precision)
    adapter = adapter_layout(archive)
    if "body.0.resnets.0.block1.weight" in adapter.entries:
        return adapter_control(adapter, precision)
    return None


def net_control(archive: Archive, precision: Precision) -> NetControl:
    """A ControlNet in the original layout."""
    settings = header_settings(archive.metadata)
    dtype = model_dtype(precision, archive.parameters)

    def network() -> ControlNet:
        shapes = archive.shapes()
        heads = settings.unet_heads
        wide = HEAD_WIDTH if heads is None and is_linear(shapes) else None
        groups = settings.unet_norm_groups or 32
        return ControlNet(
            ControlNetConfig.from_weights(shapes, heads=heads, head_dim=wide, norm_groups=groups)
        )

    return NetControl(
        load_network(network, archive, Placement(dtype, channels_last=True), "ControlNet"), dtype
    )


def is_linear(shapes: Mapping[str, Tensor]) -> bool:
    """Whether the projections around transformers are matrices."""
    return any(key.endswith(".proj_in.weight") and tensor.ndim == 2 for key, tensor in shapes.items())


def complete(archive: Archive, differs: bool, path: Path, model: Model | None) -> Archive:
    """The weights themselves, where a file stores differences to those of a model's UNet."""
    archive = archive.without(DIFFERENCE)
    if not differs:
        return archive
    if model is None:
        raise CheckpointError(
            f"{path.name} stores a ControlNet as differences to a model: "
            "open it with DiffControlNetLoader and link the model that it was made for"
        )
    plain = model.network.state_dict()
    entries = dict(archive.entries)
    for key, tensor in archive.tensors():
        if key in plain:
            entries[key] = Entry.of(added(key, tensor, plain[key], path))
    return Archive(entries, archive.metadata)


def added(key: str, tensor: Tensor, plain: Tensor, path: Path) -> Tensor:
    """A difference and the weight that it was taken from."""
    if tensor.shape != plain.shape:
        raise CheckpointError(
            f"{path.name} does not fit the model: {key} has the shape {tuple(tensor.shape)}, "
            f"the model's {tuple(plain.shape)}"
        )
    return (tensor.float() + plain.detach().cpu().float()).to(tensor.dtype)


def adapter_control(archive: Archive, precision: Precision) -> AdapterControl:
    """A T2I-Adapter with its residual blocks numbered within each level."""
    dtype = model_dtype(precision, archive.parameters)

    def network() -> Adapter:
        return Adapter(AdapterConfig.from_weights(archive.shapes()))

    return AdapterControl(load_network(network, archive, Placement(dtype), "T2I-Adapter"), dtype)


def lora_control(archive: Archive, precision: Precision) -> LoraControl:
    """A control-LoRA: its own parts, and changes of the UNet's layers."""
    dtype = model_dtype(precision, archive.parameters)
    shapes = archive.shapes()
    config, ends = lora_config(shapes), ends_of(shapes)
    by_layer = changes_of(shapes)
    names = {f"changes.{index}": name for index, name in enumerate(by_layer)}
    keys = {f"{name}.{part}": f"{at}.{part}" for at, name in names.items() for part in by_layer[name]}
    renamed = Archive({keys.get(key, f"own.{key}"): entry for key, entry in archive.entries.items()})

    def network() -> ControlLoraNetwork:
        own = OwnParts(config, ends)
        changes = ((name, Change(parts.items())) for name, parts in by_layer.items())
        return ControlLoraNetwork(own, changes)

    return LoraControl(load_network(network, renamed, Placement(dtype), "control-LoRA"), config, dtype)


def lora_config(shapes: Mapping[str, Tensor]) -> ControlNetConfig:
    """The sizes of the hint's convolutions."""
    if not numbered(shapes, "input_hint_block"):
        raise CheckpointError("the control-LoRA has no keys input_hint_block.…: it is incomplete")
    channels, *widths, last = hint_sizes(shapes)
    return ControlNetConfig(UNetConfig(widths=(last,), depths=(0,)), channels, tuple(widths))


def ends_of(shapes: Mapping[str, Tensor]) -> list[int]:
    """The channels of each block's last convolution, and of the middle's."""
    blocks = [f"zero_convs.{number}.0.weight" for number in numbered(shapes, "zero_convs")]
    keys = (*blocks, "middle_block_out.0.weight")
    return [shapes[key].shape[0] for key in keys if key in shapes]


def changes_of(shapes: Mapping[str, Tensor]) -> dict[str, dict[str, tuple[int, ...]]]:
    """For each layer of the UNet that the file names: the shapes of what it says of it."""
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for key, tensor in shapes.items():
        name, _, part = key.rpartition(".")
        if key.split(".", 1)[0] not in OWN:
            found.setdefault(name, {})[part] = tuple(tensor.shape)
    return found
