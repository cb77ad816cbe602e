"""What a class of the field declares of itself, read as inputs and outputs of a schema."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from compat.folder_paths import FileNames
from compat.wire_types import FIELD_TYPES, NOBODYS, text_of, wire_type
from graph.errors import SchemaError
from graph.schema import InputSpec, OutputSpec
from graph.types import ANY, COMBO, members

GROUPS = ("required", "optional")
FAR = 1 << 20  # an index that no tuple of types reaches


@dataclass(frozen=True)
class Inputs:
    """What INPUT_TYPES says."""

    specs: tuple[InputSpec, ...]
    hidden: Mapping[str, str]  # name -> tag
    takes_any: bool  # one of its dicts claims to contain every name


def read_inputs(declared: Any, known: Collection[str], unchecked: Callable[[str], bool]) -> Inputs:
    """The inputs of what INPUT_TYPES returned; `unchecked` are those that the class itself looks at.

    Raises SchemaError where an input has no type.
    """
    if not isinstance(declared, Mapping):
        raise SchemaError(
            f"INPUT_TYPES returned {declared!r}; it returns a dict of required, optional and hidden"
        )
    groups = {name: declared.get(name) or {} for name in (*GROUPS, "hidden")}
    specs = [
        read_input(text_of(name), spec, group == "required", known, unchecked(name))
        for group in GROUPS
        for name, spec in groups[group].items()
    ]
    hidden = {text_of(name): tag_of(tag) for name, tag in groups["hidden"].items()}
    return Inputs(tuple(specs), hidden, any(NOBODYS in group for group in groups.values()))


def tag_of(declared: Any) -> str:
    """What a hidden input asks for; newer classes put it into a tuple."""
    first = declared[0] if isinstance(declared, list | tuple) and declared else declared
    return text_of(first) if isinstance(first, str) else str(first)


def read_input(
    name: str, declared: Any, required: bool, known: Collection[str], unchecked: bool
) -> InputSpec:
    """One input: `(type,)` or `(type, options)`. Raises SchemaError where there is no type."""
    kind, options = parts(name, declared)
    try:
        wire = wire_type(kind, known)
    except SchemaError as error:
        raise SchemaError(f"input {name!r}: {error}") from error
    listed = kind if isinstance(kind, list | tuple) else options.get("options") if wire == COMBO else None
    folder, choices = choices_of(listed)
    told = plain(options)
    if wire == COMBO and listed is not kind and isinstance(listed, FileNames):
        told["options"] = []  # they are listed anew whenever someone asks
    return InputSpec(
        name,
        wire,
        required,
        told,
        choices,
        folder,
        lazy=bool(options.get("lazy")),
        raw_link=bool(options.get("rawLink")),
        unchecked=unchecked
        or drawn_by_pack(wire)
        or (wire == COMBO and (listed is None or several(options))),
    )


def drawn_by_pack(wire: str) -> bool:
    """Whether a type is a pack's own, so that its scripts may draw a widget which gives any value."""
    return not members(wire) & (FIELD_TYPES | {ANY})


def parts(name: str, declared: Any) -> tuple[Any, Mapping[str, Any]]:
    """(type, options) of an input's description."""
    if isinstance(declared, str):
        return declared, {}
    if not isinstance(declared, list | tuple) or not declared:
        raise SchemaError(f"input {name!r} is {declared!r}; it should be (type,) or (type, options)")
    options = declared[1] if len(declared) > 1 else {}
    return declared[0], options if isinstance(options, Mapping) else {}


def several(options: Mapping[str, Any]) -> bool:
    """Whether a drop-down's value is a list of its choices."""
    return bool(options.get("multi_select") or options.get("multiselect"))


def choices_of(listed: Any) -> tuple[str | None, tuple[Any, ...] | None]:
    """(the folder whose files are the choices, the other choices); None where there is none."""
    if not isinstance(listed, Iterable) or isinstance(listed, str):
        return None, None
    folder = listed.folder if isinstance(listed, FileNames) else None
    if folder is None:
        return None, tuple(plain(list(listed)))
    assert isinstance(listed, FileNames)
    return folder, (*listed.before, *listed.after) or None


def plain(value: Any) -> Any:
    """A declared value as plain data, without the classes that packs make of dicts and strings."""
    if isinstance(value, str):
        return text_of(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return int(value) if isinstance(value, int) else float(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return str(value)


def read_outputs(cls: type, known: Collection[str]) -> tuple[OutputSpec, ...]:
    """The outputs that RETURN_TYPES and its companions name. Raises SchemaError for what is no type."""
    types = indexed(getattr(cls, "RETURN_TYPES", None))
    names = indexed(getattr(cls, "RETURN_NAMES", None))
    lists = indexed(getattr(cls, "OUTPUT_IS_LIST", None))
    tips = indexed(getattr(cls, "OUTPUT_TOOLTIPS", None))
    found = []
    for slot, declared in enumerate(types):
        wire = wire_type(declared, known)
        shown = text_of(declared) if isinstance(declared, str) else wire
        name, tip = at(names, slot), at(tips, slot)
        found.append(OutputSpec(str(name or shown), wire, bool(at(lists, slot)), str(tip or "")))
    return tuple(found)


def indexed(declared: Any) -> list[Any]:
    """The items of a declared tuple as it gives them one by one; a lone value stands for itself."""
    if declared is None:
        return []
    if isinstance(declared, str) or not hasattr(declared, "__len__"):
        return [declared]
    if not hasattr(declared, "__getitem__") or isinstance(declared, Mapping):
        return list(declared)
    return [declared[index] for index in range(len(declared))]


def at(items: list[Any], slot: int) -> Any:
    """The item of this slot; None behind the end."""
    return items[slot] if slot < len(items) else None


def answers_any_slot(types: Any) -> bool:
    """Whether a declared tuple of types has one for every slot there could be."""
    if type(types) in (tuple, list, str, type(None)):
        return False
    try:
        types[FAR]
    except (LookupError, TypeError):
        return False
    return True
