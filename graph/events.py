"""What a run says, as frozen dataclasses."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["success", "error", "interrupted"]
Ui = Mapping[str, list[Any]]


def now() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Moment:
    """What every event carries: its run and its time in milliseconds."""

    run_id: str
    timestamp: int = field(default_factory=now, kw_only=True)


@dataclass(frozen=True, slots=True)
class OfNode(Moment):
    """What an event of one node carries besides: for a node made by expansion, whose part it is."""

    node_id: str
    display_id: str | None = field(default=None, kw_only=True)  # the node of the canvas that it belongs to
    parent_id: str | None = field(default=None, kw_only=True)  # the node that made it


@dataclass(frozen=True, slots=True)
class RunStarted(Moment):
    """A run began."""


@dataclass(frozen=True, slots=True)
class NodesCached(Moment):
    """These nodes need not run; said once, also when there are none."""

    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeStarted(OfNode):
    """A node is being called."""


@dataclass(frozen=True, slots=True)
class NodeProgress(OfNode):
    """A node has done `value` of `total`."""

    value: int
    total: int


@dataclass(frozen=True, slots=True)
class NodePreview(OfNode):
    """An encoded picture of what a node has so far."""

    mime: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NodeFinished(OfNode):
    """A node's outputs are there; `ui` is what it shows."""

    ui: Ui | None
    cached: bool
    seconds: float
    peak_bytes: int | None = field(default=None, kw_only=True)  # the most memory held; None: not counted
    device: str | None = field(default=None, kw_only=True)  # on what
    node_type: str | None = field(default=None, kw_only=True)  # of a node made by expansion


@dataclass(frozen=True, slots=True)
class NodeWaiting(OfNode):
    """A node waits for a person's answer; `asked` is what clients show."""

    asked: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NodeAnswered(OfNode):
    """A node got its answer."""


@dataclass(frozen=True, slots=True)
class NodeFailed(OfNode):
    """A node raised."""

    node_type: str
    message: str
    exception_type: str
    traceback: list[str]
    inputs: dict[str, str]
    executed: list[str]


@dataclass(frozen=True, slots=True)
class NodeSkipped(Moment):
    """A node did not run because something it needs did not."""

    node_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Announced(Moment):
    """A pack's own message to its pages; run_id is empty outside of a run."""

    kind: str
    data: Any
    client_id: str | None = None  # None: to all


@dataclass(frozen=True, slots=True)
class RunFinished(Moment):
    """The last event of a run; `node_id` is where it was interrupted."""

    status: Status
    executed: list[str]
    node_id: str | None = None
    node_type: str | None = None


Event = (
    RunStarted | NodesCached | NodeStarted | NodeProgress | NodePreview | NodeFinished | NodeWaiting
    | NodeAnswered | NodeFailed | NodeSkipped | Announced | RunFinished
)  # fmt: skip
