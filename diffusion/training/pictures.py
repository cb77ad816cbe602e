"""Sheets of pictures and the loss curves, drawn with Pillow."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from diffusion.training.album import HELD_OUT_SEEDS
from diffusion.training.painter import paint
from diffusion.training.world import scene_of

GAP: Final = 4
PAPER: Final = (250, 248, 244)
INK: Final = (60, 56, 70)
FAINT: Final = (222, 218, 212)
CURVES: Final = (("autoencoder", (58, 110, 190)), ("denoiser", (196, 84, 60)), ("decoder", (70, 150, 96)))

Row = tuple[float, float]  # step, loss


def grid(images: Sequence[Image.Image], columns: int) -> Image.Image:
    """Equal pictures side by side on paper."""
    width, height = (side + GAP for side in images[0].size)
    rows = math.ceil(len(images) / columns)
    page = Image.new("RGB", (columns * width + GAP, rows * height + GAP), PAPER)
    for index, image in enumerate(images):
        page.paste(image, (GAP + index % columns * width, GAP + index // columns * height))
    return page


def world_sheet(columns: int = 8, rows: int = 4) -> Image.Image:
    """Held-out scenes as they are drawn."""
    return grid([paint(scene_of(HELD_OUT_SEEDS + index)) for index in range(columns * rows)], columns)


def captioned(image: Image.Image, text: str) -> Image.Image:
    """A picture with its caption below, on as many short lines as it takes."""
    page = Image.new("RGB", (image.width + 32, image.height + 56), PAPER)
    page.paste(image, (16, 0))
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(10)
    for index, line in enumerate(wrapped(text, 32)):
        draw.text((page.width / 2, image.height + 4 + 12 * index), line, INK, font, anchor="ma")
    return page


def wrapped(text: str, width: int) -> list[str]:
    """The words of a text in lines of at most `width` letters."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def read_log(path: Path) -> list[Row]:
    """The (step, loss) rows of a training log; a resumed run's repeated steps count once."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return sorted({row["step"]: row["loss"] for row in rows}.items())


def smoothed(rows: Sequence[Row], keep: float = 0.7) -> list[Row]:
    """An exponential moving average of the losses."""
    kept: list[Row] = []
    for step, loss in rows:
        kept.append((step, keep * kept[-1][1] + (1 - keep) * loss if kept else loss))
    return kept


def loss_curves(folder: Path) -> Image.Image:
    """One panel for each training log that the folder holds."""
    logs = [(name, ink, folder / f"{name}.jsonl") for name, ink in CURVES]
    panels = [panel(name, read_log(path), ink) for name, ink, path in logs if path.exists()]
    return grid(panels, len(panels))


def panel(name: str, rows: Sequence[Row], ink: tuple[int, int, int]) -> Image.Image:
    """Loss over steps, the loss on a logarithmic scale."""
    side, left, top, bottom = 320, 52, 28, 290
    page = Image.new("RGB", (side, side), PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(11)
    low = math.log10(min(loss for _, loss in rows)) - 0.05
    high = math.log10(max(loss for _, loss in rows)) + 0.05
    last = max(step for step, _ in rows)

    def place(row: Row) -> tuple[float, float]:
        share = (math.log10(row[1]) - low) / (high - low)
        return left + row[0] / last * (side - left - 12), bottom - share * (bottom - top)

    for part in range(5):
        value = 10 ** (low + (high - low) * part / 4)
        y = place((0, value))[1]
        draw.line((left, y, side - 12, y), FAINT)
        draw.text((left - 6, y), f"{value:.3g}", INK, font, anchor="rm")
    draw.line([place(row) for row in rows], (*(150 + c * 105 // 255 for c in ink),))
    draw.line([place(row) for row in smoothed(rows)], ink, width=2)
    draw.text((left, 8), f"{name}: loss", INK, font)
    draw.text((side - 12, bottom + 8), f"step {last:,}", INK, font, anchor="ra")
    return page
