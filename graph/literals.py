"""Checks and coerces the literal value of one input."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graph.folders import VIEWS
from graph.marks import DYNAMIC_COMBO
from graph.schema import InputSpec
from graph.types import ANY, COMBO, WIDGETS, members

Problem = dict[str, Any]
MANY = 20  # a longer list of choices is not repeated in an error


def problem(kind: str, message: str, details: str, extra_info: Mapping[str, Any]) -> Problem:
    """One error of a node in the wire's shape."""
    return {"type": kind, "message": message, "details": details, "extra_info": dict(extra_info)}


def check_literal(
    spec: InputSpec, value: Any, files: Callable[[str], Sequence[str]]
) -> tuple[Any, list[Problem]]:
    """(the value in the input's type, what is wrong with it)."""
    if spec.type in (COMBO, DYNAMIC_COMBO):
        return value, [] if spec.unchecked else list(check_choice(spec, value, files))
    convert = CONVERSIONS.get(spec.type)
    if convert is None:
        return value, list(check_socket(spec, value))
    try:
        coerced = convert(value)
    except (ValueError, TypeError, OverflowError) as error:
        message = f"Failed to convert an input value to a {spec.type} value"
        info = {**about(spec, value), "exception_message": str(error)}
        return value, [problem("invalid_input_type", message, f"{spec.name}, {value!r}, {error}", info)]
    return coerced, [] if spec.unchecked else check_bounds(spec, coerced)


def about(spec: InputSpec, value: Any) -> dict[str, Any]:
    """What every complaint about a value carries; a number that JSON does not know is carried as its text."""
    shown = repr(value) if isinstance(value, float) and not math.isfinite(value) else value
    return {"input_name": spec.name, "input_config": [spec.type, dict(spec.options)], "received_value": shown}


def check_socket(spec: InputSpec, value: Any) -> list[Problem]:
    """Whether a value may stand where a link is usual: for any type, or where a pack draws its own widget."""
    drawn = spec.unchecked or "widgetType" in spec.options or "default" in spec.options
    if spec.type == ANY or drawn or members(spec.type) & WIDGETS:
        return []
    wanted = f"a link to an output of type {spec.type}"
    info = {**about(spec, value), "exception_message": f"{wanted} is needed"}
    details = f"{spec.name}, {value!r} is not {wanted}"
    return [problem("invalid_input_type", f"A plain value is no {spec.type}", details, info)]


def to_int(value: Any) -> int:
    """Whole numbers, also as text; infinities and NaN are refused by int() itself."""
    return int(value)


def to_float(value: Any) -> float:
    """Finite numbers, also as text."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not a finite number")
    return number


def to_text(value: Any) -> str:
    """Text, or a number's text; never a structure, which is a mistake somewhere."""
    if isinstance(value, dict | list):
        raise TypeError(f"{type(value).__name__} is no text")
    return str(value)


CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "INT": to_int,
    "FLOAT": to_float,
    "STRING": to_text,
    "BOOLEAN": bool,
}


def check_bounds(spec: InputSpec, value: Any) -> list[Problem]:
    """Whether a number lies between the input's bounds."""
    if spec.type not in ("INT", "FLOAT"):
        return []
    low, high = spec.options.get("min"), spec.options.get("max")
    if low is not None and value < low:
        message = f"Value {value} smaller than min of {low}"
        return [problem("value_smaller_than_min", message, spec.name, about(spec, value))]
    if high is not None and value > high:
        message = f"Value {value} bigger than max of {high}"
        return [problem("value_bigger_than_max", message, spec.name, about(spec, value))]
    return []


def check_choice(spec: InputSpec, value: Any, files: Callable[[str], Sequence[str]]) -> list[Problem]:
    """Whether a drop-down offers the value; a file's folder is listed when it is asked for."""
    choices = [*(spec.choices or ()), *(files(spec.source) if spec.source else ())]
    if value in choices or (spec.source and is_annotated(spec, value, files)):
        return []
    info = about(spec, value)
    if len(choices) > MANY:
        offered, info["input_config"] = f"(list of length {len(choices)})", None
    else:
        offered = str(choices)
    near = difflib.get_close_matches(str(value), [str(choice) for choice in choices], n=3)
    hint = f". Did you mean {' or '.join(map(repr, near))}?" if near else ""
    if spec.source and not choices:
        hint = f". There is no file in the folder {spec.source!r} yet: put one there"
    details = f"{spec.name}: {value!r} not in {offered}{hint}"
    return [problem("value_not_in_list", "Value not in list", details, info)]


def is_annotated(spec: InputSpec, value: Any, files: Callable[[str], Sequence[str]]) -> bool:
    """Whether the value is `name [output]` of a drop-down of clients' files, and there is such a file."""
    uploads = spec.folder in VIEWS or any(key.endswith("_upload") for key in spec.options)
    if not (uploads and isinstance(value, str) and value.endswith("]") and " [" in value):
        return False
    name, _, folder = value[:-1].rpartition(" [")
    return folder in ("input", "output", "temp") and name in files(folder)
