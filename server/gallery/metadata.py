"""What a file says of its own making: its texts, and how large its picture is."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from server.gallery import boxes, ebml, exif, png, sound

# RecursionError: JSON that nests deeper than the parser goes.
DAMAGED = (OSError, ValueError, struct.error, EOFError, IndexError, RecursionError)
KEYS = ("prompt", "workflow", "parameters")
WRAPPED = ("comment", "\xa9cmt", "description")  # several tools put one JSON object with all of them here


@dataclass(frozen=True)
class Metadata:
    """Texts by their keys, in small letters; pixels where the file has any."""

    texts: dict[str, str] = field(default_factory=dict)
    width: int | None = None
    height: int | None = None


Read = tuple[dict[str, str], int | None, int | None]
# How a file begins: at which byte, with what -> who reads it.
SIGNATURES: tuple[tuple[int, bytes, Callable[[BinaryIO], Read]], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", png.read),
    (0, b"\x1aE\xdf\xa3", ebml.read),
    (8, b"WEBP", exif.read),
    (4, b"ftypavi", exif.read),  # avif, and avis for animations
    (4, b"ftyp", boxes.read),
    (0, b"fLaC", sound.read_flac),
    (0, b"OggS", sound.read_ogg),
    (0, b"ID3", sound.read_id3),
    (0, b"\xff\xd8\xff", exif.read),
    (0, b"GIF8", exif.read),
    (0, b"BM", exif.read),
    (0, b"II*\x00", exif.read),
    (0, b"MM\x00*", exif.read),
)


def read(path: Path) -> Metadata:
    """Whatever can be read; nothing of a file that is damaged, unknown or gone."""
    try:
        with path.open("rb") as file:
            texts, width, height = _read(file)
    except DAMAGED:
        return Metadata()
    return Metadata(_unwrapped({key.lower(): text for key, text in texts.items()}), width, height)


def _read(file: BinaryIO) -> Read:
    start = file.read(16)
    file.seek(0)
    for at, signature, reader in SIGNATURES:
        if start[at:].startswith(signature):
            return reader(file)
    return {}, None, None


def _unwrapped(texts: dict[str, str]) -> dict[str, str]:
    """With the keys of an object that a comment holds, where the file does not have them itself."""
    for key in WRAPPED:
        if not texts.get(key, "").lstrip().startswith("{"):
            continue
        inner = parsed(texts[key])
        if isinstance(inner, dict):
            found = {key: inner[key] for key in KEYS if key in inner}
            texts = {key: _text(value) for key, value in found.items()} | texts
    return texts


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def parsed(text: str) -> object:
    """JSON as it occurs in files, NaN and infinities read as null; None for what is no JSON."""
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
