"""Trains a ControlNet that follows segmentation maps (Zhang et al. 2023), the base model frozen."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from diffusion.networks.controlnet import ControlNet, ControlNetConfig
from diffusion.training import parallel
from diffusion.training.album import Bytes
from diffusion.training.captions import caption
from diffusion.training.companions import Base, Batch, Lessons, cached, drawn, objective
from diffusion.training.export import header
from diffusion.training.loop import Plan, Progress, train
from diffusion.training.painter import pixels
from diffusion.training.segments import map_bytes, movable_scene

SCENES: Final = 6000
HINT_WIDTHS: Final = (8, 8, 16, 16, 24, 24, 48)  # narrow: three plain colours are easy to read
PLAN: Final = Plan(steps=2400, learning_rate=6e-4, seed=5, warmup=100, decay_share=0.4, average=0.995)
BATCH: Final = 32
DROPPED: Final = 0.2  # of the captions: the map alone then says where things are
STATE: Final = "control.pt"


def draw_scene(index: int) -> Bytes:
    """The picture of a scene with a movable horizon."""
    return pixels(movable_scene(index))


def draw_map(index: int) -> Bytes:
    """Its map."""
    return map_bytes(movable_scene(index))


def controller(base: Base) -> ControlNet:
    """A ControlNet that begins as a copy of the base's way down and changes nothing yet."""
    network = ControlNet(ControlNetConfig(base.unet.config, hint_widths=HINT_WIDTHS))
    own = network.state_dict()
    network.load_state_dict({**own, **{k: v for k, v in base.unet.state_dict().items() if k in own}})
    for conv in (*network.zero_convs.modules(), *network.middle_block_out.modules()):
        if isinstance(conv, nn.Conv2d):
            nn.init.zeros_(conv.weight)
            nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
    nn.init.zeros_(network.input_hint_block[-1].weight)  # type: ignore[arg-type]
    nn.init.zeros_(network.input_hint_block[-1].bias)  # type: ignore[arg-type]
    return network.train().requires_grad_(True)


def train_control(checkpoint: Path, folder: Path, plan: Plan = PLAN) -> Progress:
    """A ControlNet on drawn scenes and their maps."""
    torch.manual_seed(plan.seed)
    base = Base.load(checkpoint)
    maps = torch.from_numpy(drawn(folder / "maps.npy", draw_map, SCENES))
    latents = cached(
        folder / "movable.pt", lambda: base.latents(drawn(folder / "movable.npy", draw_scene, SCENES))
    )
    lessons = Lessons(latents, lambda index, lot: caption(movable_scene(index), lot), DROPPED)
    network = controller(base)

    def predict(noisy: Tensor, timesteps: Tensor, context: Tensor, batch: Batch) -> Tensor:
        hints = maps[batch.which].permute(0, 3, 1, 2).float() / 255
        residuals = network(noisy, timesteps, context, network.features(hints))
        noise: Tensor = base.unet(noisy, timesteps, context, residuals=residuals)
        return noise

    loss = objective(lessons, base.contexts, predict, BATCH // parallel.workers())
    return train(network, loss, plan, folder / STATE)


def write_control(folder: Path, path: Path) -> None:
    """The averaged weights; matrices as float8 (e4m3), three bits of mantissa, to stay below 3 MB."""
    averaged = torch.load(folder / STATE, weights_only=True)["averaged"]
    tensors = {key: narrow(weight).contiguous() for key, weight in averaged.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    title = "Heddle demo: ControlNet for segmentation maps (sky, ground, object)"
    save_file(tensors, path, metadata=header("stable-diffusion-v1/controlnet", title))


def narrow(weight: Tensor) -> Tensor:
    """Matrices in a quarter of their size, all else in half."""
    return weight.to(torch.float8_e4m3fn if weight.ndim >= 2 else torch.float16)
