"""Pictures changed on their way out or in; Pillow is imported when the first one is needed."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL import Image

LARGEST = 1 << 28  # pixels, judged from the header
DEFAULT_QUALITY = 90
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "MPO")
# What Pillow raises for damaged files.
DAMAGE = (
    OSError, ValueError, ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, RuntimeError,
    SyntaxError, TypeError, struct.error,
)  # fmt: skip


class NotAPicture(ValueError):
    """The file is none, or one that is too large."""


def opened(file: Path | BinaryIO) -> Image.Image:
    """A picture of which nothing but the header is read, whatever the file's name says."""
    from PIL import Image

    Image.init()
    known = [name for name in FORMATS if name in Image.OPEN]  # AVIF is not built in everywhere
    try:
        return Image.open(file, formats=known)
    except (Image.DecompressionBombError, *DAMAGE) as error:
        raise NotAPicture(str(error)) from None


def read(path: Path | io.BytesIO) -> Image.Image:
    """Open and decode within limits; photographs come upright."""
    from PIL import ImageOps

    image = opened(path)
    try:
        if image.width * image.height > LARGEST:
            raise NotAPicture(f"{image.width}x{image.height} pixels are too many")
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
    except DAMAGE as error:
        raise NotAPicture(str(error)) from None
    return image


def preview(path: Path, wish: str, channel: str, width: int | None = None) -> tuple[bytes, str]:
    """A smaller file for looking at: `wish` is `<webp|jpeg>[;quality]`, `width` the widest that it may be.

    Returns bytes and MIME type.
    """
    kind, _, quality = wish.partition(";")
    if kind not in ("webp", "jpeg") or "a" in channel:
        kind = "webp"
    image = read(path)
    if kind == "jpeg" or channel == "rgb":
        image = image.convert("RGB")
    elif image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA")
    if width is not None and width < image.width:
        image = image.resize((width, max(1, round(image.height * width / image.width))))
    out = io.BytesIO()
    image.save(out, kind.upper(), quality=int(quality) if quality.isdecimal() else DEFAULT_QUALITY)
    return out.getvalue(), f"image/{kind}"


def channel(path: Path, wish: str) -> bytes:
    """A PNG without alpha (`rgb`), or one whose alpha alone counts (`a`)."""
    from PIL import Image

    image = read(path)
    if wish == "rgb":
        return _png(image.convert("RGB"))
    alpha = image.convert("RGBA").getchannel("A")
    made = Image.new("RGBA", image.size)
    made.putalpha(alpha)
    return _png(made)


def with_alpha_of(original: Path, mask: bytes) -> bytes:
    """The original with the mask picture's alpha, as PNG; its text entries are kept."""
    from PIL import PngImagePlugin

    image, drawn = read(original), read(io.BytesIO(mask))
    text = PngImagePlugin.PngInfo()
    for key, value in getattr(image, "text", {}).items():
        text.add_text(key, value if isinstance(value, str) else json.dumps(value))
    alpha = drawn.convert("RGBA").getchannel("A").resize(image.size)
    made = image.convert("RGBA")
    made.putalpha(alpha)
    return _png(made, text)


def _png(image: Image.Image, text: object = None) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1, pnginfo=text)
    return out.getvalue()
