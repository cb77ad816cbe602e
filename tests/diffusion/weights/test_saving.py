"""What is saved is what was opened: the same tensors under the same names, the same settings."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from diffusion.errors import CheckpointError, PartMissing
from diffusion.families.family import Checkpoint
from diffusion.sampling.schedules import NoiseSchedule, linear_noise_schedule, zero_terminal_snr
from diffusion.types import Model
from diffusion.weights import saving
from diffusion.weights.checkpoint import open_checkpoint, open_vae
from diffusion.weights.header import read_header
from diffusion.weights.lora import open_lora, with_lora
from diffusion.weights.patched import Weights
from diffusion.weights.text_encoder import open_text
from diffusion.weights.writing import write_safetensors
from tests.factories import tiny_sd1
from tests.factories.loras import tiny_lora
from tests.factories.relatives import tiny_refiner, tiny_sd2, tiny_sdxl

MAKERS: dict[str, Callable[[Path], Path]] = {
    "sd1": tiny_sd1,
    "sd2": tiny_sd2,
    "sdxl": tiny_sdxl,
    "sdxl-refiner": tiny_refiner,
}


def save(checkpoint: Checkpoint, path: Path, **more: Any) -> Path:
    assert checkpoint.model is not None
    pieces = saving.checkpoint_pieces(checkpoint.model, checkpoint.text, checkpoint.vae)
    write_safetensors(path, pieces, saving.header(checkpoint.model, checkpoint.text, checkpoint.vae, **more))
    return path


def same_bits(first: dict[str, Tensor], second: dict[str, Tensor]) -> None:
    assert first.keys() == second.keys()
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert all(first[key].dtype == second[key].dtype for key in first)


def parts(checkpoint: Checkpoint) -> list[dict[str, Tensor]]:
    assert checkpoint.model is not None
    assert checkpoint.text is not None
    assert checkpoint.vae is not None
    networks = [checkpoint.model.network, *(tower.network for tower in checkpoint.text.towers)]
    return [dict(network.state_dict()) for network in (*networks, checkpoint.vae.network)]


@pytest.mark.parametrize("family", MAKERS)
def test_a_checkpoint_saved_and_opened_has_the_same_parts(family: str, tmp_path: Path) -> None:
    first = open_checkpoint(MAKERS[family](tmp_path / "a.safetensors"), dtype=torch.float32)
    second = open_checkpoint(save(first, tmp_path / "b.safetensors"), dtype=torch.float32)
    for ours, theirs in zip(parts(first), parts(second), strict=True):
        same_bits(ours, theirs)
    assert first.model is not None
    assert second.model is not None
    assert first.text is not None
    assert second.text is not None
    assert second.model.family == first.model.family == family
    assert second.model.latents == first.model.latents
    assert second.model.prediction == first.model.prediction
    assert second.model.weights.plain.config == first.model.weights.plain.config
    for tower, again in zip(first.text.towers, second.text.towers, strict=True):
        assert (tower.name, tower.layer, tower.normed) == (again.name, again.layer, again.normed)
    assert saving.text_settings(first.text) == saving.text_settings(second.text)


@pytest.mark.parametrize("family", MAKERS)
def test_the_file_has_the_keys_and_bits_of_the_one_that_was_opened(family: str, tmp_path: Path) -> None:
    path = MAKERS[family](tmp_path / "a.safetensors")
    saved = load_file(save(open_checkpoint(path, dtype=torch.float32), tmp_path / "b.safetensors"))
    original = {key: tensor for key, tensor in load_file(path).items() if not key.endswith("position_ids")}
    assert saved.keys() - original.keys() == set()
    assert {key for key in original.keys() - saved.keys() if not key.endswith("logit_scale")} == set()
    assert all(torch.equal(saved[key].reshape(original[key].shape), original[key]) for key in saved)


def test_a_tower_of_openclip_and_one_of_transformers_are_each_saved_in_their_layout(tmp_path: Path) -> None:
    opened = open_checkpoint(tiny_sdxl(tmp_path / "a.safetensors"))
    saved = read_header(save(opened, tmp_path / "b.safetensors")).tensors
    assert "conditioner.embedders.0.transformer.text_model.encoder.layers.0.self_attn.q_proj.weight" in saved
    joined = saved["conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight"]
    assert joined.shape == (3 * 48, 48)
    assert "conditioner.embedders.1.model.text_projection" in saved


def test_patches_are_saved_with_the_weights(tmp_path: Path) -> None:
    opened = open_checkpoint(tiny_sd1(tmp_path / "a.safetensors"))
    lora = open_lora(tiny_lora(tmp_path / "l.safetensors"))
    model, text = with_lora(opened.model, opened.text, lora, model_strength=0.7, text_strength=0.4)
    changed = dataclasses.replace(opened, model=model, text=text)
    again = open_checkpoint(save(changed, tmp_path / "b.safetensors"))
    for ours, theirs in zip(parts(changed), parts(again), strict=True):
        same_bits(ours, theirs)
    assert model is not None
    assert model.weights.made is model.weights.network


def test_saving_makes_no_patched_network(tmp_path: Path) -> None:
    opened = open_checkpoint(tiny_sd1(tmp_path / "a.safetensors"))
    lora = open_lora(tiny_lora(tmp_path / "l.safetensors"))
    model, _ = with_lora(opened.model, None, lora, model_strength=0.7)
    save(dataclasses.replace(opened, model=model), tmp_path / "b.safetensors")
    assert model is not None
    assert model.weights.made is model.weights.plain


def model_of(tmp_path: Path) -> tuple[Checkpoint, Model]:
    opened = open_checkpoint(tiny_sd1(tmp_path / "a.safetensors"))
    assert opened.model is not None
    return opened, opened.model


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        (linear_noise_schedule(), {}),
        (zero_terminal_snr(linear_noise_schedule()), {"zero_terminal_snr": True}),
        (linear_noise_schedule(0.0001, 0.02), {"beta_start": 0.0001, "beta_end": 0.02}),
    ],
)
def test_prediction_and_noise_levels_survive(
    schedule: NoiseSchedule, told: dict[str, object], tmp_path: Path
) -> None:
    opened, model = model_of(tmp_path)
    changed = dataclasses.replace(model, prediction="v", schedule=schedule)
    path = save(dataclasses.replace(opened, model=changed), tmp_path / "b.safetensors")
    settings = json.loads(read_header(path).metadata["heddle.config"])
    assert {
        name: settings[name] for name in settings if name in ("beta_start", "beta_end", "zero_terminal_snr")
    } == (pytest.approx(told))
    again = open_checkpoint(path).model
    assert again is not None
    assert again.prediction == "v"
    torch.testing.assert_close(again.schedule.sigmas, changed.schedule.sigmas, rtol=1e-4, atol=0)
    keys = read_header(path).tensors
    assert "v_pred" in keys
    assert ("ztsnr" in keys) == ("zero_terminal_snr" in told)


def test_what_a_file_cannot_say_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    opened, model = model_of(tmp_path)
    odd = dataclasses.replace(model.schedule, sigmas=model.schedule.sigmas * 2)
    path = save(
        dataclasses.replace(opened, model=dataclasses.replace(model, prediction="x0", schedule=odd)),
        tmp_path / "b.safetensors",
    )
    assert "predicts 'x0'" in caplog.text
    assert "noise levels" in caplog.text
    assert open_checkpoint(path).model is not None


def test_the_header_tells_the_workflow_and_the_names_of_modelspec(tmp_path: Path) -> None:
    opened, _ = model_of(tmp_path)
    path = save(opened, tmp_path / "b.safetensors", texts={"prompt": "{}"}, title="mix_00001_")
    metadata = read_header(path).metadata
    assert metadata["prompt"] == "{}"
    assert metadata["modelspec.architecture"] == "stable-diffusion-v1"
    assert metadata["modelspec.prediction_type"] == "epsilon"
    assert metadata["modelspec.title"] == "mix_00001_"


def test_text_towers_of_another_family_make_no_checkpoint(tmp_path: Path) -> None:
    opened, model = model_of(tmp_path)
    other = open_checkpoint(tiny_sdxl(tmp_path / "xl.safetensors"))
    with pytest.raises(CheckpointError, match="of sd1 have the text encoder clip_l, not clip_l and clip_g"):
        saving.checkpoint_pieces(model, other.text, opened.vae)


def test_single_towers_and_vaes_are_opened_again_by_their_loaders(tmp_path: Path) -> None:
    opened = open_checkpoint(tiny_sdxl(tmp_path / "xl.safetensors"), dtype=torch.float32)
    assert opened.text is not None
    assert opened.vae is not None
    paths: list[Path] = []
    for tower in opened.text.towers:
        paths.append(tmp_path / f"{tower.name}.safetensors")
        write_safetensors(paths[-1], saving.tower_pieces(tower), saving.header(None, opened.text))
    for tower, again in zip(opened.text.towers, open_text(paths, dtype=torch.float32).towers, strict=True):
        same_bits(dict(tower.network.state_dict()), dict(again.network.state_dict()))
    vae = tmp_path / "vae.safetensors"
    write_safetensors(vae, saving.vae_pieces(opened.vae), saving.header(None, None, opened.vae))
    again_vae = open_vae(vae, dtype=torch.float32)
    same_bits(dict(opened.vae.network.state_dict()), dict(again_vae.network.state_dict()))
    assert again_vae.latents.scale == opened.vae.latents.scale


def test_a_vae_without_weights_cannot_be_saved(tmp_path: Path) -> None:
    opened, _ = model_of(tmp_path)
    assert opened.vae is not None
    with pytest.raises(PartMissing, match="no weights"):
        saving.vae_pieces(dataclasses.replace(opened.vae, weights=Weights(torch.nn.Identity())))
