"""Canvas file -> API prompt: what the executor is asked to run."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graph.canvas.document import CanvasNode, Document, Subgraph, read_document
from graph.canvas.flatten import (
    BYPASSED,
    INPUT_SIDE,
    MUTED,
    VIRTUAL,
    Finder,
    Host,
    Output,
    Scope,
    Value,
    find_scopes,
    source_of,
)
from graph.canvas.texts import dynamic_prompt, file_name_tokens
from graph.canvas.widgets import is_widget, read_values, widgets_of
from graph.schema import InputSpec, Schema

Prompt = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Conversion:
    """One file on its way to a prompt."""

    document: Document
    schemas: Mapping[str, Schema]
    finder: Finder
    lot: random.Random  # for dynamic prompts
    now: datetime


def to_api(
    raw: Mapping[str, Any],
    schemas: Mapping[str, Schema],
    *,
    lot: random.Random | None = None,
    now: datetime | None = None,
) -> Prompt:
    """The API form of a canvas file: `{id: {class_type, inputs, _meta}}`.

    Muted and bypassed nodes, notes, reroutes, primitives and subgraph instances dissolve; the nodes inside an
    instance get ids like "20:5". Raises InvalidWorkflow when the document is no canvas file.
    """
    document = read_document(raw)
    scopes = find_scopes(document)
    inside = {scope.prefix.removesuffix(":"): scope for scope in scopes if scope.host}
    finder = Finder(document, inside, lambda host, name: host_values(document, schemas, host).get(name))
    conversion = Conversion(document, schemas, finder, lot or random.Random(), now or datetime.now())
    prompt = {
        scope.prefix + node.id: emit(conversion, scope, node)
        for scope in scopes
        for node in scope.graph.nodes.values()
        if runs(document, node)
    }
    drop_orphans(prompt)
    return prompt


def runs(document: Document, node: CanvasNode) -> bool:
    """Whether a node of the file is one of the prompt too."""
    return (
        node.type not in VIRTUAL
        and node.mode not in (MUTED, BYPASSED)
        and node.type not in document.subgraphs
    )


def emit(conversion: Conversion, scope: Scope, node: CanvasNode) -> dict[str, Any]:
    """One node of the prompt: its widgets' values, then what its links lead to."""
    schema = conversion.schemas.get(node.type)
    inputs = widget_inputs(conversion, node, schema)
    for slot in node.inputs:
        if slot.link is None:
            continue
        spec = schema.input(slot.name) if schema else None
        match source_of(conversion.finder, scope, slot.link, spec.type if spec else slot.type):
            case Output(node_id, index):
                inputs[slot.name] = [node_id, index]
            case Value(value):
                inputs[slot.name] = wrapped(value)
    title = node.title or (schema.display_name if schema else node.type)
    return {"class_type": node.type, "inputs": inputs, "_meta": {"title": title}}


def wrapped(value: Any) -> Any:
    """A list as a plain value, which bare would read as a link."""
    return {"__value__": value} if isinstance(value, list) else value


def widget_inputs(conversion: Conversion, node: CanvasNode, schema: Schema | None) -> dict[str, Any]:
    """The values of a node's widgets that belong in the prompt."""
    if schema is None:
        return unknown_inputs(node)
    values = read_values(schema, node)
    shown = [widget for widget in widgets_of(schema) if widget.kind == "value"]
    return {w.name: wrapped(replaced(conversion, node, w.spec, values[w.name])) for w in shown}


def unknown_inputs(node: CanvasNode) -> dict[str, Any]:
    """The values that the file names for a node that is not installed, so that the error is about it alone."""
    given = node.raw.get("widgets_values_named") or node.raw.get("widgets_values")
    if isinstance(given, Mapping):
        return {str(name): wrapped(value) for name, value in given.items()}
    named = [slot.name for slot in node.inputs if slot.has_widget]
    if not isinstance(given, list) or len(named) != len(given):
        return {}
    return {name: wrapped(value) for name, value in zip(named, given, strict=True)}


def replaced(conversion: Conversion, node: CanvasNode, spec: InputSpec, value: Any) -> Any:
    """A text after the steps that happen at queue time."""
    if not isinstance(value, str):
        return value
    if spec.options.get("dynamicPrompts") is True:
        return dynamic_prompt(value, conversion.lot)
    if spec.name != "filename_prefix":
        return value
    return file_name_tokens(
        value, conversion.now, lambda title, name: value_by_title(conversion, node, title, name)
    )


def value_by_title(conversion: Conversion, asking: CanvasNode, title: str, name: str) -> Any:
    """The value of another node's widget, the node being called by its title or class; None for none."""
    for node in conversion.document.nodes.values():
        called = {node.title, (node.raw.get("properties") or {}).get("Node name for S&R")}
        if node is not asking and title in called and node.type in conversion.schemas:
            return read_values(conversion.schemas[node.type], node).get(name)
    return None


def drop_orphans(prompt: Prompt) -> None:
    """Remove links to nodes that are not part of the prompt: they would be errors about nothing."""
    for node in prompt.values():
        node["inputs"] = {
            name: value
            for name, value in node["inputs"].items()
            if not (isinstance(value, list) and str(value[0]) not in prompt)
        }


def host_values(document: Document, schemas: Mapping[str, Schema], host: Host) -> Mapping[str, Any]:
    """Values that an instance holds for promoted widgets, by input name.

    The i-th entry of its list belongs to the i-th input of the definition that leads to a widget.
    """
    named, listed = host.node.raw.get("widgets_values_named"), host.node.raw.get("widgets_values")
    for given in (named, listed):
        if isinstance(given, Mapping):
            return given
    if not isinstance(listed, list):
        return {}
    definition = host.definition
    promoted = [
        slot.name
        for index, slot in enumerate(definition.inputs)
        if leads_to_widget(document, schemas, definition, index)
    ]
    return dict(zip(promoted, listed, strict=False))


def leads_to_widget(
    document: Document, schemas: Mapping[str, Schema], outer: Subgraph, outer_slot: int
) -> bool:
    """Whether a subgraph's input ends, through any depth, in an input that is drawn as a widget."""
    pending = [(outer, outer_slot)]
    for definition, slot in pending:  # grows while it is walked; definitions cannot hold themselves
        for link in definition.links.values():
            if (link.origin, link.origin_slot) != (INPUT_SIDE, slot):
                continue
            target = definition.nodes.get(link.target)
            entry = (
                next((found for found in target.inputs if found.link == link.id), None) if target else None
            )
            if target is None or entry is None:
                continue
            inner = document.subgraphs.get(target.type)
            if inner is not None:
                names = [found.name for found in inner.inputs]
                step = (inner, names.index(entry.name)) if entry.name in names else None
                pending.extend([step] if step and step not in pending else [])
            elif entry.has_widget or drawn_as_widget(schemas.get(target.type), entry.name):
                return True
    return False


def drawn_as_widget(schema: Schema | None, name: str) -> bool:
    """Whether a node type draws this input as a widget."""
    spec = schema.input(name) if schema else None
    return spec is not None and is_widget(spec)
