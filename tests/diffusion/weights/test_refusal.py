"""What is said of a file that is not what was wanted."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from diffusion.errors import CheckpointError
from diffusion.weights.archive import open_archive
from diffusion.weights.checkpoint import open_checkpoint, open_vae
from diffusion.weights.identity.kinds import HOMES, Kind
from diffusion.weights.identity.refusal import expected, refuse

ATTENTION = "lora_unet_up_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
TEXT_2 = "lora_te2_text_model_encoder_layers_0_mlp_fc1"


@pytest.fixture
def sdxl_lora(tmp_path: Path) -> Path:
    path = tmp_path / "x.safetensors"
    down, up = torch.zeros(2, 2048), torch.zeros(8, 2)
    weights = {f"{ATTENTION}.lora_down.weight": down, f"{ATTENTION}.lora_up.weight": up}
    save_file({**weights, f"{TEXT_2}.lora_up.weight": up.clone()}, path)
    return path


def test_a_lora_opened_as_a_checkpoint_is_sent_to_its_folder_and_loader(sdxl_lora: Path) -> None:
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(sdxl_lora)
    said = str(caught.value)
    assert said.startswith(
        "x.safetensors is a LoRA for SDXL (kohya names), not a checkpoint: "
        "it goes into models/loras and is loaded by Load LoRA. Told by context width 2048 (lora_unet_"
    )
    assert "text encoder 2 (lora_te2_" in said


def test_a_lora_opened_as_a_vae_is_named(sdxl_lora: Path) -> None:
    with pytest.raises(CheckpointError, match=r"is a LoRA for SDXL \(kohya names\), not a VAE: it goes into"):
        open_vae(sdxl_lora)


def test_a_lora_for_another_family_is_told_both_families(sdxl_lora: Path) -> None:
    with pytest.raises(CheckpointError, match=r"not for SD 1\.x: take one for SD 1\.x, or a model of SDXL"):
        refuse(sdxl_lora, open_archive(sdxl_lora), "lora", "sd1")


def test_what_no_rule_knows_is_summed_up(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_file({"layer.0.weight": torch.zeros(2, 2)}, path)
    with pytest.raises(CheckpointError, match=r"holds no LoRA, nor .* \(1 tensors: layer\.0… \(1\)\)"):
        refuse(path, open_archive(path), "lora")


@pytest.mark.parametrize("role", [role for role in HOMES if role not in ("checkpoint", "unknown")])
def test_every_kind_has_a_sentence_that_sends_it_home(role: str) -> None:
    said = expected("checkpoint", Kind(role, "sd1", evidence=("a", "b")), "x.pt")
    assert said.startswith(f"x.pt is {HOMES[role].label} for SD 1.x, not a checkpoint: it goes into models/")
    assert said.endswith(" Told by a and b.")


def test_a_file_of_the_right_kind_that_cannot_be_used_is_told_so() -> None:
    assert "is a ControlNet, but not one" in expected("controlnet", Kind("controlnet"), "x.pt")
