"""The interface as packs of 0.0.1 name it; it is the latest one."""

from __future__ import annotations

from .latest import (
    IO,
    UI,
    ComfyAPI,
    ComfyAPISync,
    ComfyExtension,
    Input,
    InputImpl,
    Types,
    io,
    ui,
)

ComfyAPIAdapter_v0_0_1 = ComfyAPI
ComfyAPISyncAdapter_v0_0_1 = ComfyAPISync

__all__ = [
    "IO",
    "UI",
    "ComfyAPI",
    "ComfyAPIAdapter_v0_0_1",
    "ComfyAPISync",
    "ComfyAPISyncAdapter_v0_0_1",
    "ComfyExtension",
    "Input",
    "InputImpl",
    "Types",
    "io",
    "ui",
]
