"""Texts in films and sounds: ISO-BMFF (MP4, MOV, AVIF), Matroska (WEBM), FLAC, OGG, MP3."""

from __future__ import annotations

import struct
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from graph.canvas.content import LARGEST_PART, Content
from graph.canvas.exif import exif_pairs

COMMENT: Final = "comment"
EXIF_ITEM: Final = int.from_bytes(b"Exif", "big")
SEGMENT, TAGS, TAG, SIMPLE_TAG = 0x18538067, 0x1254C367, 0x7373, 0x67C8
TAG_NAME, TAG_STRING = 0x45A3, 0x4487
LONGEST_HEAD: Final = 18  # bytes of two numbers of Matroska
COMMENT_MARKS: Final = (b"OpusTags", b"\x03vorbis")
FLAC_MARK, FLAC_COMMENT = b"\x7fFLAC", 4
MOST_PACKETS: Final = 16  # the comments of a sound are its second packet
ENCODINGS: Final = ("latin-1", "utf-16", "utf-16-be", "utf-8")


@dataclass(frozen=True)
class Box:
    """Part of an ISO-BMFF file: where its content lies."""

    kind: bytes
    start: int
    end: int


def boxes(data: Content, start: int, end: int) -> Iterator[Box]:
    """The boxes between two places."""
    while start + 8 <= end:
        size, kind = struct.unpack(">I4s", data[start : start + 8])
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", data[start + 8 : start + 16])[0], 16
        stop = end if size == 0 else start + size
        if stop > end or stop < start + head:
            return
        yield Box(kind, start + head, stop)
        start = stop


def isobmff_pairs(data: Content) -> Iterator[tuple[str, str]]:
    """Keys of QuickTime and entries of iTunes in `meta`, wherever it stands, and EXIF among the items."""
    ways = list(boxes(data, 0, len(data)))
    for box in ways:  # grows while it is read
        if box.kind in (b"moov", b"udta", b"trak"):
            ways.extend(boxes(data, box.start, box.end))
        elif box.kind == b"meta":
            yield from meta_pairs(data, box)
        elif box.kind == b"\xa9cmt":  # of old QuickTime: its length and language first
            yield COMMENT, data[box.start + 4 : box.end].decode(errors="replace")


def meta_pairs(data: Content, meta: Box) -> Iterator[tuple[str, str]]:
    """One `meta`; that of QuickTime has no version in front."""
    bare = data[meta.start + 4 : meta.start + 8] == b"hdlr"
    parts = {box.kind: box for box in boxes(data, meta.start + (0 if bare else 4), meta.end)}
    keys = key_names(data, parts[b"keys"]) if b"keys" in parts else []
    if b"ilst" in parts:
        for entry in boxes(data, parts[b"ilst"].start, parts[b"ilst"].end):
            yield from list_entry(data, entry, keys)
    if b"iinf" in parts and b"iloc" in parts:
        yield from item_pairs(data, parts)


def key_names(data: Content, box: Box) -> list[str]:
    """The names that the entries of the list refer to by number."""
    names, place = [], box.start + 8
    while place + 8 <= box.end:
        size = struct.unpack(">I", data[place : place + 4])[0]
        names.append(data[place + 8 : place + size].decode(errors="replace"))
        place += max(size, 8)
    return names


def list_entry(data: Content, entry: Box, keys: list[str]) -> Iterator[tuple[str, str]]:
    """One entry: by the number of its key, by a name of its own (`----`), or the comment of iTunes."""
    parts = {box.kind: box for box in boxes(data, entry.start, entry.end)}
    if b"data" not in parts:
        return
    text = data[parts[b"data"].start + 8 : parts[b"data"].end].decode(errors="replace")
    number = int.from_bytes(entry.kind, "big")
    if 1 <= number <= len(keys):
        yield keys[number - 1].rpartition(".")[2], text
    elif entry.kind == b"\xa9cmt":
        yield COMMENT, text
    elif b"name" in parts:
        yield data[parts[b"name"].start + 4 : parts[b"name"].end].decode(errors="replace"), text


