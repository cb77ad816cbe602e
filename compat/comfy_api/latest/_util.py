"""`Types`: kinds of video, and what meshes, voxels and videos are made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any


class VideoCodec(StrEnum):
    """How a video is encoded."""

    AUTO = "auto"
    H264 = "h264"

    @classmethod
    def as_input(cls) -> list[str]:
        """The choices of a drop-down."""
        return [member.value for member in cls]


class VideoContainer(StrEnum):
    """What kind of file a video is in."""

    AUTO = "auto"
    MP4 = "mp4"

    @classmethod
    def as_input(cls) -> list[str]:
        """The choices of a drop-down."""
        return [member.value for member in cls]

    @classmethod
    def get_extension(cls, value: str | VideoContainer) -> str:
        """The ending of its files."""
        return "mp4" if cls(value) in (cls.AUTO, cls.MP4) else ""


@dataclass
class VideoComponents:
    """A video taken apart."""

    images: Any  # (T, H, W, C) in [0, 1]
    frame_rate: Fraction
    audio: Any = None
    metadata: dict[str, Any] | None = None


@dataclass
class VOXEL:
    """A body made of cubes."""

    data: Any


@dataclass
class MESH:
    """A body's surface."""

    vertices: Any
    faces: Any


__all__ = ["MESH", "VOXEL", "VideoCodec", "VideoComponents", "VideoContainer"]
