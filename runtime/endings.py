"""The events that the engine itself adds when a worker cannot tell how a run ended."""

from __future__ import annotations

import json
from collections.abc import Callable

from graph.events import Event, NodeFailed, RunFinished, now
from runtime.jobs import Ending, NumberedEvent, Status, Ticket
from runtime.live import Live


def status(word: str) -> Status:
    """A worker's word for its outcome as the status of a job."""
    return "success" if word == "success" else "interrupted" if word == "interrupted" else "error"


def failed(live: Live, prompt: str, reason: str) -> list[Event]:
    """A run failed in a way that its worker could not tell; the node at hand is named."""
    node_id = live.current or ""
    executed = list(live.executed)
    kind = _class_type(prompt, node_id)
    fault = NodeFailed(live.run_id, node_id, kind, reason, "WorkerFault", [], {}, executed)
    return [fault, RunFinished(live.run_id, "error", executed)]


def failed_at_start(ticket: Ticket, number: Callable[[Event], NumberedEvent]) -> Ending:
    """The end of a run under which the server, or its worker, died too often."""
    reason = "the server or its worker died twice while this was running"
    events = failed(Live(ticket.run_id), "{}", reason)
    return Ending(ticket.run_id, "error", {}, now(), tuple(number(event) for event in events))


def stopped(live: Live, prompt: str) -> list[Event]:
    """A run was interrupted by ending its worker."""
    kind = _class_type(prompt, live.current or "")
    return [RunFinished(live.run_id, "interrupted", list(live.executed), live.current, kind)]


def _class_type(prompt: str, node_id: str) -> str:
    node = json.loads(prompt).get(node_id) if node_id else None
    return str(node.get("class_type", "")) if isinstance(node, dict) else ""
