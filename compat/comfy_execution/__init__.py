"""`comfy_execution` as packs know it; its modules load when they are asked for."""

from __future__ import annotations

from types import ModuleType

from compat.doors import submodule


def __getattr__(name: str) -> ModuleType:
    return submodule(__name__, name)
