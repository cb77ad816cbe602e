"""Texts in EXIF: `key:text` in the ASCII tags of the first directory, and the comment of the user."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from graph.canvas.content import Content

ASCII, LONG = 2, 4  # types of values
SIZES: Final = {3: 2, LONG: 4, 5: 8, 9: 4, 10: 8, 12: 8}  # bytes of one value; of the other types 1
EXIF_DIRECTORY, USER_COMMENT = 0x8769, 0x9286
UNICODE: Final = b"UNICODE\0"
PLAIN: Final = (b"ASCII\0\0\0", b"\0" * 8)


def exif_pairs(data: Content) -> Iterator[tuple[str, str]]:
    """Key and text of each entry that has both; the user's comment is called `parameters`."""
    tiff = data if data[:6] != b"Exif\0\0" else data[6 : len(data)]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return
    for tag, kind, value in directory(tiff, order, struct.unpack(order + "I", tiff[4:8])[0]):
        if kind == ASCII:
            key, colon, text = value.rstrip(b"\0").decode(errors="replace").partition(":")
            if colon:
                yield key.strip(), text.strip()
        elif tag == EXIF_DIRECTORY and kind == LONG:
            for inner, _, comment in directory(tiff, order, struct.unpack(order + "I", value[:4])[0]):
                if inner == USER_COMMENT:
                    yield "parameters", user_comment(comment)


def directory(tiff: Content, order: str, place: int) -> Iterator[tuple[int, int, bytes]]:
    """Tag, type and bytes of each entry; values of up to four bytes stand in the entry itself."""
    count = struct.unpack(order + "H", tiff[place : place + 2])[0]
    for start in range(place + 2, place + 2 + 12 * count, 12):
        tag, kind, length, value = struct.unpack(order + "HHI4s", tiff[start : start + 12])
        size = length * SIZES.get(kind, 1)
        at = 0 if size <= 4 else struct.unpack(order + "I", value)[0]
        yield tag, kind, tiff[at : at + size] if at else value[:size]


def user_comment(value: bytes) -> str:
    """A text behind eight bytes that name its encoding; that of UTF-16 is told by the first letter."""
    mark, text = value[:8], value[8:]
    if mark != UNICODE:
        return (text if mark in PLAIN else value).rstrip(b"\0").decode(errors="replace")
    return text.decode("utf-16-be" if text[:1] == b"\0" else "utf-16-le", errors="replace").strip("\0\ufeff")
