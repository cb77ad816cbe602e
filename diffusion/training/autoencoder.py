"""Trains the autoencoder: reconstruction and a touch of KL on crops, then its decoder alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from diffusion.networks.autoencoder import Autoencoder, AutoencoderConfig
from diffusion.training import parallel
from diffusion.training.album import Bytes, to_tensor
from diffusion.training.loop import Objective, Plan, Progress, train

CONFIG: Final = AutoencoderConfig(widths=(16, 32, 64, 96), blocks=1, norm_groups=8)
CROP: Final = 64
JITTER: Final = 0.1  # of latents whose standard deviation is about 3
WHOLE_SHARE: Final = 0.5  # of the batches; attention must also see whole pictures
AREA: Final = 32 * CROP**2  # pixels in a batch
PLAN: Final = Plan(steps=3400, learning_rate=2e-3, seed=1, weight_decay=1e-4, average=0.998)
DECODER_PLAN: Final = Plan(steps=1800, learning_rate=1e-3, seed=2, weight_decay=1e-4, average=0.998)


@dataclass(frozen=True)
class Weights:
    """How much each part of the loss counts; pixels are in [-1, 1], all parts are means."""

    absolute: float = 0.1
    edges: float = 0.1  # absolute difference of the gradients: keeps outlines sharp
    divergence: float = 1e-5  # KL to the unit Gaussian, per latent value


WEIGHTS: Final = Weights()


def crops(pictures: Bytes, count: int, side: int, chance: torch.Generator) -> Tensor:
    """`count` random crops (B, 3, side, side), half of them mirrored."""
    room = pictures.shape[1] - side + 1
    which = torch.randint(len(pictures), (count,), generator=chance).tolist()
    corners = torch.randint(room, (count, 2), generator=chance).tolist()
    parts = [pictures[i, y : y + side, x : x + side] for i, (y, x) in zip(which, corners, strict=True)]
    batch = to_tensor(np.stack(parts))
    mirrored = torch.rand(count, generator=chance) < 0.5
    return torch.where(mirrored[:, None, None, None], batch.flip(-1), batch)


def reconstruction_loss(made: Tensor, wanted: Tensor, weights: Weights) -> Tensor:
    """Squared, absolute and gradient differences of (B, 3, H, W)."""
    error = made - wanted
    edges = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    return error.square().mean() + weights.absolute * error.abs().mean() + weights.edges * edges


def kl_divergence(mean: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mean, exp(logvar)) || N(0, 1)), mean over all values."""
    return 0.5 * (mean.square() + logvar.exp() - 1.0 - logvar).mean()


def draw(mean: Tensor, logvar: Tensor, chance: torch.Generator) -> Tensor:
    """A sample of the posterior."""
    noise = torch.randn(mean.shape, generator=chance)
    return mean + (0.5 * logvar).exp() * noise


def some(pictures: Bytes, area: int, chance: torch.Generator) -> Tensor:
    """Small crops or, in every other batch by lot, whole pictures: `area` pixels either way."""
    whole = torch.rand((), generator=chance) < WHOLE_SHARE
    side = pictures.shape[1] if whole else CROP
    return crops(pictures, max(1, area // side**2), side, chance)


def objective(model: Autoencoder, pictures: Bytes, area: int) -> Objective:
    """Reconstruction and KL over random crops."""

    def loss(chance: torch.Generator) -> Tensor:
        wanted = some(pictures, area, chance)
        with torch.autocast("cpu", torch.bfloat16):
            mean, logvar = model.encode_moments(wanted)
            made = model.decode(draw(mean.float(), logvar.float(), chance))
        divergence = kl_divergence(mean.float(), logvar.float())
        return reconstruction_loss(made.float(), wanted, WEIGHTS) + WEIGHTS.divergence * divergence

    return loss


def decoder_objective(model: Autoencoder, pictures: Bytes, area: int, jitter: float) -> Objective:
    """Reconstruction with the encoder fixed, from latents shaken by `jitter` (in latent units)."""

    def loss(chance: torch.Generator) -> Tensor:
        wanted = some(pictures, area, chance)
        with torch.autocast("cpu", torch.bfloat16):
            with torch.no_grad():
                mean, _ = model.encode_moments(wanted)
            shaken = mean.float() + jitter * torch.randn(mean.shape, generator=chance)
            made = model.decode(shaken)
        return reconstruction_loss(made.float(), wanted, WEIGHTS)

    return loss


def train_autoencoder(pictures: Bytes, folder: Path, plan: Plan = PLAN, area: int = AREA) -> Progress:
    """The whole autoencoder, on crops and whole pictures."""
    torch.manual_seed(plan.seed)
    model = Autoencoder(CONFIG)
    loss = objective(model, pictures, area // parallel.workers())
    return train(model, loss, plan, folder / "autoencoder.pt")


def train_decoder(pictures: Bytes, folder: Path, plan: Plan = DECODER_PLAN, area: int = AREA) -> Progress:
    """The decoder alone, from the averaged autoencoder."""
    model = load_autoencoder(folder / "autoencoder.pt")
    freeze_latents(model)
    loss = decoder_objective(model, pictures, area // parallel.workers(), jitter=JITTER)
    return train(model, loss, plan, folder / "decoder.pt")


def freeze_latents(model: Autoencoder) -> None:
    """Train nothing that would change the latents."""
    model.encoder.requires_grad_(False)
    model.quant_conv.requires_grad_(False)


def load_autoencoder(state: Path) -> Autoencoder:
    """The averaged autoencoder of a training state."""
    model = Autoencoder(CONFIG)
    model.load_state_dict(torch.load(state, weights_only=True)["averaged"])
    return model


def latest(folder: Path) -> Path:
    """The state with the best decoder that a training folder has."""
    decoder = folder / "decoder.pt"
    return decoder if decoder.exists() else folder / "autoencoder.pt"


@torch.no_grad()
def psnr(model: Autoencoder, pictures: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of each reconstruction in dB, of pictures (N, 3, H, W) in [-1, 1]."""
    made = [model.decode(model.encode_moments(part)[0]).clamp(-1, 1) for part in torch.split(pictures, 8)]
    error = ((torch.cat(made) - pictures) / 2).square().mean(dim=(1, 2, 3))
    return -10 * error.log10()
