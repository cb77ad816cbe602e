"""HTTP and WebSocket: what the canvas and other clients speak to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """What packs written for ComfyUI find under the name `server`; only a worker asks."""
        if name not in {"BinaryEventTypes", "PromptServer", "uuid", "web"}:
            raise AttributeError(f"module 'server' has no attribute {name!r}")
        from compat import prompt_server

        return getattr(prompt_server, name)
