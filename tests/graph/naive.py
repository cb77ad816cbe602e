"""What a graph means, by plain recursion: no cache, no schedule, no lanes; held against the executor.

Every value that travels is a list of items here; what is no list of items is a list of one.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TypeGuard

from graph.context import Context
from graph.events import Announced, Event
from graph.folders import Folders
from graph.node import Blocker, Expand, NodeType, Result
from graph.registry import Registry
from tests.graph.toys import Called, Prompt

Items = list[Any]
Gave = list[Items] | None  # the items of each output of one call; None where a blocker kept it from happening
Arguments = dict[str, Any]
NO_FOLDERS = Folders(Path())


@dataclass
class Naive:
    """One evaluation. Recursion keeps each node's outcome: what is needed twice is called once."""

    registry: Registry
    nodes: dict[str, Mapping[str, Any]]
    display: dict[str, str]  # the node of the submitted graph that each node belongs to
    outcomes: dict[str, list[Gave] | None] = field(default_factory=dict)  # None: it has no outputs
    shown: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)  # raised, or received a blocker with a message
    lost: set[str] = field(default_factory=set)  # needs what raised
    silent: set[str] = field(default_factory=set)  # all its calls were stopped without a word
    calls: list[Called] = field(default_factory=list)

    @property
    def stopped(self) -> set[str]:
        """Nodes without a result of all their calls."""
        return self.failed | self.lost | self.silent

    @property
    def status(self) -> str:
        return "error" if self.failed else "success"

    def outputs(self, node_id: str) -> list[Gave] | None:
        """What each call of a node gave; None where it raised, or needs what is not there."""
        if node_id not in self.outcomes:
            try:
                self.outcomes[node_id] = self.computed(node_id)
            except Lost:
                self.outcomes[node_id] = None
                self.lost.add(node_id)
            except Exception:  # noqa: BLE001 - whatever a node raises
                self.outcomes[node_id] = None
                self.failed.add(node_id)
        return self.outcomes[node_id]

    def source(self, link: list[Any]) -> Items:
        """What a link leads to. Raises Lost where that is not there."""
        calls = self.outputs(link[0])
        if calls is None:
            raise Lost
        return list(chain.from_iterable(slot_of(gave, link[1]) for gave in calls))

    def all_of(self, links: Mapping[str, list[Any]]) -> dict[str, Items]:
        """What several links lead to; all are computed, also where one is lost."""
        for link in links.values():
            self.outputs(link[0])
        return {name: self.source(link) for name, link in links.items()}

    def computed(self, node_id: str) -> list[Gave]:
        """The outputs of a node from its sources, its calls and what they add."""
        node_type = self.registry[self.nodes[node_id]["class_type"]]
        calls = calls_of(node_type, self.inputs(node_id, node_type))
        returned = [self.called(node_id, node_type, i, arguments) for i, arguments in enumerate(calls)]
        self.show(node_id, returned)
        if returned and not any(returned) and node_id not in self.failed:
            self.silent.add(node_id)
        prefixes = [f"{node_id}.{i}." if len(calls) > 1 else f"{node_id}." for i in range(len(calls))]
        added = [self.added(node_id, prefix, one) for prefix, one in zip(prefixes, returned, strict=True)]
        for one in added:
            self.run_added(one)
        return [None if one is None else self.gave(node_type, one) for one in added]

    def inputs(self, node_id: str, node_type: NodeType) -> dict[str, Items]:
        """The items of each input; a lazy one is [None] unless the node wants it."""
        given = self.nodes[node_id]["inputs"]
        links = {name: value for name, value in given.items() if self.is_link(value)}
        lazy = {spec.name for spec in node_type.schema.inputs if spec.lazy}
        raw = {spec.name for spec in node_type.schema.inputs if spec.raw_link}
        found = {name: [unwrapped(value)] for name, value in given.items() if name not in links}
        found |= self.all_of({name: link for name, link in links.items() if name not in lazy})
        found |= {name: [None] for name in links if name in lazy}
        found |= {name: [link] for name, link in links.items() if name in raw}
        wanted: set[str] = set()
        while new := self.wanted(node_type, found) & lazy & set(links) - wanted - raw:
            found |= self.all_of({name: links[name] for name in new})
            wanted |= new
        return found

    def wanted(self, node_type: NodeType, found: Mapping[str, Items]) -> set[str]:
        """What a node asks for, over all its calls that nothing stops."""
        if node_type.lazy_status is None:
            return set()
        calls = [call for call in calls_of(node_type, found) if blocker_in(node_type, call) is None]
        return {name for call in calls for name in node_type.lazy_status(self.context("", 0), call)}

    def called(
        self, node_id: str, node_type: NodeType, index: int, arguments: Arguments
    ) -> Result | Expand | None:
        """What one call returns; None where a blocker keeps it from happening."""
        blocker = blocker_in(node_type, arguments)
        if blocker is None:
            name = node_type.context_name
            injected = {name: self.context(node_id, index)} if name else {}
            return result_of(node_type, completed(node_type.fn(**arguments, **injected)))
        if blocker.message is not None:
            self.failed.add(node_id)
        return None

    def context(self, node_id: str, index: int) -> Context:
        def note(event: Event) -> None:
            if isinstance(event, Announced):
                self.calls.append(event.data)

        return Context(
            node_id, "run", NO_FOLDERS, note, index=index, display_id=self.display.get(node_id, node_id)
        )

    def show(self, node_id: str, returned: list[Result | Expand | None]) -> None:
        """What all calls of a node show, one after another under each key."""
        for one in returned:
            for key, entries in (one.ui if one is not None else {}).items():
                self.shown.setdefault(node_id, {}).setdefault(key, []).extend(entries)

    def added(self, node_id: str, prefix: str, returned: Result | Expand | None) -> Result | Expand | None:
        """What a call returned; where that is a graph, its nodes are there now, under ids of their own."""
        if not isinstance(returned, Expand):
            return returned
        names = {old: prefix + old for old in returned.graph}

        def renamed(value: Any) -> Any:
            return [names[value[0]], value[1]] if is_link(value) and value[0] in names else value

        for old, data in returned.graph.items():
            inputs = {name: renamed(value) for name, value in data["inputs"].items()}
            self.nodes[names[old]] = {"class_type": data["class_type"], "inputs": inputs}
            self.display[names[old]] = self.display[node_id]
        return Expand(dict.fromkeys(names.values()), *map(renamed, returned.values))

    def run_added(self, expansion: Result | Expand | None) -> None:
        """Compute what an expansion gives on, and its output nodes."""
        if isinstance(expansion, Expand):
            for value in expansion.values:
                if self.is_link(value):
                    self.outputs(value[0])
            for node_id in expansion.graph:
                if self.registry[self.nodes[node_id]["class_type"]].schema.is_output:
                    self.outputs(node_id)

    def gave(self, node_type: NodeType, returned: Result | Expand) -> list[Items]:
        """The items of each output of one call. Raises Lost where a part of its expansion is not there."""
        flags = [spec.is_list for spec in node_type.schema.outputs] + [False] * len(returned.values)
        is_expansion = isinstance(returned, Expand)
        if isinstance(returned, Expand) and any(self.outcomes.get(i, []) is None for i in returned.graph):
            raise Lost
        return [
            self.source(value) if is_expansion and self.is_link(value) else as_items(value, flag)
            for value, flag in zip(returned.values, flags, strict=False)
        ]

    def is_link(self, value: Any) -> TypeGuard[list[Any]]:
        return is_link(value) and value[0] in self.nodes


