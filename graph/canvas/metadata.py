"""The workflow that a picture, film, sound or model file carries, told by its bytes, never by its name."""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from graph.canvas.containers import COMMENT, flac_pairs, isobmff_pairs, mp3_pairs, ogg_pairs, webm_pairs
from graph.canvas.content import LARGEST_PART, Content
from graph.canvas.exif import exif_pairs

Reader = Callable[[Content], Iterable[tuple[str, str]]]
KEYS: Final = ("workflow", "prompt", "parameters")
HOLDERS: Final = (COMMENT, "description")  # of one JSON object with both; so do some writers of films
PNG: Final = b"\x89PNG\r\n\x1a\n"
MATROSKA: Final = b"\x1a\x45\xdf\xa3"
PNG_TEXTS: Final = (b"tEXt", b"zTXt", b"iTXt", b"comf", b"eXIf")
CDATA: Final = re.compile(rb"<metadata[^>]*>\s*<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
DAMAGE: Final = (struct.error, ValueError, IndexError, zlib.error, RecursionError)


def read_metadata(data: Content) -> dict[str, str]:
    """`workflow` and `prompt` as JSON text, `parameters` as plain text, as far as the file has them.

    What is damaged ends the reading; what was found before stays.
    """
    found: dict[str, str] = {}
    try:
        read = reader_of(data)
        for key, text in read(data) if read else ():
            for name, value in told(key.lower(), text):
                found.setdefault(name, value)
    except DAMAGE:
        pass
    return found


def is_carrier(data: Content) -> bool:
    """Whether a file is of a kind that may carry a workflow, and so no JSON."""
    return reader_of(data) is not None


def reader_of(data: Content) -> Reader | None:
    """Who reads a file that begins like this."""
    start = data[:16]
    for place, signature, read in SIGNATURES:
        if start.startswith(signature, place):
            return read
    if is_safetensors(data):
        return safetensors_pairs
    return svg_pairs if is_svg(data) else None


def parsed(text: str | bytes) -> Any:
    """JSON as it occurs in files, NaN and infinities read as null. Raises ValueError, RecursionError."""
    return json.loads(text, parse_constant=lambda _: None)


def told(key: str, text: str) -> Iterator[tuple[str, str]]:
    """What one entry says: itself, or the object inside of a comment."""
    if key in KEYS:
        yield key, text
    elif key in HOLDERS and text.lstrip().startswith("{"):
        try:
            held = json.loads(text)
        except (ValueError, RecursionError):  # a comment like any other
            return
        yield from (pair for pair in object_pairs(held) if pair[0] in KEYS)


def object_pairs(value: Any) -> Iterator[tuple[str, str]]:
    """The entries of an object, each as text."""
    for key, item in value.items() if isinstance(value, dict) else ():
        yield str(key).lower(), item if isinstance(item, str) else json.dumps(item)


def png_pairs(data: Content) -> Iterator[tuple[str, str]]:
    """tEXt, zTXt, iTXt (plain or packed), the private `comf`, and EXIF."""
    for kind, body in png_chunks(data):
        key, _, rest = body.partition(b"\0")
        name = key.decode("latin-1")
        if kind == b"tEXt":
            yield name, rest.decode("latin-1")
        elif kind == b"comf":
            yield name, rest.decode(errors="replace")
        elif kind == b"zTXt":
            yield name, unpacked(rest[1:]).decode("latin-1")
        elif kind == b"iTXt":
            packed, text = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
            yield name, (unpacked(text) if packed else text).decode(errors="replace")
        elif kind == b"eXIf":
            yield from exif_pairs(body)


def png_chunks(data: Content) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each whole chunk that may hold text."""
    place = len(PNG)
    while place + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[place : place + 8])
        if place + 8 + size > len(data):
            return
        if kind in PNG_TEXTS:
            yield kind, data[place + 8 : place + 8 + size]
        place += size + 12


def unpacked(data: bytes) -> bytes:
    """Text packed by zlib."""
    return zlib.decompressobj().decompress(data, LARGEST_PART)


def webp_pairs(data: Content) -> Iterator[tuple[str, str]]:
    """The EXIF chunk of a RIFF file; chunks of odd length are padded."""
    place = 12
    while place + 8 <= len(data):
        kind, size = struct.unpack("<4sI", data[place : place + 8])
        if kind == b"EXIF":
            yield from exif_pairs(data[place + 8 : place + 8 + size])
        place += 8 + size + size % 2


def jpeg_pairs(data: Content) -> Iterator[tuple[str, str]]:
    """The EXIF and comment segments before the picture."""
    place = 2
    while place + 4 <= len(data):
        mark, marker, size = struct.unpack(">BBH", data[place : place + 4])
        if mark != 0xFF or marker == 0xDA:
            return
        if marker in (0xE1, 0xFE):
            body = data[place + 4 : place + 2 + size]
            if marker == 0xFE:
                yield COMMENT, body.decode(errors="replace")
            elif body.startswith(b"Exif\0\0"):
                yield from exif_pairs(body)
        place += 2 + max(size, 2)


def gif_pairs(data: Content) -> Iterator[tuple[str, str]]:
    """The comments before the first picture."""
    flags = data[10:11][0]
    place = 13 + (6 << (flags & 7) if flags & 0x80 else 0)  # behind the table of colours
    while (kind := data[place : place + 2])[:1] == b"!":
        place, parts = place + 2, []
        while size := data[place : place + 1][0]:
            parts.append(data[place + 1 : place + 1 + size])
            place += 1 + size
        place += 1
        if kind == b"!\xfe":
            yield COMMENT, b"".join(parts).decode(errors="replace")


def safetensors_pairs(data: Content) -> Iterator[tuple[str, str]]:
    """`__metadata__` of the header."""
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return object_pairs(header.get("__metadata__"))


def is_safetensors(data: Content) -> bool:
    """Whether a JSON header follows its own length."""
    return data[8:9] == b"{" and 2 <= int.from_bytes(data[:8], "little") <= len(data) - 8


def glb_pairs(data: Content) -> Iterator[tuple[str, str]]:
    """`asset.extras` of the JSON chunk."""
    size, kind = struct.unpack("<I4s", data[12:20])
    part = json.loads(data[20 : 20 + size]) if kind == b"JSON" else {}
    for key in ("asset", "extras"):
        part = part.get(key) if isinstance(part, dict) else None
    return object_pairs(part)


def svg_pairs(data: Content) -> Iterator[tuple[str, str]]:
    """A JSON object in the CDATA of `<metadata>`."""
    found = CDATA.search(data[: len(data)])
    return object_pairs(json.loads(found[1])) if found else iter(())


def is_svg(data: Content) -> bool:
    """Whether an XML text begins with a drawing."""
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"<") and b"<svg" in start


# At which byte what stands -> who reads such a file.
SIGNATURES: Final[tuple[tuple[int, bytes, Reader], ...]] = (
    (0, PNG, png_pairs),
    (8, b"WEBP", webp_pairs),
    (0, b"\xff\xd8\xff", jpeg_pairs),
    (0, b"GIF8", gif_pairs),
    (0, b"II*\0", exif_pairs),  # a TIFF is nothing but such directories
    (0, b"MM\0*", exif_pairs),
    (4, b"ftyp", isobmff_pairs),
    (0, MATROSKA, webm_pairs),
    (0, b"fLaC", flac_pairs),
    (0, b"OggS", ogg_pairs),
    (0, b"ID3", mp3_pairs),
    (0, b"glTF", glb_pairs),
)
