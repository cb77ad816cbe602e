"""What an annotation may say of an input beside its type: bounds, widgets, choices, groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

AUTOGROW = "COMFY_AUTOGROW_V3"
DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3"
DYNAMIC_SLOT = "COMFY_DYNAMICSLOT_V3"


@dataclass(frozen=True)
class Range:
    """Bounds of a number, both included."""

    minimum: float
    maximum: float
    step: float | None = None
    round: float | None = None


@dataclass(frozen=True)
class Text:
    """How a text field is drawn, and whether `{a|b}` picks one."""

    multiline: bool = False
    dynamic_prompts: bool = False
    placeholder: str = ""


@dataclass(frozen=True)
class Choice:
    """A drop-down whose entries a function lists once, when the registry is built."""

    options: Callable[[], Sequence[str]]


@dataclass(frozen=True)
class FileIn:
    """A drop-down of the files of a named folder; `upload` is the kind of media one may add."""

    folder: str
    upload: str | None = None
    empty: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seed:
    """A number that the canvas may change after each queueing."""


@dataclass(frozen=True)
class Display:
    """How a number is drawn: number, slider, knob, color."""

    kind: str


@dataclass(frozen=True)
class Tooltip:
    """What the pointer finds out."""

    text: str


class Option:
    """Any further option of the wire's input description, passed through as it is."""

    def __init__(self, **options: Any) -> None:
        self.options = options


@dataclass(frozen=True)
class Lazy:
    """An input that is computed only when the node asks for it."""


@dataclass(frozen=True)
class Autogrow:
    """As many inputs of one type as one links, `least` of them at least; the function gets them as a list."""

    of: Any
    prefix: str  # each is called by it and a number from 0
    least: int = 1
    most: int = 10


@dataclass(frozen=True, eq=False)
class DynamicCombo:
    """A drop-down that brings inputs of its own with each choice.

    Each choice is a dataclass whose fields are its inputs; the function gets an instance of the one chosen.
    """

    choices: Mapping[str, Callable[..., Any]]
