"""A workflow document out of a file: JSON in either form, or a picture that carries one."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runtime.errors import RuntimeFault

PNG = b"\x89PNG\r\n\x1a\n"
LARGEST_TEXT = 1 << 26  # bytes of one unpacked text entry


class NoWorkflow(RuntimeFault):
    """The file holds no workflow."""


def read(path: Path) -> dict[str, Any]:
    """The canvas or API document in a file; `NoWorkflow` says what is wrong with it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NoWorkflow(f"cannot read {path}: {error.strerror}") from None
    try:
        return _from_png(data) if data.startswith(PNG) else document(json.loads(data))
    except (UnicodeDecodeError, RecursionError):
        raise NoWorkflow(f"{path} is neither JSON nor a PNG") from None
    except json.JSONDecodeError as error:
        raise NoWorkflow(f"{path} is not JSON: {error}") from None
    except NoWorkflow as error:
        raise NoWorkflow(f"{path}: {error}") from None


def document(value: Any) -> dict[str, Any]:
    """The workflow in a JSON value: itself, or inside a body as sent to `/prompt`."""
    if not isinstance(value, dict):
        raise NoWorkflow(f"a workflow is a JSON object, not a {type(value).__name__}")
    if isinstance(value.get("nodes"), list):
        return value
    inner = value.get("prompt")
    if isinstance(inner, dict) and "class_type" not in inner:
        value = inner
    nodes = {key: node for key, node in value.items() if isinstance(node, dict) and "class_type" in node}
    if not nodes:
        raise NoWorkflow("it holds no nodes: neither a canvas's 'nodes' nor any 'class_type'")
    return nodes


def _from_png(data: bytes) -> dict[str, Any]:
    """The canvas document if there is one, else the API form."""
    texts = dict(_texts(data))
    for key in ("workflow", "prompt"):
        if key in texts:
            return document(json.loads(texts[key], parse_constant=lambda _: None))
    raise NoWorkflow("the picture carries no workflow")


def _texts(data: bytes) -> Iterator[tuple[str, str]]:
    """Key and text of each tEXt, zTXt and iTXt chunk."""
    for kind, body in _chunks(data):
        key, _, rest = body.partition(b"\0")
        name = key.decode("latin-1")
        if kind == b"tEXt":
            yield name, rest.decode("latin-1")
        elif kind == b"zTXt":
            yield name, _unpacked(rest[1:]).decode("latin-1")
        elif kind == b"iTXt":
            yield name, _international(rest)


def _international(rest: bytes) -> str:
    packed, text = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
    return (_unpacked(text) if packed else text).decode(errors="replace")


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, LARGEST_TEXT)
    except zlib.error as error:
        raise NoWorkflow(f"a damaged text entry: {error}") from None


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(PNG)
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        yield kind, data[place + 8 : place + 8 + size]
        place += size + 12
