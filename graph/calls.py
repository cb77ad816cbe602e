"""A node's own code: called once, or once for each item of its lists, and what it returns read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from graph.cache import Outputs, Ui
from graph.context import Cancel, Context
from graph.errors import Cancelled, HeddleError
from graph.lease import Future, Memory
from graph.measure import NOT_COUNTED, Held, Meter
from graph.node import Blocker, Expand, NodeType, Result
from graph.schema import Schema

Arguments = dict[str, Any]
SILENT = Blocker()


class WrongResult(HeddleError):
    """A node returned another number or kind of outputs than its signature says."""


class Items(list[Any]):
    """A list of items: the node that receives it is called once for each of them."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """What one call gave; without a call, the blockers that stand for its outputs."""

    values: tuple[Any, ...]
    ui: Ui | None = None
    graph: Mapping[str, Any] | None = None  # nodes that it wants to run
    blocked: Blocker | None = None  # what kept the call from happening


@dataclass(frozen=True, slots=True)
class Ended:
    """How the calls of one node ended: what each gave, or what was raised."""

    returned: Sequence[Returned]
    mapped: bool  # one call for each item
    seconds: float
    error: BaseException | None = None
    held: Held = NOT_COUNTED


@dataclass(frozen=True, slots=True)
class Call:
    """A node about to be called, with everything that it takes; may be performed on any thread."""

    node_type: NodeType
    arguments: Arguments
    context: Callable[[int], Context]
    cancel: Cancel
    memory: Memory
    future: Future
    meter: Meter

    def perform(self, relief: Callable[[Exception], bool] | None = None) -> Ended:
        """Call the function for each item. After an error that `relief` answers with True, once more."""
        started, watch = perf_counter(), self.meter.begin()
        returned: Sequence[Returned] = ()
        mapped = False
        raised: Exception | None = None
        while True:
            try:
                calls, mapped = split(self.node_type.schema, self.arguments)
                with self.memory.lease(self.arguments, self.future):
                    returned = [self.one(index, arguments) for index, arguments in enumerate(calls)]
            except Cancelled as error:
                raised = error
            except Exception as error:  # noqa: BLE001 - whatever a node raises is told, and ends only what needs it
                if relief is not None and relief(error):
                    continue
                raised = error
            seconds = perf_counter() - started
            return Ended(returned, mapped, seconds, raised, watch.end(seconds))

    async def perform_async(self) -> Ended:
        """The same for a coroutine function: the calls run beside each other; their memory is not counted."""
        started = perf_counter()
        tasks: list[asyncio.Future[Returned]] = []
        try:
            calls, mapped = split(self.node_type.schema, self.arguments)
            with self.memory.lease(self.arguments, self.future):
                tasks = [asyncio.ensure_future(self.one_async(i, given)) for i, given in enumerate(calls)]
                returned = await asyncio.gather(*tasks)
            return Ended(returned, mapped, perf_counter() - started)
        except (Cancelled, asyncio.CancelledError):
            return Ended((), False, perf_counter() - started, Cancelled("the run was interrupted"))
        except Exception as error:  # noqa: BLE001 - as above
            return Ended((), False, perf_counter() - started, error)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # none outlives its node

    def one(self, index: int, arguments: Arguments) -> Returned:
        """One call, unless something that it was given stops it."""
        schema = self.node_type.schema
        blocker = find_blocker(arguments.values(), schema.takes_lists)
        if blocker is not None:
            return blocked(schema, blocker)
        if self.cancel.requested:
            raise Cancelled(f"the run was interrupted before {schema.name}")
        return read_result(schema, self.node_type.fn(**arguments, **self.injected(index)))

    async def one_async(self, index: int, arguments: Arguments) -> Returned:
        """As `one`, awaited."""
        schema = self.node_type.schema
        blocker = find_blocker(arguments.values(), schema.takes_lists)
        if blocker is not None:
            return blocked(schema, blocker)
        if self.cancel.requested:
            raise Cancelled(f"the run was interrupted before {schema.name}")
        return read_result(schema, await self.node_type.fn(**arguments, **self.injected(index)))

    def injected(self, index: int) -> dict[str, Context]:
        """The context under the name that the node's function gave it."""
        name = self.node_type.context_name
        return {} if name is None else {name: self.context(index)}


def split(schema: Schema, arguments: Arguments) -> tuple[list[Arguments], bool]:
    """(the arguments of each call, whether there is one for each item); the shorter list repeats its last."""
    if schema.takes_lists:
        return [{name: as_list(value) for name, value in arguments.items()}], False
    lengths = [len(value) for value in arguments.values() if type(value) is Items]
    if not lengths:
        return [arguments], False
    count = max(lengths) if 0 not in lengths else 0  # an empty list has no last item to repeat
    return [{name: item(value, index) for name, value in arguments.items()} for index in range(count)], True


def as_list(value: Any) -> list[Any]:
    """The items, or the one value there is."""
    return list(value) if type(value) is Items else [value]


def item(value: Any, index: int) -> Any:
    """What the call of this index is given."""
    return value[min(index, len(value) - 1)] if type(value) is Items else value


def find_blocker(values: Iterable[Any], in_lists: bool) -> Blocker | None:
    """What among the arguments stops the call."""
    for value in values:
        if isinstance(value, Blocker):
            return value
        if in_lists and type(value) is list:
            found = next((part for part in value if isinstance(part, Blocker)), None)
            if found is not None:
                return found
    return None


