"""What a job is: one accepted submission and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from graph.events import Event
from runtime.measures import Measure

Status = Literal["pending", "running", "success", "error", "interrupted"]
WAITING: tuple[Status, ...] = ("pending", "running")
ENDED: tuple[Status, ...] = ("success", "error", "interrupted")
SECRETS = ("auth_token_comfy_org", "api_key_comfy_org")  # of extra_data: never stored, never shown


@dataclass(frozen=True)
class Submission:
    """What a client hands in; `document` is a prompt in API form or a workflow in canvas form."""

    document: Mapping[str, Any]
    client_id: str | None = None
    run_id: str | None = None
    number: float | None = None  # lower runs first; None: after all others
    front: bool = False
    extra_data: Mapping[str, Any] = field(default_factory=dict)
    targets: tuple[str, ...] | None = None  # only these output nodes
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Accepted:
    """The answer to a submission: it is on disk."""

    run_id: str
    number: float
    node_errors: Mapping[str, Any]


@dataclass(frozen=True)
class NewJob:
    """A validated submission, ready to be stored; the JSON parts are text already."""

    run_id: str
    number: float
    prompt: str
    targets: str
    extra_data: str
    node_errors: str
    client_id: str | None
    workflow_id: str | None
    idempotency_key: str | None
    created: int  # ms


@dataclass(frozen=True)
class Work:
    """What a worker needs of a job."""

    prompt: str  # JSON
    targets: tuple[str, ...]
    extra_data: Mapping[str, Any]


@dataclass(frozen=True)
class Ticket:
    """What the queue keeps in memory of a waiting job."""

    number: float
    ordinal: int
    run_id: str
    client_id: str | None
    attempts: int
    status: Status = "pending"
    alone: bool = False  # nothing runs beside it: a worker died under it before
    work: Work | None = field(default=None, repr=False)  # None: to be read from the store


@dataclass(frozen=True)
class Job:
    """A stored job as history and queue show it; times in ms, None until they happen."""

    run_id: str
    ordinal: int
    number: float
    status: Status
    prompt: Mapping[str, Any]
    targets: tuple[str, ...]
    extra_data: Mapping[str, Any]
    outputs: Mapping[str, Any]
    client_id: str | None
    workflow_id: str | None
    attempts: int
    created: int
    started: int | None
    finished: int | None
    events: tuple[Event, ...] = ()
    measures: tuple[Measure, ...] = ()  # only of a job that is looked at alone


@dataclass(frozen=True)
class NumberedEvent:
    """An event in the one stream that every reader follows."""

    sequence: int
    event: Event


@dataclass(frozen=True)
class Ending:
    """How a run ended, to be stored in one transaction with the events that told it."""

    run_id: str
    status: Status
    outputs: Mapping[str, Any]
    finished: int  # ms
    events: tuple[NumberedEvent, ...]
    measures: tuple[Measure, ...] = ()


def integral(number: float) -> float:
    """3.0 as 3: strict clients want whole numbers without a point."""
    return int(number) if float(number).is_integer() else number


def without_secrets(extra_data: Mapping[str, Any]) -> dict[str, Any]:
    """`extra_data` fit for disk and for other eyes."""
    return {key: value for key, value in extra_data.items() if key not in SECRETS}
