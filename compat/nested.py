"""Inputs that the workflow's parser cannot judge: groups, matching types and lists of choices."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from compat.comfy_api.latest._io.dynamic import (
    DynamicComboInput,
    Leaf,
    MatchTypeInput,
    leaves_of,
)
from compat.comfy_api.latest._io.inputs import Input
from compat.comfy_api.latest._io.types import Combo, MultiCombo
from compat.declarations import read_input
from compat.wire_types import FIELD_TYPES
from graph.literals import CONVERSIONS, check_literal
from graph.types import feeds


def wrong_values(
    inputs: Sequence[Input], live: Mapping[str, Any], types: Mapping[str, str]
) -> dict[str, str]:
    """What is missing or out of bounds, by id on the wire.

    `live` are all values by id, linked ones None; `types` the types of what is linked.
    """
    found: dict[str, str] = {}
    for leaf in leaves_of(inputs, live):
        if leaf.id not in types:
            message = missing(leaf) if live.get(leaf.id) is None else value_fault(leaf, live[leaf.id])
            found |= {leaf.id: message} if message else {}
    return found


def missing(leaf: Leaf) -> str | None:
    """What is wrong where nothing is given; of inputs outside of groups the parser has told."""
    return f"Required input is missing: {leaf.id}" if leaf.required and leaf.nested else None


def value_fault(leaf: Leaf, value: Any) -> str | None:
    """What is wrong with a typed-in value."""
    one = leaf.input
    if isinstance(one, MultiCombo.Input):
        return choices_fault(one.choices, value)
    if isinstance(one, DynamicComboInput):
        return choices_fault([option.key for option in one.options], [value])
    if isinstance(one, Combo.Input):
        return None if one.options is None else choices_fault(one.choices, [value])
    spec = read_input(leaf.id, one.as_v1(), leaf.required, FIELD_TYPES, False)
    problems = check_literal(spec, value, lambda _: ())[1]
    return f"{problems[0]['message']}: {problems[0]['details']}" if problems else None


def choices_fault(choices: Collection[Any], chosen: Any) -> str | None:
    """What was chosen that is not offered."""
    if not isinstance(chosen, list):
        return f"Value not in list: {chosen!r} is no list of choices"
    wrong = [one for one in chosen if one not in choices]
    return f"Value not in list: {', '.join(map(repr, wrong))} not in {list(choices)}" if wrong else None


def wrong_links(
    inputs: Sequence[Input], live: Mapping[str, Any], types: Mapping[str, str], every: bool
) -> dict[str, str]:
    """Which links are of a wrong type: those into groups and matching sockets, or all of them.

    The parser tells of the others.
    """
    own = [
        leaf
        for leaf in leaves_of(inputs, live)
        if leaf.id in types and (every or leaf.nested or isinstance(leaf.input, MatchTypeInput))
    ]
    return {
        leaf.id: f"Return type mismatch: received {types[leaf.id]}, which is no {wanted_type(leaf.input)}"
        for leaf in own
        if not feeds(types[leaf.id], wanted_type(leaf.input))
    }


def wanted_type(one: Input) -> str:
    """The types that an input takes, as a comma union."""
    return one.template.allowed if isinstance(one, MatchTypeInput) else one.get_io_type()


def read_nested(inputs: Sequence[Input], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values, those of groups in the types that they declare; the parser has read only the others."""
    read = dict(given)
    for leaf in leaves_of(inputs, given):
        if leaf.nested and leaf.id in given:
            read[leaf.id] = converted(leaf.input.get_io_type(), given[leaf.id])
    return read


def converted(kind: str, value: Any) -> Any:
    """A plain value, or a list of them, in this type; what cannot be converted stays as it is."""
    if isinstance(value, list):
        return [converted(kind, one) for one in value]
    convert = CONVERSIONS.get(kind)
    if convert is None or not isinstance(value, str | int | float | bool):
        return value
    try:
        return convert(value)
    except (ValueError, OverflowError):
        return value
