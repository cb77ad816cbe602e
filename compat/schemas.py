"""A class in the field's newer style (define_schema, execute, ...) as a node type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch

from compat.calls import CONTEXT, Inferring, as_result, awaited, hidden_values, named_by, ui_of
from compat.classes import Origin
from compat.comfy_api.latest._io.dynamic import (
    DynamicSlotInput,
    MatchTypeInput,
    MatchTypeOutput,
    is_dynamic,
    leaves_of,
    regrouped,
)
from compat.comfy_api.latest._io.inputs import Input, Output, WidgetInput
from compat.comfy_api.latest._io.nodes import (
    ComfyNode,
    NodeOutput,
    ReturnedError,
    as_node_output,
    is_async,
    locked_clone,
    overrides,
)
from compat.comfy_api.latest._io.schema import Hidden, HiddenHolder
from compat.comfy_api.latest._io.schema import Schema as Declared
from compat.comfy_api.latest._io.types import MultiCombo
from compat.current import running
from compat.declarations import read_input
from compat.nested import read_nested, wrong_links, wrong_values
from compat.values import to_pack
from compat.wire_types import FIELD_TYPES
from graph.context import Context
from graph.errors import SchemaError
from graph.node import Blocker, NodeType
from graph.schema import InputSpec, OutputSpec, Schema
from graph.types import ANY, WIDGETS, members

VALIDATOR, FINGERPRINT, LAZY = "validate_inputs", "fingerprint_inputs", "check_lazy_status"


def node_type_of(
    cls: type, *, origin: Origin, name: str | None = None, display_name: str | None = None
) -> NodeType:
    """The node type of a class; `name` and `display_name` say otherwise than its schema.

    Raises SchemaError, and whatever define_schema raises.
    """
    if not issubclass(cls, ComfyNode) or not overrides(cls, "execute"):
        raise SchemaError(
            f"{cls.__name__} should inherit from io.ComfyNode and have a class method `execute`"
        )

    def read() -> Schema:
        return schema_of(cls, origin, name, display_name)

    caller = Caller(cls, read())
    return NodeType(
        caller.call_async if is_async(cls) else caller.call,
        caller.schema,
        fingerprint=caller.fingerprint if caller.schema.has_fingerprint else None,
        context_name=CONTEXT,
        lazy_status=caller.lazy_status if overrides(cls, LAZY) else None,
        validate=caller.validate if caller.schema.has_validator else None,
        reread=read,
    )


# What the class says of itself


def schema_of(
    cls: type[ComfyNode], origin: Origin, name: str | None = None, display_name: str | None = None
) -> Schema:
    """What the class says of itself now. Raises SchemaError, and whatever define_schema raises."""
    said = cls.GET_SCHEMA()
    names, takes_all = named_by(cls.validate_inputs) if overrides(cls, VALIDATOR) else ((), False)
    inputs = tuple(input_spec(one, origin, takes_all or one.id in names) for one in said.inputs)
    wanted = {one.name: one.value for one in said.wanted}
    return Schema(
        name=name or said.node_id,
        display_name=display_name or said.display_name or name or said.node_id,
        category=said.category or "sd",
        description=said.description,
        inputs=inputs,
        outputs=tuple(map(output_spec, said.outputs)),
        is_output=bool(said.is_output_node),
        deprecated=bool(said.is_deprecated),
        experimental=bool(said.is_experimental),
        module=origin.module,
        version=origin.version,
        has_fingerprint=overrides(cls, FINGERPRINT),
        hidden=wanted,
        takes_lists=bool(said.is_input_list),
        keyed_by_id=bool(said.not_idempotent) or Hidden.unique_id.name in wanted,
        extra_inputs=extra_inputs(said),
        has_validator=overrides(cls, VALIDATOR)
        or any(judges_itself(one) or matches(one) for one in said.inputs),
        unchecked_links="input_types" in names or any(map(takes_other_links, said.inputs)),
        is_api=bool(said.is_api_node),
        search_aliases=tuple(map(str, said.search_aliases)),
    )


def input_spec(one: Input, origin: Origin, unchecked: bool) -> InputSpec:
    """One input; a group without a value of its own cannot be missing."""
    required = not one.optional and not is_group(one)
    free = unchecked or judges_itself(one) or draws_itself(one)
    return read_input(one.id, one.as_v1(), required, origin.types, free)


def is_group(one: Input) -> bool:
    """Whether only its parts are ever given."""
    return is_dynamic([one]) and all(leaf.id != one.id for leaf in leaves_of([one], {}))


def judges_itself(one: Input) -> bool:
    """Whether its values are checked here, because the workflow's parser knows nothing of their kind."""
    return is_dynamic([one]) or isinstance(one, MultiCombo.Input)


def matches(one: Input) -> bool:
    """Whether it takes only some of the types that its own stands for, so that its links are checked here."""
    return isinstance(one, MatchTypeInput)


def draws_itself(one: Input) -> bool:
    """Whether the pack's own pages may draw a widget for it, whose values no one else can judge."""
    kind = one.get_io_type()
    return not members(kind) & (FIELD_TYPES | {ANY}) or (isinstance(one, WidgetInput) and kind not in WIDGETS)


def takes_other_links(one: Input) -> bool:
    """Whether what is linked to it is of another type than its own."""
    return isinstance(one, DynamicSlotInput)


def output_spec(one: Output) -> OutputSpec:
    """One output; without a name of its own it is called by its type."""
    match = one.template.template_id if isinstance(one, MatchTypeOutput) else ""
    return OutputSpec(one.shown_name, one.get_io_type(), one.is_output_list, one.tooltip or "", match)


