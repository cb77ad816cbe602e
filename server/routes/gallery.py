"""The gallery: what lies in the output folder, found by its facts, marked, deleted and brought back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

from aiohttp import web

from graph.errors import FolderError
from runtime.engine import Job
from server import area
from server.body import Refused, answer, read_object, refusal
from server.gallery import tree
from server.gallery.keeper import Keeper
from server.gallery.marks import Change
from server.gallery.query import SORTS, Wish
from server.keys import ENGINE, FOLDERS, Route, Table, engine, folders

GALLERY = web.AppKey("GALLERY", Keeper)
USUAL = 50  # files when no limit is given
MOST = 500
ORIGIN_JOBS = 300  # newest jobs that are searched for where a file came from
WISHES = {
    "offset", "search", "folder", "model", "seed", "tag", "favourite", "kind", "sort", "from", "to",
}  # fmt: skip
PLAIN_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif")  # of the plain list
LONGEST_TAG = 64  # characters
LONGEST_NUMBER = 15  # digits
GONE = "there is nothing to restore: it was restored before, or its time is over"
Origins = Mapping[str, dict[str, str]]


async def life(app: web.Application) -> AsyncIterator[None]:
    """The keeper of the index, as long as the application runs."""
    beside = app[ENGINE].settings.database
    index, marked = beside.with_name("gallery.sqlite"), beside.with_name("gallery-marks.sqlite")
    app[GALLERY] = Keeper(index, marked, lambda: app[FOLDERS].directory("output"))
    app[GALLERY].purge()
    yield
    await app[GALLERY].close()


async def get_gallery(request: web.Request) -> web.Response:
    """A plain list of pictures, or all about the files when anything but their number is asked for."""
    if WISHES.isdisjoint(request.query):
        return await _plain_list(request)
    wish = _wish(request.query)
    page, jobs = await asyncio.gather(request.app[GALLERY].page(wish), _ended_jobs(request))
    origins, unknown = _origins(jobs), {"prompt_id": None, "node_id": None}
    items = [
        asdict(item) | unknown | origins.get(_name(item.subfolder, item.filename), {}) for item in page.items
    ]
    return answer(asdict(page) | {"items": items})


async def _plain_list(request: web.Request) -> web.Response:
    wanted = request.query.get("limit", "")
    limit = min(int(wanted), MOST) if wanted.isdecimal() else USUAL
    names = await asyncio.to_thread(tree.newest, folders(request).directory("output"))
    shown = [name for name in names if name.lower().endswith(PLAIN_PICTURES)][:limit]
    origins = _origins(await _ended_jobs(request))
    return answer([_reference(name) | origins.get(name, {}) for name in shown])


async def _ended_jobs(request: web.Request) -> list[Job]:
    return await engine(request).jobs(("success", "error", "interrupted"), ORIGIN_JOBS)


def _origins(jobs: list[Job]) -> Origins:
    """Name of a file -> the run and the node that made it."""
    return {
        _name(str(item.get("subfolder", "")), str(item.get("filename"))): {
            "prompt_id": job.run_id,
            "node_id": node,
        }
        for job in jobs
        for node, ui in job.outputs.items()
        for shown in ui.values()
        if isinstance(shown, list | tuple)
        for item in shown
        if isinstance(item, dict) and item.get("type") == "output"
    }


def _name(subfolder: str, filename: str) -> str:
    return f"{subfolder}/{filename}" if subfolder else filename


def _reference(name: str) -> dict[str, str]:
    subfolder, _, filename = name.rpartition("/")
    return {"filename": filename, "subfolder": subfolder, "type": "output"}


# What is wished for


def _wish(query: Mapping[str, str]) -> Wish:
    kind, sort = _choice(query, "kind", get_args(tree.Kind)), _choice(query, "sort", SORTS)
    limit, offset = _whole(query, "limit"), _whole(query, "offset")
    return Wish(
        limit=USUAL if limit is None else min(limit, MOST),
        offset=offset or 0,
        search=query.get("search", ""),
        folder=query.get("folder", ""),
        model=query.get("model", ""),
        seed=query.get("seed", "").strip(),
        tag=query.get("tag", ""),
        favourite=query.get("favourite", "").lower() in ("1", "true"),
        kind=kind,
        sort=sort or "newest",
        since=_whole(query, "from"),
        until=_whole(query, "to"),
    )


def _choice(query: Mapping[str, str], key: str, choices: Sequence[Any]) -> Any:
    """One of the choices; None where nothing is asked for."""
    word = query.get(key) or None
    if word is not None and word not in choices:
        raise Refused("invalid_query", f"{key} is one of {', '.join(choices)}, not {word[:40]!r}")
    return word


def _whole(query: Mapping[str, str], key: str) -> int | None:
    text = query.get(key, "")
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > LONGEST_NUMBER:
        raise Refused("invalid_query", f"{key} must be a whole number, not {text[:40]!r}")
    return int(text)


# Changing


async def post_mark(request: web.Request) -> web.Response:
    body = await read_object(request)
    names, favourite = _names(request, body), body.get("favourite")
    if favourite is not None and not isinstance(favourite, bool):
        raise Refused("invalid_mark", f"favourite must be true or false, not {favourite!r}")
    change = Change(favourite, _tags(body, "add_tags"), _tags(body, "remove_tags"))
    return answer({"marked": await request.app[GALLERY].mark(names, change)})


async def post_delete(request: web.Request) -> web.Response:
    names = _names(request, await read_object(request))
    try:
        deleted, undo = await request.app[GALLERY].delete(names)
    except OSError as error:
        raise area.http_error(error) from None
    return answer({"deleted": len(deleted), "undo": undo})


async def post_restore(request: web.Request) -> web.Response:
    token = (await read_object(request)).get("undo")
    if not isinstance(token, str):
        raise Refused("invalid_undo", "undo must be what the deletion answered")
    try:
        restored = await request.app[GALLERY].restore(token)
    except OSError as error:
        raise area.http_error(error) from None
    if restored is None:
        return refusal("not_found", GONE, 404)
    return answer({"restored": len(restored), "files": [_reference(name) for name in restored]})


def _names(request: web.Request, body: Mapping[str, Any]) -> list[str]:
    """The files that a body refers to, each once; every one a name that the gallery could show."""
    files = body.get("files")
    if not isinstance(files, list):
        raise Refused("invalid_files", "files must be a list of {filename, subfolder, type}")
    return list(dict.fromkeys(_checked(request, ref) for ref in files))


def _checked(request: web.Request, ref: object) -> str:
    if not isinstance(ref, dict) or not isinstance(ref.get("filename"), str):
        raise Refused("invalid_files", "a file is an object with filename, subfolder and type")
    subfolder = ref.get("subfolder") or ""
    if not isinstance(subfolder, str) or ref.get("type", "output") != "output":
        raise Refused("invalid_files", "only files of the output folder can be changed")
    name = _name(subfolder.rstrip("/"), ref["filename"])
    try:
        folders(request).place("output", name)
    except FolderError as error:
        raise Refused("invalid_name", "this is no file of the gallery", str(error)) from None
    if tree.kind_of(name) is None or any(part.startswith(".") for part in name.split("/")):
        raise Refused("invalid_name", f"{name!r} is no file of the gallery: no picture, video or sound")
    return name


def _tags(body: Mapping[str, Any], key: str) -> tuple[str, ...]:
    tags = body.get(key) or []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Refused("invalid_mark", f"{key} must be a list of texts")
    made = [" ".join(tag.split()) for tag in tags]
    wrong = next((tag for tag in made if not tag or len(tag) > LONGEST_TAG or not tag.isprintable()), None)
    if wrong is not None:
        raise Refused("invalid_mark", f"a tag has 1 to {LONGEST_TAG} visible signs; {wrong[:80]!r} has not")
    return tuple(made)


ROUTES: Table = (
    Route("GET", "/gallery", get_gallery, "api"),
    Route("POST", "/gallery/mark", post_mark, "api"),
    Route("POST", "/gallery/delete", post_delete, "api"),
    Route("POST", "/gallery/restore", post_restore, "api"),
)
