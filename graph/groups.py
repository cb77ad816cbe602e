"""Inputs that stand for several: which parts there are, and the one argument that the parts become."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

from graph.errors import HeddleError
from graph.marks import AUTOGROW, Autogrow, DynamicCombo
from graph.schema import InputSpec, Schema, type_hints, unwrap
from graph.types import COMBO

Mark = Autogrow | DynamicCombo


class UnknownChoice(HeddleError):
    """A drop-down with inputs of its own was given what it does not offer."""


def inputs_by_name(schema: Schema, given: Mapping[str, Any]) -> Mapping[str, InputSpec]:
    """The inputs of a node that has these `given` values: each group as its parts, `group.part`."""
    if not schema.has_groups:
        return schema.by_name
    return {part.name: part for spec in schema.inputs for part in parts_of(spec, given)}


def parts_of(spec: InputSpec, given: Mapping[str, Any]) -> Iterator[InputSpec]:
    """The input itself, or what it stands for."""
    if not spec.is_group:
        yield spec
    elif spec.type == AUTOGROW:
        yield from grown(spec.name, spec.options["template"])
    else:
        offered = spec.options["options"]
        yield replace(spec, choices=tuple(choice["key"] for choice in offered))
        for choice in offered:
            if choice["key"] == given.get(spec.name):
                yield from read_group(spec.name, choice["inputs"])


def grown(group: str, template: Mapping[str, Any]) -> Iterator[InputSpec]:
    """Each input that a growing group may have; the first ones it must have."""
    (kind,) = read_group(group, template["input"])
    for index in range(template["max"]):
        name = f"{group}.{template['prefix']}{index}"
        yield replace(kind, name=name, required=kind.required and index < template["min"])


def read_group(group: str, described: Mapping[str, Mapping[str, Any]]) -> Iterator[InputSpec]:
    """The parts that the wire describes as `required` and `optional`."""
    for kind, parts in described.items():
        for name, (wire, options) in parts.items():
            rest = {key: value for key, value in options.items() if key not in ("multiselect", "options")}
            choices = tuple(options["options"]) if wire == COMBO else None
            yield InputSpec(f"{group}.{name}", wire, kind == "required", rest, choices)


def with_groups(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The function as the engine calls it: with the parts of its groups by their dotted names."""
    marks = {
        parameter: mark for parameter, hint in type_hints(function, name).items() if (mark := mark_of(hint))
    }
    if not marks:
        return function

    @wraps(function)
    def call(*args: Any, **given: Any) -> Any:
        return function(*args, **regrouped(marks, given))

    @wraps(function)
    async def call_async(*args: Any, **given: Any) -> Any:
        return await function(*args, **regrouped(marks, given))

    return call_async if inspect.iscoroutinefunction(function) else call


def mark_of(hint: Any) -> Mark | None:
    """What makes an annotation a group."""
    _, marks, _ = unwrap(hint)
    return next((mark for mark in marks if isinstance(mark, Autogrow | DynamicCombo)), None)


def regrouped(marks: Mapping[str, Mark], given: Mapping[str, Any]) -> dict[str, Any]:
    """Values by dotted names as one argument for each group. Raises UnknownChoice."""
    single = {name: value for name, value in given.items() if name.partition(".")[0] not in marks}
    return single | {name: gathered(name, mark, given) for name, mark in marks.items()}


def gathered(name: str, mark: Mark, given: Mapping[str, Any]) -> Any:
    """The argument of one group; who calls the function by hand gives it as it is."""
    chosen = given.get(name)
    if isinstance(mark, Autogrow):
        names = (f"{name}.{mark.prefix}{index}" for index in range(mark.most))
        return chosen or [given[part] for part in names if given.get(part) is not None]
    if not isinstance(chosen, str):
        return chosen
    if chosen not in mark.choices:
        raise UnknownChoice(f"{name} is {chosen!r}; it is one of {', '.join(map(repr, mark.choices))}")
    parts = {
        key.removeprefix(f"{name}."): value for key, value in given.items() if key.startswith(f"{name}.")
    }
    return mark.choices[chosen](**parts)
