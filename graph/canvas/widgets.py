"""Which widgets a node has, in what order, and how a file lists their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from graph.canvas.document import CanvasNode
from graph.schema import InputSpec, Schema

WIDGET_TYPES = frozenset({"INT", "FLOAT", "STRING", "TEXTAREA", "MARKDOWN", "BOOLEAN", "COMBO", "COLOR"})
UPLOADS = ("image_upload", "video_upload", "animated_image_upload")
CONTROL_MODES = ("fixed", "increment", "decrement", "randomize", "increment-wrap")
SEEDS = ("seed", "noise_seed")
OLD_SAMPLER_PREFIX = "sample_"


@dataclass(frozen=True)
class Widget:
    """One entry of a node's list of widget values."""

    name: str
    kind: Literal["value", "control", "filter", "upload"]
    spec: InputSpec


def is_widget(spec: InputSpec) -> bool:
    """Whether an input is drawn with a widget rather than as a socket alone."""
    if spec.options.get("forceInput") is True or spec.options.get("hidden") is True:
        return False
    return spec.options.get("widgetType", spec.type) in WIDGET_TYPES


def has_control(spec: InputSpec) -> bool:
    """Whether the canvas changes the value after each queueing, by a mode that is listed after it."""
    option = spec.options.get("control_after_generate")
    if option is False or spec.type not in ("INT", "FLOAT", "COMBO"):
        return False
    return bool(option) or (spec.type == "INT" and spec.name in SEEDS)


def widgets_of_input(spec: InputSpec) -> Iterator[Widget]:
    """The widget of an input and the companions that follow it."""
    if not is_widget(spec):
        return
    yield Widget(spec.name, "value", spec)
    if has_control(spec):
        yield Widget(control_name(spec), "control", spec)
        if spec.type == "COMBO":
            yield Widget("control_filter_list", "filter", spec)


def control_name(spec: InputSpec) -> str:
    """What files call the control mode of an input."""
    option, prefix = spec.options.get("control_after_generate"), spec.options.get("control_prefix")
    if isinstance(option, str) and option not in CONTROL_MODES:
        return option
    return f"{prefix} control_after_generate" if prefix else "control_after_generate"


def widgets_of(schema: Schema) -> list[Widget]:
    """All widgets of a node type as files list them: required inputs first, upload buttons at the end."""
    ordered = sorted(schema.inputs, key=lambda spec: not spec.required)
    own = [widget for spec in ordered for widget in widgets_of_input(spec)]
    uploads = [spec for spec in ordered if spec.required and any(spec.options.get(key) for key in UPLOADS)]
    return own + [Widget("upload", "upload", spec) for spec in uploads]


def default_value(spec: InputSpec) -> Any:
    """What a widget holds before anybody touches it."""
    if spec.default is not None:
        return spec.default
    if spec.type == "COMBO":
        return spec.choices[0] if spec.choices else ""
    return {"INT": spec.options.get("min", 0), "FLOAT": spec.options.get("min", 0), "BOOLEAN": False}.get(
        spec.type, ""
    )


def read_values(schema: Schema, node: CanvasNode) -> dict[str, Any]:
    """Values by input name from what a file holds: a list, an object by name, or both (names win)."""
    widgets = widgets_of(schema)
    values = {widget.name: default_value(widget.spec) for widget in widgets if widget.kind == "value"}
    listed, named = node.raw.get("widgets_values"), node.raw.get("widgets_values_named")
    if isinstance(listed, list):
        values.update(read_list(schema, widgets, listed))
    for source in (listed, named):
        if isinstance(source, Mapping):
            given = ((widget, source.get(widget.name)) for widget in widgets if widget.kind == "value")
            values.update(
                {widget.name: modern(widget, value) for widget, value in given if value is not None}
            )
    return values


def read_list(schema: Schema, widgets: Sequence[Widget], listed: list[Any]) -> dict[str, Any]:
    """Walk widgets and entries together; missing entries keep defaults, surplus ones are the canvas's own."""
    entries = without_dummies(schema, widgets, listed)
    complete = len(entries) >= len(widgets)
    found: dict[str, Any] = {}
    at = 0
    for widget in widgets:
        if at >= len(entries):
            break
        if widget.kind == "control" and not is_control_entry(entries[at], complete):
            continue
        if widget.kind == "value" and entries[at] is not None:
            found[widget.name] = modern(widget, entries[at])
        at += 1
    return found


def is_control_entry(value: Any, complete: bool) -> bool:
    """Whether an entry after a seed is its mode; old files have booleans there, older ones nothing."""
    return value in CONTROL_MODES or (complete and (value is None or isinstance(value, bool)))


def without_dummies(schema: Schema, widgets: Sequence[Widget], listed: list[Any]) -> list[Any]:
    """Drop the entries that old files hold for inputs which are only sockets by option."""
    forced = {s.name for s in schema.inputs if s.options.get("forceInput") is True and s.type in WIDGET_TYPES}
    if not forced or len(listed) != len(widgets) + len(forced):
        return listed
    ordered = sorted(schema.inputs, key=lambda spec: not spec.required)
    dummies = [
        dummy
        for spec in ordered
        for dummy in ([True] if spec.name in forced else [False for _ in widgets_of_input(spec)])
    ]
    dummies += [False] * (len(listed) - len(dummies))
    return [value for value, dummy in zip(listed, dummies, strict=True) if not dummy]


def modern(widget: Widget, value: Any) -> Any:
    """A value of an old file in today's spelling."""
    if widget.name == "sampler_name" and isinstance(value, str) and value not in (widget.spec.choices or ()):
        return value.removeprefix(OLD_SAMPLER_PREFIX)
    return value
