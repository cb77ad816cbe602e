"""EXIF of WEBP, JPEG, AVIF and kin, read by Pillow: `key:text` in the ASCII tags, comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "MPO")
# What Pillow raises for damaged files, beside what any reader does.
DAMAGED = (ArithmeticError, AssertionError, AttributeError, KeyError, RuntimeError, SyntaxError, TypeError)
EXIF_FOLDER = 0x8769
USER_COMMENT = 0x9286  # eight bytes that name the encoding, then text
ENCODINGS = {b"UNICODE\0": "utf-16-be", b"ASCII\0\0\0": "latin-1", b"\0" * 8: "utf-8"}


def read(file: BinaryIO) -> tuple[dict[str, str], int | None, int | None]:
    """Texts, width and height, from the header alone."""
    from PIL import Image

    Image.init()
    known = [name for name in FORMATS if name in Image.OPEN]  # AVIF is not built in everywhere
    try:
        with Image.open(file, formats=known) as image:
            return _texts(image), image.width, image.height
    except (Image.DecompressionBombError, *DAMAGED) as error:
        raise ValueError(str(error)) from None


def _texts(image: Image.Image) -> dict[str, str]:
    texts = {key: text for key in ("comment", "Comment") if (text := _string(image.info.get(key)))}
    tags = image.getexif()
    for value in tags.values():
        key, colon, text = _string(value).partition(":")
        if colon and key.strip().isidentifier():
            texts.setdefault(key.strip(), text)
    if comment := _comment(tags.get_ifd(EXIF_FOLDER).get(USER_COMMENT)):
        texts.setdefault("parameters", comment)
    return texts


def _string(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else ""


def _comment(value: object) -> str:
    """The user's comment; other tools write their `parameters` there."""
    if not isinstance(value, bytes):
        return _string(value)
    encoding = ENCODINGS.get(value[:8])
    return value[8:].decode(encoding, "replace") if encoding else value.decode("utf-8", "replace")
