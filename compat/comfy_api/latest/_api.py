"""What V3 nodes may ask of their host while they run: to show how far they are."""

from __future__ import annotations

from typing import Any, ClassVar

from PIL import Image as Pillow

from compat.progress import LONGEST, encoded, of_node
from graph.errors import HeddleError
from nodes import pictures


class OutsideRunError(HeddleError):
    """What only a running node may ask was asked by something else."""


def show_progress(
    value: float,
    max_value: float,
    node_id: str | None,
    preview_image: Any,
    ignore_size_limit: bool,
) -> None:
    """Tell how far the running node is, or another one, and what it has so far.

    Raises OutsideRunError where no node runs, and Cancelled when the run was asked to stop.
    """
    context = of_node(node_id)
    if context is None:
        raise OutsideRunError(
            "set_progress tells how far a node is, so it has to be called by a running node"
        )
    context.progress(int(value), int(max_value))
    if preview_image is not None:
        picture = as_picture(preview_image)
        context.preview(*encoded(("JPEG", picture, max(picture.size) if ignore_size_limit else LONGEST)))


def as_picture(image: Any) -> Pillow.Image:
    """A tensor (H, W, C) or the first of (B, H, W, C) in [0, 1] as a picture; a picture as it is."""
    if isinstance(image, Pillow.Image):
        return image
    pixels = pictures.to_bytes(image[0] if image.ndim == 4 else image)
    return Pillow.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


class Execution:
    """What concerns the running node."""

    async def set_progress(
        self,
        value: float,
        max_value: float,
        node_id: str | None = None,
        preview_image: Any = None,
        ignore_size_limit: bool = False,
    ) -> None:
        """Tell how far the running node is, and what it has so far."""
        show_progress(value, max_value, node_id, preview_image, ignore_size_limit)


class ExecutionSync:
    """The same for functions that are no coroutines."""

    def set_progress(
        self,
        value: float,
        max_value: float,
        node_id: str | None = None,
        preview_image: Any = None,
        ignore_size_limit: bool = False,
    ) -> None:
        """Tell how far the running node is, and what it has so far."""
        show_progress(value, max_value, node_id, preview_image, ignore_size_limit)


class ComfyAPI:
    """The host, to be awaited."""

    VERSION: ClassVar[str] = "latest"
    STABLE: ClassVar[bool] = False
    Execution = Execution

    def __init__(self) -> None:
        self.execution = Execution()


class ComfyAPISync:
    """The host, for functions that are no coroutines."""

    VERSION: ClassVar[str] = "latest"
    STABLE: ClassVar[bool] = False
    ExecutionSync = ExecutionSync

    def __init__(self) -> None:
        self.execution = ExecutionSync()
