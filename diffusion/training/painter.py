"""Draws a scene as a soft illustrated landscape: sky, backdrop, ground, one main object, weather."""

from __future__ import annotations

import math
import random
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from diffusion.training.objects import Brush, draw_object
from diffusion.training.palette import CACTUS, PINE, Palette, Rgb, mix, palette_of
from diffusion.training.world import Scene

SUPERSAMPLING: Final = 3  # drawn this many times larger, then averaged: soft edges


def paint(scene: Scene, side: int = 128) -> Image.Image:
    """The picture of a scene, (side, side) RGB."""
    palette = palette_of(scene)
    lot = random.Random(scene.seed ^ 0x5EED)
    canvas = sky(scene, palette, side * SUPERSAMPLING)
    brush = Brush(ImageDraw.Draw(canvas, "RGBA"), canvas.width)
    draw_lights(brush, scene, palette, lot)
    draw_clouds(brush, scene, palette, lot)
    draw_backdrop(brush, scene, palette, lot)
    draw_ground(brush, scene, palette, lot)
    if scene.grove:
        draw_grove(brush, scene, palette, lot)
    draw_object(brush, scene, palette)
    draw_weather(brush, scene, lot)
    soft = canvas.filter(ImageFilter.GaussianBlur(SUPERSAMPLING / 2))
    return soft.resize((side, side), Image.Resampling.BOX)


def pixels(scene: Scene, side: int = 128) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The picture of a scene as (side, side, 3) bytes."""
    return np.asarray(paint(scene, side), dtype=np.uint8)


def gradient(stops: tuple[Rgb, ...], at: tuple[float, ...], rows: int) -> Image.Image:
    """A column of `rows` colours, linear between stops at the given shares of the height."""
    y = np.linspace(0.0, 1.0, rows)
    columns = [np.interp(y, at, [stop[c] for stop in stops]) for c in range(3)]
    return Image.fromarray(np.stack(columns, axis=-1)[:, None].round().astype(np.uint8))


def sky(scene: Scene, palette: Palette, side: int) -> Image.Image:
    """The sky's gradient over the whole canvas."""
    stops = (0.0, scene.horizon * 0.55, scene.horizon)
    return gradient(palette.sky, stops, side).resize((side, side))


def draw_lights(brush: Brush, scene: Scene, palette: Palette, lot: random.Random) -> None:
    """Sun, or moon and stars; rain hides them."""
    if scene.weather == "rain":
        return
    x, y = scene.light_x, scene.light_y
    if scene.time in ("dawn", "sunset"):
        y = scene.horizon - 0.13
    radius = 0.085
    if scene.time == "night":
        share = (y - 0.03) / (scene.horizon * 0.55)
        brush.disc(x, y, radius, palette.sun)
        brush.disc(x + 0.045, y - 0.03, radius * 0.86, mix(palette.sky[0], palette.sky[1], share))
        draw_stars(brush, scene, lot)
        return
    for ring in (2.1, 1.5):
        brush.disc(x, y, radius * ring, (*palette.sun, 36))
    brush.disc(x, y, radius, palette.sun)


def draw_stars(brush: Brush, scene: Scene, lot: random.Random) -> None:
    """A few big four-pointed stars, spread so that none lie together."""
    for column in range(5):
        x = (column + lot.uniform(0.15, 0.85)) / 5
        y = lot.uniform(0.06, scene.horizon - 0.24)
        if abs(x - scene.light_x) < 0.16 and abs(y - scene.light_y) < 0.16:
            continue
        brush.star(x, y, lot.uniform(0.026, 0.036), (255, 248, 214))


def draw_clouds(brush: Brush, scene: Scene, palette: Palette, lot: random.Random) -> None:
    """Rounded clouds: none in clear weather, else two or three."""
    if scene.weather == "clear":
        return
    count = 3 if scene.weather == "rain" else 2
    for index in range(count):
        x = (index + lot.uniform(0.25, 0.75)) / count
        draw_cloud(brush, x, lot.uniform(0.1, 0.24), lot.uniform(0.13, 0.17), palette.cloud)


def draw_cloud(brush: Brush, x: float, y: float, size: float, colour: Rgb) -> None:
    """Three puffs over a flat base."""
    brush.disc(x - size * 0.62, y, size * 0.4, colour)
    brush.disc(x + size * 0.66, y + size * 0.04, size * 0.36, colour)
    brush.disc(x, y - size * 0.16, size * 0.58, colour)
    brush.box(x - size * 0.66, y, x + size * 0.7, y + size * 0.4, colour)


def ridge(lot: random.Random, base: float, height: float, waves: float) -> list[tuple[float, float]]:
    """A rolling outline from the left edge to the right: a sum of two sines."""
    first, second = lot.uniform(0, math.tau), lot.uniform(0, math.tau)
    steps = [i / 32 for i in range(33)]
    return [
        (x, base - height * (0.65 * math.sin(waves * x * math.tau + first)
                             + 0.35 * math.sin(1.7 * waves * x * math.tau + second)))
        for x in steps
    ]  # fmt: skip


