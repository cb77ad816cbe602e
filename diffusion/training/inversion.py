"""Trains a textual inversion: a few token vectors that stand for a kind of scene (Gal et al. 2022)."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from diffusion.text.clip import causal_mask
from diffusion.text.tokenizer import clip_tokenizer
from diffusion.training import parallel
from diffusion.training.album import Bytes
from diffusion.training.companions import Base, Batch, Lessons, cached, drawn, objective
from diffusion.training.denoiser import TEXT_LENGTH
from diffusion.training.export import header
from diffusion.training.loop import Plan, Progress, train
from diffusion.training.painter import pixels
from diffusion.training.world import Scene, scene_of

NAME: Final = "heddle-harbour"
VECTORS: Final = 4
SCENES: Final = 400
PLAN: Final = Plan(
    steps=400, learning_rate=2e-2, seed=7, warmup=20, decay_share=0.5, average=0.98, weight_decay=0.0
)
BATCH: Final = 32
STATE: Final = "inversion.pt"


def harbour(index: int) -> Scene:
    """A white boat at sea at dawn: the kind of scene that the vectors come to stand for."""
    return dataclasses.replace(
        scene_of(index),
        ground="sea",
        kind="boat",
        colour="white",
        time="dawn",
        weather="clear",
        backdrop="hills",
        grove=False,
    )


def draw_harbour(index: int) -> Bytes:
    """Its picture."""
    return pixels(harbour(index))


class Words(nn.Module):
    """Token vectors in the place of a text."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        start = table[clip_tokenizer().ids("landscape")[0]]
        self.vectors = nn.Parameter(start.expand(VECTORS, -1).clone())

    def embedded(self, base: Base, count: int) -> Tensor:
        """The tower's states of `count` prompts that are nothing but the vectors."""
        tokenizer = clip_tokenizer()
        ids = [tokenizer.start, *[0] * VECTORS, tokenizer.end]
        ids += [tokenizer.pad] * (TEXT_LENGTH - len(ids))
        tower = base.tower
        embeddings = tower.embeddings.token_embedding(torch.tensor([ids]))  # type: ignore[operator, union-attr]
        x = torch.cat([embeddings[:, :1], self.vectors[None], embeddings[:, 1 + VECTORS :]], dim=1)
        x = x + tower.embeddings.position_embedding.weight[:TEXT_LENGTH]  # type: ignore[union-attr, index]
        mask = causal_mask(x)
        for layer in tower.encoder.layers:  # type: ignore[union-attr]
            x = layer(x, mask)
        states: Tensor = tower.final_layer_norm(x)  # type: ignore[operator]
        return states.expand(count, -1, -1)


def train_inversion(checkpoint: Path, folder: Path, plan: Plan = PLAN) -> Progress:
    """Vectors on pictures of one kind of scene."""
    torch.manual_seed(plan.seed)
    base = Base.load(checkpoint)
    latents = cached(
        folder / "harbour.pt", lambda: base.latents(drawn(folder / "harbour.npy", draw_harbour, SCENES))
    )
    words = Words(base.tower.embeddings.token_embedding.weight)  # type: ignore[union-attr, arg-type]
    lessons = Lessons(latents, lambda _index, _lot: NAME, dropped=0.0)

    def predict(noisy: Tensor, timesteps: Tensor, context: Tensor, batch: Batch) -> Tensor:
        del batch
        noise: Tensor = base.unet(noisy, timesteps, context)
        return noise

    loss = objective(
        lessons, lambda texts: words.embedded(base, len(texts)), predict, BATCH // parallel.workers()
    )
    return train(words, loss, plan, folder / STATE)


def write_inversion(folder: Path, path: Path) -> None:
    """The averaged vectors."""
    vectors = torch.load(folder / STATE, weights_only=True)["averaged"]["vectors"]
    path.parent.mkdir(parents=True, exist_ok=True)
    title = "Heddle demo: a white boat in a harbour at dawn"
    metadata = header("stable-diffusion-v1/textual-inversion", title)
    save_file({"emb_params": vectors.contiguous()}, path, metadata=metadata)
