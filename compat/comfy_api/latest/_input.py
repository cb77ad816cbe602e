"""`Input`: what values of the basic types look like."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from io import BytesIO
from typing import Any, TypedDict

from torch import Tensor

from ._util import VideoComponents

ImageInput = Tensor  # (B, H, W, C) in [0, 1]
MaskInput = Tensor  # (B, H, W) in [0, 1]


class AudioInput(TypedDict):
    """Sound."""

    waveform: Tensor  # (B, C, T) in [-1, 1]
    sample_rate: int  # samples a second


class LatentInput(TypedDict, total=False):
    """A latent."""

    samples: Tensor
    noise_mask: Tensor
    batch_index: list[int]


class VideoInput(ABC):
    """A video, wherever its frames are."""

    @abstractmethod
    def get_components(self) -> VideoComponents:
        """Its frames, sound and frame rate."""

    @abstractmethod
    def save_to(self, path: str, format: Any = "auto", codec: Any = "auto", metadata: Any = None) -> None:  # noqa: A002
        """Write it to a file."""

    def get_stream_source(self) -> str | BytesIO:
        """Its path, or the bytes of its file."""
        buffer = BytesIO()
        self.save_to(buffer)  # type: ignore[arg-type]
        buffer.seek(0)
        return buffer

    def get_dimensions(self) -> tuple[int, int]:
        """Width and height in pixels."""
        images = self.get_components().images
        return int(images.shape[2]), int(images.shape[1])

    def get_frame_count(self) -> int:
        """How many frames it has."""
        return int(self.get_components().images.shape[0])

    def get_frame_rate(self) -> Fraction:
        """Frames a second."""
        return Fraction(self.get_components().frame_rate)

    def get_duration(self) -> float:
        """Seconds."""
        return float(self.get_frame_count() / self.get_frame_rate())


Image, Mask, Audio, Latent, Video = ImageInput, MaskInput, AudioInput, LatentInput, VideoInput

__all__ = [
    "Audio", "AudioInput", "Image", "ImageInput", "Latent", "LatentInput", "Mask", "MaskInput", "Video",
    "VideoInput",
]  # fmt: skip