class Lost(Exception):
    """Something that a node needs is not there."""


def evaluate(prompt: Prompt, registry: Registry) -> Naive:
    """The meaning of a prompt."""
    found = Naive(registry, dict(prompt), {node_id: node_id for node_id in prompt})
    for node_id, data in prompt.items():
        if registry[data["class_type"]].schema.is_output:
            found.outputs(node_id)
    return found


def calls_of(node_type: NodeType, inputs: Mapping[str, Items]) -> list[Arguments]:
    """The arguments of each call: whole lists, or item by item, shorter ones repeating their last."""
    if node_type.schema.takes_lists:
        return [dict(inputs)]
    count = max(map(len, inputs.values()), default=1)
    if not all(inputs.values()):
        return []
    return [{name: items[min(i, len(items) - 1)] for name, items in inputs.items()} for i in range(count)]


def slot_of(gave: Gave, slot: int) -> Items:
    """The items of one output of one call."""
    if gave is None:
        return [Blocker()]
    return gave[slot] if slot < len(gave) else [None]


def as_items(value: Any, is_list: bool) -> Items:
    """The items that an output's value is, or the one that it is."""
    return list(value) if is_list and not isinstance(value, Blocker) else [value]


def blocker_in(node_type: NodeType, arguments: Arguments) -> Blocker | None:
    """What keeps a call from happening; in a list of items any of them does."""
    lists = arguments.values() if node_type.schema.takes_lists else [list(arguments.values())]
    return next((part for part in chain.from_iterable(lists) if isinstance(part, Blocker)), None)


def result_of(node_type: NodeType, returned: Any) -> Result | Expand:
    """What a function returned, as values and what it shows."""
    count = len(node_type.schema.outputs)
    if isinstance(returned, Result | Expand):
        return returned
    if isinstance(returned, Blocker):
        return Result(*[returned] * count)
    if count == 0:
        return Result()
    return Result(*returned) if isinstance(returned, tuple) else Result(returned)


def completed(returned: Any) -> Any:
    """The result of a coroutine, or what is none as it is."""

    async def awaited() -> Any:
        return await returned

    return asyncio.run(awaited()) if inspect.iscoroutine(returned) else returned


def unwrapped(value: Any) -> Any:
    """`{"__value__": x}` as x."""
    return value["__value__"] if isinstance(value, dict) and "__value__" in value else value


def is_link(value: Any) -> TypeGuard[list[Any]]:
    """Whether this has the shape of a link."""
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and type(value[1]) is int
