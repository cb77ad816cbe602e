"""Inputs whose number or type is settled on the canvas, and the nested arguments that they become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, ClassVar

from .inputs import Described, Input, Output, WidgetInput, by_group
from .types import AnyType, ComfyTypeI, ComfyTypeIO, comfytype

MOST_NAMES = 100  # of one growing group


@dataclass(frozen=True)
class Leaf:
    """One input as a workflow has it, and where its value goes among the arguments."""

    id: str  # on the wire: "group.item0"
    path: tuple[str, ...]  # among the arguments: ("group", "item0")
    input: Input
    required: bool

    @property
    def nested(self) -> bool:
        """Whether it is part of a group, which the workflow's parser knows nothing of."""
        return "." in self.id


class DynamicInput(Input):
    """An input that stands for several."""

    ARGUMENTS = "id display_name optional tooltip lazy extra_dict"
    raw_link = None

    def leaves(self, live: Mapping[str, Any], prefix: tuple[str, ...]) -> Iterator[Leaf]:
        """The inputs that it stands for in a workflow that has the `live` ones."""
        raise NotImplementedError(f"{type(self).__qualname__} does not say which inputs it stands for")


def leaves_of(
    inputs: Sequence[Input], live: Mapping[str, Any], prefix: tuple[str, ...] = ()
) -> Iterator[Leaf]:
    """What a workflow may give these inputs; `live` are the values that it has, by their ids on the wire."""
    for one in inputs:
        if isinstance(one, DynamicInput):
            yield from one.leaves(live, prefix)
        else:
            path = (*prefix, one.id)
            yield Leaf(".".join(path), path, one, not one.optional)


