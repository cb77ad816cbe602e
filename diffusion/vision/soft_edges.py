"""Soft edges and scribbles from the slopes of a picture at several scales, without a network."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from diffusion.types import Image
from diffusion.vision.canny import hysteresis
from diffusion.vision.gradient import as_image, gaussian, sobel, thinned
from diffusion.vision.regions import Bits, distance, extents, regions

SCALES = (1.0, 2.0, 4.0)  # pixels of blur at 512 pixels a side: texture, parts, outlines
REFERENCE = 512
SMALLEST = 0.5  # by how much scales shrink at most: less blur sees single pixels
SATURATION = 0.12  # a step of this height in one channel is half white
CONTRAST = 1.5  # above 1, so that grain and gentle shades stay dark
STEPS = 8  # grey levels of "safe" edges: too few to hide the picture in
SOBEL_SUM = 8  # of what Sobel's operator counts for one pixel's slope
WIDEST = 10.0  # pixels: half of a soft line; what is wider has no middle
RIDGE = 1.5  # pixels of blur before the middle of an edge is looked for
WEAK = 0.5  # of the threshold: what continues a stroke
SHORTEST = 20  # pixels along the longer side of a stroke


def soft_edges(image: Image, sensitivity: float = 1.0, *, safe: bool = False) -> Image:
    """Outlines as soft white lines on black: slopes at several scales; the wide ones pass over grain."""
    edges = edge_map(image, sensitivity)
    return as_image((edges * (STEPS - 1)).round() / (STEPS - 1) if safe else edges)


def scribble(image: Image, sensitivity: float = 1.0, threshold: float = 0.3, thickness: int = 3) -> Image:
    """White strokes on black along the middles of the soft edges; short ones are left out."""
    scale = scale_of(image)
    edges = gaussian(edge_map(image, sensitivity), RIDGE * scale)
    lines = hysteresis(ridges(edges, WIDEST * scale), threshold * WEAK, threshold)
    return as_image(thickened(without_short(lines, round(SHORTEST * scale)), thickness))


def edge_map(image: Image, sensitivity: float) -> Tensor:
    """(B, 1, H, W) in [0, 1]."""
    colours = image[..., :3].float().movedim(-1, 1)
    found = [steps(colours, sigma * scale_of(image)) for sigma in SCALES]
    raised: Tensor = (sensitivity / SATURATION * torch.stack(found).mean(0)) ** CONTRAST
    edges: Tensor = raised / (1 + raised)
    return edges


def scale_of(image: Image) -> float:
    """How much larger a picture is than one whose scales are known."""
    return max(SMALLEST, min(image.shape[1:3]) / REFERENCE)


def steps(colours: Tensor, sigma: float) -> Tensor:
    """Heights of the steps in a picture (B, C, H, W) seen through a blur, of the channel that shows most."""
    batch, channels, height, width = colours.shape
    blurred = gaussian(colours, sigma).reshape(batch * channels, 1, height, width)
    right, down = sobel(blurred)
    slope = torch.hypot(right, down).reshape(batch, channels, height, width).amax(1, keepdim=True)
    blurred_step = sigma * (2 * np.pi) ** 0.5  # pixels on which a step would rise at its steepest
    height_of_step: Tensor = slope * (blurred_step / SOBEL_SUM)
    return height_of_step


def ridges(edges: Tensor, widest: float) -> Tensor:
    """The crests of soft lines (B, 1, H, W) with their heights, of lines that are not wider.

    A crest is sharpest across: along the Hessian's most negative eigenvalue, which for a line with the
    profile of a Gaussian is its height over the square of its width (Lindeberg 1998).
    """
    right, down = slopes(edges)
    rr, rd = slopes(right)
    _, dd = slopes(down)
    sharpness = torch.hypot((rr - dd) / 2, rd) - (rr + dd) / 2
    along = 0.5 * torch.atan2(2 * rd, rr - dd)
    crests = thinned(edges, -torch.sin(along), torch.cos(along))
    return torch.where(sharpness * widest**2 >= edges, crests, 0.0)


def slopes(plane: Tensor) -> tuple[Tensor, Tensor]:
    """Derivatives to the right and downwards, a pixel being 1."""
    right, down = sobel(plane)
    return right / SOBEL_SUM, down / SOBEL_SUM


def without_short(lines: Tensor, shortest: int) -> Tensor:
    """Lines (B, 1, H, W) of 0 and 1 without those whose height and width are both less."""
    planes = [long_pieces(plane > 0, shortest) for plane in lines[:, 0].cpu().numpy()]
    return torch.from_numpy(np.stack(planes))[:, None].to(lines)


def long_pieces(plane: Bits, shortest: int) -> Bits:
    """`without_short` of one plane (H, W)."""
    labels, _ = regions(plane)
    kept: Bits = np.array([False, *(extent >= shortest for extent in extents(labels))])[labels]
    return kept


def thickened(lines: Tensor, thickness: int) -> Tensor:
    """Lines of one pixel drawn with a round pen of so many pixels, its rim smooth."""
    if thickness <= 1:
        return lines
    planes = [distance(plane > 0) for plane in lines[:, 0].cpu().numpy()]
    away = torch.from_numpy(np.stack(planes)).to(lines)[:, None]
    drawn = (thickness / 2 + 0.5 - away).clamp(0, 1)
    return torch.where(lines.flatten(1).any(1)[:, None, None, None], drawn, 0.0)  # of no line all is "far"
