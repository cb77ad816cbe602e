"""Submitting, the queue, the history, jobs."""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable
from typing import Any

from aiohttp import web

from graph.errors import InvalidWorkflow
from runtime.engine import (
    Accepted,
    BadAnswer,
    DuplicateRun,
    Engine,
    Job,
    JobBegun,
    NobodyAsks,
    Status,
    Submission,
    UnknownJob,
)
from server import wire
from server.body import Refused, answer, read_bytes, read_object, refusal, refuse
from server.body import parse_json as parse
from server.keys import Route, Table, engine

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
STATUSES: dict[str, Status] = {shown: kept for kept, shown in wire.JOB_STATUS.items()}  # type: ignore[misc]
SORT_FIELDS = ("created_at", "execution_duration")
ENVELOPE_KEYS = ("prompt", "extra_data", "client_id", "prompt_id", "number", "front")


async def get_prompt(request: web.Request) -> web.Response:
    return answer(wire.status(engine(request).remaining, engine(request).paused)[1]["status"])


async def post_prompt(request: web.Request) -> web.Response:
    body = await read_object(request)
    submission = _submission(body, request.headers.get("Idempotency-Key"))
    return await _accepted(engine(request).submit(submission))


async def put_job(request: web.Request) -> web.Response:
    """Other work for a job that waits, in its place; id, number and key of the body do not count."""
    submission = _submission(await read_object(request), None)
    try:
        return await _accepted(engine(request).replace(request.match_info["run_id"], submission))
    except JobBegun as error:
        return refusal("job_begun", "the job does not wait any more", 409, str(error))
    except UnknownJob as error:
        return refusal("unknown_job", "Job not found", 404, str(error))


async def _accepted(taken: Awaitable[Accepted]) -> web.Response:
    """The answer to a submission."""
    try:
        accepted = await taken
    except InvalidWorkflow as invalid:
        error: dict[str, Any] = {"type": invalid.type, "message": invalid.message}
        error |= {"details": invalid.details, "extra_info": dict(invalid.extra_info)}
        return answer({"error": error, "node_errors": invalid.node_errors}, 400)
    except DuplicateRun as error:
        raise Refused("invalid_prompt_id", "this id cannot be used", str(error)) from None
    found = {"prompt_id": accepted.run_id, "number": accepted.number}
    return answer({**found, "node_errors": accepted.node_errors})


def _submission(body: dict[str, Any], idempotency_key: str | None) -> Submission:
    document = body if _is_bare_canvas(body) else body.get("prompt")
    if document is None:
        raise Refused("no_prompt", "No prompt provided", "the body has no key 'prompt'")
    if not isinstance(document, dict):
        raise Refused("invalid_prompt", "the prompt must be an object", f"it is a {type(document).__name__}")
    extra = body.get("extra_data") or {}
    if _is_bare_canvas(body) or not isinstance(extra, dict):
        extra = {}
    return Submission(
        document=document,
        client_id=_client_id(body, extra),
        run_id=_run_id(body.get("prompt_id")),
        number=_number(body.get("number")),
        front=body.get("front") is True,
        extra_data=extra,
        targets=_targets(body.get("partial_execution_targets")),
        idempotency_key=idempotency_key,
    )


def _is_bare_canvas(body: dict[str, Any]) -> bool:
    """A canvas document posted as it is, without an envelope."""
    return "prompt" not in body and isinstance(body.get("nodes"), list) and "links" in body


def _client_id(body: dict[str, Any], extra: dict[str, Any]) -> str | None:
    given = body.get("client_id", extra.get("client_id"))
    return given if isinstance(given, str) and given else None


def _run_id(given: object) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str) or not UUID.fullmatch(given):
        message = "prompt_id must be a canonical lower-case UUID"
        raise Refused("invalid_prompt_id", message, repr(given)[:100])
    return given


def _number(given: object) -> float | None:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        return None
    return float(given)


