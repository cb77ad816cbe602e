"""What the inputs and outputs of a V3 node say of themselves, and the shape in which clients read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, StrEnum
from inspect import isclass
from typing import Any, ClassVar


class FolderType(StrEnum):
    """Where a file lies."""

    input = "input"
    output = "output"
    temp = "temp"


class UploadType(StrEnum):
    """What a drop-down of files lets one add; the option of the wire that says so."""

    image = "image_upload"
    audio = "audio_upload"
    video = "video_upload"
    model = "file_upload"


class NumberDisplay(StrEnum):
    """How a number is drawn."""

    number = "number"
    slider = "slider"
    gradient_slider = "gradientslider"
    knob = "knob"
    color = "color"


class ControlAfterGenerate(StrEnum):
    """What happens to a number after each queueing."""

    fixed = "fixed"
    increment = "increment"
    decrement = "decrement"
    randomize = "randomize"


class Described:
    """Something made of named arguments; those that nobody knows are kept and passed on."""

    ARGUMENTS: ClassVar[str] = ""  # their names in order
    ALSO: ClassVar[tuple[str, ...]] = ()  # attributes that may be set later, and are sent like arguments
    UNSENT: ClassVar[frozenset[str]] = frozenset()  # arguments that the wire does not carry

    def __init__(self, *values: Any, **named: Any) -> None:
        given = bound(self.ARGUMENTS.split(), values, named, type(self).__qualname__)
        for name in self.ARGUMENTS.split():
            setattr(self, name, given.pop(name, None))
        self.more: dict[str, Any] = given

    def as_dict(self) -> dict[str, Any]:
        """As JSON-able options, without those that say nothing."""
        named = dict.fromkeys((*self.ARGUMENTS.split(), *self.ALSO))
        said = {name: getattr(self, name) for name in named if name not in self.UNSENT} | self.more
        return {WIRE.get(name, name): plain(value) for name, value in said.items() if value is not None}


# Argument -> option of the wire, where the two are spelled differently.
WIRE: Mapping[str, str] = {
    "force_input": "forceInput",
    "raw_link": "rawLink",
    "widget_type": "widgetType",
    "display_mode": "display",
    "dynamic_prompts": "dynamicPrompts",
}


def bound(
    names: Sequence[str], values: Sequence[Any], named: Mapping[str, Any], where: str
) -> dict[str, Any]:
    """Positional and named arguments as one mapping. Raises TypeError as a call would."""
    if len(values) > len(names):
        raise TypeError(f"{where} takes at most {len(names)} positional arguments, {len(values)} were given")
    given = dict(zip(names, values, strict=False))
    twice = sorted(given.keys() & named.keys())
    if twice:
        raise TypeError(f"{where} got several values for {', '.join(twice)}")
    return given | dict(named)


def plain(value: Any) -> Any:
    """Enums, descriptions and what holds them as JSON-able values; an Enum class as its values."""
    if isinstance(value, Enum):
        return value.value
    if isclass(value) and issubclass(value, Enum):
        return [member.value for member in value]
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset | range):
        return [plain(part) for part in value]
    return plain(value.as_dict()) if hasattr(value, "as_dict") and not isclass(value) else value


class RemoteOptions(Described):
    """A drop-down whose choices the client fetches from a route."""

    ARGUMENTS = "route refresh_button control_after_refresh timeout max_retries refresh"


class Input(Described):
    """An input, linked or typed in."""

    ARGUMENTS = "id display_name optional tooltip lazy extra_dict raw_link advanced"
    UNSENT = frozenset({"id", "optional", "extra_dict"})
    Parent: ClassVar[Any] = None  # the type that it is an input of

    id: str
    optional: bool = False
    lazy: bool | None
    raw_link: bool | None
    extra_dict: dict[str, Any]

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self.optional = bool(self.optional)
        self.extra_dict = self.extra_dict or {}

    @property
    def io_type(self) -> str:
        """The name of its type on the wire."""
        return self.get_io_type()

    def get_io_type(self) -> str:
        """The same, as a method."""
        return str(self.Parent.io_type)

    def as_dict(self) -> dict[str, Any]:
        return super().as_dict() | {str(name): plain(value) for name, value in self.extra_dict.items()}

    def validate(self) -> None:
        """Raises where the input makes no sense."""

    def as_v1(self) -> tuple[str, dict[str, Any]]:
        """As `INPUT_TYPES` has it: (type, options)."""
        return self.get_io_type(), self.as_dict()


class WidgetInput(Input):
    """An input whose value may be typed in."""

    ARGUMENTS = (
        "id display_name optional tooltip lazy default socketless widget_type force_input extra_dict "
        "raw_link advanced"
    )

    ALSO = ("widget_type", "force_input")

    default: Any
    widget_type: str | None = None
    force_input: bool | None = None


class Output(Described):
    """An output."""

    ARGUMENTS = "id display_name tooltip is_output_list"
    Parent: ClassVar[Any] = None

    id: str | None
    display_name: str | None
    tooltip: str | None
    is_output_list: bool

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self.is_output_list = bool(self.is_output_list)

    @property
    def io_type(self) -> str:
        """The name of its type on the wire."""
        return self.get_io_type()

    def get_io_type(self) -> str:
        """The same, as a method."""
        return str(self.Parent.io_type)

    @property
    def shown_name(self) -> str:
        """What the canvas writes beside it."""
        return self.display_name or self.get_io_type()


def by_group(inputs: Sequence[Input]) -> dict[str, dict[str, tuple[str, dict[str, Any]]]]:
    """Inputs as `INPUT_TYPES` has them: required and optional ones apart."""
    groups: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {"required": {}}
    for one in inputs:
        groups.setdefault("optional" if one.optional else "required", {})[one.id] = one.as_v1()
    return groups
