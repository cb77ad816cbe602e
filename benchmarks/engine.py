"""Microseconds a node that the engine itself costs: parse, cold run and cached run of trivial graphs.

"slope" is the time of a graph over that of one of a quarter of its nodes: 4 where the cost of a node is flat.

`python -m benchmarks.engine [--sizes 100 400 1600 ...] [--shapes chain tree] [--output FILE]`
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain as flatten
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, TypeVar

from graph.cache import OutputCache
from graph.events import Event
from graph.executor import Executor
from graph.folders import Folders
from graph.node import node
from graph.registry import Registry
from graph.workflow import Graph
from runtime.machine import calm_collector

Prompt = dict[str, Any]
T = TypeVar("T")
SIZES = (100, 400, 1_600, 6_400, 25_600, 102_400)  # each four times the one before


@node("benchmark")
def number(value: int) -> int:
    """A literal."""
    return value


@node("benchmark")
def add(left: int, right: int, step: int = 1) -> int:
    """A sum, kept small so that its size is no cost."""
    return (left + right + step) % 1_000_003


@node("benchmark", is_output=True)
def show(value: int) -> None:
    """An end."""


def source(value: int) -> dict[str, Any]:
    return {"class_type": "Number", "inputs": {"value": value}}


def join(left: int, right: int, step: int = 1) -> dict[str, Any]:
    return {"class_type": "Add", "inputs": {"left": [str(left), 0], "right": [str(right), 0], "step": step}}


def end(of: int) -> dict[str, Any]:
    return {"class_type": "Show", "inputs": {"value": [str(of), 0]}}


def chain(count: int) -> Iterator[dict[str, Any]]:
    """Each node reads the one before it."""
    yield source(0)
    yield from (join(i - 1, i - 1) for i in range(1, count - 1))
    yield end(count - 2)


def tree(count: int) -> Iterator[dict[str, Any]]:
    """A binary tree with its leaves first: every node is read once."""
    leaves = count // 2
    yield from (source(i) for i in range(leaves))
    yield from (join(2 * i, 2 * i + 1) for i in range(leaves - 1))
    yield end(2 * leaves - 2)


def diamonds(count: int) -> Iterator[dict[str, Any]]:
    """One node, two beside each other, one again: as many paths as powers of two."""
    yield source(0)
    rows = (count - 2) // 3
    for i in range(rows):
        top = 3 * i
        yield from (join(top, top, 1), join(top, top, 2), join(top + 1, top + 2, 3))
    yield end(3 * rows)


def fan(count: int) -> Iterator[dict[str, Any]]:
    """One source, read by all others; each of them an output."""
    return flatten([source(0)], (end(0) | {"_meta": {"title": str(i)}} for i in range(1, count)))


def wide(count: int) -> Iterator[dict[str, Any]]:
    """One source, many readers that differ, each with its own output."""
    pairs = (count - 1) // 2
    yield source(0)
    for i in range(pairs):
        yield from (join(0, 0, i), end(2 * i + 1))


SHAPES: Mapping[str, Callable[[int], Iterator[dict[str, Any]]]] = {
    "chain": chain,
    "tree": tree,
    "diamonds": diamonds,
    "fan": fan,
    "wide": wide,
}


@dataclass(frozen=True)
class Row:
    """Microseconds a node of one graph."""

    shape: str
    nodes: int
    parse: float
    cold: float
    cached: float

    def line(self, smaller: Row | None) -> str:
        """A line of the table; `smaller` is the row of a quarter of the nodes."""
        slope = "" if smaller is None else f"{self.total / smaller.total:.2f}"
        return (
            f"| {self.shape:<8} | {self.nodes:>7,} | {self.parse:>6.1f} | {self.cold:>6.1f} "
            f"| {self.parse + self.cold:>6.1f} | {self.cached:>6.1f} | {slope:>5} |"
        )

    @property
    def total(self) -> float:
        """Microseconds of the whole graph, all in."""
        return (self.parse + self.cold) * self.nodes


HEADER = """| graph    |   nodes |  parse |   cold | all in | cached | slope |
|----------|---------|--------|--------|--------|--------|-------|"""


def prompt_of(shape: str, count: int) -> Prompt:
    """A graph of about `count` nodes in API form."""
    return {str(i): data for i, data in enumerate(SHAPES[shape](count))}


def measure(shape: str, count: int, folder: Path) -> Row:
    """Parse a graph, run it, run it again from the cache."""
    registry = Registry.build([number, add, show])
    executor = Executor(registry, OutputCache(), Folders(folder))
    prompt = prompt_of(shape, count)
    events: deque[Event] = deque(maxlen=1_000)  # a worker tells them and forgets them
    gc.collect()
    parse, graph = timed(lambda: Graph.parse(prompt, registry.schemas, list_files=lambda _: []))
    cold, outcome = timed(lambda: executor.run(graph, run_id="cold", emit=events.append))
    if outcome.status != "success":
        raise RuntimeError(f"{shape} of {count} ended in {outcome.status}")
    cached, again = timed(lambda: executor.run(graph, run_id="cached", emit=events.append))
    if again.executed:
        raise RuntimeError(f"{shape} of {count}: {len(again.executed)} nodes ran again")
    each = 1e6 / len(prompt)
    return Row(shape, len(prompt), parse * each, cold * each, cached * each)


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """(seconds of processor time, result): what else the machine does is not counted."""
    started = process_time()
    result = work()
    return process_time() - started, result


def best(shape: str, count: int, folder: Path, repeats: int) -> Row:
    """The fastest of some measurements: what others do on the machine only adds."""
    rows = [measure(shape, count, folder) for _ in range(repeats)]
    return Row(
        shape,
        rows[0].nodes,
        min(row.parse for row in rows),
        min(row.cold for row in rows),
        min(row.cached for row in rows),
    )


def table(shapes: Sequence[str], sizes: Sequence[int], repeats: int) -> Iterator[str]:
    """The lines of the table, as they are measured."""
    yield HEADER
    with TemporaryDirectory() as folder:
        for shape in shapes:
            smaller: Row | None = None
            for size in sizes:
                row = best(shape, size, Path(folder), repeats)
                yield row.line(smaller if smaller and 3.5 < row.nodes / smaller.nodes < 4.5 else None)
                smaller = row


def main(arguments: Sequence[str]) -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--shapes", nargs="+", choices=tuple(SHAPES), default=tuple(SHAPES))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--output", type=Path, help="also write the table to this file")
    options = parser.parse_args(arguments)
    calm_collector()  # as the server and its worker do
    lines: list[str] = []
    for line in table(options.shapes, options.sizes, options.repeats):
        print(line, flush=True)
        lines.append(line)
    if options.output:
        options.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