def blocked(schema: Schema, blocker: Blocker) -> Returned:
    """The result of a call that does not happen: a message is told here, and is silent further on."""
    return Returned((SILENT,) * len(schema.outputs), blocked=blocker)


def read_result(schema: Schema, returned: Any) -> Returned:
    """What a function returned, one value for each output. Raises WrongResult when the count differs."""
    count = len(schema.outputs)
    if isinstance(returned, Blocker):
        return Returned((returned,) * count)
    ui = returned.ui or None if isinstance(returned, Result | Expand) else None
    graph = returned.graph if isinstance(returned, Expand) else None
    values = result_values(schema, returned)
    if len(values) == 1 and count != 1 and isinstance(values[0], Blocker):
        values = values * count
    if len(values) != count and not schema.open_outputs:
        raise WrongResult(
            f"{schema.name} returned {len(values)} value(s), but its signature names {count} output(s)"
        )
    return Returned(values, ui, graph)


def result_values(schema: Schema, returned: Any) -> tuple[Any, ...]:
    """A function's plain values, of whatever shape it returned them in."""
    count = len(schema.outputs)
    if isinstance(returned, Result | Expand):
        return tuple(returned.values)
    if count == 0 and returned is None:
        return ()
    if count == 1 and len(getattr(returned, "_fields", ())) != 1:
        return (returned,)
    return tuple(returned) if isinstance(returned, tuple | list) else (returned,)


def gather(schema: Schema, returned: Sequence[Returned], mapped: bool) -> Outputs:
    """The outputs of a node from what its calls gave. Raises WrongResult for a list output that is none."""
    if not mapped:
        values, ui = returned[0].values, returned[0].ui
        flags = [spec.is_list for spec in schema.outputs]
        if True in flags:
            flags += [False] * (len(values) - len(flags))
            values = tuple(
                Items(items_of(schema, value)) if flag else value
                for value, flag in zip(values, flags, strict=True)
            )
        return Outputs(values, ui, beyond(returned[0]))
    width = max((len(one.values) for one in returned), default=len(schema.outputs))
    columns = tuple(column(schema, returned, slot) for slot in range(width))
    return Outputs(columns, merged_ui(returned), Items(map(beyond, returned)))


def beyond(one: Returned) -> Blocker | None:
    """What a call gives at an output that it did not return."""
    return None if one.blocked is None else SILENT


def column(schema: Schema, returned: Sequence[Returned], slot: int) -> Items:
    """One output over all calls: their values, or their lists one after another."""
    is_list = slot < len(schema.outputs) and schema.outputs[slot].is_list
    values = (one.values[slot] if slot < len(one.values) else beyond(one) for one in returned)
    return Items(
        part for value in values for part in (items_of(schema, value) if is_list else as_list(value))
    )


def items_of(schema: Schema, value: Any) -> Iterable[Any]:
    """The items of an output that is a list of them."""
    if isinstance(value, Blocker):
        return (value,)
    if isinstance(value, list | tuple):
        return value
    raise WrongResult(
        f"{schema.name} says that it returns a list of items, but returned {type(value).__name__}"
    )


def merged_ui(returned: Sequence[Returned]) -> Ui | None:
    """What several calls show, one after another under each key; None when none shows anything."""
    shown: dict[str, list[Any]] = {}
    found = [one.ui for one in returned if one.ui is not None]
    for ui in found:
        for key, entries in ui.items():
            shown.setdefault(key, []).extend(entries)
    return shown if found else None


def wanted_inputs(call: Call, lazy: Mapping[str, bool]) -> set[str]:
    """The lazy inputs (name -> whether it is there already) that the node now wants and that are not there.

    Raises what the node's own question raises.
    """
    ask = call.node_type.lazy_status
    if ask is None:
        return set()
    calls, _ = split(call.node_type.schema, call.arguments)
    wanted: set[str] = set()
    for index, arguments in enumerate(calls):
        if find_blocker(arguments.values(), call.node_type.schema.takes_lists):
            continue  # the call will not happen
        known = dict(arguments)
        if call.node_type.schema.takes_lists:
            known |= {name: (None,) for name, there in lazy.items() if not there}
        wanted.update(ask(call.context(index), known) or ())
    return {name for name in wanted if lazy.get(name) is False}


def asked(call: Call, lazy: Mapping[str, bool]) -> set[str] | Exception:
    """As `wanted_inputs`, with what the node's question raised as a value."""
    try:
        return wanted_inputs(call, lazy)
    except Exception as error:  # noqa: BLE001 - the node's own code
        return error


def change_token(
    node_type: NodeType, values: Mapping[str, Any], links: Iterable[str]
) -> tuple[object] | None:
    """What a node's fingerprint function says of its inputs; None for NaN or when it raises."""
    if node_type.fingerprint is None:
        return ("",)
    try:
        found = node_type.fingerprint(**values, **dict.fromkeys(links))
        return (found,) if bool(found == found) else None
    except Exception:  # noqa: BLE001 - the node's own code; what cannot be told is never cached
        return None


def judged(
    node_type: NodeType, values: Mapping[str, Any], types: Mapping[str, str]
) -> Mapping[str, str] | Exception:
    """What a node's own validator finds wrong, by input; or what it raised."""
    if node_type.validate is None:
        return {}
    try:
        return node_type.validate(values, types)
    except Exception as error:  # noqa: BLE001 - the node's own code
        return error


__all__ = [
    "Arguments", "Call", "Ended", "Items", "Returned", "WrongResult", "asked", "change_token", "gather",
    "judged", "merged_ui", "split",
]  # fmt: skip
