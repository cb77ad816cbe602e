"""PNG: its size and its text chunks, without decoding a pixel."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

LARGEST = 1 << 24  # bytes of one text, unpacked
MOST = 100_000  # chunks


def read(file: BinaryIO) -> tuple[dict[str, str], int | None, int | None]:
    """Texts, width and height; what comes after damage is left out."""
    file.seek(8)
    texts: dict[str, str] = {}
    width = height = None
    for _ in range(MOST):
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            break
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IHDR":
            width, height = struct.unpack(">II", file.read(8))
            length -= 8
        elif kind in READERS and length <= LARGEST:
            texts |= READERS[kind](file.read(length))
            length = 0
        file.seek(length + 4, 1)  # and the checksum
    return texts, width, height


def _latin(data: bytes) -> dict[str, str]:
    key, _, text = data.partition(b"\0")
    return {key.decode("latin-1"): text.decode("latin-1")}


def _packed(data: bytes) -> dict[str, str]:
    key, _, rest = data.partition(b"\0")
    return {key.decode("latin-1"): unpacked(rest[1:]).decode("latin-1")}


def _international(data: bytes) -> dict[str, str]:
    key, _, rest = data.partition(b"\0")
    packed, rest = rest[:1], rest[2:]
    _language, _, rest = rest.partition(b"\0")
    _translated, _, text = rest.partition(b"\0")
    if packed == b"\x01":
        text = unpacked(text)
    return {key.decode("latin-1"): text.decode("utf-8", "replace")}


def _private(data: bytes) -> dict[str, str]:
    """The chunk that animations carry."""
    key, _, text = data.partition(b"\0")
    return {key.decode("latin-1"): text.decode("utf-8", "replace")}


def unpacked(data: bytes) -> bytes:
    """A zlib stream up to the largest size; nothing of a broken one."""
    try:
        return zlib.decompressobj().decompress(data, LARGEST)
    except zlib.error:
        return b""


READERS = {b"tEXt": _latin, b"zTXt": _packed, b"iTXt": _international, b"comf": _private}
