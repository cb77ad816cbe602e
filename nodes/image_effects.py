"""Nodes that change the colours of pictures: noise, blends, blur, fewer colours, morphology."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal, NamedTuple

import torch
from torch import Tensor

from nodes.api import Image, OutputName, Range, Seed, node
from nodes.batches import equal_channels, equally_many
from nodes.filters import blurred, gaussian, largest, smallest
from nodes.quantizing import Dither, quantized
from nodes.resampling import fit_image

Radius = Annotated[int, Range(1, 31, 1)]
SHARPENING: Final = 10.0  # how often the difference to the blurred picture is added, at alpha 1
BlendMode = Literal["normal", "multiply", "screen", "overlay", "soft_light", "difference"]
Operation = Literal["erode", "dilate", "open", "close", "gradient", "bottom_hat", "top_hat"]


class Yuv(NamedTuple):
    """Brightness and the two differences of colour, each as a grey picture."""

    y: Annotated[Image, OutputName("Y")]
    u: Annotated[Image, OutputName("U")]
    v: Annotated[Image, OutputName("V")]


@node("image", name="ImageAddNoise", display_name="Add Noise to Image", lane="cpu")
def add_noise(
    *,
    image: Image,
    seed: Annotated[int, Range(0, 0xFFFFFFFFFFFFFFFF), Seed()] = 0,
    strength: Annotated[float, Range(0.0, 1.0, 0.01)] = 0.5,
) -> Image:
    """Gaussian noise upon every channel; the strength is its standard deviation."""
    noise = torch.randn(image.shape, generator=torch.Generator().manual_seed(seed))
    return (image + strength * noise).clamp(0.0, 1.0)


@node("image/postprocessing", name="ImageBlend", display_name="Image Blend", lane="cpu")
def blend_images(
    *,
    image1: Image,
    image2: Image,
    blend_factor: Annotated[float, Range(0.0, 1.0, 0.01)] = 0.5,
    blend_mode: BlendMode,
) -> Image:
    """The second picture blended upon the first, fitted to its size."""
    height, width = image1.shape[1:3]
    below, above = equally_many(image1, fit_image(image2, width, height, "bicubic", "center"))
    below, above = equal_channels(below, above)
    return torch.lerp(below, BLENDS[blend_mode](below, above), blend_factor).clamp(0.0, 1.0)


def overlay(below: Tensor, above: Tensor) -> Tensor:
    """Multiplied where the lower picture is dark, screened where it is bright."""
    return torch.where(below <= 0.5, 2 * below * above, 1 - 2 * (1 - below) * (1 - above))


def soft_light(below: Tensor, above: Tensor) -> Tensor:
    """As the W3C's Compositing and Blending, section 10.1.9, defines it."""
    root = torch.where(below <= 0.25, ((16 * below - 12) * below + 4) * below, below.sqrt())
    darker = below - (1 - 2 * above) * below * (1 - below)
    return torch.where(above <= 0.5, darker, below + (2 * above - 1) * (root - below))


BLENDS: Final[Mapping[BlendMode, Callable[[Tensor, Tensor], Tensor]]] = {
    "normal": lambda _, above: above,
    "multiply": lambda below, above: below * above,
    "screen": lambda below, above: 1 - (1 - below) * (1 - above),
    "overlay": overlay,
    "soft_light": soft_light,
    "difference": lambda below, above: below - above,  # signed, as workflows of the field expect it
}


@node("image/postprocessing", name="ImageBlur", display_name="Image Blur", lane="cpu")
def blur_image(
    *, image: Image, blur_radius: Radius = 1, sigma: Annotated[float, Range(0.1, 10.0, 0.1)] = 1.0
) -> Image:
    """Gaussian blur; sigma is in units of the radius."""
    return blurred(image, gaussian(blur_radius, sigma))


@node("image/postprocessing", name="ImageSharpen", display_name="Image Sharpen", lane="cpu")
def sharpen_image(
    *,
    image: Image,
    sharpen_radius: Radius = 1,
    sigma: Annotated[float, Range(0.1, 10.0, 0.01)] = 1.0,
    alpha: Annotated[float, Range(0.0, 5.0, 0.01)] = 1.0,
) -> Image:
    """Unsharp masking: what blur would take away is added."""
    lost = image - blurred(image, gaussian(sharpen_radius, sigma))
    return (image + SHARPENING * alpha * lost).clamp(0.0, 1.0)


@node("image/postprocessing", name="ImageQuantize", display_name="Image Quantize", lane="cpu")
def quantize_image(*, image: Image, colors: Annotated[int, Range(1, 256, 1)] = 256, dither: Dither) -> Image:
    """Pictures of a few colours, chosen for each picture (median cut)."""
    return torch.stack([quantized(picture, colors, dither) for picture in image])


@node("image/postprocessing", name="Morphology", display_name="Image Morphology", lane="cpu")
def morph_image(
    *, image: Image, operation: Operation, kernel_size: Annotated[int, Range(3, 999, 1)] = 3
) -> Image:
    """Bright parts grow (dilate) or shrink (erode) by a square window, or what that changes is shown."""
    return morphed(image.movedim(-1, 1), operation, kernel_size).movedim(1, -1).contiguous()


def morphed(x: Tensor, operation: Operation, size: int) -> Tensor:
    """One operation of mathematical morphology on (B, C, H, W)."""
    match operation:
        case "erode":
            return smallest(x, size)
        case "dilate":
            return largest(x, size)
        case "open":
            return largest(smallest(x, size), size)
        case "close":
            return smallest(largest(x, size), size)
        case "gradient":
            return largest(x, size) - smallest(x, size)
        case "top_hat":
            return x - largest(smallest(x, size), size)
        case "bottom_hat":
            return smallest(largest(x, size), size) - x


@node("image/batch", name="ImageRGBToYUV", display_name="Image RGB to YUV", lane="cpu")
def rgb_to_yuv(*, image: Image) -> Yuv:
    """Brightness and colour differences (ITU-R BT.601, full range, as in JPEG), each as a grey picture."""
    red, green, blue = image[..., :3].unbind(-1)
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    u, v = (blue - y) / 1.772 + 0.5, (red - y) / 1.402 + 0.5
    return Yuv(*(plane.unsqueeze(-1).repeat(1, 1, 1, 3) for plane in (y, u, v)))


@node("image/batch", name="ImageYUVToRGB", display_name="Image YUV to RGB", lane="cpu")
def yuv_to_rgb(*, Y: Image, U: Image, V: Image) -> Image:
    """Colours from brightness and colour differences: what the node in the other direction gives."""
    y, u, v = (plane.mean(dim=-1) for plane in equally_many(Y, U, V))
    red, blue = y + 1.402 * (v - 0.5), y + 1.772 * (u - 0.5)
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    return torch.stack([red, green, blue], dim=-1).clamp(0.0, 1.0)
