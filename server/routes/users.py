"""Settings and the file area of the one user: canvas state, saved workflows with their revisions."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiohttp import web

from graph.errors import FolderError
from server import area, versions
from server.body import answer, read_bytes, read_json, read_object, refusal, refuse
from server.keys import Route, Table, folders

USER = "default"
SETTINGS = "comfy.settings.json"
WRITING = web.AppKey("WRITING", threading.Lock)  # held by whoever changes the user's files


def home(request: web.Request) -> Path:
    """The user's folder; it need not exist yet."""
    return folders(request).directory("user") / USER


async def get_users(_: web.Request) -> web.Response:
    return answer({"storage": "server", "migrated": True})


async def post_users(_: web.Request) -> web.Response:
    return refuse("this server has one user")


# Settings


def _read_settings(request: web.Request) -> dict[str, Any]:
    path = home(request) / SETTINGS
    try:
        settings = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:  # keep the damaged file for its owner, start anew
        path.replace(path.with_suffix(".damaged"))
        return {}
    return settings if isinstance(settings, dict) else {}


def _settings(request: web.Request) -> dict[str, Any]:
    with request.app[WRITING]:
        return _read_settings(request)


def _merge_settings(request: web.Request, changes: dict[str, Any]) -> None:
    path = home(request) / SETTINGS
    with request.app[WRITING]:
        merged = json.dumps(_read_settings(request) | changes, indent=2).encode()
        area.stored(lambda: area.write(path, merged))


async def get_settings(request: web.Request) -> web.Response:
    return answer(await asyncio.to_thread(_settings, request))


async def get_setting(request: web.Request) -> web.Response:
    return answer((await asyncio.to_thread(_settings, request)).get(request.match_info["name"]))


async def post_settings(request: web.Request) -> web.Response:
    await asyncio.to_thread(_merge_settings, request, await read_object(request))
    return web.Response()


async def post_setting(request: web.Request) -> web.Response:
    change = {request.match_info["name"]: await read_json(request)}
    await asyncio.to_thread(_merge_settings, request, change)
    return web.Response()


# Lists


def _at(request: web.Request, name: str) -> Path:
    """Where a file of the user is, or would be."""
    try:
        path = area.place(home(request), name)
    except FolderError as error:
        raise area.http_error(error, name) from None
    if path.is_relative_to(home(request).resolve() / versions.SHELVES):
        raise web.HTTPForbidden(text="earlier versions are read by /api/versions")
    return path


def _name(request: web.Request, path: Path) -> str:
    return path.relative_to(home(request).resolve()).as_posix()


def _info(path: Path, root: Path) -> dict[str, Any]:
    stat = path.stat()
    name = path.relative_to(root).as_posix()
    return {"path": name, "size": stat.st_size, "modified": stat.st_mtime, "created": stat.st_ctime}


def _is_on(request: web.Request, name: str, default: bool = False) -> bool:
    return request.query.get(name, str(default)).lower() in ("true", "1")


def _files(root: Path, recurse: bool) -> Iterator[Path]:
    if not recurse:
        yield from sorted(path for path in root.iterdir() if path.is_file() and not _is_draft(path))
        return
    for folder, folders_in, files in os.walk(root):
        folders_in.sort()
        yield from (path for name in sorted(files) if not _is_draft(path := Path(folder, name)))


def _is_draft(path: Path) -> bool:
    """Whether it is a file that is being written, or was when the server was killed."""
    return path.name.startswith(".") and path.suffix == ".part"


async def list_files(request: web.Request) -> web.Response:
    if not request.query.get("dir"):
        raise web.HTTPBadRequest(text="the parameter 'dir' is needed")
    return answer(await asyncio.to_thread(_listed, request))


def _listed(request: web.Request) -> list[Any]:
    root = _at(request, request.query["dir"])
    if not root.is_dir():
        raise area.absent(request)
    found = _files(root, _is_on(request, "recurse"))
    if _is_on(request, "full_info"):
        return [_info(path, root) for path in found]
    names = [path.relative_to(root).as_posix() for path in found]
    return [[name, *name.split("/")] for name in names] if _is_on(request, "split") else names


async def list_tree(request: web.Request) -> web.Response:
    return answer(await asyncio.to_thread(_tree, request))


def _tree(request: web.Request) -> list[dict[str, Any]]:
    """Everything below, folders first, then by name."""
    name, top = request.query.get("path", ""), home(request).resolve()
    root = _at(request, name) if name else top
    if not root.exists():
        if not name:
            return []
        raise web.HTTPNotFound
    if not root.is_dir():
        raise web.HTTPBadRequest
    found = (path for path in root.rglob("*") if not path.is_relative_to(top / versions.SHELVES))
    paths = sorted(found, key=lambda path: (path.is_file(), path.as_posix()))
    return [_entry(path, top) for path in paths if not _is_draft(path)]


