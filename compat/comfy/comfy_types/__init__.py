"""`comfy.comfy_types` as packs know it: names for socket types and for what node classes declare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypedDict

from compat.comfy.comfy_types.node_typing import (
    IO,
    CheckLazyMixin,
    ComfyNodeABC,
    FileLocator,
    InputTypeDict,
    InputTypeOptions,
)

__all__ = [
    "IO",
    "CheckLazyMixin",
    "ComfyNodeABC",
    "FileLocator",
    "InputTypeDict",
    "InputTypeOptions",
    "UnetApplyConds",
    "UnetApplyFunction",
    "UnetParams",
    "UnetWrapperFunction",
]


class UnetApplyFunction(Protocol):
    """A network as a patch calls it."""

    def __call__(self, x: Any, t: Any, **kwargs: Any) -> Any: ...


class UnetApplyConds(TypedDict):
    """What a network is conditioned on."""

    c_concat: Any
    c_crossattn: Any
    control: Any
    transformer_options: dict[str, Any] | None


class UnetParams(TypedDict):
    """One call of a network."""

    input: Any
    timestep: Any
    c: UnetApplyConds
    cond_or_uncond: Any


UnetWrapperFunction = Callable[[UnetApplyFunction, UnetParams], Any]
