"""Pictures with something taken out, for control networks that put it back: lines, detail, colour, a hole."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.sampling.mask import planes_of
from diffusion.types import Image, Mask
from diffusion.vision.gradient import as_image, brightness, gaussian

Grey: TypeAlias = Literal["luminance", "intensity"]

SURROUNDINGS = 6.0  # pixels of blur: what a line is darker than
FAINT = 16 / 255  # darker by less is paper
HOLE = -1.0  # what inpainting control networks were trained to see where there is nothing


def inverted_line_art(image: Image) -> Image:
    """Dark lines on light paper as light lines on black."""
    return as_image(1.0 - brightness(image))


def dark_lines(image: Image, sigma: float = SURROUNDINGS, sensitivity: float = 1.0) -> Image:
    """What is darker than its surroundings, as light lines on black; shades and colours go."""
    colours = image[..., :3].float().movedim(-1, 1)
    darker = (gaussian(colours, sigma) - colours).amin(1, keepdim=True).clamp(min=0)
    usual = torch.stack([typical(plane) for plane in darker])[:, None, None, None]
    return as_image(sensitivity * darker / (2 * usual))


def typical(darker: Tensor) -> Tensor:
    """How dark the lines of one picture are, by the median; never so little that paper shows its grain."""
    lines = darker[darker > FAINT / 2]
    return lines.median().clamp(min=FAINT) if lines.numel() else torch.tensor(FAINT)


def without_detail(image: Image, factor: int) -> Image:
    """The picture averaged over squares of `factor` pixels and drawn large again: form and colour stay."""
    x = image[..., :3].float().movedim(-1, 1)
    height, width = x.shape[-2:]
    small = F.interpolate(x, size=(max(1, height // factor), max(1, width // factor)), mode="area")
    large = F.interpolate(small, size=(height, width), mode="bicubic", align_corners=False)
    return large.clamp(0, 1).movedim(1, -1).contiguous()


def blurred(image: Image, sigma: float) -> Image:
    """The picture through a Gaussian of so many pixels."""
    return gaussian(image[..., :3].float().movedim(-1, 1), sigma).movedim(1, -1).contiguous()


def without_colour(image: Image, kind: Grey, gamma: float = 1.0) -> Image:
    """How bright pixels look ("luminance"), or their brightest channel ("intensity"), raised to `gamma`."""
    plane = brightness(image) if kind == "luminance" else image[..., :3].amax(-1)[:, None]
    return as_image(plane.clamp(0, 1) ** gamma)


def with_hole(image: Image, mask: Mask) -> Image:
    """The picture with -1, which is no colour, in every channel where the mask is above a half."""
    pixels = image[..., :3].float()
    planes = planes_of(mask).float()
    if len(planes) not in (1, len(pixels)):
        raise DiffusionError(
            f"{len(planes)} masks do not fit {len(pixels)} pictures: give one, or one for each"
        )
    fitted = F.interpolate(planes, size=tuple(pixels.shape[1:3]), mode="bilinear").movedim(1, -1)
    return torch.where(fitted > 0.5, HOLE, pixels)
