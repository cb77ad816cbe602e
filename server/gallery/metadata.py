"""What a file says of its own making: its texts, and how large its picture is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from graph.canvas.content import FileContent
from graph.canvas.metadata import read_metadata
from server.gallery.size import UNKNOWN, size_of


@dataclass(frozen=True)
class Metadata:
    """`prompt`, `workflow` and `parameters` as text; pixels where the file has any."""

    texts: dict[str, str] = field(default_factory=dict)
    width: int | None = None
    height: int | None = None


def read(path: Path) -> Metadata:
    """Whatever can be read; what is damaged, unknown or gone says nothing."""
    texts: dict[str, str] = {}
    size = UNKNOWN
    try:
        with path.open("rb") as file:
            texts = read_metadata(FileContent(file))
            size = size_of(file)
    except OSError:
        pass
    return Metadata(texts, *size)


def parsed(text: str) -> object:
    """JSON as it occurs in files, NaN and infinities read as null; None for what is no JSON."""
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
