"""What the nodes of a run took: seconds and memory, in the order in which they ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graph.events import NodeFinished, NodesCached

MOST = 5_000  # nodes of one job that are kept; of more, those that took longest


@dataclass(frozen=True, slots=True)
class Measure:
    """One node."""

    node_id: str
    display_id: str | None = None  # the node of the canvas, for one made by expansion; its type likewise
    node_type: str | None = None
    seconds: float = 0.0
    peak_bytes: int | None = None
    cached: bool = False
    device: str | None = None

    def row(self) -> list[Any]:
        """As it is stored."""
        return [
            self.node_id,
            self.display_id,
            self.node_type,
            round(self.seconds, 6),
            self.peak_bytes,
            int(self.cached),
            self.device,
        ]


def measure_from(row: Sequence[Any]) -> Measure:
    """The inverse of `Measure.row`."""
    node_id, display_id, node_type, seconds, peak_bytes, cached, device = row
    return Measure(node_id, display_id, node_type, seconds, peak_bytes, bool(cached), device)


class Measures:
    """Of one run, while it goes on."""

    def __init__(self) -> None:
        self._cached: tuple[str, ...] = ()
        self._ended: list[NodeFinished] = []

    def cached(self, event: NodesCached) -> None:
        """These need not run."""
        self._cached = event.nodes

    def finished(self, event: NodeFinished) -> None:
        """A node has ended; a cached one that shows something says so, but was counted before."""
        if event.cached and event.display_id is None:
            return
        self._ended.append(event)
        if len(self._ended) >= 2 * MOST:
            self._ended = longest(self._ended)

    def all(self) -> tuple[Measure, ...]:
        """Cached ones first."""
        ended = longest(self._ended)
        cached = self._cached[: MOST - len(ended)]
        return (*(Measure(node_id, cached=True) for node_id in cached), *map(measured, ended))


def measured(event: NodeFinished) -> Measure:
    """What a node's end tells."""
    return Measure(
        event.node_id,
        event.display_id,
        event.node_type,
        event.seconds,
        event.peak_bytes,
        event.cached,
        event.device,
    )


def longest(ended: list[NodeFinished]) -> list[NodeFinished]:
    """Those that took longest, in the order in which they ended."""
    if len(ended) <= MOST:
        return ended
    chosen = sorted(range(len(ended)), key=lambda i: -ended[i].seconds)[:MOST]
    return [ended[i] for i in sorted(chosen)]
