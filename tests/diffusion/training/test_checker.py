"""The checker learns to read real scenes, and counts what it finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from diffusion.training.album import draw_training, held_out
from diffusion.training.checker import Checker, found, load_checker, train_checker, truth
from diffusion.training.loop import Plan
from diffusion.training.world import ATTRIBUTES, scene_of

PLAN = Plan(steps=50, learning_rate=3e-3, warmup=5, average=0.8)


def test_it_soon_reads_the_time_of_day_of_unseen_scenes(tmp_path: Path) -> None:
    torch.manual_seed(0)
    train_checker(np.stack([draw_training(seed) for seed in range(200)]), tmp_path, PLAN, batch=16)
    hits = found(
        load_checker(tmp_path / "checker.pt"), held_out(60), [scene_of(1_000_000 + i) for i in range(60)]
    )
    assert set(hits) == set(ATTRIBUTES)
    assert hits["time"].float().mean() > 0.8


def test_the_truth_of_a_scene_is_its_attributes() -> None:
    scenes = [scene_of(seed) for seed in range(5)]
    for name, indices in truth(scenes).items():
        assert [ATTRIBUTES[name][i] for i in indices.tolist()] == [getattr(scene, name) for scene in scenes]


def test_it_reads_pictures_of_any_size() -> None:
    seen = Checker().read(torch.zeros(2, 3, 96, 160))
    assert [len(values) for values in seen.values()] == [2] * len(ATTRIBUTES)
