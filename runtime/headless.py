"""One workflow run without a server: inputs set, progress shown, pictures and problems told."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from graph.canvas import is_canvas, to_api
from graph.canvas.parts import parts
from graph.events import NodeFailed, NodeProgress, RunFinished
from graph.marks import DYNAMIC_COMBO
from runtime.catalogue import Catalogue
from runtime.engine import Engine, Settings
from runtime.errors import RuntimeFault
from runtime.jobs import Submission
from runtime.stream import Notice, Told

AS_TYPED = ("STRING", "COMBO", DYNAMIC_COMBO)  # socket types whose values are texts


class BadChange(RuntimeFault):
    """A `NODE.INPUT=VALUE` that fits no input of the workflow."""


class Bar(Protocol):
    """How far one node is; `n` of its steps are done."""

    n: float

    def update(self, steps: float, /) -> object: ...

    def close(self) -> object: ...


MakeBar = Callable[[str, int], Bar]  # from the node's id and its number of steps


@dataclass(frozen=True)
class Done:
    """How a run ended: "success", "error" (also when only a part could run) or "interrupted"."""

    status: str
    pictures: tuple[Path, ...]
    problems: tuple[str, ...]


class Follower:
    """Shows a run's progress and notes what goes wrong."""

    def __init__(self, ended: asyncio.Event, make_bar: MakeBar) -> None:
        self.status = "interrupted"
        self.problems: list[str] = []
        self._ended = ended
        self._make_bar = make_bar
        self._bar: Bar | None = None
        self._node = ""

    def hear(self, notice: Notice) -> None:
        event = notice.item.event if isinstance(notice, Told) else None
        if isinstance(event, NodeProgress):
            self._progress(event)
        elif isinstance(event, NodeFailed):
            self.problems.append(f"node {event.node_id} ({event.node_type}): {event.message}")
        elif isinstance(event, RunFinished):
            self.status = event.status
            self._ended.set()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def _progress(self, event: NodeProgress) -> None:
        if self._bar is None or event.node_id != self._node:
            self.close()
            self._bar, self._node = self._make_bar(event.node_id, event.total), event.node_id
        self._bar.update(event.value - self._bar.n)


async def run(
    settings: Settings,
    document: Mapping[str, Any],
    changes: Sequence[str],
    ended: asyncio.Event,
    make_bar: MakeBar,
) -> Done:
    """Run a document to its end, or until `ended` is set from outside."""
    engine, follower = Engine(replace(settings, attended=False)), Follower(ended, make_bar)
    engine.subscribe(follower.hear)
    await engine.start()
    try:
        if changes:
            document = changed(document, changes, await engine.catalogue())
        accepted = await engine.submit(Submission(document))
        await ended.wait()
        job = await engine.job(accepted.run_id)
    finally:
        follower.close()
        await engine.stop()
    left_out = problems(accepted.node_errors)
    status = "error" if left_out and follower.status == "success" else follower.status
    found = pictures(job.outputs if job else {}, settings.folders.directory("output"))
    return Done(status, found, (*left_out, *follower.problems))


def changed(document: Mapping[str, Any], changes: Sequence[str], known: Catalogue) -> dict[str, Any]:
    """The API form with the inputs of each `NODE.INPUT=VALUE` set. Raises BadChange."""
    prompt = api_form(document, known)
    for change in changes:
        _set(prompt, change, known)
    return prompt


def _set(prompt: Mapping[str, Any], change: str, known: Catalogue) -> None:
    target, is_set, text = change.partition("=")
    node_id, has_input, name = target.partition(".")
    if not is_set or not has_input:
        raise BadChange(f"--set {change!r}: write NODE.INPUT=VALUE, as in 3.seed=7")
    if node_id not in prompt:
        raise BadChange(f"--set {change!r}: there is no node {node_id!r}; there are {', '.join(prompt)}")
    node = prompt[node_id]
    kind = node.get("class_type")
    schema = known.schemas.get(kind)
    given = node["inputs"]
    types = (
        {spec.name: spec.type for spec in parts(schema, given, given)}
        if schema
        else dict.fromkeys(given, "*")
    )
    if name not in types:
        raise BadChange(f"--set {change!r}: {kind} has no input {name!r}; it has {', '.join(types)}")
    given[name] = text if types[name] in AS_TYPED else _value(text)


def _value(text: str) -> Any:
    """A value as JSON, or the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def api_form(document: Mapping[str, Any], known: Catalogue) -> dict[str, Any]:
    """The document in API form, a copy."""
    return to_api(dict(document), known.schemas) if is_canvas(document) else copy.deepcopy(dict(document))


def pictures(outputs: Mapping[str, Any], folder: Path) -> tuple[Path, ...]:
    """Where the stored pictures of a run lie."""
    items = (item for ui in outputs.values() for item in ui.get("images", ()))
    return tuple(
        folder / item["subfolder"] / item["filename"] for item in items if item.get("type") == "output"
    )


def problems(node_errors: Mapping[str, Any]) -> list[str]:
    """One line for each problem of each node."""
    return [
        f"node {node_id} ({found['class_type']}): {problem['message']}: {problem['details']}"
        for node_id, found in node_errors.items()
        for problem in found["errors"]
    ]
