"""A typed function -> Schema: inputs, widgets, outputs, as plain data."""

from __future__ import annotations

import inspect
import types as python_types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from graph.code import code_version, module_of
from graph.context import Context
from graph.errors import SchemaError
from graph.marks import (
    AUTOGROW,
    DYNAMIC_COMBO,
    Autogrow,
    Choice,
    Display,
    DynamicCombo,
    FileIn,
    Lazy,
    Option,
    Range,
    Seed,
    Text,
    Tooltip,
)
from graph.types import ANY, COMBO, OutputName, Socket


@dataclass(frozen=True)
class InputSpec:
    """One input: its wire type, its widget's options, and where its choices come from."""

    name: str
    type: str
    required: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    choices: tuple[Any, ...] | None = None
    folder: str | None = None
    lazy: bool = False  # computed only when the node asks for it
    raw_link: bool = False  # the node is given the link [id, slot] instead of its value
    unchecked: bool = False  # its node's own validator looks at the value

    @property
    def default(self) -> Any:
        """The widget's first value; None where there is none."""
        return self.options.get("default")

    @property
    def source(self) -> str | None:
        """The folder whose files it names; a canvas that lists them itself is told by `image_folder`."""
        if self.folder is None and self.choices is None and not self.unchecked:
            return self.options.get("image_folder")
        return self.folder

    @property
    def is_group(self) -> bool:
        """Whether it stands for several inputs that the parser knows; packs judge their own."""
        return self.type in (AUTOGROW, DYNAMIC_COMBO) and not self.unchecked


@dataclass(frozen=True)
class OutputSpec:
    """One output."""

    name: str
    type: str
    is_list: bool = False
    tooltip: str = ""
    match: str = ""  # the template whose inputs have the same type


@dataclass(frozen=True)
class Schema:
    """What the world knows of a node type: plain data that travels between processes."""

    name: str
    display_name: str
    category: str
    description: str
    inputs: tuple[InputSpec, ...]
    outputs: tuple[OutputSpec, ...]
    is_output: bool = False
    deprecated: bool = False
    experimental: bool = False
    module: str = "nodes"
    version: str = ""
    has_fingerprint: bool = False
    hidden: Mapping[str, str] = field(default_factory=dict)  # inputs that no one draws: name -> tag
    takes_lists: bool = False  # called once with whole lists, instead of once for each item
    keyed_by_id: bool = False  # equal nodes of other ids compute something else
    extra_inputs: Literal["none", "links", "any"] = "none"  # which undeclared inputs are given to it
    open_outputs: bool = False  # has more outputs than are declared, of any type
    has_validator: bool = False  # its own code judges the inputs, in the worker
    unchecked_links: bool = False  # its validator judges the types of links too
    is_api: bool = False  # calls a paid service
    search_aliases: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, InputSpec]:
        """The inputs by their names."""
        return {spec.name: spec for spec in self.inputs}

    @cached_property
    def has_groups(self) -> bool:
        """Whether which inputs there are depends on what is given: see `graph.groups`."""
        return any(spec.is_group for spec in self.inputs)

    def input(self, name: str) -> InputSpec | None:
        """The input of this name, if there is one."""
        return self.by_name.get(name)

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data; `from_dict` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Schema:
        """Read what `to_dict` wrote, also after a trip through JSON."""
        inputs = tuple(InputSpec(**{**spec, "choices": as_tuple(spec["choices"])}) for spec in data["inputs"])
        outputs = tuple(OutputSpec(**spec) for spec in data["outputs"])
        aliases = tuple(data.get("search_aliases", ()))
        return cls(**{**data, "inputs": inputs, "outputs": outputs, "search_aliases": aliases})


BUILTIN_TYPES: Mapping[type, str] = {int: "INT", float: "FLOAT", str: "STRING", bool: "BOOLEAN"}


