"""Jobs and events in the exact shapes that clients of the field know."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graph.events import (
    Announced,
    Event,
    NodeAnswered,
    NodeFailed,
    NodeFinished,
    NodePreview,
    NodeProgress,
    NodesCached,
    NodeSkipped,
    NodeStarted,
    NodeWaiting,
    OfNode,
    RunFinished,
    RunStarted,
)
from runtime.engine import Job, Live, Measure, NodeView

Message = tuple[str, Any]  # type and data: an object, but for packs' own messages

MEDIA = {"images": "images", "video": "video", "gifs": "gifs", "audio": "audio", "3d": "3d", "text": "text"}
JOB_STATUS = {
    "pending": "pending",
    "running": "in_progress",
    "success": "completed",
    "error": "failed",
    "interrupted": "cancelled",
}
PREVIEW_KIND, TEXT_KIND, PREVIEW_WITH_METADATA = 1, 3, 4
PREVIEW_FORMATS = {"image/jpeg": 1, "image/png": 2}


def encode(message: Message) -> str:
    kind, data = message
    return json.dumps({"type": kind, "data": data}, separators=(",", ":"))


def event_message(event: Event) -> Message | None:
    """The message of one event while a run goes on, or None when it has none of its own."""
    run = {"prompt_id": event.run_id}
    if isinstance(event, RunStarted):
        return "execution_start", run | {"timestamp": event.timestamp}
    if isinstance(event, NodesCached):
        return "execution_cached", {"nodes": list(event.nodes), **run, "timestamp": event.timestamp}
    if isinstance(event, NodeStarted):
        return "executing", {"node": event.node_id, "display_node": _shown_at(event), **run}
    if isinstance(event, NodeProgress):
        steps = {"value": _whole(event.value), "max": _whole(event.total)}
        return "progress", {**steps, **run, "node": event.node_id, **_belongs_to(event)}
    if isinstance(event, NodeFinished):
        return _finished(event)
    if isinstance(event, NodeWaiting):
        return "node_waiting", waiting(event)
    if isinstance(event, NodeAnswered):
        return "node_answered", run | {"node": event.node_id, "display_node": _shown_at(event)}
    if isinstance(event, NodeSkipped):
        return "node_skipped", run | {"node": event.node_id, "reason": event.reason}
    if isinstance(event, Announced):
        return event.kind, event.data
    return None


def last_messages(event: RunFinished, failure: NodeFailed | None) -> list[Message]:
    """How a run's end is told: its outcome, later followed by the end mark."""
    run = {"prompt_id": event.run_id, "timestamp": event.timestamp}
    if event.status == "success":
        return [("execution_success", run)]
    if event.status == "interrupted":
        place = {"node_id": event.node_id or "", "node_type": event.node_type or ""}
        return [("execution_interrupted", {**run, **place, "executed": list(event.executed)})]
    return [("execution_error", failure_data(failure))] if failure is not None else []


def end_mark(run_id: str) -> Message:
    """The very last message of a run, on which most clients stop listening."""
    return "executing", {"node": None, "prompt_id": run_id}


def failure_data(failure: NodeFailed) -> dict[str, Any]:
    """`node_id` is a node of the canvas, also when a node that it was expanded to has failed."""
    return {
        "prompt_id": failure.run_id,
        "node_id": _shown_at(failure),
        "node_type": failure.node_type,
        "executed": list(failure.executed),
        "exception_message": failure.message,
        "exception_type": failure.exception_type,
        "traceback": list(failure.traceback),
        "current_inputs": {name: [value] for name, value in failure.inputs.items()},
        "current_outputs": list(failure.executed),
        "timestamp": failure.timestamp,
    }


def current(live: Live) -> Message:
    """For who comes in the middle of a run: the node of the canvas that is at work."""
    node = live.current
    view = live.nodes.get(node) if node is not None else None
    return "executing", {"node": view.display_id if view is not None and view.display_id else node}


def progress_state(live: Live) -> Message:
    nodes = {node_id: _node_state(live.run_id, node_id, view) for node_id, view in live.nodes.items()}
    return "progress_state", {"prompt_id": live.run_id, "nodes": nodes}


