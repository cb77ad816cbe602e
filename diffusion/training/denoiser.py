"""Trains text encoder and UNet together: epsilon prediction on cached latents of captioned scenes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from diffusion.networks.autoencoder import Autoencoder
from diffusion.networks.unet import UNet, UNetConfig
from diffusion.text.tokenizer import VOCABULARY, clip_tokenizer
from diffusion.training import parallel
from diffusion.training.album import Bytes, to_tensor
from diffusion.training.captions import caption
from diffusion.training.loop import Objective, Plan, Progress, train
from diffusion.training.world import Scene, training_scene

TEXT_LENGTH: Final = 77  # CLIP's: start, up to 75 tokens, end; padded with the end mark
CONTEXT_WIDTH: Final = 32  # narrow: the token table has 49,408 rows of it
TEXT_HEADS: Final = 4
TEXT_LAYERS: Final = 3
CONFIG: Final = UNetConfig(
    widths=(80, 128),
    depths=(0, 1),
    blocks=1,
    context_width=CONTEXT_WIDTH,
    heads=4,
    norm_groups=8,
)
PLAN: Final = Plan(steps=3800, learning_rate=1e-3, seed=3, warmup=200, decay_share=0.4)
BATCH: Final = 64
DROPPED: Final = 0.1  # of the captions become the empty text, for guidance
TIMESTEPS: Final = 1000
OFFSET: Final = 0.15  # standard deviation of the noise's shift


def text_encoder() -> CLIPTextModel:
    """A CLIP text tower of the family's form, narrow and shallow."""
    tokenizer = clip_tokenizer()
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=VOCABULARY,
            hidden_size=CONTEXT_WIDTH,
            intermediate_size=4 * CONTEXT_WIDTH,
            num_hidden_layers=TEXT_LAYERS,
            num_attention_heads=TEXT_HEADS,
            max_position_embeddings=TEXT_LENGTH,
            hidden_act="quick_gelu",
            bos_token_id=tokenizer.start,
            eos_token_id=tokenizer.end,
            pad_token_id=tokenizer.pad,
        )
    )


class Denoiser(nn.Module):
    """The two networks that learn from captions: the text encoder and the UNet."""

    def __init__(self) -> None:
        super().__init__()
        self.text = text_encoder()
        self.unet = UNet(CONFIG)

    def embed(self, tokens: Tensor) -> Tensor:
        """Token ids (B, 77) -> last hidden state after the final norm (B, 77, context width)."""
        states: Tensor = self.text(input_ids=tokens).last_hidden_state
        return states

    def forward(self, noisy: Tensor, timesteps: Tensor, tokens: Tensor) -> Tensor:
        """The noise in scaled latents (B, 4, h, w) at timesteps (B,), told by token ids (B, 77)."""
        noise: Tensor = self.unet(noisy, timesteps, self.embed(tokens))
        return noise


def tokenize(texts: list[str]) -> Tensor:
    """Texts as (B, 77) token ids."""
    tokenizer, room = clip_tokenizer(), TEXT_LENGTH - 2
    rows = []
    for text in texts:
        ids = [tokenizer.start, *tokenizer.ids(text)[:room], tokenizer.end]
        rows.append(ids + [tokenizer.pad] * (TEXT_LENGTH - len(ids)))
    return torch.tensor(rows)