def read_schema(
    function: Callable[..., Any],
    *,
    name: str,
    display_name: str,
    category: str,
    is_output: bool = False,
    deprecated: bool = False,
    experimental: bool = False,
    has_fingerprint: bool = False,
    takes_lists: bool = False,
    list_outputs: Sequence[bool] = (),
    keyed_by_id: bool = False,
) -> Schema:
    """The schema that a typed function's signature, annotations and docstring tell.

    Raises SchemaError for an annotation that names no socket type.
    """
    hints = type_hints(function, name)
    returned = hints.pop("return", None)
    inputs = tuple(read_inputs(function, hints, name))
    if takes_lists and any(spec.is_group for spec in inputs):
        raise SchemaError(f"node {name} takes lists, so none of its inputs can be a group")
    return Schema(
        name=name,
        display_name=display_name,
        category=category,
        description=inspect.cleandoc(function.__doc__ or ""),
        inputs=inputs,
        outputs=with_lists(read_outputs(returned, name), list_outputs, name),
        is_output=is_output,
        deprecated=deprecated,
        experimental=experimental,
        module=module_of(function),
        version=code_version(function),
        has_fingerprint=has_fingerprint,
        takes_lists=takes_lists,
        keyed_by_id=keyed_by_id,
    )


def type_hints(function: Callable[..., Any], name: str) -> dict[str, Any]:
    """The resolved annotations, Annotated kept."""
    try:
        return get_type_hints(function, include_extras=True)
    except NameError as error:
        raise SchemaError(
            f"node {name}: an annotation names what its module does not know: {error}"
        ) from error


def read_inputs(function: Callable[..., Any], hints: Mapping[str, Any], name: str) -> list[InputSpec]:
    """One input for each parameter but the context."""
    parameters = inspect.signature(function).parameters.values()
    for parameter in parameters:
        if parameter.name not in hints:
            raise SchemaError(f"node {name}: parameter {parameter.name!r} has no type annotation")
    return [
        read_input(parameter, hints[parameter.name], name)
        for parameter in parameters
        if hints[parameter.name] is not Context
    ]


def read_input(parameter: inspect.Parameter, hint: Any, node: str) -> InputSpec:
    """The input that one parameter describes."""
    bare, marks, optional = unwrap(hint)
    spec = InputSpec(
        parameter.name, wire_type(bare, marks, f"node {node}: input {parameter.name!r}"), not optional
    )
    if get_origin(bare) is Literal:
        spec = replace(spec, choices=tuple(str(value) for value in get_args(bare)))
    options: dict[str, Any] = {}
    if parameter.default is not inspect.Parameter.empty and not (optional and parameter.default is None):
        options["default"] = parameter.default
    for mark in marks:
        spec = apply(mark, spec, options)
    return replace(spec, options=options)


def unwrap(hint: Any) -> tuple[Any, tuple[Any, ...], bool]:
    """(bare type, marks, whether None is allowed) of `Annotated[T, ...]`, `T | None` and their mixtures."""
    marks: tuple[Any, ...] = ()
    optional = False
    while True:
        if get_origin(hint) is Annotated:
            hint, *found = get_args(hint)
            marks = (*found, *marks)
        elif get_origin(hint) in (Union, python_types.UnionType) and type(None) in get_args(hint):
            rest = [part for part in get_args(hint) if part is not type(None)]
            hint, optional = Union[tuple(rest)], True  # noqa: UP007 - built from values
        else:
            return hint, marks, optional


def wire_type(bare: Any, marks: Sequence[Any], where: str) -> str:
    """The wire's name of a Python type: a Socket mark, a drop-down, or one of the plain types."""
    for mark in marks:
        if isinstance(mark, Socket):
            return mark.name
        if isinstance(mark, Autogrow | DynamicCombo):
            return AUTOGROW if isinstance(mark, Autogrow) else DYNAMIC_COMBO
    if get_origin(bare) is Literal or any(isinstance(mark, Choice | FileIn) for mark in marks):
        return COMBO
    if bare is Any:
        return ANY
    if bare in BUILTIN_TYPES:
        return BUILTIN_TYPES[bare]
    raise SchemaError(
        f"{where} has type {bare!r}, which is no socket type: use int, float, str, bool, Literal, Any, "
        "or Annotated[YourType, Socket('NAME')]"
    )


