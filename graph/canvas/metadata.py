"""The workflow that a picture, film, sound or model file carries, told by its bytes, never by its name."""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from graph.canvas.containers import flac_pairs, isobmff_pairs, mp3_pairs, ogg_pairs, webm_pairs
from graph.canvas.exif import exif_pairs

Pairs = Iterable[tuple[str, str]]
KEYS: Final = ("workflow", "prompt", "parameters")
HOLDERS: Final = ("comment", "description")  # of one JSON object with both; so do some writers of films
LARGEST_TEXT: Final = 1 << 26  # bytes of one unpacked text
PNG: Final = b"\x89PNG\r\n\x1a\n"
CDATA: Final = re.compile(rb"<metadata[^>]*>\s*<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
DAMAGE: Final = (struct.error, ValueError, IndexError, zlib.error, RecursionError)


def read_metadata(data: bytes) -> dict[str, str]:
    """`workflow` and `prompt` as JSON text, `parameters` as plain text, as far as the file has them.

    What is damaged ends the reading; what was found before stays.
    """
    reader = next((read for is_kind, read in READERS if is_kind(data)), None)
    found: dict[str, str] = {}
    try:
        for key, text in reader(data) if reader else ():
            for name, value in told(key.lower(), text):
                found.setdefault(name, value)
    except DAMAGE:
        pass
    return found


def is_carrier(data: bytes) -> bool:
    """Whether a file is of a kind that may carry a workflow, and so no JSON."""
    return any(is_kind(data) for is_kind, _ in READERS)


def told(key: str, text: str) -> Iterator[tuple[str, str]]:
    """What one entry says: itself, or the object inside of a comment."""
    if key in KEYS:
        yield key, text
    elif key in HOLDERS and text.lstrip().startswith("{"):
        yield from object_pairs(json.loads(text))


def object_pairs(value: Any) -> Iterator[tuple[str, str]]:
    """The entries of an object, each as text."""
    for key, item in value.items() if isinstance(value, dict) else ():
        yield str(key).lower(), item if isinstance(item, str) else json.dumps(item)


def png_pairs(data: bytes) -> Iterator[tuple[str, str]]:
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


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each whole chunk."""
    place = len(PNG)
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        if place + 8 + size > len(data):
            return
        yield kind, data[place + 8 : place + 8 + size]
        place += size + 12


def unpacked(data: bytes) -> bytes:
    """Text packed by zlib."""
    return zlib.decompressobj().decompress(data, LARGEST_TEXT)


def webp_pairs(data: bytes) -> Iterator[tuple[str, str]]:
    """The EXIF chunk of a RIFF file; chunks of odd length are padded."""
    place = 12
    while place + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, place)
        if kind == b"EXIF":
            yield from exif_pairs(data[place + 8 : place + 8 + size])
        place += 8 + size + size % 2


def jpeg_pairs(data: bytes) -> Iterator[tuple[str, str]]:
    """The EXIF segments before the picture."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != 0xDA:
        marker, size = struct.unpack_from(">xBH", data, place)
        body = data[place + 4 : place + 2 + size]
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            yield from exif_pairs(body)
        place += 2 + max(size, 2)


def safetensors_pairs(data: bytes) -> Iterator[tuple[str, str]]:
    """`__metadata__` of the header."""
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return object_pairs(header.get("__metadata__"))


def is_safetensors(data: bytes) -> bool:
    """Whether a JSON header follows its own length."""
    return data[8:9] == b"{" and 2 <= int.from_bytes(data[:8], "little") <= len(data) - 8


def glb_pairs(data: bytes) -> Iterator[tuple[str, str]]:
    """`asset.extras` of the JSON chunk."""
    size, kind = struct.unpack_from("<I4s", data, 12)
    scene = json.loads(data[20 : 20 + size]) if kind == b"JSON" else {}
    return object_pairs(scene.get("asset", {}).get("extras"))


def svg_pairs(data: bytes) -> Iterator[tuple[str, str]]:
    """A JSON object in the CDATA of `<metadata>`."""
    found = CDATA.search(data)
    return object_pairs(json.loads(found[1])) if found else iter(())


def is_svg(data: bytes) -> bool:
    """Whether an XML text begins with a drawing."""
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"<") and b"<svg" in start


READERS: Final[tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Pairs]], ...]] = (
    (lambda data: data.startswith(PNG), png_pairs),
    (lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP", webp_pairs),
    (lambda data: data.startswith(b"\xff\xd8\xff"), jpeg_pairs),
    (lambda data: data[4:8] == b"ftyp", isobmff_pairs),
    (lambda data: data.startswith(b"\x1a\x45\xdf\xa3"), webm_pairs),
    (lambda data: data.startswith(b"fLaC"), flac_pairs),
    (lambda data: data.startswith(b"OggS"), ogg_pairs),
    (lambda data: data.startswith(b"ID3"), mp3_pairs),
    (lambda data: data.startswith(b"glTF"), glb_pairs),
    (is_safetensors, safetensors_pairs),
    (is_svg, svg_pairs),
)
