"""Segmentation maps of scenes: sky, ground and main object as three plain colours."""

from __future__ import annotations

import dataclasses
import random
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from diffusion.training.album import Bytes
from diffusion.training.objects import Brush, draw_object
from diffusion.training.painter import SUPERSAMPLING, draw_ground
from diffusion.training.palette import Rgb, palette_of
from diffusion.training.world import Scene, training_scene

SKY: Final[Rgb] = (6, 230, 230)  # the colours that ADE20K's maps have for sky, earth and building
GROUND: Final[Rgb] = (120, 120, 70)
OBJECT: Final[Rgb] = (180, 120, 120)
HORIZONS: Final = (0.36, 0.74)  # wider than the world's own, so that a map has something to say
UNUSED: Final[Rgb] = (255, 0, 255)  # a colour that no scene has


def movable_scene(seed: int) -> Scene:
    """A training scene whose horizon lies anywhere within the wider bounds."""
    lot = random.Random(seed ^ 0x40A1)
    horizon = lot.uniform(*HORIZONS)
    return dataclasses.replace(
        training_scene(seed),
        horizon=horizon,
        object_x=lot.uniform(0.25, 0.75),
        light_y=min(0.2, horizon / 3),
    )


def segments(scene: Scene, side: int = 128) -> Image.Image:
    """The map of a scene, (side, side) RGB."""
    page = Image.new("RGB", (side, side), SKY)
    for colour, mask in ((GROUND, ground_mask(scene, side)), (OBJECT, object_mask(scene, side))):
        page.paste(colour, mask=mask)
    return page


def ground_mask(scene: Scene, side: int) -> Image.Image:
    """Where the land or the sea is."""
    canvas, brush = blank(side)
    draw_ground(brush, scene, palette_of(scene), random.Random(scene.seed))
    return painted(canvas, side)


def object_mask(scene: Scene, side: int) -> Image.Image:
    """Where the main object is; by day, when no lamp casts a beam."""
    canvas, brush = blank(side)
    by_day = dataclasses.replace(scene, time="day")
    draw_object(brush, by_day, palette_of(by_day))
    return painted(canvas, side)


def blank(side: int) -> tuple[Image.Image, Brush]:
    """A canvas on which nothing is painted yet."""
    canvas = Image.new("RGB", (side * SUPERSAMPLING, side * SUPERSAMPLING), UNUSED)
    return canvas, Brush(ImageDraw.Draw(canvas, "RGBA"), canvas.width)


def painted(canvas: Image.Image, side: int) -> Image.Image:
    """Where something was painted, as a mask of 0 and 255."""
    found = (np.asarray(canvas) != UNUSED).any(-1)
    mask = Image.fromarray(found.astype(np.uint8) * 255)
    return mask.resize((side, side), Image.Resampling.BOX).point(lambda share: 255 * (share > 127))


def map_bytes(scene: Scene, side: int = 128) -> Bytes:
    """The map as (side, side, 3) bytes."""
    return np.asarray(segments(scene, side), dtype=np.uint8)
