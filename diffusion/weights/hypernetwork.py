"""Hypernetworks: small networks that change what attention makes its keys and values from.

The form is that of NovelAI's files and of A1111's trainer: for each width of tokens two networks of linear
layers, for keys and for values; x becomes x + strength net(x).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor, nn

from diffusion.errors import CheckpointError
from diffusion.networks.tweaks import Place, Tweak
from diffusion.parts import present_model
from diffusion.types import Model
from diffusion.weights.archive import SAFETENSORS, open_archive, read_pickle
from diffusion.weights.identity.refusal import refuse

LAYER = re.compile(r"linear\.?(\d+)\.(weight|bias)")
FLAT_LAYER = re.compile(r"(\d+)\.([01])\.(linear\.?\d+\.(?:weight|bias))")
ACTIVATIONS: Mapping[str, type[nn.Module]] = {
    "celu": nn.CELU, "elu": nn.ELU, "gelu": nn.GELU, "hardshrink": nn.Hardshrink,
    "hardsigmoid": nn.Hardsigmoid, "hardswish": nn.Hardswish, "hardtanh": nn.Hardtanh,
    "leakyrelu": nn.LeakyReLU, "logsigmoid": nn.LogSigmoid, "mish": nn.Mish, "relu": nn.ReLU,
    "relu6": nn.ReLU6, "rrelu": nn.RReLU, "selu": nn.SELU, "sigmoid": nn.Sigmoid, "silu": nn.SiLU,
    "softplus": nn.Softplus, "softshrink": nn.Softshrink, "softsign": nn.Softsign, "swish": nn.Hardswish,
    "tanh": nn.Tanh, "tanhshrink": nn.Tanhshrink,
}  # fmt: skip
PLAIN = ("", "linear", "none")

Layers = Mapping[str, Tensor]  # of one small network, by its own keys


@dataclass(frozen=True)
class Manner:
    """How the layers of a file are put together."""

    activation: str = "linear"
    activate_output: bool = True  # whether the last layer has an activation too


@dataclass(frozen=True, eq=False)
class Hypernetwork(Tweak):
    """The small networks at work, by the width of the tokens that they take."""

    keys: Mapping[int, nn.Module]
    values: Mapping[int, nn.Module]
    strength: float

    def sources(self, place: Place, source: Tensor) -> tuple[Tensor, Tensor]:
        """x + strength net(x), for keys and for values."""
        del place
        width = source.shape[-1]
        if width not in self.keys:
            return source, source
        keys, values = (net[width](source) * self.strength for net in (self.keys, self.values))
        return source + keys, source + values


def with_hypernetwork(model: Model | None, path: Path, strength: float) -> Model:
    """A model with a hypernetwork inside. Raises CheckpointError for a file that is none."""
    model = present_model(model)
    pairs, manner = open_layers(path)
    keys, values = (
        {width: built(pair[side], manner, path).to(model.dtype) for width, pair in pairs.items()}
        for side in (0, 1)
    )
    return replace(model, tweaks=(*model.tweaks, Hypernetwork(keys, values, strength)))


def open_layers(path: Path) -> tuple[dict[int, tuple[Layers, Layers]], Manner]:
    """The layers for keys and values by width, and how they are put together."""
    if path.suffix in SAFETENSORS:
        archive = open_archive(path)
        found, told = flat_pairs(dict(archive.tensors())), dict[str, object](archive.metadata)
    else:
        content = read_pickle(path)
        found, told = dict(nested_pairs(content)), content
    if not found:
        refuse(path, open_archive(path), "hypernetwork")
    activation = str(told.get("activation_func") or "linear").lower()
    return found, Manner(activation, str(told.get("activate_output", True)).lower() in ("true", "1"))


def nested_pairs(content: Mapping[str, object]) -> Iterator[tuple[int, tuple[Layers, Layers]]]:
    """From a pickled file: two state dicts in a list under each width."""
    for key, pair in content.items():
        if key.isdecimal() and isinstance(pair, list | tuple) and len(pair) >= 2:
            first, second = ({str(k): v for k, v in part.items()} for part in pair[:2])
            yield int(key), (first, second)


def flat_pairs(tensors: Mapping[str, Tensor]) -> dict[int, tuple[Layers, Layers]]:
    """From safetensors: `768.0.linear.0.weight`, the width, 0 for keys or 1 for values, and the layer."""
    found: dict[int, tuple[dict[str, Tensor], dict[str, Tensor]]] = {}
    for key, tensor in tensors.items():
        match = FLAT_LAYER.fullmatch(key)
        if match:
            found.setdefault(int(match[1]), ({}, {}))[int(match[2])][match[3]] = tensor
    return dict(found)


def built(layers: Layers, manner: Manner, path: Path) -> nn.Module:
    """The network of one state dict: linear layers, each with its activation and layer norm."""
    numbered = {(int(match[1]), match[2]): layers[key] for key in layers if (match := LAYER.fullmatch(key))}
    weights = {number: tensor for (number, kind), tensor in numbered.items() if kind == "weight"}
    linears = [number for number, tensor in sorted(weights.items()) if tensor.ndim == 2]
    if not linears:
        raise CheckpointError(f"{path.name} has a hypernetwork without layers: {', '.join(layers)[:200]}")
    parts: list[nn.Module] = []
    for number, weight in sorted(weights.items()):
        bias = numbered.get((number, "bias"))
        parts.append(layer_of(weight, bias))
        last = number == linears[-1]
        if weight.ndim == 2 and manner.activation not in PLAIN and (not last or manner.activate_output):
            parts.append(activation_of(manner.activation, path))
    return nn.Sequential(*parts).eval().requires_grad_(False)


def layer_of(weight: Tensor, bias: Tensor | None) -> nn.Module:
    """A linear layer, or the layer norm that follows one."""
    layer: nn.Module
    if weight.ndim == 1:
        layer = nn.LayerNorm(weight.shape[0])
    else:
        layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    given = {"weight": weight.float()} | ({} if bias is None else {"bias": bias.float()})
    layer.load_state_dict(given)
    return layer


def activation_of(name: str, path: Path) -> nn.Module:
    """An activation by the name that trainers give it."""
    if name not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise CheckpointError(f"{path.name} wants the activation {name!r}; known are linear, {known}")
    return ACTIVATIONS[name]()
