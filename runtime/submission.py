"""From what a client hands in to a job that can be stored: form, validation, JSON."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graph import canvas
from graph.schema import Schema
from graph.workflow import Graph
from runtime.jobs import NewJob, Submission, without_secrets
from runtime.messages import dumps


def prepare(
    submission: Submission,
    schemas: Mapping[str, Schema],
    list_files: Callable[[str], Sequence[str]],
    number: float,
) -> NewJob:
    """Validate; raises `InvalidWorkflow` with every problem of every node."""
    prompt, extra_data = _api_form(submission, schemas)
    targets = submission.targets
    graph = Graph.parse(prompt, schemas, targets=targets, list_files=list_files)
    created = int(time.time() * 1000)
    extra = without_secrets(extra_data) | {"create_time": created}
    if submission.client_id is not None:
        extra["client_id"] = submission.client_id
    return NewJob(
        run_id=submission.run_id or str(uuid.uuid4()),
        number=number,
        prompt=dumps(prompt),
        targets=dumps(list(graph.outputs)),
        extra_data=dumps(extra),
        node_errors=dumps(graph.node_errors),
        client_id=submission.client_id,
        workflow_id=_workflow_id(extra_data),
        idempotency_key=submission.idempotency_key,
        created=created,
    )


def _api_form(
    submission: Submission, schemas: Mapping[str, Schema]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Prompt and extra data; a canvas document is converted, and kept for the pictures' metadata."""
    document, extra = submission.document, submission.extra_data
    if not canvas.is_canvas(document):
        return document, extra
    info = extra.get("extra_pnginfo")
    pnginfo = {"workflow": document, **(info if isinstance(info, Mapping) else {})}
    return canvas.to_api(dict(document), schemas), {**extra, "extra_pnginfo": pnginfo}


def _workflow_id(extra_data: Mapping[str, Any]) -> str | None:
    info = extra_data.get("extra_pnginfo")
    workflow = info.get("workflow") if isinstance(info, Mapping) else None
    name = workflow.get("id") if isinstance(workflow, Mapping) else None
    return name if isinstance(name, str) else None
