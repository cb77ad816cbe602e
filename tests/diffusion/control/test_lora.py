"""A control-LoRA is the ControlNet whose weights are the UNet's and its factors' together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from diffusion.control.controlnet import NetControl
from diffusion.control.file import open_control
from diffusion.control.lora import LoraControl
from diffusion.errors import CheckpointError, DiffusionError
from diffusion.networks.controlnet import ControlNet, ControlNetConfig
from diffusion.networks.unet import UNet, UNetConfig
from diffusion.types import Control
from tests.diffusion.control.oracles import (
    SD1,
    XL,
    Asked,
    asked,
    close,
    enlivened,
    model_of,
    narrower,
    saved,
    unets,
)

HINTS = (4, 4, 6, 6, 8, 8, 10)
RANK = 2
SHAPES = pytest.mark.parametrize("config", [SD1, XL], ids=["sd1", "xl"])
HINT = torch.rand(1, 64, 96, 3, generator=torch.Generator().manual_seed(5))
OWN = ("input_hint_block", "zero_convs", "middle_block_out")


def network(config: UNetConfig) -> ControlNet:
    torch.manual_seed(3)
    return enlivened(ControlNet(ControlNetConfig(config, hint_widths=HINTS)).eval().requires_grad_(False))


def file_of(whole: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Factors for matrices and kernels; norms and biases as they are, but for some that are the UNet's."""
    torch.manual_seed(4)
    stored = {"lora_controlnet": torch.zeros(0)}
    for key, value in whole.items():
        name = key.removesuffix(".weight")
        if key.startswith(OWN) or value.ndim == 1:
            if not key.startswith("input_blocks.2."):
                stored[key] = value
        elif not key.startswith("input_blocks.4."):
            stored[f"{name}.up"] = 0.3 * torch.randn(value.shape[0], RANK, *(1,) * (value.ndim - 2))
            stored[f"{name}.down"] = 0.3 * torch.randn(RANK, *value.shape[1:])
    return stored


def together(stored: Mapping[str, Tensor], unet: UNet, config: UNetConfig) -> ControlNet:
    """The network with every weight computed."""
    base, weights = unet.state_dict(), {}
    plain = ControlNet(ControlNetConfig(config, hint_widths=HINTS))
    for key in plain.state_dict():
        name = key.removesuffix(".weight")
        if key in stored:
            weights[key] = stored[key]
        elif f"{name}.up" in stored:
            product = stored[f"{name}.up"].flatten(1) @ stored[f"{name}.down"].flatten(1)
            weights[key] = base[key] + product.reshape(base[key].shape)
        else:
            weights[key] = base[key]
    plain.load_state_dict(weights)
    return plain.eval().requires_grad_(False)


def residuals(net: NetControl | LoraControl, unet: UNet, given: Asked) -> list[Tensor]:
    prepared = net.prepare(Control(net, HINT), given.x[:1], model_of(unet))
    found = net.residuals(prepared, given.call())
    assert found.middle is not None
    return [*found.skips.values(), found.middle]


def opened(stored: Mapping[str, Tensor], folder: Path, **more: torch.dtype) -> LoraControl:
    net = open_control(saved(stored, folder / "lora.safetensors"), **more)
    assert isinstance(net, LoraControl)
    return net


@SHAPES
def test_it_does_what_the_computed_weights_do(config: UNetConfig, tmp_path: Path) -> None:
    unet, given = unets(config)[0], asked(config)
    stored = file_of(network(config).state_dict())
    expected = residuals(NetControl(together(stored, unet, config), torch.float32), unet, given)
    for found, one in zip(residuals(opened(stored, tmp_path), unet, given), expected, strict=True):
        close(found, one)


def test_the_unet_stays_as_it_was_and_lends_its_tensors(tmp_path: Path) -> None:
    unet, given = unets(SD1)[0], asked(SD1)
    before = {key: value.clone() for key, value in unet.state_dict().items()}
    net = opened(file_of(network(SD1).state_dict()), tmp_path)
    prepared = net.prepare(Control(net, HINT), given.x[:1], model_of(unet))
    theirs = {id(tensor) for part in (unet, net.network) for tensor in part.parameters()}
    assert {id(tensor) for tensor in prepared.network.parameters()} <= theirs
    assert all(torch.equal(value, before[key]) for key, value in unet.state_dict().items())
    assert list(before) == list(unet.state_dict())


@pytest.mark.parametrize(
    ("own", "models"), [(torch.bfloat16, torch.float32), (torch.float32, torch.bfloat16)]
)
def test_its_number_format_may_be_another_than_the_models(
    own: torch.dtype, models: torch.dtype, tmp_path: Path
) -> None:
    given, stored = asked(SD1), file_of(network(SD1).state_dict())
    expected = residuals(opened(stored, tmp_path), unets(SD1)[0], given)
    narrow = replace(given, x=given.x.to(models), context=given.context.to(models))
    unet = unets(SD1)[0].to(models)
    for found, one in zip(
        residuals(opened(stored, tmp_path, dtype=own), unet, narrow), expected, strict=True
    ):
        assert (found.float() - one).norm() < 0.03 * one.norm()


def test_a_model_of_another_family_is_refused(tmp_path: Path) -> None:
    net = opened(file_of(network(SD1).state_dict()), tmp_path)
    with pytest.raises(DiffusionError, match=r"attn2\.to_k of shape \(8, 12\), the model has \(8, 16\)"):
        residuals(net, UNet(narrower(SD1)), asked(SD1))


def test_an_incomplete_file_is_an_error(tmp_path: Path) -> None:
    stored = file_of(network(SD1).state_dict())
    with pytest.raises(CheckpointError, match=r"lacks 2 keys: own\.zero_convs"):
        opened({key: value for key, value in stored.items() if "zero_convs.0." not in key}, tmp_path)
    with pytest.raises(CheckpointError, match="no keys input_hint_block"):
        opened({key: value for key, value in stored.items() if "hint" not in key}, tmp_path)