def _entry(path: Path, top: Path) -> dict[str, Any]:
    entry = {"name": path.name, "path": path.relative_to(top).as_posix()}
    if path.is_dir():
        return {**entry, "type": "directory"}
    stat = path.stat()
    return {**entry, "type": "file", "size": stat.st_size, "modified": stat.st_mtime}


# Files


async def get_file(request: web.Request) -> web.Response:
    path, data = await asyncio.to_thread(_read, request)
    headers = area.SANDBOX | {"ETag": f'"{versions.etag(data)}"'}
    if _is_named(request.headers.get("If-None-Match"), versions.etag(data)):
        return web.Response(status=304, headers=headers)
    # CSS is the one file type that the canvas loads by its address.
    kinds = {".css": "text/css", ".json": "application/json"}
    kind = kinds.get(path.suffix, "application/octet-stream")
    return web.Response(body=data, headers=headers | {"Content-Type": kind})


def _read(request: web.Request) -> tuple[Path, bytes]:
    path = _at(request, request.match_info["file"])
    if not path.is_file():
        raise area.absent(request)
    return path, path.read_bytes()


async def post_file(request: web.Request) -> web.Response:
    return await asyncio.to_thread(_store, request, await read_bytes(request))


def _store(request: web.Request, body: bytes) -> web.Response:
    with request.app[WRITING]:
        path = _at(request, request.match_info["file"])
        if path.is_dir():
            raise web.HTTPBadRequest
        before = versions.etag(path.read_bytes()) if path.exists() else None
        if before is not None and not _is_on(request, "overwrite", default=True):
            return web.Response(status=409, text="File already exists")
        if "If-Match" in request.headers and not _is_named(request.headers["If-Match"], before):
            return _conflict(_name(request, path), before)
        area.stored(lambda: versions.write(home(request).resolve(), path, body, _now()))
        return _told(request, path, versions.etag(body))


def _now() -> int:
    return time.time_ns() // 1_000_000


def _is_named(condition: str | None, etag: str | None) -> bool:
    """Whether the header of a conditional request names this revision; None is that of no file."""
    if condition is None or etag is None:
        return False
    return condition.strip() == "*" or etag in (part.strip().strip('"') for part in condition.split(","))


def _conflict(name: str, etag: str | None) -> web.Response:
    message = f"{name} is {'gone' if etag is None else 'another one by now'}: it was changed elsewhere"
    return refusal("conflict", message, 409, etag=etag)


async def delete_file(request: web.Request) -> web.Response:
    await asyncio.to_thread(_delete, request)
    return web.Response(status=204)


def _delete(request: web.Request) -> None:
    with request.app[WRITING]:
        path = _existing(request)
        area.stored(lambda: versions.remove(home(request).resolve(), path, _now()))


async def move_file(request: web.Request) -> web.Response:
    return await asyncio.to_thread(_move, request)


def _move(request: web.Request) -> web.Response:
    with request.app[WRITING]:
        source, target = _existing(request), _at(request, request.match_info["dest"])
        if target.exists() and not _is_on(request, "overwrite", default=True):
            return web.Response(status=409, text="File already exists")
        if not (target.exists() and target.samefile(source)):
            area.stored(lambda: versions.move(home(request).resolve(), source, target, _now()))
        return _told(request, target, versions.etag(target.read_bytes()))


def _existing(request: web.Request) -> Path:
    path = _at(request, request.match_info["file"])
    if not path.is_file():
        raise web.HTTPNotFound
    return path


def _told(request: web.Request, path: Path, etag: str) -> web.Response:
    full, root = _is_on(request, "full_info"), home(request).resolve()
    told = answer(_info(path, root) if full else _name(request, path))
    told.headers["ETag"] = f'"{etag}"'
    return told


async def get_translations(_: web.Request) -> web.Response:
    return answer({})


ROUTES: Table = (
    Route("GET", "/users", get_users),
    Route("POST", "/users", post_users),
    Route("GET", "/settings", get_settings),
    Route("GET", "/settings/{name}", get_setting),
    Route("POST", "/settings", post_settings),
    Route("POST", "/settings/{name}", post_setting),
    Route("GET", "/userdata", list_files),
    Route("GET", "/v2/userdata", list_tree),
    Route("GET", "/userdata/{file}", get_file),
    Route("POST", "/userdata/{file}", post_file),
    Route("DELETE", "/userdata/{file}", delete_file),
    Route("POST", "/userdata/{file}/move/{dest}", move_file),
    Route("GET", "/i18n", get_translations),
)
