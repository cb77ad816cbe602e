"""From what a client hands in to a job that can be stored: form, validation, JSON."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from graph import canvas
from graph.errors import InvalidWorkflow
from graph.schema import Schema
from graph.workflow import Graph
from runtime.jobs import NewJob, Submission, without_secrets
from runtime.messages import Checked, dumps

T = TypeVar("T")

LARGE = 300  # nodes; a bigger graph is parsed on a thread so that the server stays responsive


@dataclass(frozen=True)
class Draft:
    """A submission in API form, not yet judged."""

    submission: Submission
    prompt: Mapping[str, Any]
    extra_data: Mapping[str, Any]
    text: str  # the prompt as JSON

    def needs_validators(self, schemas: Mapping[str, Schema]) -> bool:
        """Whether a node's own code has a say, which only the worker has."""
        return any(schemas[name].has_validator for name in self._classes() if name in schemas)

    def uses(self, classes: Container[str]) -> bool:
        """Whether a node of these types is in it."""
        return any(name in classes for name in self._classes())

    def _classes(self) -> Iterator[str]:
        for node in self.prompt.values():
            name = node.get("class_type") if isinstance(node, Mapping) else None
            if isinstance(name, str):
                yield name


@dataclass(frozen=True)
class Verdict:
    """What of a draft can run, and what is wrong with the rest."""

    targets: tuple[str, ...]
    node_errors: Mapping[str, Any]


def draft(submission: Submission, schemas: Mapping[str, Schema]) -> Draft:
    """The submission in API form. Raises InvalidWorkflow for a canvas that has none."""
    prompt, extra_data = _api_form(submission, schemas)
    return Draft(submission, prompt, extra_data, dumps(prompt))


def judge(
    drafted: Draft, schemas: Mapping[str, Schema], list_files: Callable[[str], Sequence[str]]
) -> Verdict:
    """Validate by the schemas; raises `InvalidWorkflow` with every problem of every node."""
    graph = Graph.parse(drafted.prompt, schemas, targets=drafted.submission.targets, list_files=list_files)
    return Verdict(tuple(graph.outputs), graph.node_errors)


def verdict_of(checked: Checked) -> Verdict:
    """What the worker found; raises `InvalidWorkflow` as `judge` does."""
    if checked.invalid is not None:
        raise InvalidWorkflow(**checked.invalid)
    return Verdict(checked.targets, checked.node_errors)


def new_job(drafted: Draft, verdict: Verdict, number: float) -> NewJob:
    """The job to be stored."""
    submission = drafted.submission
    created = int(time.time() * 1000)
    extra = without_secrets(drafted.extra_data) | {"create_time": created}
    if submission.client_id is not None:
        extra["client_id"] = submission.client_id
    return NewJob(
        run_id=submission.run_id or str(uuid.uuid4()),
        number=number,
        prompt=drafted.text,
        targets=dumps(list(verdict.targets)),
        extra_data=dumps(extra),
        node_errors=dumps(verdict.node_errors),
        client_id=submission.client_id,
        workflow_id=_workflow_id(drafted.extra_data),
        idempotency_key=submission.idempotency_key,
        created=created,
    )


def is_large(document: Mapping[str, Any]) -> bool:
    """Whether to read this document takes long."""
    return len(document.get("nodes", document)) >= LARGE


async def aside(large: bool, work: Callable[[], T]) -> T:
    """Long work on a thread, short work at once."""
    return await asyncio.to_thread(work) if large else work()


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