def groups_of(
    inputs: Sequence[Input], live: Mapping[str, Any], prefix: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """The groups that are there even when nothing is in them."""
    for one in inputs:
        path = (*prefix, one.id)
        if isinstance(one, AutogrowInput):
            yield path
        elif isinstance(one, DynamicComboInput):
            yield from groups_of(one.chosen(live.get(".".join(path))), live, path)


def regrouped(
    inputs: Sequence[Input], values: Mapping[str, Any], *, with_ids: bool = False
) -> dict[str, Any]:
    """Values by dotted id as the nested arguments; undeclared ones are left out.

    `with_ids` gives what is inside a group as (value, id on the wire), for functions that answer such ids.
    """
    nested: dict[str, Any] = {}
    for path in groups_of(inputs, values):
        inner(nested, path)
    for leaf in leaves_of(inputs, values):
        if leaf.id in values:
            value = values[leaf.id]
            inner(nested, leaf.path[:-1])[leaf.path[-1]] = (
                (value, leaf.id) if with_ids and len(leaf.path) > 1 else value
            )
    return nested


def inner(nested: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """The dict at this path, made where it is missing."""
    for name in path:
        nested = nested.setdefault(name, {})
    return nested


# Types that several inputs and outputs share, or that one input chooses from


class MultiTypeInput(Input):
    """`id` may be an input with a widget: it is drawn while nothing is linked."""

    ARGUMENTS = "id types display_name optional tooltip lazy extra_dict raw_link advanced"
    UNSENT = Input.UNSENT | {"types"}
    types: Sequence[Any]

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self.widget: Input | None = None
        given: object = self.id
        if isinstance(given, Input):
            self.widget = copy(given)
            self.id, self.optional = self.widget.id, self.optional or self.widget.optional
            if isinstance(self.widget, WidgetInput):
                self.widget.widget_type = self.widget.get_io_type()

    @property
    def io_types(self) -> list[Any]:
        """The types, as classes."""
        return list(self.types or ())

    def get_io_type(self) -> str:
        own = [] if self.widget is None else [self.widget.get_io_type()]
        return ",".join(dict.fromkeys([*own, *(str(kind.io_type) for kind in self.io_types)]))

    def as_dict(self) -> dict[str, Any]:
        drawn = {} if self.widget is None else self.widget.as_dict()
        return drawn | super().as_dict()


@comfytype("COMFY_MULTITYPED_V3")
class MultiType(ComfyTypeI):
    """Any of several types."""

    Input = MultiTypeInput


class MatchTypeInput(Input):
    """An input of the template's type."""

    ARGUMENTS = "id template display_name optional tooltip lazy extra_dict raw_link advanced"
    template: Any


class MatchTypeOutput(Output):
    """An output of the template's type."""

    ARGUMENTS = "template id display_name tooltip is_output_list"
    template: Any


@comfytype("COMFY_MATCHTYPE_V3")
class MatchType(ComfyTypeIO):
    """One type that all sockets of the same template agree on; the canvas sees to that."""

    class Template(Described):
        """A name for the type, and which ones it may be."""

        ARGUMENTS = "template_id allowed_types"
        template_id: str
        allowed_types: Any

        @property
        def allowed(self) -> str:
            """The types as a comma union."""
            given = self.allowed_types if self.allowed_types is not None else [AnyType]
            kinds = given if isinstance(given, list | tuple) else [given]
            return ",".join(dict.fromkeys(str(kind.io_type) for kind in kinds))

        def as_dict(self) -> dict[str, Any]:
            return {"template_id": self.template_id, "allowed_types": self.allowed}

    Input = MatchTypeInput
    Output = MatchTypeOutput


# Groups


class Growing(Described):
    """What each input of a growing group is like."""

    UNSENT = frozenset({"input", "names"})
    input: Input
    min: int | None
    names: list[str]

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self.input = copy(self.input)
        if isinstance(self.input, DynamicInput):
            raise TypeError(f"{self.input.id!r} cannot grow: an input of a growing group is a plain one")
        if isinstance(self.input, WidgetInput):
            self.input.force_input = True
        self.min = 1 if self.min is None else self.min

    def as_dict(self) -> dict[str, Any]:
        return {"input": by_group([self.input])} | super().as_dict()


class TemplatePrefix(Growing):
    """Inputs named by a prefix and a number, from 0."""

    ARGUMENTS = "input prefix min max"
    prefix: str
    max: int | None

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self.max = min(10 if self.max is None else self.max, MOST_NAMES)
        self.names = [f"{self.prefix}{index}" for index in range(self.max)]


class TemplateNames(Growing):
    """Inputs of given names."""

    ARGUMENTS = "input names min"
    UNSENT = frozenset({"input"})

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self.names = list(self.names)[:MOST_NAMES]


class AutogrowInput(DynamicInput):
    """A group that grows by one input when its last one is linked; its value is a dict by name."""

    ARGUMENTS = "id template display_name optional tooltip lazy extra_dict"
    template: Any

    def leaves(self, live: Mapping[str, Any], prefix: tuple[str, ...]) -> Iterator[Leaf]:
        least = 0 if self.optional or self.template.input.optional else self.template.min
        for index, name in enumerate(self.template.names):
            path = (*prefix, self.id, name)
            yield Leaf(".".join(path), path, self.template.input, index < least)


@comfytype("COMFY_AUTOGROW_V3")
class Autogrow(ComfyTypeI):
    """As many inputs of one kind as one wants."""

    Type = dict[str, Any]
    TemplatePrefix: ClassVar[type[Growing]] = TemplatePrefix
    TemplateNames: ClassVar[type[Growing]] = TemplateNames
    Input = AutogrowInput


class Option(Described):
    """One choice, and the inputs that come with it."""

    ARGUMENTS = "key inputs"
    key: str
    inputs: Sequence[Input]

    def as_dict(self) -> dict[str, Any]:
        return {"key": self.key, "inputs": by_group(self.inputs or ())}


class DynamicComboInput(DynamicInput):
    """A drop-down with inputs for each choice; its value is a dict, the choice under its own id."""

    ARGUMENTS = "id options display_name optional tooltip lazy extra_dict"
    options: Sequence[Option]

    def chosen(self, key: Any) -> Sequence[Input]:
        """The inputs of the option of this key."""
        key = key[0] if isinstance(key, list) and key else key  # lists arrive where a node takes lists
        return next((one.inputs or () for one in self.options if one.key == key), ())

    def leaves(self, live: Mapping[str, Any], prefix: tuple[str, ...]) -> Iterator[Leaf]:
        path = (*prefix, self.id)
        own = ".".join(path)
        yield Leaf(own, (*path, self.id), self, not self.optional)
        yield from leaves_of(self.chosen(live.get(own)), live, path)


@comfytype("COMFY_DYNAMICCOMBO_V3")
class DynamicCombo(ComfyTypeI):
    """A choice that decides which inputs there are."""

    Type = dict[str, Any]
    Option: ClassVar[type[Option]] = Option
    Input = DynamicComboInput


class DynamicSlotInput(DynamicInput):
    """An input that brings others once it is linked; its value is a dict, the linked one under its own id."""

    ARGUMENTS = "slot inputs display_name tooltip lazy extra_dict"
    UNSENT = DynamicInput.UNSENT | {"slot"}
    slot: Input
    inputs: Sequence[Input]

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self.id, self.optional = self.slot.id, True
        self.slot = copy(self.slot)
        if isinstance(self.slot, WidgetInput):
            self.slot.force_input = True

    def as_dict(self) -> dict[str, Any]:
        own = {"slotType": self.slot.get_io_type(), "inputs": by_group(self.inputs or ()), "forceInput": True}
        return super().as_dict() | own

    def leaves(self, live: Mapping[str, Any], prefix: tuple[str, ...]) -> Iterator[Leaf]:
        path = (*prefix, self.id)
        own = ".".join(path)
        yield Leaf(own, (*path, self.id), self.slot, False)
        if own in live:
            yield from leaves_of(self.inputs or (), live, path)


@comfytype("COMFY_DYNAMICSLOT_V3")
class DynamicSlot(ComfyTypeI):
    """A link that decides which inputs there are."""

    Type = dict[str, Any]
    Input = DynamicSlotInput


def is_dynamic(inputs: Sequence[Input]) -> bool:
    """Whether some of the inputs stand for several."""
    return any(isinstance(one, DynamicInput) for one in inputs)
