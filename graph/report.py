"""What a run tells, and what of it is kept: what nodes show, which were called, what went wrong."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from graph.cache import Outputs, Shown, Ui
from graph.context import Expanded
from graph.events import Event, NodeFailed, NodeFinished, NodeSkipped, NodeStarted
from graph.measure import NOT_COUNTED, Held
from graph.workflow import GraphNode

Emit = Callable[[Event], None]
LONGEST = 200  # characters of an input's value in an error


class Report:
    """The events of one run; nodes made by expansion are told of with the node that they belong to."""

    def __init__(
        self,
        run_id: str,
        emit: Emit,
        outputs: Collection[str],
        places: Mapping[str, Expanded],
        twins: Mapping[str, list[str]],
    ) -> None:
        self.run_id, self.emit = run_id, emit
        self.outputs, self.places, self.twins = outputs, places, twins
        self.shown: dict[str, Ui] = {}
        self.executed: list[str] = []
        self.failures: list[NodeFailed] = []
        self._within: dict[str, list[Shown]] = {}  # by maker: what the nodes that it made show

    def display(self, node_id: str) -> str:
        """The node of the submitted graph that a node belongs to."""
        place = self.places.get(node_id)
        return node_id if place is None else place.display_id

    def started(self, node_id: str) -> None:
        """A node is being called."""
        display_id, parent_id = self._place(node_id)
        self.emit(NodeStarted(self.run_id, node_id, display_id=display_id, parent_id=parent_id))

    def finished(
        self,
        node_id: str,
        outputs: Outputs,
        *,
        cached: bool,
        seconds: float = 0.0,
        held: Held = NOT_COUNTED,
        node_type: str | None = None,
    ) -> None:
        """A node's outputs are there, and those of its twins; what is shown of a twin is what it shows.

        `node_type` is told of a node made by expansion, which no graph of a client names.
        """
        self._one_finished(node_id, outputs, cached, seconds, held, node_type)
        for twin in self.twins.get(node_id, ()):
            if twin in self.outputs or twin in self.places:
                self._one_finished(twin, outputs, cached=True)
            else:
                self.replayed(outputs, twin)

    def made_by(self, maker: str) -> tuple[Shown, ...]:
        """What the nodes that a node made have shown, as a cache keeps it; given once, when all is there."""
        made = self._within.pop(maker, [])
        place = self.places.get(maker)
        if made and place is not None:
            self._within.setdefault(place.parent_id, []).extend(made)
        return tuple(below(part, maker, self.display(maker)) for part in made)

    def replayed(self, outputs: Outputs, *makers: str) -> None:
        """Tell again what the nodes show that cached nodes of these outputs made."""
        for maker in makers if outputs.within else ():
            parts = [under(part, maker, self.display(maker)) for part in outputs.within]
            if maker in self.places:
                self._within.setdefault(self.places[maker].parent_id, []).extend(parts)
            for part in parts:
                if part.ui is not None:
                    self.shown[part.node_id] = part.ui
                self.emit(
                    NodeFinished(
                        self.run_id,
                        part.node_id,
                        part.ui,
                        True,
                        0.0,
                        display_id=part.display_id,
                        parent_id=part.parent_id,
                    )
                )

    def failed(self, node: GraphNode, arguments: Mapping[str, Any], error: Exception) -> None:
        """What a node raised, with the values it had."""
        display_id, parent_id = self._place(node.id)
        failure = NodeFailed(
            self.run_id,
            node.id,
            node.type,
            "\n".join([str(error) or type(error).__name__, *getattr(error, "__notes__", ())]),
            qualified_name(type(error)),
            traceback.format_exception(error),
            {name: shortened(value) for name, value in arguments.items()},
            list(self.executed),
            display_id=display_id,
            parent_id=parent_id,
        )
        self.failures.append(failure)
        self.emit(failure)

    def skipped(self, nodes: Iterable[str], reason: str) -> None:
        """Nodes of the submitted graph do not run."""
        for node_id in nodes:
            if node_id not in self.places:
                self.emit(NodeSkipped(self.run_id, node_id, reason))

    def _place(self, node_id: str) -> tuple[str | None, str | None]:
        """Of a node made by expansion: the node that it is shown at, and its maker."""
        place = self.places.get(node_id)
        return (None, None) if place is None else (place.display_id, place.parent_id)

    def _one_finished(
        self,
        node_id: str,
        outputs: Outputs,
        cached: bool,
        seconds: float = 0.0,
        held: Held = NOT_COUNTED,
        node_type: str | None = None,
    ) -> None:
        display_id, parent_id = self._place(node_id)
        if outputs.ui is not None:
            self.shown[node_id] = outputs.ui
            if display_id is not None and parent_id is not None:
                part = Shown(node_id, display_id, parent_id, outputs.ui)
                self._within.setdefault(parent_id, []).append(part)
        peak, device = held
        self.emit(
            NodeFinished(
                self.run_id,
                node_id,
                outputs.ui,
                cached,
                seconds,
                display_id=display_id,
                parent_id=parent_id,
                peak_bytes=peak,
                device=device,
                node_type=node_type,
            )
        )
        if cached:
            self.replayed(outputs, node_id)


def below(part: Shown, maker: str, display_id: str) -> Shown:
    """The same with ids relative to the maker's: it may be found in the cache under another id."""
    node_id, shown_as, made_by = (
        relative(i, maker, display_id) for i in (part.node_id, part.display_id, part.parent_id)
    )
    return Shown(node_id, shown_as, made_by, part.ui)


def under(part: Shown, maker: str, display_id: str) -> Shown:
    """The inverse of `below`, for the maker's id of today."""
    node_id, shown_as, made_by = (
        absolute(i, maker, display_id) for i in (part.node_id, part.display_id, part.parent_id)
    )
    return Shown(node_id, shown_as, made_by, part.ui)


def relative(node_id: str, maker: str, display_id: str) -> str:
    """An id by what it begins with: the maker's, that of the node of the canvas, or neither."""
    for sign, start in (("m", maker), ("d", display_id)):
        if node_id == start or node_id.startswith(f"{start}."):
            return sign + node_id[len(start) :]
    return f"={node_id}"


def absolute(text: str, maker: str, display_id: str) -> str:
    """The inverse of `relative`."""
    return {"m": maker, "d": display_id, "=": ""}[text[0]] + text[1:]


def qualified_name(kind: type[BaseException]) -> str:
    """`ValueError`, or `package.module.Problem`."""
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def shortened(value: Any) -> str:
    """A value as a short text; what is not plain is named by type and shape, for its text may be huge."""
    if not isinstance(value, str | int | float | bool | None):
        shape = getattr(value, "shape", None)
        sizes = f" {tuple(shape)}" if isinstance(shape, tuple) else ""
        return f"<{type(value).__name__}{sizes}>"
    text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
