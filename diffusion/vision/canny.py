"""Edges one pixel wide (Canny 1986): blur, slope, thinning, and two thresholds joined by connection."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.types import Image
from diffusion.vision.gradient import as_image, brightness, gaussian, sobel, thinned
from diffusion.vision.regions import Bits, regions

BLUR, TAPS = 1.0, 5  # pixels: the Gaussian with which the field's thresholds go

Plane = npt.NDArray[np.float32]


def canny(image: Image, low: float, high: float) -> Image:
    """White edges on black, (B, H, W, 3): slopes above `high`, and those above `low` that hang on them.

    A slope is the length of Sobel's two sums behind the blur: a step from black to white gives about 2.6.
    """
    if low > high:
        raise DiffusionError(f"low_threshold {low} is above high_threshold {high}: swap them")
    return as_image(hysteresis(edge_strength(image), low, high))


def edge_strength(image: Image) -> Tensor:
    """Slopes of brightness along thin edges, 0 elsewhere: (B, 1, H, W)."""
    right, down = sobel(gaussian(brightness(image), BLUR, TAPS))
    return thinned(torch.hypot(right, down), right, down)


def hysteresis(strength: Tensor, low: float, high: float) -> Tensor:
    """1 where the strength (B, 1, H, W) is above `low` and connected (corners count) to one above `high`."""
    planes = [joined(plane, low, high) for plane in strength[:, 0].cpu().numpy()]
    return torch.from_numpy(np.stack(planes))[:, None].to(strength)


def joined(strength: Plane, low: float, high: float) -> Bits:
    """`hysteresis` of one plane (H, W)."""
    labels, count = regions(strength > low)
    strong = np.zeros(count + 1, dtype=np.bool_)
    strong[labels[strength > high]] = True
    strong[0] = False  # what is not even weak
    found: Bits = strong[labels]
    return found
