"""Writes a safetensors file tensor by tensor, so that its name shows the whole file or none of it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.weights.header import DTYPES

NAMES = {dtype: name for name, dtype in DTYPES.items()}
ALIGNMENT = 8  # bytes at which the first tensor starts


@dataclass(frozen=True, eq=False)
class Piece:
    """One tensor to be written, made only when its turn comes."""

    key: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    make: Callable[[], Tensor]

    @property
    def bytes(self) -> int:
        """Its size in the file."""
        return torch.Size(self.shape).numel() * self.dtype.itemsize


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, whose name shows all of it or nothing, also after a power cut or an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def nothing() -> None:
    """For those who never give up."""


def write_safetensors(
    path: Path, pieces: Iterable[Piece], metadata: Mapping[str, str], between: Callable[[], None] = nothing
) -> None:
    """Write the file; `between` is called before each tensor and may raise to give up: nothing stays."""
    ordered = sorted(pieces, key=lambda piece: -piece.dtype.itemsize)  # so that each starts at a whole number
    with whole_file(path) as file:
        file.write(header_of(ordered, metadata))
        for piece in ordered:
            between()
            file.write(data_of(piece))


def header_of(pieces: Sequence[Piece], metadata: Mapping[str, str]) -> bytes:
    """The length and the JSON that come before the tensors."""
    content: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    position = 0
    for piece in pieces:
        if piece.key in content:
            raise DiffusionError(f"{piece.key!r} would stand twice in one file")
        end = position + piece.bytes
        content[piece.key] = {
            "dtype": NAMES[piece.dtype],
            "shape": list(piece.shape),
            "data_offsets": [position, end],
        }
        position = end
    text = json.dumps(content, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    return len(text).to_bytes(8, "little") + text


def data_of(piece: Piece) -> memoryview:
    """The bytes of one tensor."""
    tensor = piece.make().detach().cpu().contiguous()
    if tuple(tensor.shape) != piece.shape or tensor.dtype != piece.dtype:
        found, wanted = (tuple(tensor.shape), tensor.dtype), (piece.shape, piece.dtype)
        raise DiffusionError(f"{piece.key} is {found}, not {wanted} as its header says")
    return tensor.reshape(-1).view(torch.uint8).numpy().data if tensor.numel() else memoryview(b"")