def draw_backdrop(brush: Brush, scene: Scene, palette: Palette, lot: random.Random) -> None:
    """Hills or mountains at the horizon, pale with distance."""
    if scene.backdrop == "hills":
        brush.below(ridge(lot, scene.horizon - 0.05, 0.045, 1.1), mix(palette.far, palette.sky[2], 0.15))
    elif scene.backdrop == "mountains":
        draw_mountains(brush, scene, palette, lot)


def draw_mountains(brush: Brush, scene: Scene, palette: Palette, lot: random.Random) -> None:
    """Three peaks with a shaded side and a cap."""
    cap = mix(palette.far, palette.on_ground((255, 255, 255)), 0.6)
    shade = mix(palette.far, palette.on_ground((40, 44, 80)), 0.25)
    for index in (0, 2, 1):
        x = (index + lot.uniform(0.3, 0.7)) / 3
        top = scene.horizon - lot.uniform(0.18, 0.27)
        half = lot.uniform(0.24, 0.3)
        foot = scene.horizon + 0.03
        brush.shape([(x - half, foot), (x, top), (x + half, foot)], palette.far)
        brush.shape([(x, top), (x + half, foot), (x + half * 0.2, foot)], shade)
        third = (foot - top) * 0.3
        run = half * 0.3
        brush.shape([(x - run, top + third), (x, top), (x + run, top + third),
                     (x + run * 0.2, top + third * 0.75)], cap)  # fmt: skip


def draw_ground(brush: Brush, scene: Scene, palette: Palette, lot: random.Random) -> None:
    """The land in two rolling layers, or the sea in bands of waves."""
    far, near = palette.ground
    if scene.ground == "sea":
        draw_sea(brush, scene, palette, lot)
        return
    swell = 0.03 if scene.ground == "desert" else 0.02
    brush.below(ridge(lot, scene.horizon + 0.02, swell, 0.6), far)
    brush.below(ridge(lot, scene.horizon + 0.13, swell * 1.4, 0.7), mix(far, near, 0.5))
    brush.below(ridge(lot, scene.horizon + 0.27, swell * 1.4, 0.8), near)


def draw_sea(brush: Brush, scene: Scene, palette: Palette, lot: random.Random) -> None:
    """Water that darkens towards the viewer, with a few broad crests."""
    far, near = palette.ground
    for band in range(5):
        share = band / 4
        top = scene.horizon + (1 - scene.horizon) * (share * 0.86) ** 1.2
        wave = 0.0 if band == 0 else 0.012
        brush.below(ridge(lot, top, wave, 2.0), mix(far, near, share))


def draw_grove(brush: Brush, scene: Scene, palette: Palette, lot: random.Random) -> None:
    """Two or three small things of the place, away from the main object."""
    side = -1 if scene.object_x > 0.5 else 1
    for index in range(2):
        x = scene.object_x + side * (0.33 + 0.17 * index) + lot.uniform(-0.02, 0.02)
        y = scene.horizon + 0.1 + 0.04 * index
        if scene.ground == "sea":
            brush.mound(x, y, 0.1, 0.06, palette.on_ground((92, 128, 104)))
        elif scene.ground == "desert":
            draw_cactus(brush, x, y, palette.on_ground(CACTUS))
        else:
            draw_pine(brush, x, y, palette.on_ground(PINE))


def draw_pine(brush: Brush, x: float, y: float, colour: Rgb) -> None:
    """Two stacked triangles."""
    brush.shape([(x - 0.065, y), (x, y - 0.15), (x + 0.065, y)], colour)
    brush.shape([(x - 0.05, y - 0.075), (x, y - 0.2), (x + 0.05, y - 0.075)], colour)


def draw_cactus(brush: Brush, x: float, y: float, colour: Rgb) -> None:
    """A stem with two raised arms."""
    brush.pill(x - 0.022, y - 0.17, x + 0.022, y, colour)
    brush.pill(x - 0.075, y - 0.13, x - 0.04, y - 0.06, colour)
    brush.pill(x + 0.04, y - 0.15, x + 0.075, y - 0.075, colour)
    brush.box(x - 0.058, y - 0.088, x + 0.058, y - 0.06, colour)


def draw_weather(brush: Brush, scene: Scene, lot: random.Random) -> None:
    """Rain as a few thick slanted streaks, snowfall as big soft flakes."""
    if scene.weather == "rain":
        for x, y in scattered(lot, 4):
            brush.line(x, y, x - 0.03, y + 0.1, 0.013, (214, 228, 246, 105))
    elif scene.weather == "snowfall":
        for x, y in scattered(lot, 5):
            brush.disc(x, y, lot.uniform(0.015, 0.021), (255, 255, 255, 225))


def scattered(lot: random.Random, across: int) -> list[tuple[float, float]]:
    """One point in each cell of an `across` x `across` grid."""
    return [
        ((i + lot.uniform(0.2, 0.8)) / across, (j + lot.uniform(0.2, 0.8)) / across)
        for i in range(across)
        for j in range(across)
    ]
