"""Training lowers the loss, and an interrupted run ends where an uninterrupted one does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from diffusion.training.loop import Objective, Plan, Progress, advance, begin, train

PLAN = Plan(steps=40, learning_rate=1e-2, warmup=5, save_seconds=1e9)


def regression(model: nn.Module) -> Objective:
    """Learn to halve what chance draws."""

    def loss(chance: torch.Generator) -> Tensor:
        x = torch.randn(16, 3, generator=chance)
        error: Tensor = (model(x) - x / 2).square().mean()
        return error

    return loss


def fresh() -> nn.Module:
    torch.manual_seed(0)
    return nn.Linear(3, 3)


def run(plan: Plan, state: Path) -> Progress:
    model = fresh()
    return train(model, regression(model), plan, state)


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    run(PLAN, tmp_path / "a.pt")
    losses = [json.loads(line)["loss"] for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert losses[-1] < losses[0] / 2


def test_a_resumed_run_ends_exactly_where_an_uninterrupted_one_does(tmp_path: Path) -> None:
    whole = run(PLAN, tmp_path / "whole.pt")
    model = fresh()
    half = begin(model, PLAN)
    for _ in range(17):
        advance(half, regression(model), PLAN)
    half.save(tmp_path / "half.pt")
    resumed = run(PLAN, tmp_path / "half.pt")
    assert resumed.step == whole.step == PLAN.steps
    for name, value in whole.averaged.items():
        assert torch.equal(value, resumed.averaged[name])
    for mine, other in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(mine, other)


def test_a_finished_run_does_nothing_more(tmp_path: Path) -> None:
    first = run(PLAN, tmp_path / "a.pt")
    again = run(PLAN, tmp_path / "a.pt")
    assert again.step == first.step
    assert again.seconds == pytest.approx(first.seconds)


def test_the_rate_rises_stays_and_falls_to_nothing() -> None:
    plan = replace(PLAN, steps=100, warmup=10, decay_share=0.2)
    assert plan.rate(0) == pytest.approx(1e-3)
    assert plan.rate(50) == pytest.approx(1e-2)
    assert plan.rate(90) == pytest.approx(5e-3)
    assert plan.rate(100) == 0


def test_the_averaged_copy_follows_the_weights() -> None:
    model = fresh()
    progress = begin(model, PLAN)
    advance(progress, regression(model), PLAN)
    for name, value in model.named_parameters():
        assert not torch.equal(progress.averaged[name], value)
    progress.average(0.0)
    for name, value in model.named_parameters():
        torch.testing.assert_close(progress.averaged[name], value.detach())
