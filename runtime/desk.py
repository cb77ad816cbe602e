"""Answers the engine's questions on a thread of its own, while runs go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from graph.errors import InvalidWorkflow
from graph.schema import Schema
from graph.workflow import Graph
from runtime.messages import Answer, Checked, CheckPrompt, Reread, Schemas
from runtime.parts import Parts

INVALID = ("type", "message", "details", "extra_info", "node_errors")  # fields of InvalidWorkflow


class Desk:
    """One thread for validators and for choices that change: the code of packs, which may raise or hang."""

    def __init__(self, parts: Parts, answer: Callable[[Answer], None]) -> None:
        self._parts = parts
        self._answer = answer
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="questions")

    def ask(self, question: CheckPrompt | Reread) -> None:
        """Answer, some time."""
        if isinstance(question, CheckPrompt):
            self._check(question)
        else:
            self._reread(question)

    def close(self) -> None:
        """Leave open what was not answered yet."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _check(self, question: CheckPrompt) -> None:
        prompt = json.loads(question.prompt)
        self._submit_rereads(classes_of(prompt))
        found = self._thread.submit(check, self._parts, prompt, question)
        found.add_done_callback(lambda done: self._tell(done, Checked, question.ticket))

    def _reread(self, question: Reread) -> None:
        read = self._submit_rereads(rereads(self._parts))
        found = self._thread.submit(collect, question.ticket, read)
        found.add_done_callback(lambda done: self._tell(done, Schemas, question.ticket))

    def _submit_rereads(self, names: Iterable[str]) -> dict[str, Future[Schema | None]]:
        """One piece of work for each, so that a class that raises spoils only its own."""
        types = self._parts.registry
        wanted = [name for name in names if name in types and types[name].reread is not None]
        return {name: self._thread.submit(reread, self._parts, name) for name in wanted}

    def _tell(self, done: Future[Any], kind: type[Checked] | type[Schemas], ticket: int) -> None:
        if done.cancelled():
            return
        error = done.exception()
        self._answer(
            done.result() if error is None else kind(ticket, fault=f"{type(error).__name__}: {error}")
        )


def check(parts: Parts, prompt: Mapping[str, Any], question: CheckPrompt) -> Checked:
    """What of a prompt can run, by the schemas and by the validators."""
    try:
        graph = parse(parts, prompt, question.targets)
    except InvalidWorkflow as error:
        return Checked(question.ticket, invalid={name: getattr(error, name) for name in INVALID})
    return Checked(question.ticket, tuple(graph.outputs), graph.node_errors)


def parse(parts: Parts, prompt: Mapping[str, Any], targets: tuple[str, ...] | None) -> Graph:
    """The graph of a prompt, its nodes' own validators asked. Raises InvalidWorkflow."""
    registry = parts.registry
    return Graph.parse(
        prompt, registry.schemas, targets=targets, list_files=parts.folders.list, judge=registry.judge
    )


def rereads(parts: Parts) -> tuple[str, ...]:
    """The node types whose choices may change between calls."""
    return tuple(name for name, node_type in parts.registry.items() if node_type.reread is not None)


def reread(parts: Parts, name: str) -> Schema | None:
    """A schema as it is now, kept for the checks to come; None when it is as it was."""
    read = parts.registry[name].reread
    fresh = read() if read is not None else None
    if fresh is None or fresh == parts.registry.schemas[name]:
        return None
    parts.registry.schemas[name] = fresh
    return fresh


def collect(ticket: int, read: Mapping[str, Future[Schema | None]]) -> Schemas:
    """The schemas that have changed; comes after all of these on their one thread."""
    found = {name: done.result() for name, done in read.items() if done.exception() is None}
    return Schemas(ticket, {name: fresh.to_dict() for name, fresh in found.items() if fresh is not None})


def classes_of(prompt: Any) -> set[str]:
    """The node types that a prompt names, whatever else is wrong with it."""
    nodes = prompt.values() if isinstance(prompt, Mapping) else ()
    names = (node.get("class_type") for node in nodes if isinstance(node, Mapping))
    return {name for name in names if isinstance(name, str)}
