"""Which widgets a node type has, and how a file's list of values is laid along them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from graph.canvas.parts import first_choice, is_group, parts
from graph.marks import DYNAMIC_COMBO
from graph.schema import InputSpec, Schema

WIDGET_TYPES = frozenset(
    {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", "COLOR", "MARKDOWN", "TEXTAREA", DYNAMIC_COMBO}
)
UPLOADS = ("image_upload", "video_upload", "animated_image_upload")
SEEDS = frozenset({"seed", "noise_seed"})
CONTROL_WORDS = frozenset({"fixed", "increment", "decrement", "randomize", "increment-wrap"})
SAMPLER_PREFIX = "sample_"  # of sampler names in very old files
MOST_READINGS = 10  # of one node, whose choices may bring further choices

Kind = Literal["value", "control", "filter", "upload", "dummy"]


@dataclass(frozen=True)
class Entry:
    """One place in a list of widget values; only a `value` reaches the prompt."""

    spec: InputSpec
    kind: Kind


def draws_widget(spec: InputSpec) -> bool:
    """Whether an input is drawn with a widget; a forced one is only a socket."""
    return has_widget_type(spec) and not spec.options.get("forceInput") and not spec.options.get("hidden")


def has_widget_type(spec: InputSpec) -> bool:
    """Whether values of the input's type can be typed in."""
    return spec.options.get("widgetType", spec.type) in WIDGET_TYPES


def entries(
    schema: Schema, given: Mapping[str, Any], linked: Container[str] = (), *, dummies: bool = False
) -> list[Entry]:
    """The places of the values of a node with the choices `given`, in the order in which widgets are made.

    With `dummies`, old files' empty ones for forced inputs too.
    """
    found: list[Entry] = []
    for spec in parts(schema, given, linked):
        if draws_widget(spec):
            found.extend(Entry(spec, kind) for kind in kinds(spec))
        elif dummies and has_widget_type(spec) and spec.options.get("forceInput"):
            found.append(Entry(spec, "dummy"))
    uploads = [spec for spec in schema.inputs if spec.required and any(map(spec.options.get, UPLOADS))]
    return found + [Entry(spec, "upload") for spec in uploads]


def kinds(spec: InputSpec) -> Iterator[Kind]:
    """The entries that one input brings: its value, a control mode, a combo's filter."""
    yield "value"
    control = spec.options.get("control_after_generate")
    if spec.type == "COMBO" and control:
        yield "control"
        yield "filter"
    elif control or (control is not False and spec.type == "INT" and spec.name in SEEDS):
        yield "control"


def widget_values(
    schema: Schema, values: object, named: Mapping[str, Any] | None, linked: Container[str] = ()
) -> dict[str, Any]:
    """Value by input name: what the file says, and the widget's first value for what it leaves out.

    What is chosen says which values follow, so a node with choices is read until they stay the same.
    """
    found: dict[str, Any] = {}
    for _ in range(MOST_READINGS):
        given, found = found, read_values(schema, found, values, named, linked)
        if choices(schema, given, linked) == choices(schema, found, linked):
            break
    return found


def choices(schema: Schema, given: Mapping[str, Any], linked: Container[str]) -> dict[str, Any]:
    """What is chosen in each drop-down that brings inputs of its own."""
    found = parts(schema, given, linked)
    return {spec.name: given.get(spec.name) for spec in found if spec.type == DYNAMIC_COMBO}


def read_values(
    schema: Schema,
    given: Mapping[str, Any],
    values: object,
    named: Mapping[str, Any] | None,
    linked: Container[str],
) -> dict[str, Any]:
    """Value by input name, were the choices `given` right."""
    places = entries(schema, given, linked)
    specs = {entry.spec.name: entry.spec for entry in places if entry.kind == "value"}
    found = {name: default_of(spec) for name, spec in specs.items()}
    listed = aligned(schema, given, values, linked) if isinstance(values, list) else values
    for source in (listed if isinstance(listed, dict) else {}, named or {}):
        found.update({name: source[name] for name in found if source.get(name) is not None})
    return {name: modern(specs[name], value) for name, value in found.items() if value is not None}


def aligned(
    schema: Schema, given: Mapping[str, Any], values: Sequence[Any], linked: Container[str]
) -> dict[str, Any]:
    """A list laid along the widgets, in that layout of those once written which fits the types best."""
    places = entries(schema, given, linked)
    layouts = [(values, places)]
    with_dummies = entries(schema, given, linked, dummies=not any(map(is_group, schema.inputs)))
    if len(with_dummies) == len(values) != len(places):
        layouts.insert(0, (values, with_dummies))
    if None in values:
        layouts.append(([value for value in values if value is not None], places))
    readings = [consume(listed, along) for listed, along in layouts]
    specs = {place.spec.name: place.spec for place in places}
    return min(readings, key=lambda reading: misfits(specs, reading))


def consume(values: Sequence[Any], places: Sequence[Entry]) -> dict[str, Any]:
    """Walk values and places together; a control place whose entry is no control word takes none."""
    found: dict[str, Any] = {}
    at = 0
    for place in places:
        if at >= len(values):
            break
        if place.kind == "control" and not is_control(values[at], complete=len(values) >= len(places)):
            continue
        if place.kind == "value":
            found[place.spec.name] = values[at]
        at += 1
    return found


def is_control(value: object, *, complete: bool) -> bool:
    """A control word; in a complete list also the old true and false, and a hole."""
    if isinstance(value, str):
        return value in CONTROL_WORDS
    return complete and (value is None or isinstance(value, bool))


def misfits(specs: Mapping[str, InputSpec], reading: Mapping[str, Any]) -> int:
    """How many values are of another kind than their input."""
    return sum(value is not None and not fits(specs[name], value) for name, value in reading.items())


def fits(spec: InputSpec, value: object) -> bool:
    """Whether a value is of its input's kind."""
    match spec.type:
        case "INT" | "FLOAT":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "BOOLEAN":
            return isinstance(value, bool)
        case "COMBO" if spec.choices and not spec.folder:
            return modern(spec, value) in spec.choices
        case kind if kind == DYNAMIC_COMBO:
            return value in (spec.choices or ())
        case _:
            return isinstance(value, str)


def modern(spec: InputSpec, value: Any) -> Any:
    """A sampler's name without the prefix of very old files."""
    old = isinstance(value, str) and value.startswith(SAMPLER_PREFIX) and value not in (spec.choices or ())
    return value.removeprefix(SAMPLER_PREFIX) if old and spec.name == "sampler_name" else value


def nearest_to_zero(spec: InputSpec) -> Any:
    """What a number without a default starts with."""
    low, high = spec.options.get("min"), spec.options.get("max")
    if low is not None and low > 0:
        return low
    return high if high is not None and high < 0 else 0


def default_of(spec: InputSpec) -> Any:
    """What a new widget holds; None for a file's drop-down, whose list is not known here."""
    if spec.default is not None:
        return spec.default
    if spec.type in ("COMBO", DYNAMIC_COMBO):
        return first_choice(spec)
    if spec.type in ("INT", "FLOAT"):
        return nearest_to_zero(spec)
    return False if spec.type == "BOOLEAN" else ""
