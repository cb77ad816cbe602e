"""Nodes that take out of a picture what a control network is told by."""

from __future__ import annotations

from typing import Annotated, Literal

from diffusion.vision import control_pictures
from diffusion.vision.canny import canny as find_edges
from diffusion.vision.line_segments import draw_line_segments
from diffusion.vision.soft_edges import scribble as draw_scribble
from diffusion.vision.soft_edges import soft_edges as find_soft_edges
from nodes.api import Image, Mask, Range, node

CATEGORY = "image/preprocessors"

Threshold = Annotated[float, Range(0.01, 0.99, 0.01)]
Sensitivity = Annotated[float, Range(0.1, 10.0, 0.1)]
Pixels = Annotated[float, Range(0.0, 100.0, 0.1)]


@node(CATEGORY, name="Canny", display_name="Canny", lane="cpu")
def canny(*, image: Image, low_threshold: Threshold = 0.4, high_threshold: Threshold = 0.8) -> Image:
    """Sharp edges one pixel wide, white on black."""
    return find_edges(image, low_threshold, high_threshold)


@node(CATEGORY, name="SoftEdgePreprocessor", display_name="Soft Edges (no model)", lane="cpu")
def soft_edges(*, image: Image, sensitivity: Sensitivity = 1.0, safe: bool = False) -> Image:
    """Soft outlines from slopes at several scales; "safe" leaves eight greys, too few to copy the picture."""
    return find_soft_edges(image, sensitivity, safe=safe)


@node(CATEGORY, name="ScribblePreprocessor", display_name="Scribble (no model)", lane="cpu")
def scribble(
    *,
    image: Image,
    sensitivity: Sensitivity = 1.0,
    threshold: Threshold = 0.3,
    thickness: Annotated[int, Range(1, 32)] = 3,
) -> Image:
    """White strokes along the outlines of a picture, as if drawn by hand."""
    return draw_scribble(image, sensitivity, threshold, thickness)


@node(CATEGORY, name="LineSegmentPreprocessor", display_name="Straight Lines (no model)", lane="cpu")
def line_segments(
    *,
    image: Image,
    threshold: Threshold = 0.1,
    min_length: Annotated[float, Range(2.0, 4096.0, 1.0)] = 20.0,
    thickness: Annotated[float, Range(1.0, 32.0, 0.5)] = 1.0,
) -> Image:
    """The straight lines of a picture, of rooms and houses above all, white on black."""
    return draw_line_segments(image, threshold, min_length, thickness)


@node(CATEGORY, name="InvertLineArtPreprocessor", display_name="Invert Line Art", lane="cpu")
def invert_line_art(*, image: Image) -> Image:
    """Dark lines on white paper as white lines on black."""
    return control_pictures.inverted_line_art(image)


@node(CATEGORY, name="DarkLinePreprocessor", display_name="Dark Lines (no model)", lane="cpu")
def dark_lines(*, image: Image, sigma: Pixels = 6.0, sensitivity: Sensitivity = 1.0) -> Image:
    """What is darker than its surroundings, as in a drawing with shades, white on black."""
    return control_pictures.dark_lines(image, sigma, sensitivity)


@node(CATEGORY, name="RemoveDetailPreprocessor", display_name="Remove Detail (for Tile)", lane="cpu")
def remove_detail(*, image: Image, factor: Annotated[int, Range(1, 64)] = 8) -> Image:
    """A picture without what is finer than so many pixels, for a tile control network to paint anew."""
    return control_pictures.without_detail(image, factor)


@node(CATEGORY, name="BlurPreprocessor", display_name="Blur (for Tile)", lane="cpu")
def blur(*, image: Image, sigma: Pixels = 6.0) -> Image:
    """A picture through a Gaussian blur of so many pixels."""
    return control_pictures.blurred(image, sigma)


@node(CATEGORY, name="RecolourPreprocessor", display_name="Remove Colour (for Recolouring)", lane="cpu")
def remove_colour(
    *,
    image: Image,
    kind: Literal["luminance", "intensity"],
    gamma: Annotated[float, Range(0.1, 4.0, 0.05)] = 1.0,
) -> Image:
    """A picture in grey, for a control network that colours it."""
    return control_pictures.without_colour(image, kind, gamma)


@node(CATEGORY, name="InpaintPreprocessor", display_name="Inpaint Preprocessor", lane="cpu")
def inpaint(*, image: Image, mask: Mask) -> Image:
    """A picture whose masked pixels are marked (-1) as to be painted, for an inpainting control network."""
    return control_pictures.with_hole(image, mask)
