"""@node: a typed function becomes a node type, a callable that carries its schema."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from graph.context import Context
from graph.schema import InputSpec, Schema, read_schema

Fingerprint = Callable[..., object]


class Result:
    """What a node returns that has something to show: its outputs, and `ui` for clients and the history."""

    __slots__ = ("ui", "values")

    def __init__(self, *values: object, ui: Mapping[str, list[Any]] | None = None) -> None:
        self.values = values
        self.ui = dict(ui or {})


@dataclass(frozen=True, eq=False)
class NodeType:
    """A function and its schema. Calling it calls the function."""

    fn: Callable[..., Any]
    schema: Schema
    fingerprint: Fingerprint | None = None
    context_name: str | None = None  # the parameter that takes the Context
    files: tuple[InputSpec, ...] = field(init=False)  # inputs that name a file

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", tuple(spec for spec in self.schema.inputs if spec.folder))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.fn(*args, **kwargs)


def node(
    category: str,
    *,
    name: str | None = None,
    display_name: str | None = None,
    is_output: bool = False,
    fingerprint: Fingerprint | None = None,
    deprecated: bool = False,
    experimental: bool = False,
) -> Callable[[Callable[..., Any]], NodeType]:
    """Make a typed function a node type of this category ("image/filter").

    Its parameters are the inputs, its annotations their sockets and widgets, its docstring the tooltip.
    `fingerprint` is called with the literal inputs; another value means that the node must run again.
    Raises SchemaError where a type is no socket type.
    """

    def decorate(function: Callable[..., Any]) -> NodeType:
        class_type = name or pascal_case(function.__name__)
        schema = read_schema(
            function,
            name=class_type,
            display_name=display_name or spaced(class_type),
            category=category,
            is_output=is_output,
            deprecated=deprecated,
            experimental=experimental,
            has_fingerprint=fingerprint is not None,
        )
        return NodeType(function, schema, fingerprint, context_parameter(function))

    return decorate


def context_parameter(function: Callable[..., Any]) -> str | None:
    """The name of the parameter annotated as Context."""
    hints = get_type_hints(function)
    return next((name for name in inspect.signature(function).parameters if hints.get(name) is Context), None)


def pascal_case(name: str) -> str:
    """`add_noise` -> `AddNoise`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def spaced(name: str) -> str:
    """`AddNoise` -> `Add Noise`, `VAEDecode` -> `VAE Decode`, `KSampler` as it is."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z][A-Z])(?=[A-Z][a-z])", " ", name)
