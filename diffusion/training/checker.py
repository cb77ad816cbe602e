"""Names what a picture shows by its pixels alone: a small classifier, retrained in a minute."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffusion.networks.layers import conv3
from diffusion.training.album import Bytes, to_tensor
from diffusion.training.loop import Objective, Plan, Progress, train
from diffusion.training.world import ATTRIBUTES, Scene, training_scene

PLAN: Final = Plan(steps=1500, learning_rate=2e-3, seed=4, average=0.99)
BATCH: Final = 64
INPUT_SIDE: Final = 64  # pictures are averaged down to this


class Checker(nn.Module):
    """Strided convolutions to a 4x4 map, then one linear reading of each attribute."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 24, 48, 64, 64)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            layers += [conv3(inputs, outputs, stride=2), nn.GroupNorm(8, outputs), nn.SiLU()]
            layers += [conv3(outputs, outputs), nn.SiLU()]
        self.trunk = nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 16, 128), nn.SiLU())
        self.heads = nn.ModuleDict({name: nn.Linear(128, len(values)) for name, values in ATTRIBUTES.items()})

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """Pictures (B, 3, H, W) in [-1, 1] -> scores (B, values) of each attribute."""
        features = self.trunk(F.interpolate(pictures, (INPUT_SIDE, INPUT_SIDE), mode="area"))
        return {name: head(features) for name, head in self.heads.items()}

    @torch.no_grad()
    def read(self, pictures: Tensor) -> dict[str, list[str]]:
        """The attributes it sees in pictures (B, 3, H, W)."""
        scores = self(pictures)
        return {name: [ATTRIBUTES[name][i] for i in s.argmax(1).tolist()] for name, s in scores.items()}


def truth(scenes: list[Scene]) -> dict[str, Tensor]:
    """Each attribute of the scenes as (B,) indices."""
    return {
        name: torch.tensor([values.index(getattr(scene, name)) for scene in scenes])
        for name, values in ATTRIBUTES.items()
    }


def worn(pictures: Tensor, chance: torch.Generator) -> Tensor:
    """Pictures blurred and made noisy by lot, so that the checker forgives what generation smears."""
    side = int(torch.randint(24, 129, (), generator=chance))
    small = F.interpolate(pictures, (side, side), mode="area")
    back = F.interpolate(small, pictures.shape[-2:], mode="bilinear")
    strength = 0.1 * torch.rand(len(pictures), 1, 1, 1, generator=chance)
    return back + strength * torch.randn(back.shape, generator=chance)


def objective(model: Checker, pictures: Bytes, batch: int = BATCH) -> Objective:
    """Cross-entropy, summed over the attributes."""

    def loss(chance: torch.Generator) -> Tensor:
        which = torch.randint(len(pictures), (batch,), generator=chance).tolist()
        seen = worn(to_tensor(pictures[which]), chance)
        wanted = truth([training_scene(i) for i in which])
        with torch.autocast("cpu", torch.bfloat16):
            scores = model(seen)
        parts = [F.cross_entropy(scores[name].float(), wanted[name]) for name in wanted]
        return torch.stack(parts).sum()

    return loss


def train_checker(pictures: Bytes, folder: Path, plan: Plan = PLAN, batch: int = BATCH) -> Progress:
    """The checker on worn training pictures."""
    torch.manual_seed(plan.seed)
    model = Checker()
    return train(model, objective(model, pictures, batch), plan, folder / "checker.pt")


def load_checker(state: Path) -> Checker:
    """The averaged checker of a training state."""
    model = Checker()
    model.load_state_dict(torch.load(state, weights_only=True)["averaged"])
    return model.eval()


def found(checker: Checker, pictures: Tensor, scenes: list[Scene]) -> dict[str, Tensor]:
    """For each attribute, whether the picture shows what its scene says: (B,) booleans."""
    seen = checker.read(pictures)
    return {
        name: torch.tensor(
            [value == getattr(scene, name) for value, scene in zip(values, scenes, strict=True)]
        )
        for name, values in seen.items()
    }