def signal_levels() -> Tensor:
    """Stable Diffusion's cumulative alphas, (1000,): betas linear in their square roots."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, TIMESTEPS, dtype=torch.float64).square()
    return (1.0 - betas).cumprod(0).float()


def spread_timesteps(count: int, chance: torch.Generator) -> Tensor:
    """`count` timesteps, one from each equal part of the range: uniform, and steadier than by lot."""
    places = torch.arange(count) + torch.rand(count, generator=chance)
    return (places * TIMESTEPS / count).long().clamp(max=TIMESTEPS - 1)


def add_noise(clean: Tensor, noise: Tensor, signal: Tensor) -> Tensor:
    """sqrt(a) x + sqrt(1 - a) e (Ho et al. 2020, eq. 4), with a (B,) the signal level."""
    a = signal[:, None, None, None]
    return a.sqrt() * clean + (1 - a).sqrt() * noise


def offset_noise(clean: Tensor, chance: torch.Generator) -> Tensor:
    """Normal noise shaped as (B, C, h, w), each channel of each picture shifted a little as a whole.

    Even the noisiest step shows a picture's mean through plain noise; shifted, it does not, and the caption
    has to tell night from day (Guttenberg 2023, "Diffusion with offset noise").
    """
    noise = torch.randn(clean.shape, generator=chance)
    return noise + OFFSET * torch.randn(*clean.shape[:2], 1, 1, generator=chance)


@dataclass(frozen=True)
class Lessons:
    """What the denoiser learns from: scaled latents (N, 4, h, w) and their scenes."""

    latents: Tensor
    scenes: list[Scene]

    def batch(self, count: int, chance: torch.Generator) -> tuple[Tensor, list[str]]:
        """`count` latents with freshly worded captions, some of them empty."""
        which = torch.randint(len(self.scenes), (count,), generator=chance)
        lot = random.Random(int(torch.randint(2**62, (), generator=chance)))
        texts = [caption(self.scenes[i], lot) for i in which.tolist()]
        return self.latents[which].float(), ["" if lot.random() < DROPPED else text for text in texts]


def step_weights(levels: Tensor) -> Tensor:
    """How much each timestep counts, (1000,) with mean one: 1 / sqrt(a).

    What a caption says of the whole picture (night or day) must be decided at the first, noisiest steps,
    where the plain error hardly feels it: a squared error in the picture counts a / (1 - a) in the noise.
    """
    weights = levels.rsqrt()
    return weights / weights.mean()


def objective(model: Denoiser, lessons: Lessons, batch: int = BATCH) -> Objective:
    """Weighted mean squared error of the predicted noise (Ho et al. 2020, eq. 12)."""
    levels = signal_levels()
    weights = step_weights(levels)

    def loss(chance: torch.Generator) -> Tensor:
        clean, texts = lessons.batch(batch, chance)
        timesteps = spread_timesteps(batch, chance)
        noise = offset_noise(clean, chance)
        noisy = add_noise(clean, noise, levels[timesteps])
        with torch.autocast("cpu", torch.bfloat16):
            guess = model(noisy, timesteps, tokenize(texts))
        errors = F.mse_loss(guess.float(), noise, reduction="none").mean(dim=(1, 2, 3))
        return (weights[timesteps] * errors).mean()

    return loss


@torch.no_grad()
def encode(model: Autoencoder, pictures: Bytes) -> Tensor:
    """The unscaled latents (N, 4, h, w) of pictures (N, H, W, 3), in half precision."""
    means = []
    for start in range(0, len(pictures), 32):
        with torch.autocast("cpu", torch.bfloat16):
            mean, _ = model.encode_moments(to_tensor(pictures[start : start + 32]))
        means.append(mean.half())
    return torch.cat(means)


def latent_scale(latents: Tensor) -> float:
    """What brings latents to a standard deviation of one, over all channels together."""
    return 1.0 / latents.float().std().item()


def read_lessons(model: Autoencoder, pictures: Callable[[], Bytes], cache: Path) -> tuple[Lessons, float]:
    """Latents of the training pictures, scaled, and the scale; encoded on the first call."""
    if not cache.exists():
        torch.save(encode(model, pictures()), cache)
    latents = torch.load(cache, weights_only=True)
    scale = latent_scale(latents)
    return Lessons(latents * scale, [training_scene(i) for i in range(len(latents))]), scale


def train_denoiser(lessons: Lessons, folder: Path, plan: Plan = PLAN) -> Progress:
    """Text encoder and UNet on the lessons."""
    torch.manual_seed(plan.seed)
    model = Denoiser()
    loss = objective(model, lessons, BATCH // parallel.workers())
    return train(model, loss, plan, folder / "denoiser.pt")


def load_denoiser(state: Path) -> Denoiser:
    """The averaged denoiser of a training state."""
    model = Denoiser()
    model.load_state_dict(torch.load(state, weights_only=True)["averaged"])
    return model
