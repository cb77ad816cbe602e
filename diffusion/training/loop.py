"""The training loop: AdamW, a warm-up and a final decay, an averaged copy, and exact resumption."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from diffusion.training import parallel

LOG_STEPS = 20

Objective = Callable[[torch.Generator], Tensor]
"""One batch's loss, all chance drawn from the generator."""


@dataclass(frozen=True)
class Plan:
    """How long and how fast to train."""

    steps: int
    learning_rate: float
    seed: int = 0
    warmup: int = 100  # steps of linear rise
    decay_share: float = 0.3  # of all steps, at the end, the rate falls linearly to zero
    weight_decay: float = 0.01
    average: float = 0.999  # of the averaged copy (EMA), less while young
    save_seconds: float = 90.0

    def rate(self, step: int) -> float:
        """The learning rate at a step."""
        rise = min(1.0, (step + 1) / self.warmup)
        fall = min(1.0, (self.steps - step) / (self.decay_share * self.steps))
        return self.learning_rate * min(rise, fall)

    def averaging(self, step: int) -> float:
        """The averaged copy's decay at a step: (1 + t) / (10 + t) until it reaches `average`."""
        return min(self.average, (1 + step) / (10 + step))


@dataclass
class Progress:
    """What training has come to: everything a resumed run needs."""

    model: nn.Module
    averaged: dict[str, Tensor]
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0

    def save(self, path: Path) -> None:
        """Write the state; the file is whole at every moment."""
        state = {
            "model": self.model.state_dict(),
            "averaged": self.averaged,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        torch.save(state, unfinished)
        unfinished.replace(path)

    def restore(self, path: Path) -> None:
        """Continue from a written state."""
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.averaged = state["averaged"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]

    def average(self, decay: float) -> None:
        """Move the averaged copy towards the weights: a <- decay a + (1 - decay) w."""
        now = [p.detach() for p in self.model.parameters()]
        torch._foreach_lerp_(list(self.averaged.values()), now, 1 - decay)


def begin(model: nn.Module, plan: Plan) -> Progress:
    """Training that has not taken a step."""
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        trained, lr=plan.learning_rate, betas=(0.9, 0.99), weight_decay=plan.weight_decay, fused=True
    )
    averaged = {name: p.detach().clone() for name, p in model.named_parameters()}
    return Progress(model, averaged, optimizer)


def chance(seed: int, step: int, rank: int = 0) -> torch.Generator:
    """The generator of one step: a resumed run draws what an uninterrupted one would have."""
    return torch.Generator().manual_seed((seed + 1000 * rank) * 1_000_003 + step)


def advance(progress: Progress, objective: Objective, plan: Plan) -> float:
    """One step of gradient descent; its loss."""
    for group in progress.optimizer.param_groups:
        group["lr"] = plan.rate(progress.step)
    progress.optimizer.zero_grad(set_to_none=True)
    loss = objective(chance(plan.seed, progress.step, parallel.rank()))
    loss.backward()  # type: ignore[no-untyped-call]
    parallel.share_gradients(progress.model.parameters())
    nn.utils.clip_grad_norm_(progress.model.parameters(), 1.0)
    progress.optimizer.step()
    progress.average(plan.averaging(progress.step))
    progress.step += 1
    return loss.item()


def train(model: nn.Module, objective: Objective, plan: Plan, state: Path) -> Progress:
    """Train to the plan's end, from `state` where it exists; logs JSON lines beside it."""
    progress = begin(model, plan)
    if state.exists():
        progress.restore(state)
    first = parallel.rank() == 0
    saved = time.monotonic()
    losses: list[float] = []
    while progress.step < plan.steps:
        started = time.monotonic()
        losses.append(advance(progress, objective, plan))
        progress.seconds += time.monotonic() - started
        if progress.step % LOG_STEPS == 0 and first:
            log(state.with_suffix(".jsonl"), progress, sum(losses) / len(losses))
            losses.clear()
        if time.monotonic() - saved > plan.save_seconds and first:
            progress.save(state)
            saved = time.monotonic()
    if first:
        progress.save(state)
    return progress


def log(path: Path, progress: Progress, loss: float) -> None:
    """Append one line: step, loss, seconds of training so far."""
    line = {"step": progress.step, "loss": round(loss, 6), "seconds": round(progress.seconds, 1)}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")
