"""`comfy_execution.progress` as packs know it: says how far a node is."""

from __future__ import annotations

from typing import Any

from compat.progress import tell


class ProgressRegistry:
    """Whom packs tell about the progress of a node of the running call."""

    def start_progress(self, node_id: str) -> None:
        """Nothing to say: the engine tells that a node starts."""

    def update_progress(self, node_id: str, value: float, max_value: float, image: Any = None) -> None:
        """`value` of `max_value` is done. Raises Cancelled when the run was asked to stop."""
        tell(value, max_value, image, node_id=node_id)

    def finish_progress(self, node_id: str) -> None:
        """Nothing to say: the engine tells that a node has finished."""


def get_progress_state() -> ProgressRegistry:
    """Of the running call."""
    return ProgressRegistry()
