"""What a file says of its own making: its texts, and how large its picture is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from graph.canvas.content import FileContent
from graph.canvas.metadata import parsed, read_metadata
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


def json_in(text: str) -> object:
    """The value of a text; None for what is no JSON."""
    try:
        return parsed(text)
    except (ValueError, RecursionError):
        return None
