"""Trains a LoRA that draws every scene in the colours of winter, the base model frozen (Hu et al. 2021)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.utils import parametrize

from diffusion.training import parallel
from diffusion.training.album import Bytes
from diffusion.training.captions import caption
from diffusion.training.companions import Base, Batch, Lessons, cached, drawn, objective
from diffusion.training.export import header
from diffusion.training.loop import Plan, Progress, train
from diffusion.training.painter import pixels
from diffusion.training.world import training_scene

SCENES: Final = 3000
RANK: Final = 8
PLAN: Final = Plan(
    steps=600, learning_rate=2e-3, seed=6, warmup=50, decay_share=0.4, average=0.99, weight_decay=0.0
)
BATCH: Final = 32
STATE: Final = "style.pt"
FROST: Final = (214.0, 228.0, 244.0)  # what all colours move towards
SHARE: Final = 0.55
GREYNESS: Final = 0.7  # of the colour taken out before


def winter(picture: Bytes) -> Bytes:
    """A picture (H, W, 3) in the colours of a frosty morning: paler, greyer, bluer."""
    colours = picture.astype(np.float32)
    grey = colours @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    pale = colours + (grey[..., None] - colours) * GREYNESS
    return np.asarray((pale + (np.array(FROST) - pale) * SHARE).round().astype(np.uint8))


def draw_winter(index: int) -> Bytes:
    """The winter picture of a training scene."""
    return winter(pixels(training_scene(index)))


class LowRank(nn.Module):
    """A weight with up @ down added, as torch's parametrizations call it."""

    def __init__(self, weight: Tensor, rank: int) -> None:
        super().__init__()
        rows, columns = weight.shape[0], math.prod(weight.shape[1:])
        self.down = nn.Parameter(torch.randn(rank, columns) / math.sqrt(columns))
        self.up = nn.Parameter(torch.zeros(rows, rank))

    def forward(self, weight: Tensor) -> Tensor:
        """The changed weight."""
        return weight + (self.up @ self.down).reshape(weight.shape)


class Style(nn.Module):
    """Low-rank changes of every linear map and convolution of a UNet's blocks."""

    def __init__(self, unet: nn.Module) -> None:
        super().__init__()
        self.changes = nn.ModuleDict()
        for name, module in list(unet.named_modules()):
            if (
                isinstance(module, nn.Linear | nn.Conv2d)
                and "_block" in name
                and module.weight.shape[0] > RANK
            ):
                change = LowRank(module.weight, RANK)
                parametrize.register_parametrization(module, "weight", change)
                self.changes[name.replace(".", "_")] = change


def train_style(checkpoint: Path, folder: Path, plan: Plan = PLAN) -> Progress:
    """A LoRA on winter pictures with the captions that they have in summer."""
    torch.manual_seed(plan.seed)
    base = Base.load(checkpoint)
    latents = cached(
        folder / "winter.pt", lambda: base.latents(drawn(folder / "winter.npy", draw_winter, SCENES))
    )
    lessons = Lessons(latents, lambda index, lot: caption(training_scene(index), lot))
    style = Style(base.unet)

    def predict(noisy: Tensor, timesteps: Tensor, context: Tensor, batch: Batch) -> Tensor:
        del batch
        noise: Tensor = base.unet(noisy, timesteps, context)
        return noise

    loss = objective(lessons, base.contexts, predict, BATCH // parallel.workers())
    return train(style, loss, plan, folder / STATE)


def write_style(checkpoint: Path, folder: Path, path: Path) -> None:
    """The averaged factors under the names that kohya's trainer gives to blocks of the original layout."""
    averaged = torch.load(folder / STATE, weights_only=True)["averaged"]
    shapes = {
        name.replace(".", "_"): module.weight.shape
        for name, module in Base.load(checkpoint).unet.named_modules()
        if isinstance(module, nn.Linear | nn.Conv2d)
    }
    tensors: dict[str, Tensor] = {}
    for key, factor in averaged.items():
        name, _, part = key.removeprefix("changes.").rpartition(".")
        tensors[f"lora_unet_{name}.lora_{part}.weight"] = shaped(factor, part, shapes[name]).half()
        tensors[f"lora_unet_{name}.alpha"] = torch.tensor(float(RANK))
    path.parent.mkdir(parents=True, exist_ok=True)
    words = {"ss_network_dim": str(RANK), "ss_network_alpha": str(RANK), "ss_base_model_version": "sd_v1"}
    title = "Heddle demo: winter LoRA"
    save_file(tensors, path, metadata={**header("stable-diffusion-v1/lora", title), **words})


def shaped(factor: Tensor, part: str, weight: torch.Size) -> Tensor:
    """A factor as the file stores it: of a convolution, `down` is one and `up` is 1x1."""
    if len(weight) == 2:
        return factor.contiguous()
    if part == "down":
        return factor.reshape(RANK, *weight[1:]).contiguous()
    return factor.reshape(*factor.shape, 1, 1).contiguous()