def extra_inputs(said: Declared) -> Literal["none", "links", "any"]:
    """Groups arrive as inputs that no one has declared: `group.item0`."""
    return "any" if said.accept_all_inputs or is_dynamic(said.inputs) else "none"


# What it is asked


@dataclass(frozen=True)
class Caller:
    """The functions of one class, as the engine calls them."""

    cls: type[ComfyNode]
    schema: Schema

    def call(self, /, **given: Any) -> Any:
        """Its `execute`."""
        context: Context = given.pop(CONTEXT)
        with running(context), torch.inference_mode():
            returned = self.clone(context).execute(**self.arguments(given))
            return self.result(returned)

    async def call_async(self, /, **given: Any) -> Any:
        """Its `execute`, where that is a coroutine function."""
        context: Context = given.pop(CONTEXT)
        with running(context):
            returned = await Inferring(self.clone(context).execute(**self.arguments(given)))
            return self.result(returned)

    def lazy_status(self, context: Context, known: Mapping[str, Any]) -> Iterable[str]:
        """The inputs that `check_lazy_status` wants; those of groups are given as (value, id)."""
        arguments = self.nested(self.given(known), with_ids=True)
        with running(context), torch.inference_mode():
            answer = ask(self.clone(context).check_lazy_status, arguments)
        return [answer] if isinstance(answer, str) else [name for name in answer or () if name is not None]

    def fingerprint(self, /, **given: Any) -> object:
        """What `fingerprint_inputs` answers to the inputs, linked ones None."""
        return ask(self.clone(None).fingerprint_inputs, self.constants(given))

    def validate(self, values: Mapping[str, Any], types: Mapping[str, str]) -> Mapping[str, str]:
        """What is wrong with what the workflow's parser cannot judge, and what the class's own code says."""
        has_own = overrides(self.cls, VALIDATOR)
        names, takes_all = named_by(self.cls.validate_inputs) if has_own else ((), False)
        live = {**dict.fromkeys(types), **values}
        inputs = self.declared().inputs
        unnamed = [one for one in inputs if not (takes_all or one.id in names)]
        wrong = wrong_values([one for one in unnamed if judges_itself(one)], live, types)
        if "input_types" not in names:
            wrong |= wrong_links(inputs, live, types, self.schema.unchecked_links)
        return wrong | (self.own_verdict(live, types) if has_own else {})

    def own_verdict(self, live: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, str]:
        """What `validate_inputs` finds wrong; the same is told of each input that it names."""
        names, takes_all = named_by(self.cls.validate_inputs)
        given = self.constants(live)
        asked = {name: value for name, value in given.items() if takes_all or name in names}
        types_asked = {"input_types": dict(types)} if "input_types" in names else {}
        answer = awaited(self.clone(None).validate_inputs(**asked, **types_asked))
        if answer is True or isinstance(answer, Blocker):
            return {}
        wrong = answer if isinstance(answer, str) else f"{VALIDATOR} answered {answer!r}, not True"
        return dict.fromkeys((*asked, *types_asked), wrong)

    def declared(self) -> Declared:
        """The schema as the class gives it now."""
        return self.cls.GET_SCHEMA()

    def clone(self, context: Context | None) -> Any:
        """The class for one call, with the hidden values that it asked for."""
        told = {} if context is None else hidden_values(self.schema.hidden, context)
        return locked_clone(self.cls, HiddenHolder(**told))

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs, those of groups as nested dicts and in the types that they declare."""
        known = self.given(given)
        if self.schema.extra_inputs == "none":
            return known
        return self.nested(read_nested(self.declared().inputs, known))

    def given(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs as packs know them; hidden ones are on the class."""
        visible = {name: value for name, value in given.items() if name not in self.schema.hidden}
        return to_pack(self.schema, visible)

    def constants(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs known before the run."""
        nested = self.nested(self.given(given))
        return {name: [value] for name, value in nested.items()} if self.schema.takes_lists else nested

    def nested(self, given: Mapping[str, Any], *, with_ids: bool = False) -> dict[str, Any]:
        """The inputs, those of groups as nested dicts; undeclared ones only where the class takes all."""
        if self.schema.extra_inputs == "none":
            return dict(given)
        declared = self.declared()
        found = regrouped(declared.inputs, given, with_ids=with_ids)
        if not declared.accept_all_inputs:
            return found
        leaves = {leaf.id for leaf in leaves_of(declared.inputs, given)}
        return found | {name: value for name, value in given.items() if name not in leaves}

    def result(self, returned: Any) -> Any:
        """What `execute` returned, as the engine reads it. Raises ReturnedError."""
        output = as_node_output(returned, self.schema.name)
        if output.expand is not None and not self.declared().enable_expand:
            raise ReturnedError(
                f"{self.schema.name} returned expand, but its schema does not say enable_expand=True"
            )
        return as_result(self.schema, as_v1(output))


def as_v1(output: NodeOutput) -> dict[str, Any]:
    """A node's output as the dict that classes of the first style return."""
    blocked = output.block_execution
    result: Any = output.args if blocked is None else Blocker(blocked or None)
    shown = output.ui.as_dict() if hasattr(output.ui, "as_dict") else output.ui
    return {"result": result, "ui": ui_of(shown), "expand": output.expand}


def ask(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """What a function answers to those of the arguments that it names."""
    names, takes_all = named_by(function)
    return awaited(function(**{name: v for name, v in arguments.items() if takes_all or name in names}))
