"""The versions of saved workflows: listed, read, named."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from aiohttp import web

from graph.errors import FolderError
from server import area, versions
from server.body import answer, read_object, refusal
from server.keys import Route, Table
from server.routes.users import WRITING, home


async def get_versions(request: web.Request) -> web.Response:
    found = await asyncio.to_thread(lambda: versions.listed(_shelf(request)))
    return answer({"versions": [_told(version) for version in found]})


async def get_version(request: web.Request) -> web.Response:
    version = request.match_info["id"]
    data = await asyncio.to_thread(lambda: versions.read(_shelf(request), version))
    if data is None:
        return _unknown(request)
    return web.Response(body=data, content_type="application/json", headers=area.SANDBOX)


async def post_version(request: web.Request) -> web.Response:
    """Give a version a name, by which it stays."""
    label = (await read_object(request)).get("label", 0)  # a body without one is a mistake, not a wish
    if label is not None and (not isinstance(label, str) or len(label) > versions.LONGEST_LABEL):
        wish = f"the label must be a text of at most {versions.LONGEST_LABEL} characters, or null"
        return refusal("invalid_label", wish, 400, details=repr(label)[:80])
    named = await asyncio.to_thread(_name, request, label)
    return answer({}) if named else _unknown(request)


def _name(request: web.Request, label: str | None) -> bool:
    with request.app[WRITING]:
        return area.stored(lambda: versions.label(_shelf(request), request.match_info["id"], label))


def _shelf(request: web.Request) -> Path:
    """Of the file that the query names, whether it is still there or not."""
    name = request.query.get("file", "")
    try:
        area.place(home(request), name)
    except FolderError as error:
        raise area.http_error(error, name) from None
    if not versions.is_kept(name):
        raise web.HTTPBadRequest(text=f"only workflows have versions: a file {versions.ROOM}….json is needed")
    return versions.shelf(home(request), name)


def _told(version: versions.Version) -> dict[str, Any]:
    return {
        "id": version.id,
        "saved": version.saved,
        "size": version.size,
        "etag": version.etag,
        "label": version.label,
        "nodes": version.nodes,
    }


def _unknown(request: web.Request) -> web.Response:
    message = f"{request.query['file'][:200]} has no version {request.match_info['id'][:80]}"
    return refusal("not_found", message, 404)


ROUTES: Table = (
    Route("GET", "/versions", get_versions, "api"),
    Route("GET", "/versions/{id}", get_version, "api"),
    Route("POST", "/versions/{id}", post_version, "api"),
)
