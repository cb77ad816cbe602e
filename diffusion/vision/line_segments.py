"""Straight line segments from regions of one slope direction (Burns, Hanson, Riseman 1986)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from diffusion.types import Image
from diffusion.vision.drawing import blank, stroke
from diffusion.vision.gradient import brightness, gaussian, sobel
from diffusion.vision.regions import Labels, regions

Floats: TypeAlias = npt.NDArray[np.float64]

BLUR = 1.0  # pixels
SECTORS = 8  # of the full circle of directions, so that a line's two sides differ
SUPPORT = 0.5  # share of its pixels that a region must win from the other partition
WIDEST = 2.0  # pixels: standard deviation across a line, behind the blur
TIE = 0.01  # of a pixel's length for each pixel: of two equally long regions the fuller one wins
FEWEST = 4  # pixels of a region that is fitted at all


@dataclass(frozen=True, eq=False)
class Fits:
    """A straight segment for each region: from (x, y) to (x, y), and how far its pixels lie beside it."""

    segments: Floats  # (N, 4)
    lengths: Floats  # (N,)
    widths: Floats  # (N,), standard deviations


def draw_line_segments(image: Image, threshold: float, shortest: float, thickness: float) -> Image:
    """White straight lines on black, (B, H, W, 3), where edges steeper than `threshold` run straight."""
    drawn = []
    for picture in image:
        canvas = blank(*picture.shape[:2])
        for left, top, right, bottom in line_segments(picture, threshold, shortest):
            stroke(canvas, (left, top), (right, bottom), thickness)
        drawn.append(torch.from_numpy(canvas))
    return torch.stack(drawn)


def line_segments(picture: Image, threshold: float, shortest: float) -> Floats:
    """Segments (N, 4) as x, y, x, y of a picture (H, W, 3); `threshold` is a step in brightness, 0 to 1."""
    right, down = sobel(gaussian(brightness(picture[None]), BLUR))
    slopes = np.stack([right[0, 0].numpy(), down[0, 0].numpy()]).astype(np.float64) / 4  # of a step of 1
    magnitude = np.hypot(*slopes)
    rows, columns = np.nonzero(magnitude > threshold * 0.4)  # what the blur leaves of a step's slope
    if len(rows) < FEWEST:
        return np.zeros((0, 4))
    points, weights = np.stack([columns, rows], axis=1).astype(np.float64), magnitude[rows, columns]
    fits, support = best_partition(slopes, rows, columns, points, weights)
    good = (fits.lengths >= shortest) & (fits.widths <= WIDEST) & (support >= SUPPORT)
    return fits.segments[good]


def best_partition(
    slopes: Floats, rows: Labels, columns: Labels, points: Floats, weights: Floats
) -> tuple[Fits, Floats]:
    """The fits of two partitions, shifted by half a sector, and the share of pixels that prefers each fit.

    A line whose direction lies at the border between two sectors falls apart in one partition and is whole
    in the other; each pixel prefers the region that makes the longer line.
    """
    both = [sector_regions(slopes, rows, columns, shift) for shift in (0.0, 0.5)]
    fits = [fitted(labels, points, weights) for labels in both]
    counts = [np.bincount(labels) for labels in both]
    merits = [(fit.lengths + TIE * n)[labels] for fit, n, labels in zip(fits, counts, both, strict=True)]
    preferred = [merits[0] >= merits[1], merits[1] > merits[0]]
    shares = [np.bincount(labels, wins) / n for labels, wins, n in zip(both, preferred, counts, strict=True)]
    segments, lengths, widths = (
        np.concatenate([getattr(fit, part) for fit in fits]) for part in ("segments", "lengths", "widths")
    )
    return Fits(segments, lengths, widths), np.concatenate(shares)


def sector_regions(slopes: Floats, rows: Labels, columns: Labels, shift: float) -> Labels:
    """For each steep pixel the number of its region: connected pixels whose slopes lie in one sector."""
    turned = np.arctan2(slopes[1], slopes[0]) / (2 * np.pi) * SECTORS + shift
    sectors = np.floor(turned).astype(np.int64) % SECTORS
    steep = np.zeros(sectors.shape, dtype=np.bool_)
    steep[rows, columns] = True
    numbers, count = np.zeros(sectors.shape, dtype=np.int64), 0
    for sector in range(SECTORS):
        inside = steep & (sectors == sector)
        found, more = regions(inside)
        numbers[inside] = found[inside] - 1 + count
        count += more
    return numbers[rows, columns]


def fitted(labels: Labels, points: Floats, weights: Floats) -> Fits:
    """For each region the axis of least distance from its pixels, weighed by their slopes."""
    count = int(labels.max()) + 1
    total = np.bincount(labels, weights, count)
    centres = np.stack(
        [np.bincount(labels, weights * points[:, axis], count) / total for axis in (0, 1)], axis=1
    )
    x, y = (points - centres[labels]).T
    xx, xy, yy = (np.bincount(labels, weights * product, count) / total for product in (x * x, x * y, y * y))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    across = (xx + yy) / 2 - np.hypot((xx - yy) / 2, xy)
    axes = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    along = x * axes[labels, 0] + y * axes[labels, 1]
    first, last = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(first, labels, along)
    np.maximum.at(last, labels, along)
    ends = [centres + end[:, None] * axes for end in (first, last)]
    return Fits(np.concatenate(ends, axis=1), last - first, np.sqrt(np.maximum(across, 0)))
