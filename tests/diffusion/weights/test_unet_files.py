"""Denoising networks in files of their own, in every layout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from diffusion.errors import CheckpointError
from diffusion.networks.unet import UNet, UNetConfig
from diffusion.types import Model
from diffusion.weights.checkpoint import open_unet
from tests.factories.original_layout import below, original_unet
from tests.factories.relatives import (
    UNET,
    Oracles,
    refiner_oracles,
    sd2_oracles,
    sdxl_oracles,
    tiny_sdxl,
    tiny_vae,
)


@pytest.fixture(scope="module")
def oracles() -> Oracles:
    return sdxl_oracles()


def written(path: Path, weights: dict[str, Tensor]) -> Path:
    held = {key: tensor.detach().clone().contiguous() for key, tensor in weights.items()}
    save_file(held, path, {"heddle.config": json.dumps({"unet_head_dim": 8})})
    return path


def config_of(model: Model) -> UNetConfig:
    assert isinstance(model.network, UNet)
    return model.network.config


def state(model: Model) -> dict[str, Tensor]:
    return model.network.state_dict()


@pytest.mark.parametrize("layout", ["original", "prefixed", "diffusers", "diffusers, prefixed"])
def test_a_unet_alone_is_known_in_every_layout(oracles: Oracles, tmp_path: Path, layout: str) -> None:
    original, theirs = original_unet(oracles.unet), dict(oracles.unet.state_dict())
    weights = {
        "original": original,
        "prefixed": below(UNET, original),
        "diffusers": theirs,
        "diffusers, prefixed": below("unet.", theirs),
    }[layout]
    model = open_unet(written(tmp_path / "unet.safetensors", weights))
    assert model.family == "sdxl"
    assert config_of(model).head_dim == 8
    found = state(model)
    assert found.keys() == original.keys()
    assert all(torch.equal(found[key], original[key]) for key in original)


def test_the_family_of_a_unet_alone_is_told_by_its_build(tmp_path: Path) -> None:
    for name, networks in {"sd2": sd2_oracles(), "sdxl-refiner": refiner_oracles()}.items():
        path = written(tmp_path / f"{name}.safetensors", original_unet(networks.unet))
        assert open_unet(path).family == name


def test_the_unet_of_a_whole_checkpoint_can_be_opened(oracles: Oracles, tmp_path: Path) -> None:
    model = open_unet(tiny_sdxl(tmp_path / "xl.safetensors", oracles))
    assert state(model).keys() == original_unet(oracles.unet).keys()


def test_marks_beside_a_unet_alone_count(oracles: Oracles, tmp_path: Path) -> None:
    weights = original_unet(oracles.unet) | {"v_pred": torch.zeros(0), "ztsnr": torch.zeros(0)}
    model = open_unet(written(tmp_path / "v.safetensors", weights))
    assert model.prediction == "v"
    assert float(model.schedule.sigma_max) > 1000


def test_the_folder_of_one_network_can_be_opened(oracles: Oracles, tmp_path: Path) -> None:
    oracles.unet.save_pretrained(tmp_path / "unet")
    model = open_unet(tmp_path / "unet")
    assert config_of(model).head_dim == 8
    assert state(model).keys() == original_unet(oracles.unet).keys()


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2])
def test_weights_can_be_rounded_to_what_eight_bits_hold(
    oracles: Oracles, tmp_path: Path, dtype: torch.dtype
) -> None:
    weights = original_unet(oracles.unet)
    weights["out.2.bias"] = torch.tensor([1e6, -1e6, 0.3, 1.0])  # beyond the largest number
    path = written(tmp_path / "unet.safetensors", weights)
    found = state(open_unet(path, rounding=dtype))
    most = torch.finfo(dtype).max
    key = "input_blocks.0.0.weight"
    assert torch.equal(found[key], weights[key].to(dtype).float())
    assert not torch.equal(found[key], weights[key])
    assert found["out.2.bias"].isfinite().all()
    assert found["out.2.bias"][0] == min(most, torch.tensor(1e6).clamp(max=most).to(dtype).float())
    assert found[key].dtype == torch.float32


def test_a_file_without_a_unet_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "vae.safetensors"
    save_file({key: value.clone() for key, value in tiny_vae().state_dict().items()}, path)
    with pytest.raises(CheckpointError, match=r"vae\.safetensors is a VAE.*not a diffusion model"):
        open_unet(path)
