"""Puts a picture on a card with a caption."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import numpy as np
import torch
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from nodes.api import Display, Image, Range, Text, Tooltip, node

Align: TypeAlias = Literal["left", "center", "right"]
Colour: TypeAlias = Annotated[int, Range(0, 0xFFFFFF, 1), Display("color")]

LINE = 1.5  # height of a caption's line, in heights of its letters


@node("image/frame")
def postcard(
    image: Image,
    caption: Annotated[str, Text(multiline=True, placeholder="Greetings from ...")] = "Greetings",
    border: Annotated[int, Range(0, 512, 1), Tooltip("Pixels of paper around the picture")] = 16,
    text_size: Annotated[int, Range(6, 200, 1), Display("slider")] = 14,
    align: Align = "center",
    paper: Colour = 0xFAF6EC,
    ink: Colour = 0x3A3540,
    frame: Annotated[bool, Tooltip("A thin line around the picture")] = True,
) -> Image:
    """Put each picture on a paper card with a caption below."""
    lines = caption.splitlines()
    strip = round(len(lines) * text_size * LINE)  # pixels of height that the caption takes
    cards = [card(picture, border, strip, paper) for picture in image]
    for each in cards:
        write(each, lines, border, text_size, align, ink)
        if frame:
            outline(each, border, strip, ink)
    return torch.stack([torch.from_numpy(np.asarray(each, dtype=np.float32) / 255.0) for each in cards])


def card(picture: torch.Tensor, border: int, strip: int, paper: int) -> Pillow.Image:
    """The picture (H, W, 3) on a sheet of paper that leaves room for the border and the caption's strip."""
    photo = Pillow.fromarray((picture[..., :3].clamp(0, 1) * 255).round().byte().cpu().numpy())
    size = (photo.width + 2 * border, photo.height + 2 * border + strip)
    sheet = Pillow.new("RGB", size, rgb(paper))
    sheet.paste(photo, (border, border))
    return sheet


def write(sheet: Pillow.Image, lines: list[str], border: int, size: int, align: Align, ink: int) -> None:
    """The caption, line by line, in the strip at the foot."""
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size)
    x, anchor = {
        "left": (border, "lm"),
        "center": (sheet.width // 2, "mm"),
        "right": (sheet.width - border, "rm"),
    }[align]
    foot = sheet.height - border / 2
    for above, line in enumerate(reversed(lines)):
        draw.text((x, foot - (above + 0.5) * size * LINE), line, rgb(ink), font, anchor)


def outline(sheet: Pillow.Image, border: int, strip: int, ink: int) -> None:
    """A line one pixel wide around the picture."""
    box = (border - 1, border - 1, sheet.width - border, sheet.height - border - strip)
    ImageDraw.Draw(sheet).rectangle(box, outline=rgb(ink))


def rgb(value: int) -> tuple[int, int, int]:
    """0xRRGGBB -> bytes."""
    return value >> 16 & 255, value >> 8 & 255, value & 255