def _targets(given: object) -> tuple[str, ...] | None:
    return tuple(str(target) for target in given) if isinstance(given, list) else None


async def get_queue(request: web.Request) -> web.Response:
    running, waiting = await engine(request).queue()
    items = {"queue_running": running, "queue_pending": waiting}
    return answer({name: [wire.queue_item(job) for job in jobs] for name, jobs in items.items()})


async def post_queue(request: web.Request) -> web.Response:
    body = await read_object(request)
    pause = body.get("pause")
    if pause is not None and not isinstance(pause, bool):
        raise Refused("invalid_pause", "pause is true or false", repr(pause)[:100])
    if pause is not None:
        await engine(request).pause(pause)
    if body.get("clear") is True:
        await engine(request).clear_waiting()
    await engine(request).delete_waiting(_ids(body, "delete") + _ids(body, "cancel"))
    moves = body.get("move")
    for move in moves if isinstance(moves, list) else ():
        await _move(engine(request), move)
    return web.Response()


async def _move(to: Engine, move: object) -> None:
    """`{"prompt_id": id, "number": n}`, or `"front": true`, or `"before": id`; unknown ids are ignored."""
    if not isinstance(move, dict) or not isinstance(move.get("prompt_id"), str):
        raise Refused("invalid_move", "a move names a prompt_id", repr(move)[:100])
    run_id, number, other = move["prompt_id"], _number(move.get("number")), move.get("before")
    if move.get("front") is True:
        await to.move_to_front(run_id)
    elif isinstance(other, str):
        await to.move_before(run_id, other)
    elif number is not None:
        await to.reprioritise(run_id, number)
    else:
        raise Refused("invalid_move", "a move has a number, front: true or before: id", repr(move)[:100])


async def get_history(request: web.Request) -> web.Response:
    newest, offset = (_integer(request.query.get(name)) for name in ("max_items", "offset"))
    jobs = await engine(request).history(None if newest is not None and newest < 0 else newest, offset)
    return answer({job.run_id: wire.history_entry(job) for job in jobs})


async def get_history_entry(request: web.Request) -> web.Response:
    job = await engine(request).job(request.match_info["run_id"])
    known = job is not None and job.finished is not None
    return answer({job.run_id: wire.history_entry(job)} if job is not None and known else {})


async def post_history(request: web.Request) -> web.Response:
    body = await read_object(request)
    if body.get("clear") is True:
        await engine(request).clear_history()
    await engine(request).delete_history(_ids(body, "delete"))
    return web.Response()


async def post_interrupt(request: web.Request) -> web.Response:
    """Without a readable id: whatever runs."""
    try:
        body = parse(await read_bytes(request) or b"{}")
    except ValueError:
        body = {}
    run_id = body.get("prompt_id") if isinstance(body, dict) else None
    engine(request).interrupt(run_id if isinstance(run_id, str) and run_id else None)
    return web.Response()


async def post_free(request: web.Request) -> web.Response:
    body = await read_object(request)
    engine(request).free(models=body.get("unload_models") is True, cache=body.get("free_memory") is True)
    return web.Response()


async def list_jobs(request: web.Request) -> web.Response:
    try:
        statuses, field, descending, limit, offset = _listing(request)
    except ValueError as error:
        return refuse(str(error))
    jobs = await engine(request).jobs(statuses, sweep=request.query.get("sweep") or None)
    workflow_id = request.query.get("workflow_id")
    found = [job for job in jobs if workflow_id in (None, "", job.workflow_id)]
    found.sort(key=_duration if field == "execution_duration" else _created, reverse=descending)
    page = found[offset:] if limit is None else found[offset : offset + limit]
    total = len(found)
    has_more = offset + len(page) < total
    shown_limit = total if limit is None else limit
    pagination = {"offset": offset, "limit": shown_limit, "total": total, "has_more": has_more}
    return answer({"jobs": [wire.job_summary(job) for job in page], "pagination": pagination})


