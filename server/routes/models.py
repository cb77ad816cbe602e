"""The model folders and what the files in them say of themselves."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from aiohttp import web

from graph.errors import FolderError
from server.body import answer
from server.keys import Route, Table, folders

LARGEST_HEADER = 1 << 20  # bytes of a safetensors header that is read for a tooltip
NO_MODELS = ("input", "output", "temp", "user", "custom_nodes", "workflows")


async def get_models(request: web.Request) -> web.Response:
    return answer([name for name in folders(request).names() if name not in NO_MODELS])


async def get_models_in(request: web.Request) -> web.Response:
    folder = request.match_info["folder"]
    if folder in NO_MODELS or folder not in folders(request).names():
        raise web.HTTPNotFound
    return answer(list(folders(request).list(folder)))


async def get_metadata(request: web.Request) -> web.Response:
    folder, name = request.match_info["folder"], request.query.get("filename", "")
    if not name.endswith(".safetensors") or folder in NO_MODELS:
        raise web.HTTPNotFound
    try:
        path = folders(request).resolve(folder, name)
    except FolderError:
        raise web.HTTPNotFound from None
    found = await asyncio.to_thread(metadata, path)
    if found is None:
        raise web.HTTPNotFound
    return answer(found)


def metadata(path: Path) -> dict[str, Any] | None:
    """The `__metadata__` of a safetensors header, or None."""
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if size > LARGEST_HEADER:
                return None
            header = json.loads(file.read(size))
    except (OSError, ValueError, RecursionError):
        return None
    found = header.get("__metadata__") if isinstance(header, dict) else None
    return found if isinstance(found, dict) and found else None


ROUTES: Table = (
    Route("GET", "/models", get_models),
    Route("GET", "/models/{folder}", get_models_in),
    Route("GET", "/view_metadata/{folder}", get_metadata),
)
