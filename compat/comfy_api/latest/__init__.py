"""The interface of V3 nodes: `io`, `ui`, the extension class and what they may ask of their host."""

from __future__ import annotations

from . import _input as Input
from . import _input_impl as InputImpl
from . import _io as io
from . import _ui as ui
from . import _util as Types
from ._api import ComfyAPI, ComfyAPISync
from ._extension import ComfyExtension

IO = io
UI = ui
ComfyAPI_latest = ComfyAPI

__all__ = [
    "IO",
    "UI",
    "ComfyAPI",
    "ComfyAPISync",
    "ComfyAPI_latest",
    "ComfyExtension",
    "Input",
    "InputImpl",
    "Types",
    "io",
    "ui",
]
