"""What a pack's `comfy_entrypoint` returns."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ._io import ComfyNode


class ComfyExtension(ABC):
    """A pack's nodes."""

    async def on_load(self) -> None:
        """Declared by packs; the host does not call it."""
        return

    @abstractmethod
    async def get_node_list(self) -> list[type[ComfyNode]]:
        """The node classes."""
