"""How large the picture of a file is in pixels, told by its header."""

from __future__ import annotations

import struct
from typing import BinaryIO

from graph.canvas.containers import SEGMENT, boxes, elements
from graph.canvas.content import Content, FileContent
from graph.canvas.metadata import DAMAGE, MATROSKA, PNG
from server import pictures

Size = tuple[int | None, int | None]  # width and height
UNKNOWN: Size = None, None
TRACKS, TRACK, VIDEO, WIDTH, HEIGHT = 0x1654AE6B, 0xAE, 0xE0, 0xB0, 0xBA  # of Matroska


def size_of(file: BinaryIO) -> Size:
    """Of a picture or film; unknown where there is none or the file is damaged. Raises OSError."""
    content = FileContent(file)
    start = content[:24]
    try:
        if start.startswith(PNG):
            return struct.unpack(">II", start[16:])
        if start.startswith(MATROSKA):
            return matroska_size(content)
        if start.startswith(b"ftyp", 4) and not start.startswith(b"avi", 8):  # AVIF is left to Pillow
            return movie_size(content)
        with pictures.opened(file) as image:
            return image.size
    except DAMAGE:
        return UNKNOWN


def movie_size(content: Content) -> Size:
    """Of the first track that has one; 16.16 numbers at the end of its header."""
    ways = list(boxes(content, 0, len(content)))
    for box in ways:  # grows while it is read
        if box.kind in (b"moov", b"trak"):
            ways.extend(boxes(content, box.start, box.end))
        elif box.kind == b"tkhd":
            width, height = struct.unpack(">II", content[box.end - 8 : box.end])
            if width and height:
                return width >> 16, height >> 16
    return UNKNOWN


def matroska_size(content: Content) -> Size:
    """Of the first track that has one."""
    width = None
    for kind, start, end in elements(content, (SEGMENT, TRACKS, TRACK, VIDEO)):
        if kind == WIDTH:
            width = int.from_bytes(content[start:end], "big")
        elif kind == HEIGHT:
            return width, int.from_bytes(content[start:end], "big")
    return UNKNOWN
