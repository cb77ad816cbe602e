"""Inputs that stand for several, laid out as a canvas draws them for the values and links of a node."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from graph.marks import AUTOGROW, DYNAMIC_COMBO, DYNAMIC_SLOT
from graph.schema import InputSpec, Schema
from graph.types import ANY, COMBO

MOST_GROWN = 100  # of one growing group


def parts(schema: Schema, given: Mapping[str, Any], linked: Container[str] = ()) -> list[InputSpec]:
    """The inputs of a node with these values and links, required ones first: each group as its parts.

    Unlike `graph.groups.inputs_by_name` it knows the groups of packs too, whose parts only their own code
    judges, and what is not `given` is what a new node would have. `linked` are names of inputs.
    """
    ordered = sorted(schema.inputs, key=lambda spec: not spec.required)
    return list(laid_out(ordered, given, linked)) if any(map(is_group, ordered)) else ordered


def is_group(spec: InputSpec) -> bool:
    """Whether an input stands for several."""
    return spec.type in (AUTOGROW, DYNAMIC_COMBO, DYNAMIC_SLOT)


def laid_out(
    specs: Iterable[InputSpec], given: Mapping[str, Any], linked: Container[str]
) -> Iterator[InputSpec]:
    """Each input, or what it stands for."""
    for spec in specs:
        if spec.type == AUTOGROW:
            yield from grown(spec)
        elif spec.type == DYNAMIC_COMBO:
            yield from chosen(spec, given, linked)
        elif spec.type == DYNAMIC_SLOT:
            yield from slotted(spec, given, linked)
        else:
            yield spec


def grown(group: InputSpec) -> Iterator[InputSpec]:
    """Each socket that a growing group may have."""
    template = group.options.get("template", {})
    names = template.get("names") or [
        f"{template.get('prefix')}{i}" for i in range(template.get("max") or 10)
    ]
    for kind in described(group, template.get("input")):
        for name in names[:MOST_GROWN]:
            options = {**kind.options, "forceInput": True}
            yield replace(kind, name=f"{group.name}.{name}", options=options)


def chosen(combo: InputSpec, given: Mapping[str, Any], linked: Container[str]) -> Iterator[InputSpec]:
    """A drop-down and the inputs that its choice brings."""
    offered = combo.options.get("options", ())
    combo = replace(combo, choices=tuple(option.get("key") for option in offered))
    yield combo
    key = given.get(combo.name, first_choice(combo))
    for option in offered:
        if option.get("key") == key:
            yield from laid_out(described(combo, option.get("inputs")), given, linked)


def slotted(slot: InputSpec, given: Mapping[str, Any], linked: Container[str]) -> Iterator[InputSpec]:
    """A socket and, while it is linked, the inputs that it brings."""
    options = {**slot.options, "forceInput": True}
    yield replace(slot, type=slot.options.get("slotType", ANY), options=options)
    if slot.name in linked:
        yield from laid_out(described(slot, slot.options.get("inputs")), given, linked)


def first_choice(combo: InputSpec) -> Any:
    """What a new drop-down shows; None where it has nothing to choose from."""
    first = combo.choices[0] if combo.choices else None
    return first if combo.default is None else combo.default


def described(group: InputSpec, inputs: Mapping[str, Mapping[str, Any]] | None) -> Iterator[InputSpec]:
    """The parts that the wire describes as `required` and `optional`."""
    for kind in ("required", "optional"):
        for name, (wire, *rest) in (inputs or {}).get(kind, {}).items():
            options = rest[0] if rest else {}
            listed = wire if isinstance(wire, list) else options.get("options") if wire == COMBO else None
            bare = COMBO if isinstance(wire, list) else wire
            choices = None if listed is None else tuple(listed)
            yield InputSpec(f"{group.name}.{name}", bare, kind == "required", options, choices)
