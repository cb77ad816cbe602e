"""@node: a typed function becomes a node type, a callable that carries its schema."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_type_hints

from graph.context import Context
from graph.groups import with_groups
from graph.schema import InputSpec, Schema, read_schema

# Called with every input by name, linked ones None; another answer means that the node must run again.
Fingerprint = Callable[..., object]
# Called with every input by name, those not yet computed None; answers which of these are wanted.
LazyStatus = Callable[[Context, Mapping[str, Any]], Iterable[str]]
# (values, linked ones None; types of what is linked) -> what is wrong, by input.
Validate = Callable[[Mapping[str, Any], Mapping[str, str]], Mapping[str, str]]
# What a node works with: the device and this thread, or a thread beside it for CPU or disk.
Lane = Literal["device", "cpu", "disk"]


class Result:
    """What a node returns that has something to show: its outputs, and `ui` for clients and the history."""

    __slots__ = ("ui", "values")

    def __init__(self, *values: object, ui: Mapping[str, list[Any]] | None = None) -> None:
        self.values = values
        self.ui = dict(ui or {})


class Expand:
    """What a node returns that wants more nodes to run: their graph in API form, and its own outputs.

    An output may be a link `[id, slot]` into that graph. Ids begin with the id of the node that returns it
    and a dot; others get that prefix, so that the same expansion has the same ids in every run.
    """

    __slots__ = ("graph", "ui", "values")

    def __init__(
        self, graph: Mapping[str, Any], *values: object, ui: Mapping[str, list[Any]] | None = None
    ) -> None:
        self.graph = graph
        self.values = values
        self.ui = dict(ui or {})


@dataclass(frozen=True)
class Blocker:
    """A value that stops whoever receives it: silently, or with a message where it arrives first."""

    message: str | None = None


@dataclass(frozen=True, eq=False)
class NodeType:
    """A function and its schema. Calling it calls the function."""

    fn: Callable[..., Any]
    schema: Schema
    fingerprint: Fingerprint | None = None
    context_name: str | None = None  # the parameter that takes the Context
    lazy_status: LazyStatus | None = None
    validate: Validate | None = None
    reread: Callable[[], Schema] | None = None  # the schema as it is now, where its choices change
    lane: Lane = "device"
    at_rest: bool = False  # the weights that it is given stay where they are: it passes them on
    is_async: bool = field(init=False)
    where: str = field(init=False)  # the lane, or "async": what its calls keep busy
    files: tuple[InputSpec, ...] = field(init=False)  # inputs that name a file
    lazy: frozenset[str] = field(init=False)  # inputs that are computed only when it asks
    raw: frozenset[str] = field(init=False)  # inputs whose link it is given

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_async", inspect.iscoroutinefunction(self.fn))
        object.__setattr__(self, "where", "async" if self.is_async else self.lane)
        inputs = self.schema.inputs
        object.__setattr__(self, "files", tuple(with_folder(spec) for spec in inputs if spec.source))
        object.__setattr__(self, "lazy", frozenset(spec.name for spec in inputs if spec.lazy))
        object.__setattr__(self, "raw", frozenset(spec.name for spec in inputs if spec.raw_link))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.fn(*args, **kwargs)


def node(
    category: str,
    *,
    name: str | None = None,
    display_name: str | None = None,
    is_output: bool = False,
    fingerprint: Fingerprint | None = None,
    lazy_status: Callable[..., Iterable[str]] | None = None,
    takes_lists: bool = False,
    list_outputs: Sequence[bool] = (),
    not_idempotent: bool = False,
    lane: Lane = "device",
    at_rest: bool = False,
    deprecated: bool = False,
    experimental: bool = False,
) -> Callable[[Callable[..., Any]], NodeType]:
    """Make a typed function a node type of this category ("image/filter").

    Its parameters are the inputs, its annotations their sockets and widgets, its docstring the tooltip.
    `fingerprint` is called with every input by name, linked ones None; another answer means that the node
    must run again. `lazy_status` is called with the inputs by name, those marked `Lazy()` None until they are
    computed, and answers the names of those wanted; it is asked again until it wants nothing more.
    With `takes_lists` every input arrives as a list, and the node is called once; `list_outputs` says for
    each output whether it is a list of items, for each of which the next node is called. `not_idempotent`
    nodes share no result with equal ones. `lane` names what the node works with: nodes of different lanes
    run at the same time. A node `at_rest` passes models on without computing with them, so that no weights
    are brought to the device for it. Raises SchemaError where a type is no socket type.
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
            takes_lists=takes_lists,
            list_outputs=list_outputs,
            keyed_by_id=not_idempotent,
        )
        asked = None if lazy_status is None else without_context(lazy_status)
        called, context = with_groups(function, class_type), context_parameter(function)
        return NodeType(called, schema, fingerprint, context, asked, lane=lane, at_rest=at_rest)

    return decorate


def with_folder(spec: InputSpec) -> InputSpec:
    """The input with the folder whose files it names."""
    return replace(spec, folder=spec.source)


def without_context(lazy_status: Callable[..., Iterable[str]]) -> LazyStatus:
    """A function of the inputs alone, as the engine asks it."""

    def asked(_: Context, known: Mapping[str, Any]) -> Iterable[str]:
        return lazy_status(**known)

    return asked


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
