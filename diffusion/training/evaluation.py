"""Measures the checkpoint: how often each attribute of a held-out caption is found in its picture."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Final

import torch
from PIL import Image
from torch import Tensor

from diffusion.training import pictures
from diffusion.training.album import HELD_OUT_SEEDS, held_out, to_bytes
from diffusion.training.autoencoder import psnr
from diffusion.training.captions import caption
from diffusion.training.checker import Checker, found, load_checker
from diffusion.training.generation import Generator, load_generator
from diffusion.training.world import ATTRIBUTES, Scene, scene_of

CAPTIONS: Final = 200  # half of them of combinations never trained on
PICTURES: Final = 200  # held-out scenes on which autoencoder and checker are measured
GUIDANCES: Final = (1.0, 4.0)
TABLE_MARK: Final = "<!-- measured -->"

Shares = dict[str, float]


@dataclass(frozen=True)
class Question:
    """A caption and the scene it tells of."""

    scene: Scene
    text: str
    seed: int


def questions(held: bool, number: int) -> Iterator[Question]:
    """Captions of unseen seeds that name all four attributes, of combinations trained on or held out."""
    seeds = (seed for seed in count(HELD_OUT_SEEDS + 10_000) if scene_of(seed).held_out == held)
    for seed in islice(seeds, number):
        scene = scene_of(seed)
        yield Question(scene, caption(scene, random.Random(seed), whole=True), seed)


def evaluate(checkpoint: Path, folder: Path, docs: Path) -> None:
    """Measure, then write the numbers as JSON, the table into the page, and the pictures."""
    generator, checker = load_generator(checkpoint), load_checker(folder / "checker.pt")
    asked = [*questions(False, CAPTIONS // 2), *questions(True, CAPTIONS // 2)]
    numbers: dict[str, Shares] = {
        "scenes": real_shares(checker),
        "reconstructions": decoded_shares(generator, checker),
    }
    for guidance in GUIDANCES:
        made = answers(generator, asked, guidance)
        numbers[f"guidance {guidance:g}"] = shares(checker, made, asked)
        half = CAPTIONS // 2
        numbers[f"guidance {guidance:g}, held-out combinations"] = shares(checker, made[half:], asked[half:])
        sample_sheet(made, asked).save(docs / f"images/demo-samples-{guidance:g}.png")
    quality = psnr(generator.autoencoder, held_out(PICTURES))
    report = {"psnr_db": {"mean": quality.mean().item(), "least": quality.min().item()}, "found": numbers}
    (docs / "demo-model.json").write_text(json.dumps(report, indent=2) + "\n")
    pictures.loss_curves(folder).save(docs / "images/demo-loss.png")
    insert_table(docs / "demo-model.md", table(numbers))


def answers(generator: Generator, asked: Sequence[Question], guidance: float, batch: int = 25) -> Tensor:
    """The pictures made of the captions, (N, 3, H, W)."""
    parts = [asked[start : start + batch] for start in range(0, len(asked), batch)]
    return torch.cat([generator.pictures([q.text for q in p], [q.seed for q in p], guidance) for p in parts])


def shares(checker: Checker, made: Tensor, asked: Sequence[Question]) -> Shares:
    """How many of the pictures show each attribute, and all of them."""
    hits = found(checker, made, [question.scene for question in asked])
    every = torch.stack(list(hits.values())).all(0)
    return {name: hit.float().mean().item() for name, hit in {**hits, "all four": every}.items()}


def plain_questions(number: int) -> list[Question]:
    """The first held-out scenes, for pictures that need no caption."""
    return [Question(scene_of(HELD_OUT_SEEDS + index), "", index) for index in range(number)]


def real_shares(checker: Checker) -> Shares:
    """What the checker finds in real held-out scenes: its own accuracy."""
    return shares(checker, held_out(PICTURES), plain_questions(PICTURES))


@torch.no_grad()
def decoded_shares(generator: Generator, checker: Checker) -> Shares:
    """What the checker finds in held-out scenes that went through the autoencoder."""
    parts = torch.split(held_out(PICTURES), 20)
    made = torch.cat(
        [generator.autoencoder.decode(generator.autoencoder.encode_moments(part)[0]) for part in parts]
    )
    return shares(checker, made.clamp(-1, 1), plain_questions(PICTURES))


def sample_sheet(made: Tensor, asked: Sequence[Question], columns: int = 6, rows: int = 4) -> Image.Image:
    """Pictures with the captions they were made of: every so many of the list, by no choice of ours."""
    stride = len(asked) // (columns * rows)
    chosen = range(0, stride * columns * rows, stride)
    images = [Image.fromarray(picture) for picture in to_bytes(made)]
    return pictures.grid([pictures.captioned(images[i], asked[i].text) for i in chosen], columns)


def table(numbers: dict[str, Shares]) -> str:
    """The shares as a Markdown table, in percent."""
    columns = [*ATTRIBUTES, "all four"]
    lines = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name, row in numbers.items():
        lines.append(f"| {name} | {' | '.join(f'{row[column]:.1%}' for column in columns)} |")
    return "\n".join(lines)


def insert_table(page: Path, text: str) -> None:
    """Put a table between the page's two marks."""
    before, _, after = page.read_text().split(TABLE_MARK)
    page.write_text(f"{before}{TABLE_MARK}\n{text}\n{TABLE_MARK}{after}")