def waiting(event: NodeWaiting) -> dict[str, Any]:
    """What a node asks a person."""
    place = {"prompt_id": event.run_id, "node": event.node_id, "display_node": _shown_at(event)}
    return dict(event.asked) | place


def status(remaining: int, paused: bool, sid: str | None = None) -> Message:
    data: dict[str, Any] = {"status": {"exec_info": {"queue_remaining": remaining, "paused": paused}}}
    return "status", data | ({} if sid is None else {"sid": sid})


def preview(event: NodePreview) -> bytes:
    """Kind 1: u32 kind, u32 format, the picture."""
    return struct.pack(">II", PREVIEW_KIND, PREVIEW_FORMATS.get(event.mime, 1)) + event.data


def preview_with_metadata(event: NodePreview) -> bytes:
    """Kind 4: u32 kind, u32 length, JSON, the picture."""
    data = _place(event.run_id, event.node_id, event.display_id, event.parent_id)
    data |= {"image_type": event.mime}
    text = json.dumps(data).encode()
    return struct.pack(">II", PREVIEW_WITH_METADATA, len(text)) + text + event.data


def announced_frame(event: Announced) -> bytes | None:
    """The binary frame of what a pack says in bytes, or of a line of text on a node; None for all else."""
    if event.kind == "binary":
        return struct.pack(">I", event.data["event"]) + base64.b64decode(event.data["data"])
    if event.kind == "progress_text":
        node = str(event.data["node"]).encode()
        return struct.pack(">II", TEXT_KIND, len(node)) + node + str(event.data["text"]).encode()
    return None


def queue_item(job: Job) -> list[Any]:
    return [job.number, job.run_id, job.prompt, job.extra_data, list(job.targets)]


def history_entry(job: Job) -> dict[str, Any]:
    status_str = "success" if job.status == "success" else "error"
    told = {"status_str": status_str, "completed": job.status == "success", "messages": _story(job.events)}
    places = {event.node_id: event for event in job.events if isinstance(event, NodeFinished)}
    meta = {node: _meta(node, places.get(node)) for node in job.outputs}
    return {"prompt": queue_item(job), "outputs": job.outputs, "status": told, "meta": meta}


def job_summary(job: Job) -> dict[str, Any]:
    """A job in `/api/jobs`; fields without a value are left out."""
    files = list(_files(job.outputs))
    data = {
        "id": job.run_id,
        "status": JOB_STATUS[job.status],
        "create_time": job.created,
        "priority": job.number,
        "outputs_count": len(files),
        "previewable_outputs_count": sum(file["mediaType"] != "text" for file in files),
        "workflow_id": job.workflow_id,
        "sweep": _sweep(job),
        "execution_start_time": job.started,
        "execution_end_time": job.finished,
        "execution_error": _error(job),
        "preview_output": _chosen_preview(files),
    }
    return {name: value for name, value in data.items() if value is not None}


def job_detail(job: Job, live: Live | None = None) -> dict[str, Any]:
    """`live`: how far it is, while it runs."""
    extra = {
        "nodes": [_measured(job, measure) for measure in job.measures],
        "profile": _profile(job),
        "waiting": [waiting(event) for event in live.waiting.values()] if live is not None else None,
        "outputs": job.outputs,
        "execution_status": history_entry(job)["status"] if job.finished else None,
        "workflow": {"prompt": job.prompt, "extra_data": job.extra_data},
    }
    return job_summary(job) | {name: value for name, value in extra.items() if value is not None}


def _measured(job: Job, measure: Measure) -> dict[str, Any]:
    """A node made by expansion is called as the node of the canvas that it belongs to."""
    shown_at = measure.display_id or measure.node_id
    node = job.prompt.get(shown_at)
    node = node if isinstance(node, dict) else {}
    meta, kind = node.get("_meta"), node.get("class_type", "")
    title = meta.get("title") if isinstance(meta, dict) else None
    return {
        "node": measure.node_id,
        "display_node": shown_at,
        "class_type": measure.node_type or kind,
        "title": title if isinstance(title, str) and title else kind,
        "seconds": measure.seconds,
        "peak_bytes": measure.peak_bytes,
        "cached": measure.cached,
        "device": measure.device,
    }


