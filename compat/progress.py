"""Progress of whoever reports some without being given a context: bound to the call that began it."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from PIL import Image as Pillow

from compat.current import current, running
from graph.context import Context

# (value, total, preview, node_id=...): a preview is (format, picture, longest side).
Hook = Callable[..., None]
LONGEST = 512  # pixels of a preview's side, where it does not say
JPEG_QUALITY = 95


def tell(
    value: float, total: float, preview: Any = None, prompt_id: str | None = None, node_id: str | None = None
) -> None:
    """The hook that is there first: progress and preview of the running call. Raises Cancelled."""
    context = of_node(node_id)
    if context is None or (prompt_id is not None and prompt_id != context.run_id):
        return
    context.progress(int(value), int(total))
    if preview is not None:
        context.preview(*encoded(preview))


def of_node(node_id: str | None) -> Context | None:
    """The running call, or one beside it that speaks for another node."""
    context = current()
    if context is None or node_id in (None, context.node_id):
        return context
    return replace(context, node_id=str(node_id), display_id=None, parent_id=None)


def encoded(preview: Any) -> tuple[bytes, str]:
    """(bytes, mime) of a preview: (format, picture, longest side), or a picture alone."""
    kind, picture, longest = preview if isinstance(preview, tuple) else ("JPEG", preview, None)
    if isinstance(picture, bytes):
        return picture, f"image/{str(kind).lower()}"
    small = picture.copy()
    small.thumbnail((longest or LONGEST,) * 2, Pillow.Resampling.BILINEAR)
    is_png = kind == "PNG"
    buffer = io.BytesIO()
    small.convert("RGBA" if is_png else "RGB").save(buffer, "PNG" if is_png else "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue(), "image/png" if is_png else "image/jpeg"


class ProgressBar:
    """How far some work is; it belongs to the call in which it was made, from whatever thread it speaks."""

    def __init__(self, total: int, node_id: str | None = None) -> None:
        from compat.comfy import utils

        self.total = total
        self.current = 0
        self.hook: Hook | None = utils.PROGRESS_BAR_HOOK
        self.context = current()
        self.node_id = node_id or (self.context.node_id if self.context is not None else None)

    def update_absolute(self, value: int, total: int | None = None, preview: Any = None) -> None:
        """`value` of `total` is done. Raises Cancelled when the run was asked to stop."""
        self.total = self.total if total is None else total
        self.current = min(value, self.total)
        if self.hook is None:
            return
        with nullcontext() if self.context is None else running(self.context):
            self.hook(self.current, self.total, preview, node_id=self.node_id)

    def update(self, value: int) -> None:
        """So much more is done."""
        self.update_absolute(self.current + value)
