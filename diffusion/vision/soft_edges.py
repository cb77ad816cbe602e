"""Soft edges and scribbles from the slopes of a picture at several scales, without a network."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor

from diffusion.types import Image
from diffusion.vision.canny import hysteresis
from diffusion.vision.gradient import as_image, gaussian, sobel, thinned

SCALES = (1.0, 2.0, 4.0)  # pixels of blur at 512 pixels a side: texture, parts, outlines
REFERENCE = 512
SATURATION = 0.12  # a step of this height in one channel is half white
STEPS = 8  # grey levels of "safe" edges: too few to hide the picture in
RIDGE = 1.5  # pixels of blur before the middle of an edge is looked for
WEAK = 0.5  # of the threshold: what continues a stroke
SHORTEST = 12  # pixels of a stroke


def soft_edges(image: Image, sensitivity: float = 1.0, *, safe: bool = False) -> Image:
    """Outlines as soft white lines on black: slopes at several scales, the wider ones telling form from grain."""
    edges = edge_map(image, sensitivity)
    return as_image((edges * (STEPS - 1)).round() / (STEPS - 1) if safe else edges)


def scribble(image: Image, sensitivity: float = 1.0, threshold: float = 0.3, thickness: int = 3) -> Image:
    """White strokes on black along the middles of the soft edges; short ones are left out."""
    edges = gaussian(edge_map(image, sensitivity), RIDGE * scale_of(image))
    lines = hysteresis(ridges(edges), threshold * WEAK, threshold)
    return as_image(thickened(without_short(lines, round(SHORTEST * scale_of(image))), thickness))


def edge_map(image: Image, sensitivity: float) -> Tensor:
    """(B, 1, H, W) in [0, 1]."""
    colours = image[..., :3].float().movedim(-1, 1)
    found = [steps(colours, sigma * scale_of(image)) for sigma in SCALES]
    raised = sensitivity / SATURATION * torch.stack(found).mean(0)
    return raised / (1 + raised)


def scale_of(image: Image) -> float:
    """How much larger a picture is than one whose scales are known; small ones are not blurred less."""
    return max(1.0, min(image.shape[1:3]) / REFERENCE)


def steps(colours: Tensor, sigma: float) -> Tensor:
    """Heights of the steps in a picture (B, C, H, W) seen through a blur, of the channel that shows most."""
    batch, channels, height, width = colours.shape
    blurred = gaussian(colours, sigma).reshape(batch * channels, 1, height, width)
    right, down = sobel(blurred)
    slope = torch.hypot(right, down).reshape(batch, channels, height, width).amax(1, keepdim=True)
    return slope * (sigma * (2 * np.pi) ** 0.5 / 8)  # Sobel sums 8 slopes; a blurred step is 1/(sigma sqrt(2 pi)) steep


def ridges(edges: Tensor) -> Tensor:
    """The crests of soft lines (B, 1, H, W), with their heights."""
    right, down = across(edges)
    return thinned(edges, right, down)


def across(edges: Tensor) -> tuple[Tensor, Tensor]:
    """The direction in which soft lines fall off most: of the Hessian's most negative eigenvalue."""
    right, down = sobel(edges)
    rr, rd = sobel(right)
    _, dd = sobel(down)
    angle = 0.5 * torch.atan2(2 * rd, rr - dd)  # of the largest eigenvalue's direction
    return -torch.sin(angle), torch.cos(angle)


def without_short(lines: Tensor, shortest: int) -> Tensor:
    """Lines (B, 1, H, W) of 0 and 1 without the pieces of fewer pixels."""
    planes = [long_pieces(plane > 0, shortest) for plane in lines[:, 0].cpu().numpy()]
    return torch.from_numpy(np.stack(planes))[:, None].to(lines)


def long_pieces(plane: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], shortest: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """`without_short` of one plane (H, W)."""
    regions, _ = ndimage.label(plane, structure=np.ones((3, 3)))
    sizes = np.bincount(regions.ravel())
    sizes[0] = 0
    kept: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = (sizes >= shortest)[regions]
    return kept


def thickened(lines: Tensor, thickness: int) -> Tensor:
    """Lines of one pixel drawn with a round pen of so many pixels, its rim smooth."""
    if thickness <= 1:
        return lines
    planes = [ndimage.distance_transform_edt(plane == 0) for plane in lines[:, 0].cpu().numpy()]
    away = torch.from_numpy(np.stack(planes)).to(lines)[:, None]
    drawn = (thickness / 2 + 0.5 - away).clamp(0, 1)
    return torch.where(lines.flatten(1).any(1)[:, None, None, None], drawn, 0.0)  # of no line all is "far"
