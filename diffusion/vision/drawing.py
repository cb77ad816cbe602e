"""Lines, discs and ellipses with smooth rims, painted onto arrays."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Canvas: TypeAlias = npt.NDArray[np.float32]  # (H, W, 3) in [0, 1]
Point: TypeAlias = tuple[float, float]  # x, y; the middle of the first pixel is (0, 0)
Colour: TypeAlias = tuple[float, float, float]
Window: TypeAlias = tuple[slice, slice]

WHITE: Colour = (1.0, 1.0, 1.0)


def blank(height: int, width: int) -> Canvas:
    """A black canvas."""
    return np.zeros((height, width, 3), dtype=np.float32)


def stroke(canvas: Canvas, start: Point, end: Point, width: float, colour: Colour = WHITE) -> None:
    """A straight line with round ends."""
    window, x, y = around(canvas, start, end, width / 2 + 1)
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    length = along_x**2 + along_y**2
    share = ((x - start[0]) * along_x + (y - start[1]) * along_y) / length if length else np.zeros_like(x + y)
    share = np.clip(share, 0, 1)
    away = np.hypot(x - start[0] - share * along_x, y - start[1] - share * along_y)
    cover(canvas, window, np.clip(width / 2 + 0.5 - away, 0, 1), colour)


def disc(canvas: Canvas, centre: Point, radius: float, colour: Colour = WHITE) -> None:
    """A filled circle."""
    stroke(canvas, centre, centre, 2 * radius, colour)


def ellipse(canvas: Canvas, start: Point, end: Point, width: float, colour: Colour = WHITE) -> None:
    """A filled ellipse whose long axis goes from one point to the other."""
    length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    if length < width:
        stroke(canvas, start, end, width, colour)
        return
    window, x, y = around(canvas, start, end, width / 2 + 1)
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    cosine, sine = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    along = (x - middle[0]) * cosine + (y - middle[1]) * sine
    aside = (y - middle[1]) * cosine - (x - middle[0]) * sine
    radius = np.hypot(along / (length / 2), aside / (width / 2))  # 1 on the rim
    cover(canvas, window, np.clip((1 - radius) * width / 2 + 0.5, 0, 1), colour)


def around(canvas: Canvas, start: Point, end: Point, margin: float) -> tuple[Window, Canvas, Canvas]:
    """The part of a canvas near a segment, with its columns (1, w) and rows (h, 1); empty if far outside."""
    height, width = canvas.shape[:2]
    left, right = bounds(start[0], end[0], margin, width)
    top, bottom = bounds(start[1], end[1], margin, height)
    columns = np.arange(left, right, dtype=np.float32)[None, :]
    rows = np.arange(top, bottom, dtype=np.float32)[:, None]
    return (slice(top, bottom), slice(left, right)), columns, rows


def bounds(first: float, second: float, margin: float, length: int) -> tuple[int, int]:
    """The indices below `length` that lie between two numbers, with a margin."""
    low, high = min(first, second) - margin, max(first, second) + margin
    start = min(max(int(np.floor(low)), 0), length)
    return start, max(start, min(int(np.ceil(high)) + 1, length))


def cover(canvas: Canvas, window: Window, share: Canvas, colour: Colour) -> None:
    """Let a colour hide so much of what is there."""
    part = canvas[window]
    part += share[..., None] * (np.asarray(colour, dtype=np.float32) - part)
