"""MP4, MOV and M4V: the named texts of their boxes, and the size of the picture."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

LARGEST = 1 << 24  # bytes of one text
MOST = 100_000  # boxes side by side
NAMED = b"----"  # an item that carries its own name


@dataclass(frozen=True)
class Box:
    """Where the contents of a box lie in the file."""

    kind: bytes
    start: int
    end: int


def read(file: BinaryIO) -> tuple[dict[str, str], int | None, int | None]:
    """Texts, width and height."""
    end = file.seek(0, 2)
    texts: dict[str, str] = {}
    size: tuple[int | None, int | None] = (None, None)
    for box in boxes(file, 0, end):
        if box.kind == b"meta":
            texts |= _meta(file, box)
        elif box.kind == b"moov":
            texts |= _movie(file, box)
            size = _size(file, box)
    return texts, *size


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes that lie side by side in a part of the file."""
    for _ in range(MOST):
        if start + 8 > end:
            return
        file.seek(start)
        length, kind = struct.unpack(">I4s", file.read(8))
        head = 8
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
            head = 16
        last = end if length == 0 else start + length
        if last > end or last < start + head:
            return
        yield Box(kind, start + head, last)
        start = last


def _movie(file: BinaryIO, movie: Box) -> dict[str, str]:
    texts: dict[str, str] = {}
    for box in boxes(file, movie.start, movie.end):
        if box.kind == b"meta":
            texts |= _meta(file, box)
        elif box.kind == b"udta":
            for inner in boxes(file, box.start, box.end):
                texts |= _meta(file, inner) if inner.kind == b"meta" else _old_text(file, inner)
    return texts


def _old_text(file: BinaryIO, box: Box) -> dict[str, str]:
    """QuickTime's user data: a length, a language, the text."""
    if box.kind[:1] != b"\xa9":
        return {}
    data = _bytes(file, box)
    (length,) = struct.unpack(">H", data[:2])
    return {box.kind.decode("latin-1"): data[4 : 4 + length].decode("utf-8", "replace")}


def _meta(file: BinaryIO, meta: Box) -> dict[str, str]:
    file.seek(meta.start + 4)
    start = meta.start + (0 if file.read(4) == b"hdlr" else 4)  # MP4 has a version before the boxes
    inner = {box.kind: box for box in boxes(file, start, meta.end)}
    keys = _keys(_bytes(file, inner[b"keys"])) if b"keys" in inner else []
    items = inner.get(b"ilst")
    if items is None:
        return {}
    return dict(_item(file, box, keys) for box in boxes(file, items.start, items.end))


def _keys(data: bytes) -> list[str]:
    """The names that items refer to by number; after the version and the count."""
    keys, at = [], 8
    while at + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if length < 8:
            break
        keys.append(data[at + 8 : at + length].decode("utf-8", "replace"))
        at += length
    return keys


def _item(file: BinaryIO, item: Box, keys: list[str]) -> tuple[str, str]:
    inner = {box.kind: box for box in boxes(file, item.start, item.end)}
    number = int.from_bytes(item.kind, "big")
    key = keys[number - 1] if 0 < number <= len(keys) else item.kind.decode("latin-1")
    if item.kind == NAMED and b"name" in inner:
        key = _bytes(file, inner[b"name"])[4:].decode("utf-8", "replace")
    value = _bytes(file, inner[b"data"])[8:] if b"data" in inner else b""  # after its type and language
    return key.removeprefix("com.apple.quicktime."), value.decode("utf-8", "replace")


def _bytes(file: BinaryIO, box: Box) -> bytes:
    if box.end - box.start > LARGEST:
        return b""
    file.seek(box.start)
    return file.read(box.end - box.start)


def _size(file: BinaryIO, movie: Box) -> tuple[int | None, int | None]:
    """Of the first track that has one; 16.16 numbers at the end of its header."""
    for track in boxes(file, movie.start, movie.end):
        if track.kind != b"trak":
            continue
        for box in boxes(file, track.start, track.end):
            if box.kind == b"tkhd":
                width, height = struct.unpack(">II", _bytes(file, box)[-8:])
                if width and height:
                    return width >> 16, height >> 16
    return None, None
