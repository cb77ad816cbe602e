"""Settings and the file area of the one user: canvas state, saved workflows."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiohttp import web

from graph.errors import FolderError
from server import area
from server.body import answer, read_bytes, read_json, read_object, refuse
from server.keys import Route, Table, folders

USER = "default"
SETTINGS = "comfy.settings.json"


def home(request: web.Request) -> Path:
    """The user's folder; it need not exist yet."""
    return folders(request).directory("user") / USER


async def get_users(_: web.Request) -> web.Response:
    return answer({"storage": "server", "migrated": True})


async def post_users(_: web.Request) -> web.Response:
    return refuse("this server has one user")


# Settings


def _read_settings(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:  # keep the damaged file for its owner, start anew
        path.replace(path.with_suffix(".damaged"))
        return {}
    return settings if isinstance(settings, dict) else {}


def _merge_settings(request: web.Request, changes: dict[str, Any]) -> None:
    path = home(request) / SETTINGS
    area.write(path, json.dumps(_read_settings(path) | changes, indent=2).encode())


async def get_settings(request: web.Request) -> web.Response:
    return answer(_read_settings(home(request) / SETTINGS))


async def get_setting(request: web.Request) -> web.Response:
    return answer(_read_settings(home(request) / SETTINGS).get(request.match_info["name"]))


async def post_settings(request: web.Request) -> web.Response:
    _merge_settings(request, await read_object(request))
    return web.Response()


async def post_setting(request: web.Request) -> web.Response:
    _merge_settings(request, {request.match_info["name"]: await read_json(request)})
    return web.Response()


# Files


def _at(request: web.Request, name: str) -> Path:
    try:
        return area.place(home(request), name)
    except FolderError as error:
        raise area.http_error(error, name) from None


def _info(path: Path, root: Path) -> dict[str, Any]:
    stat = path.stat()
    name = path.relative_to(root).as_posix()
    return {"path": name, "size": stat.st_size, "modified": stat.st_mtime, "created": stat.st_ctime}


def _is_on(request: web.Request, name: str, default: bool = False) -> bool:
    return request.query.get(name, str(default)).lower() in ("true", "1")


def _files(root: Path, recurse: bool) -> Iterator[Path]:
    if not recurse:
        yield from sorted(path for path in root.iterdir() if path.is_file())
        return
    for folder, folders_in, files in os.walk(root):
        folders_in.sort()
        yield from (Path(folder, name) for name in sorted(files))


async def list_files(request: web.Request) -> web.Response:
    name = request.query.get("dir", "")
    if not name:
        raise web.HTTPBadRequest(text="the parameter 'dir' is needed")
    root = _at(request, name)
    if not root.is_dir():
        raise web.HTTPNotFound
    found = await asyncio.to_thread(lambda: list(_files(root, _is_on(request, "recurse"))))
    if _is_on(request, "full_info"):
        return answer([_info(path, root) for path in found])
    names = [path.relative_to(root).as_posix() for path in found]
    return answer([[name, *name.split("/")] for name in names] if _is_on(request, "split") else names)


async def list_tree(request: web.Request) -> web.Response:
    name = request.query.get("path", "")
    root = _at(request, name) if name else home(request)
    if not root.exists():
        if not name:
            return answer([])
        raise web.HTTPNotFound
    if not root.is_dir():
        raise web.HTTPBadRequest
    return answer(await asyncio.to_thread(_tree, root, home(request)))


def _tree(root: Path, top: Path) -> list[dict[str, Any]]:
    """Everything below, folders first, then by name."""
    paths = sorted(root.rglob("*"), key=lambda path: (path.is_file(), path.as_posix()))
    return [_entry(path, top) for path in paths]


def _entry(path: Path, top: Path) -> dict[str, Any]:
    entry = {"name": path.name, "path": path.relative_to(top.resolve()).as_posix()}
    if path.is_dir():
        return {**entry, "type": "directory"}
    stat = path.stat()
    return {**entry, "type": "file", "size": stat.st_size, "modified": stat.st_mtime}


async def get_file(request: web.Request) -> web.StreamResponse:
    path = _existing(request)
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "no-cache"}
    if path.suffix == ".css":  # the one file type that the canvas loads by its address
        return web.FileResponse(path, headers={**headers, "Content-Type": "text/css"})
    kind = "application/json" if path.suffix == ".json" else "application/octet-stream"
    return web.FileResponse(path, headers={**headers, "Content-Type": kind})


async def post_file(request: web.Request) -> web.Response:
    path = _at(request, request.match_info["file"])
    if path.is_dir():
        raise web.HTTPBadRequest
    if path.exists() and not _is_on(request, "overwrite", default=True):
        return web.Response(status=409, text="File already exists")
    body = await read_bytes(request)
    try:
        await asyncio.to_thread(area.write, path, body)
    except OSError as error:
        raise area.http_error(error) from None
    return _told(request, path)


async def delete_file(request: web.Request) -> web.Response:
    _existing(request).unlink()
    return web.Response(status=204)


async def move_file(request: web.Request) -> web.Response:
    source, target = _existing(request), _at(request, request.match_info["dest"])
    if target.exists() and not _is_on(request, "overwrite", default=True):
        return web.Response(status=409, text="File already exists")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.replace(target)
    except OSError as error:
        raise area.http_error(error) from None
    return _told(request, target)


def _existing(request: web.Request) -> Path:
    path = _at(request, request.match_info["file"])
    if not path.is_file():
        raise web.HTTPNotFound
    return path


def _told(request: web.Request, path: Path) -> web.Response:
    root = home(request).resolve()
    return answer(_info(path, root) if _is_on(request, "full_info") else path.relative_to(root).as_posix())


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
