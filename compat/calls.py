"""Calls of a class of the field: its inputs as it wants them, and what it returns as the engine reads it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection, Coroutine, Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

import torch

from compat.current import running
from compat.values import from_field, from_pack, to_pack
from graph.calls import WrongResult
from graph.context import Context
from graph.node import Blocker, Expand, Result
from graph.schema import Schema

CONTEXT = "(context)"  # where the engine puts it; no input has such a name
INSTANCE = "instance"


@dataclass(frozen=True)
class Caller:
    """The functions of one class, as the engine calls them."""

    cls: type
    schema: Schema

    def call(self, /, **given: Any) -> Any:
        """Its main method."""
        context: Context = given.pop(CONTEXT)
        with running(context), torch.inference_mode():
            returned = self.method(context)(**self.arguments(context, given))
        return as_result(self.schema, returned)

    async def call_async(self, /, **given: Any) -> Any:
        """Its main method, where that is a coroutine function."""
        context: Context = given.pop(CONTEXT)
        with running(context):
            returned = await Inferring(self.method(context)(**self.arguments(context, given)))
        return as_result(self.schema, returned)

    def lazy_status(self, context: Context, known: Mapping[str, Any]) -> Iterable[str]:
        """The inputs that `check_lazy_status` wants."""
        with running(context), torch.inference_mode():
            ask = instance_of(self.cls, context).check_lazy_status
            answer = awaited(ask(**self.arguments(context, known)))
        return [answer] if isinstance(answer, str) else list(answer or ())

    def fingerprint(self, /, **given: Any) -> object:
        """What IS_CHANGED answers to the inputs, linked ones None."""
        return awaited(self.attribute("IS_CHANGED")(**self.constants(given)))

    def validate(self, values: Mapping[str, Any], types: Mapping[str, str]) -> Mapping[str, str]:
        """What VALIDATE_INPUTS finds wrong; the same is told of each input that it names."""
        names, takes_all = named_by(self.attribute("VALIDATE_INPUTS"))
        asked = {name: v for name, v in self.constants(values).items() if takes_all or name in names}
        if "input_types" in names:
            asked["input_types"] = [dict(types)] if self.schema.takes_lists else dict(types)
        answer = awaited(self.attribute("VALIDATE_INPUTS")(**asked))
        if answer is True or isinstance(answer, Blocker):
            return {}
        wrong = answer if isinstance(answer, str) else f"VALIDATE_INPUTS answered {answer!r}, not True"
        return {name: wrong for name in asked if self.schema.hidden.get(name) not in HIDDEN}

    def attribute(self, name: str) -> Callable[..., Any]:
        """One of the class's functions."""
        found: Callable[..., Any] = getattr(self.cls, name)
        return found

    def method(self, context: Context) -> Callable[..., Any]:
        """The main method of the node's instance. Raises AttributeError where the class has none."""
        instance = instance_of(self.cls, context)
        name = getattr(self.cls, "FUNCTION", None)
        found: Callable[..., Any] | None = getattr(instance, name, None) if isinstance(name, str) else None
        if found is None:
            kind = f"{self.cls.__module__}.{self.cls.__qualname__}"
            raise AttributeError(f"{kind} names its method in FUNCTION, but has none called {name!r}")
        return found

    def arguments(self, context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs, and the hidden ones of this call."""
        hidden = hidden_values(self.schema.hidden, context)
        return {**to_pack(self.schema, given), **self.wrapped(hidden)}

    def constants(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs known before the run, and stand-ins for the hidden ones."""
        empty: dict[str, Any] = {"PROMPT": {}}
        hidden = {name: empty.get(tag) for name, tag in self.schema.hidden.items() if tag in HIDDEN}
        return self.wrapped({**to_pack(self.schema, given), **hidden})

    def wrapped(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Each value in a list, where the class takes lists."""
        return {name: [value] for name, value in values.items()} if self.schema.takes_lists else dict(values)


def instance_of(cls: type, context: Context) -> Any:
    """The instance of the class that belongs to the node, made when it is first needed."""
    found = context.state.get(INSTANCE)
    if type(found) is not cls:
        found = context.state[INSTANCE] = cls()
    return found


def hidden_values(hidden: Mapping[str, str], context: Context) -> dict[str, Any]:
    """What the hidden inputs ask for; those that are no tag have their values from the workflow."""
    return {name: HIDDEN[tag](context) for name, tag in hidden.items() if tag in HIDDEN}


def dynamic_prompt(context: Context) -> Any:
    """The graph with what expansions have added so far."""
    from compat.comfy_execution.graph import DynamicPrompt

    return DynamicPrompt(context)


# What a hidden input may ask for, by its tag; accounts there are none.
HIDDEN: Mapping[str, Callable[[Context], Any]] = {
    "PROMPT": lambda context: context.prompt,
    "DYNPROMPT": dynamic_prompt,
    "EXTRA_PNGINFO": lambda context: context.extra_pnginfo,
    "UNIQUE_ID": lambda context: context.node_id,
    "AUTH_TOKEN_COMFY_ORG": lambda _: None,
    "API_KEY_COMFY_ORG": lambda _: None,
}


def named_by(function: Callable[..., Any]) -> tuple[Collection[str], bool]:
    """(the names of a function's parameters, whether it takes any other names too)."""
    parameters = inspect.signature(function).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    takes_all = any(found.kind is inspect.Parameter.VAR_KEYWORD for found in parameters)
    return {found.name for found in parameters if found.kind in kinds}, takes_all


class Inferring(Generator[Any, Any, Any]):
    """The steps of a coroutine, each under inference mode; what others do between them is not."""

    def __init__(self, steps: Coroutine[Any, Any, Any]) -> None:
        self.steps = steps

    def __await__(self) -> Generator[Any, Any, Any]:
        return self

    def send(self, value: Any) -> Any:
        with torch.inference_mode():
            return self.steps.send(value)

    def throw(self, *error: Any) -> Any:
        with torch.inference_mode():
            return self.steps.throw(*error)

    def close(self) -> None:
        self.steps.close()


def awaited(value: Any) -> Any:
    """A value, awaited if it must be: on a loop of its own, in another thread where this one has a loop."""
    if not inspect.isawaitable(value):
        return value
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return finished(value)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(copy_context().run, finished, value).result()


def finished(value: Awaitable[Any]) -> Any:
    """What an awaitable gives; the thread's own event loop, if it has one, stays as it is."""

    async def wait() -> Any:
        return await value

    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(wait())
    finally:
        loop.close()


# What a method returns


def as_result(schema: Schema, returned: Any) -> Any:
    """A tuple, a dict of result, ui and expand, a blocker or None, as the engine reads it.

    Raises WrongResult for anything else.
    """
    if isinstance(returned, Blocker):
        return returned
    shown, graph = {}, None
    if isinstance(returned, Mapping):
        shown, graph = ui_of(returned.get("ui")), returned.get("expand")
        returned = returned.get("result") or ()
    elif returned is None and not schema.outputs:
        returned = ()
    values = from_pack(schema, complete(schema, returned))
    if graph is not None:
        return Expand(with_values(graph), *values, ui=shown)
    if shown or schema.open_outputs:
        return Result(*values, ui=shown)
    if not values:
        return None
    return values[0] if len(values) == 1 else values


def complete(schema: Schema, values: Any) -> tuple[Any, ...]:
    """One value for each output: a missing one stops who reads it, one too many is dropped.

    Raises WrongResult for what is no sequence of values.
    """
    count = len(schema.outputs)
    if isinstance(values, Blocker):
        return (values,) * count
    if not isinstance(values, tuple | list):
        kind = type(values).__name__
        raise WrongResult(
            f"{schema.name} returned one {kind}; a node returns a tuple, such as (value,), or a dict"
        )
    missing = [
        Blocker(f"{schema.name} returned {len(values)} value(s), and none for its output {spec.name}")
        for spec in schema.outputs[len(values) :]
    ]
    return (*(values if schema.open_outputs else values[:count]), *missing)


def with_values(graph: Mapping[str, Any]) -> dict[str, Any]:
    """A graph to run; values that stand in it may go to Heddle's own nodes."""

    def read(data: Any) -> Any:
        inputs = data.get("inputs") if isinstance(data, Mapping) else None
        if not isinstance(inputs, Mapping):
            return data
        return {**data, "inputs": {name: from_field(value) for name, value in inputs.items()}}

    return {node_id: read(data) for node_id, data in graph.items()}


def ui_of(shown: Any) -> dict[str, list[Any]]:
    """What a node shows: a list under each key."""
    if not isinstance(shown, Mapping):
        return {}
    return {str(key): list(v) if isinstance(v, list | tuple | set) else [v] for key, v in shown.items()}
