"""FLAC, OGG, OPUS and MP3: Vorbis comments and ID3 texts."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

LARGEST = 1 << 24  # bytes of all comments
MOST = 10_000  # blocks, pages, comments
VORBIS_COMMENT = 4  # a kind of FLAC block
COMMENT_HEADERS = (b"\x03vorbis", b"OpusTags", b"\x84")  # of Vorbis, Opus; a FLAC block in Ogg
ENCODINGS = ("latin-1", "utf-16", "utf-16-be", "utf-8")

Read = tuple[dict[str, str], int | None, int | None]


def read_flac(file: BinaryIO) -> Read:
    """The comments of a FLAC file."""
    file.seek(4)
    for _ in range(MOST):
        head = file.read(4)
        if len(head) < 4:
            break
        length = int.from_bytes(head[1:], "big")
        if head[0] & 0x7F == VORBIS_COMMENT:
            return vorbis_comments(file.read(length)), None, None
        if head[0] & 0x80:  # the last block
            break
        file.seek(length, 1)
    return {}, None, None


def vorbis_comments(data: bytes) -> dict[str, str]:
    """`key=text`, each with its length before it, after the name of the program."""
    (vendor,) = struct.unpack_from("<I", data, 0)
    (count,) = struct.unpack_from("<I", data, 4 + vendor)
    texts, at = {}, 8 + vendor
    for _ in range(min(count, MOST)):
        (length,) = struct.unpack_from("<I", data, at)
        key, _, text = data[at + 4 : at + 4 + length].decode("utf-8", "replace").partition("=")
        texts[key] = text
        at += 4 + length
    return texts


def read_ogg(file: BinaryIO) -> Read:
    """The comments of Vorbis, Opus or FLAC in Ogg: the second packet of the stream."""
    for number, packet in enumerate(_packets(file)):
        header = next((header for header in COMMENT_HEADERS if packet.startswith(header)), None)
        if header == COMMENT_HEADERS[-1] or (header is None and number and packet[:1] == b"\x04"):
            return vorbis_comments(packet[4:]), None, None
        if header is not None:
            return vorbis_comments(packet[len(header) :]), None, None
        if number > 2:
            break
    return {}, None, None


def _packets(file: BinaryIO) -> Iterator[bytes]:
    """What the pages of the first stream hold, put together again."""
    packet, stream = bytearray(), None
    for _ in range(MOST):
        head = file.read(27)
        if len(head) < 27 or head[:4] != b"OggS" or len(packet) > LARGEST:
            return
        lengths = file.read(head[26])
        page = file.read(sum(lengths))
        serial = head[14:18]
        stream = stream or serial
        if serial != stream:
            continue
        at = 0
        for length in lengths:
            packet += page[at : at + length]
            at += length
            if length < 255:
                yield bytes(packet)
                packet.clear()


def read_id3(file: BinaryIO) -> Read:
    """The texts of an MP3 file: its frames of free names, and its comments."""
    head = file.read(10)
    version, flags, size = head[3], head[5], _seven_bits(head[6:])
    if version not in (3, 4):
        return {}, None, None
    data = file.read(min(size, LARGEST))
    if flags & 0x80 and version == 3:
        data = data.replace(b"\xff\0", b"\xff")
    at = 0
    if flags & 0x40:  # an extended header; its length counts itself in version 4 only
        at = _seven_bits(data[:4]) if version == 4 else 4 + int.from_bytes(data[:4], "big")
    return dict(_frames(data, at, version)), None, None


def _frames(data: bytes, at: int, version: int) -> Iterator[tuple[str, str]]:
    while at + 10 <= len(data) and data[at]:
        kind, raw, flags = data[at : at + 4], data[at + 4 : at + 8], data[at + 9]
        length = _seven_bits(raw) if version == 4 else int.from_bytes(raw, "big")
        body = data[at + 10 : at + 10 + length]
        if version == 4 and flags & 0x02:
            body = body.replace(b"\xff\0", b"\xff")
        if version == 4 and flags & 0x01:  # its length without packing stands before it
            body = body[4:]
        if kind == b"TXXX" and body:
            yield _named(body[0], body[1:])
        elif kind == b"COMM" and body:
            yield "comment", _named(body[0], body[4:])[1]
        at += 10 + length


def _named(encoding: int, data: bytes) -> tuple[str, str]:
    """A name and a text with a zero between them, of two bytes where signs have two."""
    kind = ENCODINGS[encoding]
    if kind in ("latin-1", "utf-8"):
        name, _, text = data.partition(b"\0")
    else:
        cut = next((at for at in range(0, len(data), 2) if data[at : at + 2] == b"\0\0"), len(data))
        name, text = data[:cut], data[cut + 2 :]
    return name.decode(kind, "replace"), text.decode(kind, "replace").rstrip("\0")


def _seven_bits(data: bytes) -> int:
    """A number of four bytes, the highest bit of each left empty."""
    return sum((byte & 0x7F) << 7 * (3 - index) for index, byte in enumerate(data[:4]))
