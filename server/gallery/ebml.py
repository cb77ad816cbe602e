"""WEBM and MKV: the tags of their EBML, and the size of the picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

SEGMENT, TRACKS, TAGS = 0x18538067, 0x1654AE6B, 0x1254C367
TRACK, VIDEO, WIDTH, HEIGHT = 0xAE, 0xE0, 0xB0, 0xBA
TAG, SIMPLE, NAME, STRING = 0x7373, 0x67C8, 0x45A3, 0x4487
LARGEST = 1 << 24  # bytes of one text
MOST = 100_000  # elements side by side


@dataclass(frozen=True)
class Element:
    """Where the contents of an element lie in the file."""

    kind: int
    start: int
    end: int


def read(file: BinaryIO) -> tuple[dict[str, str], int | None, int | None]:
    """Texts, width and height."""
    whole = Element(0, 0, file.seek(0, 2))
    texts: dict[str, str] = {}
    size: dict[int, int] = {}
    for segment in _inside(file, whole, SEGMENT):
        for part in elements(file, segment):
            if part.kind == TRACKS:
                size |= _size(file, part)
            elif part.kind == TAGS:
                texts |= _tags(file, part)
    return texts, size.get(WIDTH), size.get(HEIGHT)


def elements(file: BinaryIO, whole: Element) -> Iterator[Element]:
    """The elements that lie side by side inside one; those of unknown size reach to its end."""
    at = whole.start
    for _ in range(MOST):
        if at + 2 > whole.end:
            return
        file.seek(at)
        kind, width = _number(file, keep_mark=True)
        length, more = _number(file, keep_mark=False)
        start = at + width + more
        end = whole.end if length == (1 << 7 * more) - 1 else start + length
        if end > whole.end:
            return
        yield Element(kind, start, end)
        at = end


def _number(file: BinaryIO, *, keep_mark: bool) -> tuple[int, int]:
    """A number of one to eight bytes, the first set bit of which tells how many."""
    first = file.read(1)[0]
    width = 9 - first.bit_length()
    if width > 8:
        raise ValueError("an EBML number of more than eight bytes")
    value = first if keep_mark else first & (0xFF >> width)
    return int.from_bytes(bytes([value]) + file.read(width - 1), "big"), width


def _inside(file: BinaryIO, whole: Element, kind: int) -> list[Element]:
    return [element for element in elements(file, whole) if element.kind == kind]


def _bytes(file: BinaryIO, element: Element) -> bytes:
    if element.end - element.start > LARGEST:
        return b""
    file.seek(element.start)
    return file.read(element.end - element.start)


def _size(file: BinaryIO, tracks: Element) -> dict[int, int]:
    for track in _inside(file, tracks, TRACK):
        for video in _inside(file, track, VIDEO):
            return {
                part.kind: int.from_bytes(_bytes(file, part), "big")
                for part in elements(file, video)
                if part.kind in (WIDTH, HEIGHT)
            }
    return {}


def _tags(file: BinaryIO, tags: Element) -> dict[str, str]:
    texts: dict[str, str] = {}
    for tag in _inside(file, tags, TAG):
        for simple in _inside(file, tag, SIMPLE):
            parts = {part.kind: _bytes(file, part) for part in elements(file, simple)}
            name = parts.get(NAME, b"").decode("utf-8", "replace")
            texts[name] = parts.get(STRING, b"").rstrip(b"\0").decode("utf-8", "replace")
    return texts
