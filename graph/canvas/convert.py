"""Canvas document -> API prompt: which nodes are emitted, with which values and links."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graph.canvas.document import Node, mapping, read_document
from graph.canvas.group_nodes import without_group_nodes
from graph.canvas.parts import parts
from graph.canvas.resolve import BYPASSED, MUTED, VIRTUAL, Canvas, Output, Scope, open_canvas, source_of
from graph.canvas.text import dynamic_prompt, file_name_tokens
from graph.canvas.widgets import widget_values
from graph.schema import InputSpec, Schema


def is_canvas(document: object) -> bool:
    """Whether a JSON value is a workflow in canvas form."""
    return isinstance(document, Mapping) and isinstance(document.get("nodes"), list)


def to_api(
    document: Mapping[str, Any],
    schemas: Mapping[str, Schema],
    *,
    rng: random.Random | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """The API form of a canvas document, as the front end would queue it.

    `rng` picks among the alternatives of dynamic prompts, `now` fills dates into file names.
    Raises InvalidWorkflow when the document does not keep the format.
    """
    canvas = open_canvas(read_document(without_group_nodes(document, schemas)), schemas)
    queue = Queueing(canvas, rng or random.Random(), now or datetime.now())
    prompt = {
        scope.prefix + node.id: queue.emit(scope, node)
        for scope in canvas.scopes
        for node in scope.page.nodes.values()
        if is_emitted(canvas, node)
    }
    drop_orphans(prompt)
    return prompt


def is_emitted(canvas: Canvas, node: Node) -> bool:
    """Whether a node reaches the server."""
    if node.type in VIRTUAL or node.mode in (MUTED, BYPASSED) or node.type in canvas.document.definitions:
        return False
    return node.type in canvas.schemas or not is_decoration(node)


def is_decoration(node: Node) -> bool:
    """An unknown node without any socket, such as a pack's label: nothing depends on it."""
    return not node.inputs and not node.outputs


@dataclass(frozen=True)
class Queueing:
    """One conversion: the canvas, and what chance and the clock say."""

    canvas: Canvas
    rng: random.Random
    now: datetime

    def emit(self, scope: Scope, node: Node) -> dict[str, Any]:
        """One node of the prompt: its widgets' values, then what its links lead to."""
        schema = self.canvas.schemas.get(node.type)
        inputs = unknown_values(node) if schema is None else self.values(scope, node, schema)
        specs = {} if schema is None else {spec.name: spec for spec in parts(schema, inputs, node.linked)}
        for socket in node.inputs:
            spec = specs.get(socket.name)
            source = source_of(self.canvas, scope, socket.link, spec.type if spec else socket.type)
            if isinstance(source, Output):
                inputs[socket.name] = [source.id, source.slot]
            elif source is not None:
                value = self.filled(scope, spec, source.value) if spec and source.held else source.value
                inputs[socket.name] = wrapped(value)
        title = node.title or (schema.display_name if schema else node.type)
        return {"class_type": node.type, "inputs": inputs, "_meta": {"title": title}}

    def values(self, scope: Scope, node: Node, schema: Schema) -> dict[str, Any]:
        """Widget values by name, their texts filled in."""
        found = widget_values(schema, node.values, node.named, node.linked)
        specs = {spec.name: spec for spec in parts(schema, found, node.linked)}
        return {name: wrapped(self.filled(scope, specs[name], value)) for name, value in found.items()}

    def filled(self, scope: Scope, spec: InputSpec, value: Any) -> Any:
        """A text with its alternatives chosen or its tokens replaced."""
        if not isinstance(value, str):
            return value
        if spec.options.get("dynamicPrompts"):
            return dynamic_prompt(value, self.rng)
        if spec.name == "filename_prefix":
            return file_name_tokens(
                value, self.now, lambda title, widget: self.value_of(scope, title, widget)
            )
        return value

    def value_of(self, scope: Scope, title: str, widget: str) -> str | None:
        """The value of another node's widget, the node named by its title in this page."""
        for node in scope.page.nodes.values():
            schema = self.canvas.schemas.get(node.type)
            if schema and title in (node.properties.get("Node name for S&R"), node.title):
                value = widget_values(schema, node.values, node.named, node.linked).get(widget)
                return None if value is None else written(value)
        return None


def written(value: Any) -> str:
    """A value as it is shown on the canvas: no point where nothing follows it, and small letters for true."""
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        return json.dumps(value)
    return str(int(value)) if isinstance(value, float) else str(value)


def wrapped(value: Any) -> Any:
    """A list as a plain value, which bare would read as a link."""
    return {"__value__": value} if isinstance(value, list) else value


def unknown_values(node: Node) -> dict[str, Any]:
    """The values of a node of unknown type, as far as its file names them."""
    named = node.named if node.named is not None else mapping(node.values)
    widgets = [socket.name for socket in node.inputs if socket.widget]
    if isinstance(node.values, list) and node.named is None and len(widgets) == len(node.values):
        named = dict(zip(widgets, node.values, strict=True))
    return {name: wrapped(value) for name, value in named.items()}


def drop_orphans(prompt: Mapping[str, Any]) -> None:
    """Remove links to nodes that were not emitted: they would be errors about nothing."""
    for node in prompt.values():
        links = {name: value for name, value in node["inputs"].items() if isinstance(value, list)}
        for name, (source, _) in links.items():
            if source not in prompt:
                del node["inputs"][name]
