"""Which family claims a checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from diffusion.errors import CheckpointError
from diffusion.families import FAMILIES
from diffusion.families.family import claim
from diffusion.families.sd1 import SD1
from diffusion.weights.checkpoint import open_checkpoint
from tests.factories.checkpoints import tiny_weights

Shapes = dict[str, tuple[int, ...]]


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    return {key: tuple(tensor.shape) for key, tensor in tiny_weights().items()}


def test_stable_diffusion_1_is_known_by_its_tensors(shapes: Shapes) -> None:
    assert claim(FAMILIES, shapes) is SD1
    assert claim(FAMILIES, {key: s for key, s in shapes.items() if key.startswith("model.")}) is SD1


@pytest.mark.parametrize(
    "foreign", ["model.diffusion_model.label_emb.0.0.weight", "cond_stage_model.model.ln_final.weight"]
)
def test_relatives_with_other_keys_are_not_stable_diffusion_1(shapes: Shapes, foreign: str) -> None:
    assert not SD1.claims(shapes | {foreign: (1, 1)})


def test_a_network_over_time_as_well_is_no_family_of_pictures(shapes: Shapes) -> None:
    frames = "model.diffusion_model.input_blocks.1.1.time_stack.0.attn1.to_q.weight"
    assert claim(FAMILIES, shapes | {frames: (1, 1)}) is None


def test_an_unknown_checkpoint_is_told_what_it_holds(tmp_path: Path) -> None:
    save_file({"layer.0.a": torch.zeros(1, 1), "layer.0.b": torch.zeros(1, 1)}, tmp_path / "x.safetensors")
    with pytest.raises(CheckpointError, match=r"x\.safetensors holds no checkpoint") as caught:
        open_checkpoint(tmp_path / "x.safetensors")
    assert "(2 tensors: layer.0… (2))" in str(caught.value)


def test_a_model_of_a_family_that_is_not_built_is_told_its_family_and_those_that_are(tmp_path: Path) -> None:
    weights = {"double_blocks.0.img_attn.qkv.weight": torch.zeros(1), "img_in.weight": torch.zeros(4, 64)}
    save_file(weights, tmp_path / "x.safetensors")
    with pytest.raises(CheckpointError, match="a diffusion model alone for Flux") as caught:
        open_checkpoint(tmp_path / "x.safetensors")
    assert "supported: SD 1.x" in str(caught.value)


def test_an_empty_folder_is_an_unknown_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="0 tensors: none"):
        open_checkpoint(tmp_path)
