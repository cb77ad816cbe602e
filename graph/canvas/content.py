"""The content of a file as bytes that are read where they are asked for: a film is never read whole."""

from __future__ import annotations

from typing import BinaryIO, Final, Protocol

LARGEST_PART: Final = 1 << 26  # bytes of one part
MOST_PARTS: Final = 1_000_000  # of one file; more are damage, or a trap


class Content(Protocol):
    """Bytes, or what gives them by slices alike."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: slice, /) -> bytes: ...


class FileContent:
    """An open file. Raises OSError when it cannot be read, ValueError for more than its texts can need."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._size = file, file.seek(0, 2)
        self._at, self._parts = self._size, 0

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, place: slice, /) -> bytes:
        start, stop, _ = place.indices(self._size)
        self._parts += 1
        if stop - start > LARGEST_PART or self._parts > MOST_PARTS:
            raise ValueError(
                f"bytes {start} to {stop}, the part {self._parts} of a file: at most {MOST_PARTS} parts of"
                f" {LARGEST_PART} bytes are read"
            )
        if start != self._at:
            self._file.seek(start)
        data = self._file.read(max(0, stop - start))
        self._at = start + len(data)
        return data
