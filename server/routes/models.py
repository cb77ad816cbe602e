"""The model folders: which files are in them, what these are, and a picture of what they make."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from graph.errors import FolderError
from graph.folders import Folders, list_names
from server import area
from server.body import answer
from server.keys import Route, Table, folders
from server.model_files import Identify, about, header, preview, size_of

LARGEST_HEADER = 1 << 20  # bytes of a safetensors header that is read for a tooltip
NO_MODELS = ("input", "output", "temp", "user", "custom_nodes", "workflows")
IDENTIFY: web.AppKey[Identify] = web.AppKey("IDENTIFY")  # set by whoever makes the application, if at all


def _resolved(request: web.Request, folder: str, name: str) -> Path:
    """An existing model, or 404."""
    if folder in NO_MODELS:
        raise web.HTTPNotFound
    try:
        return folders(request).resolve(folder, name)
    except FolderError:
        raise web.HTTPNotFound from None


def _known(request: web.Request) -> str:
    """The folder that the address names, or 404."""
    folder = request.match_info["folder"]
    if folder in NO_MODELS or folder not in folders(request).names():
        raise web.HTTPNotFound
    return folder


# Lists


async def get_models(request: web.Request) -> web.Response:
    return answer([name for name in folders(request).names() if name not in NO_MODELS])


async def get_models_in(request: web.Request) -> web.Response:
    return answer(await asyncio.to_thread(folders(request).list, _known(request)))


async def get_folders(request: web.Request) -> web.Response:
    found = folders(request)
    names = [name for name in found.names() if name not in (*NO_MODELS, "configs")]
    return answer(
        [{"name": name, "folders": [str(path) for path in found.directories(name)]} for name in names]
    )


async def get_files(request: web.Request) -> web.Response:
    return answer(await asyncio.to_thread(_files, folders(request), _known(request)))


def _files(found: Folders, folder: str) -> list[dict[str, Any]]:
    """Each file of each directory; a name in two of them comes twice."""
    return [
        entry
        for index, directory in enumerate(found.directories(folder))
        for name in list_names([directory], found.suffixes(folder)).names
        if (entry := _entry(directory, name, index)) is not None
    ]


def _entry(directory: Path, name: str, index: int) -> dict[str, Any] | None:
    """None for a file that has gone meanwhile."""
    path = directory / name
    try:
        stat = path.stat()
        size = size_of(path)
    except OSError:
        return None
    times = {"modified": stat.st_mtime, "created": stat.st_ctime}
    return {"name": name, "pathIndex": index, **times, "size": size}


# Pictures


async def get_preview(request: web.Request) -> web.Response:
    picture = await asyncio.to_thread(_preview, request, _known(request))
    if picture is None:
        raise area.absent(request)
    return web.Response(body=picture, content_type="image/webp", headers=area.SANDBOX)


def _preview(request: web.Request, folder: str) -> bytes | None:
    number, name = request.match_info["index"], request.match_info["file"]
    directories = folders(request).directories(folder)
    if len(number) > 4 or int(number) >= len(directories):
        return None
    try:
        path = area.place(directories[int(number)], name)
    except FolderError:
        return None
    return preview(path) if path.exists() else None


# What a file says


async def get_metadata(request: web.Request) -> web.Response:
    found = await asyncio.to_thread(_metadata, request)
    if not found:
        raise web.HTTPNotFound
    return answer(dict(found))


def _metadata(request: web.Request) -> Mapping[str, str]:
    """The `__metadata__` of a safetensors header; empty for none."""
    folder, name = request.match_info["folder"], request.query.get("filename", "")
    if not name.endswith(".safetensors"):
        return {}
    found = header(_resolved(request, folder, name), LARGEST_HEADER)
    return {} if found is None else found.metadata


async def get_about(request: web.Request) -> web.Response:
    def told() -> dict[str, Any]:
        path = _resolved(request, _known(request), request.query.get("filename", ""))
        return about(path, request.app.get(IDENTIFY))

    return answer(await asyncio.to_thread(told))


ROUTES: Table = (
    Route("GET", "/models", get_models),
    Route("GET", "/models/{folder}", get_models_in),
    Route("GET", "/models/{folder}/about", get_about, "api"),
    Route("GET", "/experiment/models", get_folders),
    Route("GET", "/experiment/models/{folder}", get_files),
    Route("GET", r"/experiment/models/preview/{folder}/{index:\d+}/{file:.+}", get_preview),
    Route("GET", "/view_metadata/{folder}", get_metadata),
)
