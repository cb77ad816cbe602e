"""A class in the field's first style (INPUT_TYPES, RETURN_TYPES, FUNCTION, ...) as a node type."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from compat.calls import CONTEXT, Caller, named_by
from compat.declarations import Inputs, answers_any_slot, indexed, read_inputs, read_outputs
from compat.wire_types import FIELD_TYPES
from graph.node import NodeType
from graph.schema import Schema

CATEGORY = "sd"  # of a class that names none


@dataclass(frozen=True)
class Origin:
    """Where a class comes from: its pack among modules, the version of its code, the types it may meet."""

    module: str
    version: str = ""
    types: Collection[str] = FIELD_TYPES


def node_type_of(cls: type, name: str, origin: Origin, display_name: str | None = None) -> NodeType:
    """The node type of a class. Raises SchemaError, and whatever INPUT_TYPES raises."""

    def read() -> Schema:
        return schema_of(cls, name, origin, display_name)

    caller = Caller(cls, read())
    return NodeType(
        caller.call_async if inspect.iscoroutinefunction(main_function(cls)) else caller.call,
        caller.schema,
        fingerprint=caller.fingerprint if caller.schema.has_fingerprint else None,
        context_name=CONTEXT,
        lazy_status=caller.lazy_status if hasattr(cls, "check_lazy_status") else None,
        validate=caller.validate if caller.schema.has_validator else None,
        reread=read,
    )


def schema_of(cls: Any, name: str, origin: Origin, display_name: str | None = None) -> Schema:
    """What the class says of itself now. Raises SchemaError, and whatever INPUT_TYPES raises."""
    validator = getattr(cls, "VALIDATE_INPUTS", None)
    named, takes_all = named_by(validator) if validator is not None else ((), False)
    inputs = read_inputs(cls.INPUT_TYPES(), origin.types, lambda input_name: takes_all or input_name in named)
    return Schema(
        name=name,
        display_name=display_name or name,
        category=str(getattr(cls, "CATEGORY", None) or CATEGORY),
        description=str(getattr(cls, "DESCRIPTION", None) or ""),
        inputs=inputs.specs,
        outputs=read_outputs(cls, origin.types),
        is_output=flag(cls, "OUTPUT_NODE"),
        deprecated=flag(cls, "DEPRECATED"),
        experimental=flag(cls, "EXPERIMENTAL"),
        module=origin.module,
        version=origin.version,
        has_fingerprint=hasattr(cls, "IS_CHANGED"),
        hidden=inputs.hidden,
        takes_lists=flag(cls, "INPUT_IS_LIST"),
        keyed_by_id=flag(cls, "NOT_IDEMPOTENT") or "UNIQUE_ID" in inputs.hidden.values(),
        extra_inputs=extra_inputs(cls, inputs),
        open_outputs=answers_any_slot(getattr(cls, "RETURN_TYPES", None)),
        has_validator=validator is not None,
        unchecked_links="input_types" in named,
        is_api=flag(cls, "API_NODE"),
        search_aliases=tuple(str(alias) for alias in indexed(getattr(cls, "SEARCH_ALIASES", None))),
    )


def flag(cls: type, name: str) -> bool:
    """A switch of the class."""
    return bool(getattr(cls, name, False))


def main_function(cls: type) -> Any:
    """The function that FUNCTION names; None where an instance alone may have it."""
    name = getattr(cls, "FUNCTION", None)
    return getattr(cls, name, None) if isinstance(name, str) else None


def extra_inputs(cls: type, inputs: Inputs) -> Literal["none", "links", "any"]:
    """Which inputs the class is given that it does not declare."""
    if inputs.takes_any:
        return "any"
    function = main_function(cls)
    return "links" if callable(function) and takes_any_name(function) else "none"


def takes_any_name(function: Any) -> bool:
    """Whether a function, with whatever wraps it, has **kwargs."""
    try:
        parameters = inspect.signature(function, follow_wrapped=False).parameters.values()
    except ValueError:  # compiled code that does not tell
        return False
    return any(found.kind is inspect.Parameter.VAR_KEYWORD for found in parameters)