def _listing(request: web.Request) -> tuple[list[Status], str, bool, int | None, int]:
    query = request.query
    asked = [word.strip().lower() for word in query.get("status", "").split(",") if word.strip()]
    if unknown := [word for word in asked if word not in STATUSES]:
        raise ValueError(f"unknown status {unknown[0]!r}; there are {', '.join(STATUSES)}")
    field, order = query.get("sort_by", "created_at"), query.get("sort_order", "desc")
    if field not in SORT_FIELDS:
        raise ValueError(f"unknown sort_by {field!r}; there are {', '.join(SORT_FIELDS)}")
    if order not in ("asc", "desc"):
        raise ValueError(f"unknown sort_order {order!r}; there are asc, desc")
    limit = _strict_integer(query["limit"], "limit") if "limit" in query else None
    if limit is not None and limit <= 0:
        raise ValueError("limit must be a positive integer")
    offset = max(0, _strict_integer(query.get("offset", "0"), "offset"))
    return [STATUSES[word] for word in asked or STATUSES], field, order == "desc", limit, offset


def _created(job: Job) -> tuple[int, int]:
    return job.created, job.ordinal


def _duration(job: Job) -> tuple[int, int]:
    return (job.finished or 0) - (job.started or 0) if job.finished and job.started else 0, job.ordinal


async def get_job(request: web.Request) -> web.Response:
    job = await engine(request).job(request.match_info["run_id"])
    if job is None:
        return refuse("Job not found", 404)
    return answer(wire.job_detail(job, engine(request).lives.get(job.run_id)))


async def answer_job(request: web.Request) -> web.Response:
    """What a person says to a node that waits for it."""
    body = await read_object(request)
    node = body.get("node")
    if not isinstance(node, str) or "choice" not in body:
        raise Refused("invalid_answer", "an answer has a node and a choice", repr(body)[:100])
    try:
        engine(request).answer(request.match_info["run_id"], node, body["choice"])
    except NobodyAsks as error:
        return refusal("nobody_asks", "no such question waits", 404, str(error))
    except BadAnswer as error:
        raise Refused("invalid_answer", "the choice does not fit the question", str(error)) from None
    return answer({})


async def cancel_job(request: web.Request) -> web.Response:
    return answer({"cancelled": await engine(request).cancel(request.match_info["run_id"])})


async def cancel_jobs(request: web.Request) -> web.Response:
    ids = (await read_object(request)).get("job_ids")
    if not isinstance(ids, list) or not all(isinstance(i, str) and UUID.fullmatch(i) for i in ids):
        return answer({"error": "job_ids must be a list of UUIDs", "type": "invalid_ids"}, 400)
    cancelled = [await engine(request).cancel(run_id) for run_id in ids]
    return answer({"cancelled": any(cancelled)})


def _ids(body: dict[str, Any], key: str) -> list[str]:
    given = body.get(key)
    return [item for item in given if isinstance(item, str)] if isinstance(given, list) else []


def _integer(text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        return None


def _strict_integer(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{name} must be an integer, not {text[:40]!r}") from None


ROUTES: Table = (
    Route("GET", "/prompt", get_prompt),
    Route("POST", "/prompt", post_prompt),
    Route("GET", "/queue", get_queue),
    Route("POST", "/queue", post_queue),
    Route("GET", "/history", get_history),
    Route("GET", "/history/{run_id}", get_history_entry),
    Route("POST", "/history", post_history),
    Route("POST", "/interrupt", post_interrupt),
    Route("POST", "/free", post_free),
    Route("GET", "/jobs", list_jobs, "api"),
    Route("GET", "/jobs/{run_id}", get_job, "api"),
    Route("PUT", "/jobs/{run_id}", put_job, "api"),
    Route("POST", "/jobs/{run_id}/answer", answer_job, "api"),
    Route("POST", "/jobs/cancel", cancel_jobs, "api"),
    Route("POST", "/jobs/{run_id}/cancel", cancel_job, "api"),
)
