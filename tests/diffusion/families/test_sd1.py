"""Stable Diffusion 1: what its checkpoints say of prediction and noise."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from diffusion.sampling.preview import latent_rgb
from diffusion.types import Model
from diffusion.weights.checkpoint import open_checkpoint
from tests.factories.checkpoints import tiny_sd1, tiny_weights


def model_of(path: Path) -> Model:
    model = open_checkpoint(path).model
    assert model is not None
    return model


def test_without_a_word_it_predicts_noise_on_the_usual_schedule(tmp_path: Path) -> None:
    model = model_of(tiny_sd1(tmp_path / "a.safetensors", parts=["unet"]))
    assert (model.prediction, model.family) == ("epsilon", "sd1")
    assert (model.latents.channels, model.latents.scale, model.latents.downscale) == (4, 0.18215, 8)
    assert float(model.schedule.sigma_max) == pytest.approx(14.6146, abs=1e-3)
    assert float(model.schedule.sigma_min) == pytest.approx(0.0292, abs=1e-4)


def test_the_key_v_pred_means_velocity(tmp_path: Path) -> None:
    weights = tiny_weights(parts=["unet"])
    weights["v_pred"] = torch.zeros(0)
    save_file(weights, tmp_path / "v.safetensors")
    assert model_of(tmp_path / "v.safetensors").prediction == "v"


def test_zero_terminal_snr_raises_the_last_noise_level(tmp_path: Path) -> None:
    path = tiny_sd1(tmp_path / "z.safetensors", parts=["unet"], config={"zero_terminal_snr": True})
    assert float(model_of(path).schedule.sigma_max) > 1000


def test_a_checkpoint_without_a_colour_table_is_previewed_in_colour(tmp_path: Path) -> None:
    model = model_of(tiny_sd1(tmp_path / "a.safetensors", parts=["unet"]))
    picture = latent_rgb(torch.eye(4).reshape(1, 4, 2, 2), model.latents)
    red, green, blue = picture.float().unbind(-1)
    assert not torch.equal(red, green)
    assert not torch.equal(green, blue)
