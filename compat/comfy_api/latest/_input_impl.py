"""`InputImpl`: videos in memory and in files."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from graph.errors import HeddleError

from ._input import VideoInput
from ._util import VideoComponents


class VideoError(HeddleError):
    """A video that cannot be decoded or encoded here."""


class VideoFromComponents(VideoInput):
    """A video whose frames are in memory."""

    def __init__(self, components: VideoComponents) -> None:
        self._components = components

    def get_components(self) -> VideoComponents:
        return self._components

    def save_to(self, path: str, format: Any = "auto", codec: Any = "auto", metadata: Any = None) -> None:  # noqa: A002
        raise VideoError(
            "Heddle cannot encode videos yet; save the frames as pictures, or as an animated WebP"
        )


class VideoFromFile(VideoInput):
    """A video in a file, which stays there."""

    def __init__(self, file: str | Path | BytesIO) -> None:
        self._file = file

    def get_stream_source(self) -> str | BytesIO:
        if isinstance(self._file, BytesIO):
            self._file.seek(0)
            return self._file
        return str(self._file)

    def get_components(self) -> VideoComponents:
        raise VideoError(f"Heddle cannot decode videos yet, so the frames of {self._file} cannot be read")

    def save_to(self, path: str, format: Any = "auto", codec: Any = "auto", metadata: Any = None) -> None:  # noqa: A002
        raise VideoError(f"Heddle cannot encode videos yet; copy {self._file} instead")


__all__ = ["VideoFromComponents", "VideoFromFile"]
