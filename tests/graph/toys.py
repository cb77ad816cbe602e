"""Small node types, and a bench to run them on, shared by the engine's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from graph.cache import Cache, OutputCache
from graph.context import Cancel, Context
from graph.events import Announced, Event
from graph.executor import Executor, Run, RunOutcome
from graph.folders import Folders
from graph.node import NodeType, Result, node
from graph.registry import Registry
from graph.schema import FileIn, Range
from graph.workflow import Graph

Prompt = dict[str, Any]
MODULUS = 9973


class Both(NamedTuple):
    total: int
    product: int


@node("toys")
def number(value: Annotated[int, Range(-1000, 1000)] = 0) -> int:
    """A literal."""
    return value


@node("toys")
def join(left: int, right: int, plus: int | None = None) -> Both:
    """Two results of two numbers."""
    return Both((left + right + (plus or 0)) % MODULUS, (left * right) % MODULUS)


@node("toys")
def fail(value: int) -> int:
    """Always raises."""
    raise ValueError(f"no {value}")


@node("toys", is_output=True)
def show(value: int) -> Result:
    """Shows a number."""
    return Result(ui={"text": [str(value)]})


@node("toys", is_output=True)
def read(context: Context, *, name: Annotated[str, FileIn("input", upload="image")]) -> Result:
    """Shows what a file holds."""
    return Result(ui={"text": [context.folders.resolve("input", name).read_text()]})


TOYS = (number, join, fail, show, read)


@dataclass(frozen=True)
class Called:
    """One call of a toy, as it announces it."""

    node_id: str
    display_id: str
    kind: str
    index: int
    arguments: str


def number_of(value: Any) -> int:
    """A number that tells values apart, also lists, texts and None."""
    if isinstance(value, int):
        return value
    if isinstance(value, list | tuple):
        return (31 + sum(7 * (i + 1) + number_of(part) for i, part in enumerate(value))) % MODULUS
    return sum(map(ord, value)) % MODULUS if isinstance(value, str) else 77


def use(kind: str, /, **inputs: Any) -> dict[str, Any]:
    """One node of a prompt; a link is given as (id, slot)."""
    return {
        "class_type": kind,
        "inputs": {name: list(v) if isinstance(v, tuple) else v for name, v in inputs.items()},
    }


@dataclass
class Bench:
    """An executor with what it said."""

    folder: Path
    cache: Cache = field(default_factory=OutputCache)
    types: Sequence[NodeType] = TOYS
    events: list[Event] = field(default_factory=list)
    cancel: Cancel = field(default_factory=Cancel)

    def __post_init__(self) -> None:
        self.registry = Registry.build(self.types)
        self.folders = Folders(self.folder)
        self.executor = Executor(self.registry, self.cache, self.folders)

    def parse(self, prompt: Prompt, targets: Sequence[str] | None = None) -> Graph:
        return Graph.parse(prompt, self.registry.schemas, targets=targets, list_files=self.folders.list)

    def run(self, prompt: Prompt, targets: Sequence[str] | None = None) -> RunOutcome:
        self.events.clear()
        graph = self.parse(prompt, targets)
        return self.executor.run(
            graph, run_id="run", emit=self.events.append, cancel=self.cancel, prompt=prompt
        )

    def begin(self, prompt: Prompt, run_id: str, emit: Callable[[Event], None] | None = None) -> Run:
        """One of several runs underway; `conduct` takes them further."""
        graph = self.parse(prompt)
        return self.executor.begin(
            graph, run_id=run_id, emit=emit or self.events.append, cancel=self.cancel, prompt=prompt
        )

    def conduct(self, *runs: Run) -> None:
        """Until all of these have ended."""
        while any(run.outcome is None for run in runs):
            if not self.executor.advance():
                self.executor.wait()

    def said(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def calls(self) -> list[Called]:
        """The calls that toys announced in the last run."""
        return calls_in(self.events)

    def called(self, kind: str) -> list[str]:
        """The nodes of this class that were called, in order."""
        return [call.node_id for call in self.calls if call.kind == kind]


def calls_in(events: Iterable[Event]) -> list[Called]:
    """The calls that these events announce."""
    return [event.data for event in events if isinstance(event, Announced)]


def texts(outputs: Mapping[str, Mapping[str, list[Any]]]) -> dict[str, str]:
    """What each output node shows."""
    return {node_id: ui["text"][0] for node_id, ui in outputs.items()}


def chain(length: int) -> Prompt:
    """Nodes that each read the one before, ended by an output."""
    nodes = {str(i): use("Join", left=(str(i - 1), 0), right=(str(i - 1), 1)) for i in range(1, length)}
    return {
        "0": use("Join", left=1, right=2),
        **nodes,
        "end": use("Show", value=(str(length - 1), 0)),
    }


def kinds(events: Iterable[Event]) -> list[str]:
    """The names of events, in order."""
    return [type(event).__name__ for event in events]