def item_pairs(data: Content, parts: dict[bytes, Box]) -> Iterator[tuple[str, str]]:
    """EXIF of a still picture: the item of that type, where the table of places says."""
    wanted = set(exif_items(data, parts[b"iinf"]))
    inside = parts[b"idat"].start if b"idat" in parts else 0
    for item, method, start, size in item_places(data, parts[b"iloc"]):
        if item in wanted:
            place = start + (inside if method == 1 else 0)
            skipped = struct.unpack(">I", data[place : place + 4])[0]
            yield from exif_pairs(data[place + 4 + skipped : place + size])


def exif_items(data: Content, iinf: Box) -> Iterator[int]:
    """Ids of the items of type Exif."""
    is_short = data[iinf.start : iinf.start + 1] == b"\0"
    for entry in boxes(data, iinf.start + (6 if is_short else 8), iinf.end):
        at = Cursor(data[entry.start : entry.end])
        version = at.number(4) >> 24
        item, _, kind = at.number(4 if version >= 3 else 2), at.number(2), at.number(4)
        if kind == EXIF_ITEM:
            yield item


def item_places(data: Content, iloc: Box) -> Iterator[tuple[int, int, int, int]]:
    """Id, method, place and size of the first extent of each item."""
    at = Cursor(data[iloc.start : iloc.end])
    version, sizes = at.number(4) >> 24, at.number(2)
    widths = [sizes >> shift & 15 for shift in (12, 8, 4, 0)]  # of offset, length, base and index
    for _ in range(at.number(4 if version == 2 else 2)):
        item = at.number(4 if version == 2 else 2)
        method = at.number(2) & 15 if version else 0
        at.number(2)
        base = at.number(widths[2])
        for extent in range(at.number(2)):
            at.number(widths[3] if version else 0)
            offset, length = at.number(widths[0]), at.number(widths[1])
            if extent == 0:
                yield item, method, base + offset, length


@dataclass
class Cursor:
    """Numbers one after another."""

    data: Content
    place: int = 0

    def number(self, size: int, *, order: str = "big") -> int:
        """The next number of so many bytes. Raises IndexError at the end."""
        found = self.data[self.place : self.place + size]
        if len(found) < size:
            raise IndexError("the data ends within a number")
        self.place += size
        return int.from_bytes(found, "little" if order == "little" else "big")

    def marked(self) -> tuple[int, int]:
        """A number of Matroska, whose length its leading zeros tell, and the mark that follows these."""
        length = 9 - self.data[self.place : self.place + 1][0].bit_length()
        return self.number(length), 1 << 7 * length


def elements(data: Content, opened: Container[int]) -> Iterator[tuple[int, int, int]]:
    """Id, start and end of the elements of a Matroska file; of those to be opened, their parts instead."""
    place = 0
    while place < len(data):
        head = Cursor(data[place : place + LONGEST_HEAD])
        (kind, _), (size, mark) = head.marked(), head.marked()
        place += head.place
        if kind in opened or size == 2 * mark - 1:  # of unknown size
            continue  # its parts come next
        end = min(place + size - mark, len(data))
        yield kind, place, end
        place = end


def webm_pairs(data: Content) -> Iterator[tuple[str, str]]:
    """The simple tags of a Matroska file."""
    names: list[str] = []
    for kind, start, end in elements(data, (SEGMENT, TAGS, TAG, SIMPLE_TAG)):
        if kind in (TAG_NAME, TAG_STRING):
            text = data[start:end].rstrip(b"\0").decode(errors="replace")
            if kind == TAG_NAME:
                names.append(text)
            elif names:
                yield names.pop(), text


def flac_pairs(data: Content) -> Iterator[tuple[str, str]]:
    """The comments of a FLAC file."""
    place = 4
    while place + 4 <= len(data):
        whole = struct.unpack(">I", data[place : place + 4])[0]
        head, size = whole >> 24, whole & 0xFFFFFF
        if head & 127 == FLAC_COMMENT:
            yield from vorbis_comments(data[place + 4 : place + 4 + size])
        if head & 128:
            return
        place += 4 + size


