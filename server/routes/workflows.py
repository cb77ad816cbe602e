"""The ready-made workflows."""

from __future__ import annotations

import json
from pathlib import Path

from aiohttp import web

from graph.errors import FolderError
from server.area import place
from server.body import answer
from server.keys import OPTIONS, Route, Table


async def get_workflows(request: web.Request) -> web.Response:
    folder = request.app[OPTIONS].workflows
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return answer([{"name": file.name, "title": _title(file)} for file in files])


async def get_workflow(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    try:
        path = place(request.app[OPTIONS].workflows, name if name.endswith(".json") else f"{name}.json")
    except FolderError:
        raise web.HTTPNotFound from None
    if not path.is_file():
        raise web.HTTPNotFound
    return web.Response(body=path.read_bytes(), content_type="application/json")


def _title(file: Path) -> str:
    """What the workflow calls itself, else its file name in words."""
    try:
        extra = json.loads(file.read_bytes()).get("extra", {})
        title = extra.get("title") if isinstance(extra, dict) else None
    except (OSError, ValueError, AttributeError):
        title = None
    return title if isinstance(title, str) and title else file.stem.replace("_", " ").capitalize()


async def get_templates(_: web.Request) -> web.Response:
    return answer({})


async def get_subgraphs(_: web.Request) -> web.Response:
    return answer({})


ROUTES: Table = (
    Route("GET", "/workflows", get_workflows, "api"),
    Route("GET", "/workflows/{name}", get_workflow, "api"),
    Route("GET", "/workflow_templates", get_templates),
    Route("GET", "/global_subgraphs", get_subgraphs),
)