def _profile(job: Job) -> dict[str, Any]:
    """All nodes together: what they took, one after another or beside each other, and the most held."""
    peaks = [measure.peak_bytes for measure in job.measures if measure.peak_bytes is not None]
    seconds = sum(measure.seconds for measure in job.measures)
    return {"seconds": round(seconds, 6), "peak_bytes": max(peaks, default=None)}


def _sweep(job: Job) -> dict[str, Any] | None:
    """Which cell of which sweep a job is."""
    sweep = job.extra_data.get("sweep")
    if not isinstance(sweep, dict):
        return None
    return {key: sweep[key] for key in ("id", "title", "row", "column") if key in sweep}


def first_failure(events: Iterable[Event]) -> NodeFailed | None:
    """The node at which a run failed or was interrupted."""
    failures = [event for event in events if isinstance(event, NodeFailed)]
    return failures[0] if failures else None


def _story(events: Sequence[Event]) -> list[list[Any]]:
    """The messages that the history keeps: start, cached, every failure and skip, outcome."""
    story: list[Message] = []
    failures = [event for event in events if isinstance(event, NodeFailed)]
    for event in events:
        if isinstance(event, RunFinished):
            story += last_messages(event, failures[0] if failures else None)
        elif isinstance(event, NodeFailed) and event is not failures[0]:
            story.append(("execution_error", failure_data(event)))
        elif isinstance(event, RunStarted | NodesCached | NodeSkipped):
            message = event_message(event)
            story += [message] if message else []
    return [list(message) for message in story]


def _finished(event: NodeFinished) -> Message:
    if event.ui is None:
        data = {"prompt_id": event.run_id, "node": event.node_id, **_took(event)}
        return "node_timing", {**data, **_belongs_to(event)}
    data = {"node": event.node_id, "display_node": _shown_at(event), "output": event.ui}
    return "executed", {**data, "prompt_id": event.run_id, **_took(event)}


def _took(event: NodeFinished) -> dict[str, Any]:
    """Time and memory; null where it was too short to be counted."""
    took = {"seconds": event.seconds, "cached": event.cached}
    return {**took, "peak_bytes": event.peak_bytes, "device": event.device}


def _belongs_to(event: NodeProgress | NodeFinished) -> dict[str, str]:
    """The node of the canvas, for one that was made by expansion."""
    return {} if event.display_id is None else {"display_node": event.display_id}


def _node_state(run_id: str, node_id: str, view: NodeView) -> dict[str, Any]:
    place = _place(run_id, node_id, view.display_id, view.parent_id)
    return {"value": view.value, "max": view.total, "state": view.state, **place}


def _place(run_id: str, node_id: str, display_id: str | None, parent_id: str | None) -> dict[str, Any]:
    """Which node, and for one made by expansion: the node of the canvas, and the node that made it."""
    shown_at = display_id or node_id
    ids = {"node_id": node_id, "prompt_id": run_id, "display_node_id": shown_at}
    return ids | {"parent_node_id": parent_id, "real_node_id": shown_at}


def _meta(node: str, place: NodeFinished | None) -> dict[str, Any]:
    shown_at = node if place is None else _shown_at(place)
    parent = None if place is None else place.parent_id
    return {"node_id": node, "display_node": shown_at, "parent_node": parent, "real_node_id": shown_at}


def _shown_at(event: OfNode) -> str:
    """The node of the canvas that an event belongs to."""
    return event.display_id or event.node_id


def _whole(number: float) -> float:
    return int(number) if float(number).is_integer() else number


def _error(job: Job) -> dict[str, Any] | None:
    failure = first_failure(job.events) if job.status == "error" else None
    return failure_data(failure) if failure is not None else None


def _files(outputs: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """Every output of a run that can be shown, with the node it came from."""
    for node_id, ui in outputs.items():
        for key, items in ui.items() if isinstance(ui, dict) else ():
            for item in items if key in MEDIA and isinstance(items, list) else ():
                place = {"nodeId": node_id, "mediaType": MEDIA[key]}
                if isinstance(item, dict) and "filename" in item:
                    yield item | place
                elif key == "text":
                    yield {"content": str(item)} | place


def _chosen_preview(files: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """A stored file first, else any file, else a text."""
    media = [file for file in files if file["mediaType"] != "text"]
    stored = [file for file in media if file.get("type") == "output"]
    return next(iter([*stored, *media, *files]), None)