def vorbis_comments(data: bytes) -> Iterator[tuple[str, str]]:
    """`KEY=text`, each behind its length."""
    at = Cursor(data)
    at.place = 4 + at.number(4, order="little")
    for _ in range(at.number(4, order="little")):
        size = at.number(4, order="little")
        key, _, text = data[at.place : at.place + size].decode(errors="replace").partition("=")
        if at.place + size > len(data):
            return
        at.place += size
        yield key, text


def ogg_pairs(data: Content) -> Iterator[tuple[str, str]]:
    """The comments of an Opus, Vorbis or FLAC stream."""
    is_flac = False
    for packet in ogg_packets(data):
        is_flac |= packet.startswith(FLAC_MARK)
        mark = next((mark for mark in COMMENT_MARKS if packet.startswith(mark)), b"")
        if is_flac and packet and packet[0] & 127 == FLAC_COMMENT:
            mark = packet[:4]
        if mark:
            yield from vorbis_comments(packet[len(mark) :])
            return


def ogg_packets(data: Content) -> Iterator[bytes]:
    """The first packets, put together from the pages of their streams."""
    parts: dict[int, bytearray] = {}
    place, count = 0, 0
    while data[place : place + 4] == b"OggS" and count < MOST_PACKETS:
        stream, segments = struct.unpack("<14xI8xB", data[place : place + 27])
        sizes = data[place + 27 : place + 27 + segments]
        place += 27 + segments
        page = data[place : place + sum(sizes)]
        for end, size in zip(accumulate(sizes), sizes, strict=True):
            packet = parts.setdefault(stream, bytearray())
            packet += page[end - size : end]
            if len(packet) > LARGEST_PART:
                return
            if size < 255:
                yield bytes(parts.pop(stream))
                count += 1
        place += len(page)


def mp3_pairs(data: Content) -> Iterator[tuple[str, str]]:
    """Texts and comments of an ID3 tag, versions 2.3 and 2.4."""
    version, flags, size = struct.unpack("3xBxB4s", data[:10])
    body = data[10 : 10 + synchsafe(size)]
    if flags & 0x80 and version < 4:
        body = body.replace(b"\xff\0", b"\xff")
    place = 0
    if flags & 0x40:
        place = synchsafe(body[:4]) if version >= 4 else 4 + int.from_bytes(body[:4], "big")
    while place + 10 <= len(body) and body[place]:
        kind, raw, form = struct.unpack_from("4s4sxB", body, place)
        size = synchsafe(raw) if version >= 4 else int.from_bytes(raw, "big")
        frame = body[place + 10 : place + 10 + size]
        yield from frame_pairs(kind, unframed(frame, form) if version >= 4 else frame)
        place += 10 + size


def unframed(frame: bytes, form: int) -> bytes:
    """A frame of version 2.4 without the bytes that its form adds: zeros behind 255, its length in front."""
    if form & 2:
        frame = frame.replace(b"\xff\0", b"\xff")
    return frame[4:] if form & 1 else frame


def synchsafe(digits: bytes) -> int:
    """A number of seven bits to a byte."""
    return sum((digit & 127) << 7 * i for i, digit in enumerate(reversed(digits)))


def frame_pairs(kind: bytes, body: bytes) -> Iterator[tuple[str, str]]:
    """A text with a name of its own, or a comment behind its language."""
    if kind not in (b"TXXX", b"COMM") or not body:
        return
    encoding = ENCODINGS[min(body[0], 3)]
    text = body[4 if kind == b"COMM" else 1 :]
    name, rest = split_text(text, wide=body[0] in (1, 2))
    key = name.decode(encoding, errors="replace").strip("\ufeff")
    value = rest.decode(encoding, errors="replace").strip("\0\ufeff")
    yield key or COMMENT, value


def split_text(text: bytes, *, wide: bool) -> tuple[bytes, bytes]:
    """Two texts at the zero between them, of two bytes where letters are."""
    if not wide:
        name, _, rest = text.partition(b"\0")
        return name, rest
    place = next((i for i in range(0, len(text) - 1, 2) if text[i : i + 2] == b"\0\0"), len(text))
    return text[:place], text[place + 2 :]