def apply(mark: Any, spec: InputSpec, options: dict[str, Any]) -> InputSpec:
    """Add what one mark says to the input and to its options."""
    match mark:
        case Range(minimum, maximum, step, rounding):
            bounds = {"min": minimum, "max": maximum, "step": step, "round": rounding}
            options.update({key: value for key, value in bounds.items() if value is not None})
        case Text(multiline, dynamic_prompts, placeholder):
            options["multiline"] = multiline
            options.update({"dynamicPrompts": True} if dynamic_prompts else {})
            options.update({"placeholder": placeholder} if placeholder else {})
        case Choice(list_options):
            return replace(spec, choices=tuple(list_options()))
        case FileIn(folder, upload, empty):
            options.update({f"{upload}_upload": True} if upload else {})
            return replace(spec, folder=folder, choices=empty or None)
        case Seed():
            options["control_after_generate"] = True
        case Display(kind):
            options["display"] = kind
        case Tooltip(text):
            options["tooltip"] = text
        case Option():
            options.update(mark.options)
        case Lazy():
            options["lazy"] = True
            return replace(spec, lazy=True)
        case Autogrow(of, prefix, least, most):
            part = read_input(inspect.Parameter(prefix, inspect.Parameter.KEYWORD_ONLY), of, spec.name)
            options["template"] = {"input": by_group([part]), "prefix": prefix, "min": least, "max": most}
        case DynamicCombo(choices):
            parts = {
                key: read_inputs(of, type_hints(of, spec.name), spec.name) for key, of in choices.items()
            }
            options["options"] = [{"key": key, "inputs": by_group(found)} for key, found in parts.items()]
    return spec


def by_group(parts: Sequence[InputSpec]) -> dict[str, dict[str, Any]]:
    """The parts of a group as the wire describes them: `required` and, where there are any, `optional`."""
    required = {part.name: on_wire(part) for part in parts if part.required}
    optional = {part.name: on_wire(part) for part in parts if not part.required}
    return {"required": required} | ({"optional": optional} if optional else {})


def on_wire(part: InputSpec) -> list[Any]:
    """One part of a group: `[type, options]`, the choices of a drop-down among the options."""
    if part.folder is not None or part.lazy or part.is_group:
        raise SchemaError(
            f"input {part.name!r} of a group is a file, lazy or a group: none of them may be in one"
        )
    choices = {} if part.choices is None else {"multiselect": False, "options": list(part.choices)}
    return [part.type, {**part.options, **choices}]


def read_outputs(returned: Any, node: str) -> tuple[OutputSpec, ...]:
    """Outputs of a return annotation: one type, a tuple, a NamedTuple, or None."""
    bare, marks, _ = unwrap(returned)
    if bare in (None, type(None)) or getattr(bare, "__name__", "") == "Result":
        return ()
    where = f"node {node}: its result"
    if not marks and hasattr(bare, "_fields"):
        hints = get_type_hints(bare, include_extras=True)
        return tuple(named_output(field_name, hints[field_name], where) for field_name in bare._fields)
    if not marks and get_origin(bare) is tuple:
        return tuple(named_output("", part, where) for part in get_args(bare))
    return (named_output("", returned, where),)


def named_output(name: str, hint: Any, where: str) -> OutputSpec:
    """One output; without a name of its own it is called by its type."""
    bare, marks, _ = unwrap(hint)
    wire = wire_type(bare, marks, where)
    given = next((mark.name for mark in marks if isinstance(mark, OutputName)), name.upper())
    templates = [mark.options.get("template", {}) for mark in marks if isinstance(mark, Option)]
    match = next((str(template["template_id"]) for template in templates if "template_id" in template), "")
    return OutputSpec(given or wire, wire, match=match)


def with_lists(outputs: tuple[OutputSpec, ...], flags: Sequence[bool], node: str) -> tuple[OutputSpec, ...]:
    """The outputs, each flagged as a list of items or not. Raises SchemaError when the counts differ."""
    if not flags:
        return outputs
    if len(flags) != len(outputs):
        raise SchemaError(f"node {node}: {len(flags)} list flags for {len(outputs)} outputs")
    return tuple(replace(spec, is_list=flag) for spec, flag in zip(outputs, flags, strict=True))


def as_tuple(values: Sequence[str] | None) -> tuple[str, ...] | None:
    """A list read from JSON as the tuple it was."""
    return None if values is None else tuple(values)


__all__ = [
    "Autogrow", "Choice", "Display", "DynamicCombo", "FileIn", "InputSpec", "Lazy", "Option", "OutputSpec",
    "Range", "Schema", "Seed", "Text", "Tooltip", "read_schema",
]  # fmt: skip
