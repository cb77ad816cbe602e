"""Nodes that write batches of pictures as animations."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from nodes import pictures
from nodes.api import Context, Image, Range, Result, Text, node
from nodes.image_files import texts_of

Prefix = Annotated[str, Text(multiline=False)]
Rate = Annotated[float, Range(0.01, 1000.0, 0.01)]  # frames for each second
EFFORTS: Final = {"default": 4, "fastest": 0, "slowest": 6}  # of the WebP encoder
MODEL_TAG: Final = 0x0110  # EXIF: takes the graph; the tags below it, from 0x010F down, the rest
Encode = Callable[[Mapping[str, object]], bytes]


@node(
    "image/animation", name="SaveAnimatedPNG", display_name="Save Animated PNG", is_output=True, lane="disk"
)
def save_animated_png(
    context: Context,
    *,
    images: Image,
    filename_prefix: Prefix = "ComfyUI",
    fps: Rate = 6.0,
    compress_level: Annotated[int, Range(0, 9)] = 4,
) -> Result:
    """Write a batch as one animated PNG that carries its workflow."""

    def encode(texts: Mapping[str, object]) -> bytes:
        return animated(images, fps, "PNG", pnginfo=png_info(texts), compress_level=compress_level)

    return saved(context, images, filename_prefix, ".png", encode)


@node(
    "image/animation", name="SaveAnimatedWEBP", display_name="Save Animated WEBP", is_output=True, lane="disk"
)
def save_animated_webp(
    context: Context,
    *,
    images: Image,
    filename_prefix: Prefix = "ComfyUI",
    fps: Rate = 6.0,
    lossless: bool = True,
    quality: Annotated[int, Range(0, 100)] = 80,
    method: Literal["default", "fastest", "slowest"],
) -> Result:
    """Write a batch as one animated WebP that carries its workflow."""

    def encode(texts: Mapping[str, object]) -> bytes:
        told = {"exif": exif(texts)} if texts else {}
        coding = {"lossless": lossless, "quality": quality, "method": EFFORTS[method]}
        return animated(images, fps, "WEBP", **told, **coding)

    return saved(context, images, filename_prefix, ".webp", encode)


def saved(context: Context, images: Tensor, prefix: str, suffix: str, encode: Encode) -> Result:
    """Write one file under the next free number of the output folder; the result says where it is."""
    pictures.check_finite(images)
    size = {"width": images.shape[2], "height": images.shape[1]}
    place = context.folders.save_path("output", prefix, size)
    name = place.name(suffix=suffix)
    pictures.write_whole(place.directory / name, encode(texts_of(context)))
    return Result(ui={"images": [place.reference(name)], "animated": [True]})


def animated(images: Tensor, fps: float, kind: str, **options: Any) -> bytes:
    """The pictures as frames of one file."""
    first, *rest = (Pillow.fromarray(pictures.to_bytes(image)) for image in images)
    buffer = io.BytesIO()
    first.save(buffer, kind, save_all=True, append_images=rest, duration=round(1000 / fps), **options)
    return buffer.getvalue()


def png_info(texts: Mapping[str, object]) -> PngInfo:
    """Each text behind the pictures in a chunk `comf`: its key, a zero byte, ASCII-escaped JSON."""
    info = PngInfo()
    for key, value in texts.items():
        info.add(b"comf", f"{key}\0{json.dumps(value)}".encode("latin-1"), after_idat=True)
    return info


def exif(texts: Mapping[str, object]) -> Pillow.Exif:
    """`key:json` in tags of text: `prompt` in the one of the camera's model, the others from there down."""
    found = Pillow.Exif()
    others = [key for key in texts if key != "prompt"]
    for tag, key in ((MODEL_TAG, "prompt"), *((MODEL_TAG - 1 - i, key) for i, key in enumerate(others))):
        if key in texts:
            found[tag] = f"{key}:{json.dumps(texts[key])}"
    return found
