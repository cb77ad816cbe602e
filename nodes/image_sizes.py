"""Nodes that resize pictures and masks to a size that is said in one of many ways."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from torch import Tensor

from nodes.api import Choice, DynamicCombo, Image, Option, OutputName, Range, Socket, node
from nodes.errors import NodeError
from nodes.resampling import Crop, ImageMethod, fit_image, keep_aspect, padded

MEGAPIXEL: Final = 1024 * 1024
MAX_METHODS: Final = ("area", "lanczos", "bilinear", "nearest-exact", "bilinear", "bicubic")
MaxMethod = Annotated[ImageMethod, Choice(lambda: MAX_METHODS)]  # the field lists one of them twice
PadMethod = Annotated[
    ImageMethod, Choice(lambda: ("area", "bicubic", "nearest-exact", "bilinear", "lanczos"))
]

Extent = Annotated[int, Range(1, 16384, 1)]
Side = Annotated[int, Range(0, 16384, 1)]
Megapixels = Annotated[float, Range(0.01, 16.0, 0.01)]


class SizeError(NodeError):
    """A value whose width and height cannot be told."""


@node("image/transform", name="ResizeAndPadImage", display_name="Resize And Pad Image", lane="cpu")
def resize_and_pad(
    *,
    image: Image,
    target_width: Extent = 512,
    target_height: Extent = 512,
    padding_color: Literal["white", "black"],
    interpolation: PadMethod,
) -> Image:
    """A picture as large as fits into the target, its aspect kept, and a frame around it."""
    width, height = inside(image, target_width, target_height)
    fitted = fit_image(image, width, height, interpolation)
    value = 1.0 if padding_color == "white" else 0.0
    return padded(padded(fitted, 1, target_height, value), 2, target_width, value)


def inside(image: Tensor, width: int, height: int) -> tuple[int, int]:
    """The largest (width, height) of the picture's aspect that fits."""
    own_height, own_width = image.shape[1:3]
    if width * own_height <= height * own_width:
        return width, max(1, own_height * width // own_width)
    return max(1, own_width * height // own_height), height


@node(
    "image/upscaling",
    name="ImageScaleToMaxDimension",
    display_name="Scale Image to Max Dimension",
    lane="cpu",
)
def scale_to_max_dimension(*, image: Image, upscale_method: MaxMethod, largest_size: Side = 512) -> Image:
    """Resize so that the longer side has this many pixels, the aspect kept; 0 leaves the size."""
    return fit_image(image, *with_longer(size_of(image), largest_size), upscale_method)


@node(
    "image/upscaling", name="ImageScaleToTotalPixels", display_name="Scale Image to Total Pixels", lane="cpu"
)
def scale_to_total_pixels(
    *,
    image: Image,
    upscale_method: ImageMethod,
    megapixels: Megapixels = 1.0,
    resolution_steps: Annotated[int, Range(1, 256)] = 1,
) -> Image:
    """Resize to so many times 1024 * 1024 pixels, the aspect kept; each side a multiple of the step."""
    return fit_image(image, *with_total(size_of(image), megapixels, resolution_steps), upscale_method)


def size_of(x: Tensor) -> tuple[int, int]:
    """(width, height) of (B, H, W, ...)."""
    return x.shape[2], x.shape[1]


def with_longer(size: tuple[int, int], longer: int) -> tuple[int, int]:
    """(width, height) scaled so that the larger one is `longer`."""
    width, height = size
    return keep_aspect(longer, 0, size) if width >= height else keep_aspect(0, longer, size)


def with_shorter(size: tuple[int, int], shorter: int) -> tuple[int, int]:
    """(width, height) scaled so that the smaller one is `shorter`."""
    width, height = size
    return keep_aspect(shorter, 0, size) if width < height else keep_aspect(0, shorter, size)


def with_total(size: tuple[int, int], megapixels: float, step: int = 1) -> tuple[int, int]:
    """(width, height) scaled to so many pixels in all, each a multiple of `step`."""
    factor = math.sqrt(megapixels * MEGAPIXEL / (size[0] * size[1]))
    width, height = (max(1, round(side * factor / step)) * step for side in size)
    return width, height


# One node for every way to say a size


@dataclass(frozen=True)
class Multiplier:
    """Both sides times a factor."""

    multiplier: Annotated[float, Range(0.01, 8.0, 0.01)] = 1.0


@dataclass(frozen=True)
class Dimensions:
    """A width and a height; 0 keeps the aspect."""

    width: Side = 512
    height: Side = 512
    crop: Crop = "center"


@dataclass(frozen=True)
class Longer:
    """The longer side."""

    longer_size: Side = 512


@dataclass(frozen=True)
class Shorter:
    """The shorter side."""

    shorter_size: Side = 512


@dataclass(frozen=True)
class Width:
    """The width."""

    width: Side = 512


@dataclass(frozen=True)
class Height:
    """The height."""

    height: Side = 512


@dataclass(frozen=True)
class Total:
    """The number of pixels."""

    megapixels: Megapixels = 1.0


@dataclass(frozen=True)
class Match:
    """The size of another picture or mask."""

    match: Annotated[Tensor, Socket("IMAGE,MASK")]
    crop: Crop = "center"


Resize = Multiplier | Dimensions | Longer | Shorter | Width | Height | Total | Match
ResizeType = Annotated[
    Resize,
    DynamicCombo(
        {
            "scale by multiplier": Multiplier,
            "scale dimensions": Dimensions,
            "scale longer dimension": Longer,
            "scale shorter dimension": Shorter,
            "scale width": Width,
            "scale height": Height,
            "scale total pixels": Total,
            "match size": Match,
        }
    ),
]
SAME_TYPE: Final = Option(template={"template_id": "input_type", "allowed_types": "IMAGE,MASK"})
Either = Annotated[Any, Socket("COMFY_MATCHTYPE_V3"), SAME_TYPE]
Resized = Annotated[Any, Socket("COMFY_MATCHTYPE_V3"), SAME_TYPE, OutputName("resized")]


@node("transform", name="ResizeImageMaskNode", display_name="Resize Image/Mask", lane="cpu")
def resize_image_or_mask(
    *,
    input: Either,  # noqa: A002 - the name on the wire
    resize_type: ResizeType,
    scale_method: ImageMethod = "area",
) -> Resized:
    """Resize pictures or masks to a size that is said in one of many ways."""
    check_picture("input", input)
    width, height = new_size(size_of(input), resize_type)
    crop = resize_type.crop if isinstance(resize_type, Dimensions | Match) else "disabled"
    if input.ndim == 3:
        return fit_image(input.unsqueeze(-1), width, height, scale_method, crop).squeeze(-1)
    return fit_image(input, width, height, scale_method, crop)


def check_picture(name: str, value: object) -> None:
    """Raises SizeError for what is neither pictures nor masks."""
    if not isinstance(value, Tensor) or value.ndim not in (3, 4):
        found = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else f"type {type(value).__name__}"
        raise SizeError(f"{name} has {found}; pictures (B, H, W, C) or masks (B, H, W) are needed")


def new_size(size: tuple[int, int], wanted: Resize) -> tuple[int, int]:
    """(width, height) as asked for."""
    match wanted:
        case Multiplier(factor):
            return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))
        case Dimensions(width, height):
            return keep_aspect(width, height, size)
        case Longer(longer):
            return with_longer(size, longer)
        case Shorter(shorter):
            return with_shorter(size, shorter)
        case Width(width):
            return keep_aspect(width, 0, size)
        case Height(height):
            return keep_aspect(0, height, size)
        case Total(megapixels):
            return with_total(size, megapixels)
        case Match(other):
            check_picture("resize_type.match", other)
            return size_of(other)
