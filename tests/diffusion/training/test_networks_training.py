"""One step on a fixed tiny batch lowers each network's loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from diffusion.networks.autoencoder import Autoencoder
from diffusion.training import autoencoder, checker, denoiser
from diffusion.training.album import Bytes, draw_training, to_bytes, to_tensor
from diffusion.training.loop import Objective, Plan, advance, begin
from diffusion.training.world import training_scene

PLAN = Plan(steps=1000, learning_rate=1e-3, warmup=1)


@pytest.fixture(scope="module")
def pictures() -> Bytes:
    return np.stack([draw_training(seed)[::2, ::2] for seed in range(4)])


def falls(model: torch.nn.Module, objective: Objective, steps: int = 6) -> bool:
    """Whether the loss on one fixed batch falls over a few steps."""
    progress = begin(model, PLAN)

    def fixed(_: torch.Generator) -> torch.Tensor:
        return objective(torch.Generator().manual_seed(0))

    losses = [advance(progress, fixed, PLAN) for _ in range(steps)]
    return losses[-1] < losses[0]


def test_the_autoencoder_learns(pictures: Bytes) -> None:
    torch.manual_seed(0)
    model = Autoencoder(replace(autoencoder.CONFIG, widths=(8, 8, 16)))
    assert falls(model, autoencoder.objective(model, pictures, area=64**2), steps=4)


def test_the_decoder_learns_while_the_encoder_stays(pictures: Bytes) -> None:
    torch.manual_seed(0)
    model = Autoencoder(replace(autoencoder.CONFIG, widths=(8, 8, 16)))
    autoencoder.freeze_latents(model)
    before = [value.clone() for value in model.encoder.parameters()]
    assert falls(model, autoencoder.decoder_objective(model, pictures, area=64**2, jitter=0.1), steps=4)
    assert all(torch.equal(a, b) for a, b in zip(before, model.encoder.parameters(), strict=True))


def test_the_denoiser_learns() -> None:
    torch.manual_seed(0)
    model = denoiser.Denoiser()
    lessons = denoiser.Lessons(torch.randn(4, 4, 8, 8), [training_scene(i) for i in range(4)])
    assert falls(model, denoiser.objective(model, lessons, batch=2), steps=4)


def test_the_checker_learns(pictures: Bytes) -> None:
    torch.manual_seed(0)
    model = checker.Checker()
    assert falls(model, checker.objective(model, pictures, batch=4))


def test_timesteps_are_spread_over_the_whole_range() -> None:
    timesteps = denoiser.spread_timesteps(10, torch.Generator().manual_seed(0))
    assert [int(t) // 100 for t in timesteps] == list(range(10))


def test_noise_of_the_full_level_leaves_nothing_of_the_picture() -> None:
    clean, noise = torch.zeros(2, 4, 2, 2), torch.ones(2, 4, 2, 2)
    noisy = denoiser.add_noise(clean, noise, torch.tensor([0.0, 0.75]))
    assert noisy[0].mean() == 1
    assert noisy[1].mean() == 0.5


def test_tokens_are_framed_and_padded_as_clip_does() -> None:
    row = denoiser.tokenize(["a tree", ""])
    assert row.shape == (2, 77)
    assert row[0, 0] == 49406
    assert row[0, 3:].tolist() == [49407] * 74
    assert row[1, 1:].tolist() == [49407] * 76


def test_pictures_survive_the_way_to_tensors_and_back(pictures: Bytes) -> None:
    assert np.array_equal(to_bytes(to_tensor(pictures)), pictures)
