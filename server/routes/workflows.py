"""The ready-made workflows, ours and those of packs: listed, read, and told in the field's form."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from graph.errors import FolderError
from graph.folders import Folders
from graph.plugins import pack_paths
from server import area
from server.body import answer
from server.keys import OPTIONS, Route, Table, folders
from server.templates import Shelves, Template, files, templates

EXAMPLES = ("example_workflows", "example", "examples", "workflow", "workflows")  # folders of a pack
SHOWN = {
    ".json": "application/json",
    ".webp": "image/webp",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".avif": "image/avif",
}


def _told(found: Template, shelves: Shelves) -> dict[str, Any]:
    models = [
        {"name": model.name, "directory": model.directory, "isThere": shelves.hold(model)}
        | ({"url": model.url} if model.url else {})
        for model in found.models
    ]
    return {
        "name": found.name,
        "title": found.title,
        "description": found.description,
        "tags": list(found.tags),
        "models": models,
        "runs": all(model["isThere"] for model in models),
        "family": found.family,
    }


async def get_workflows(request: web.Request) -> web.Response:
    def told() -> list[dict[str, Any]]:
        shelves = Shelves(folders(request))
        return [_told(found, shelves) for found in templates(request.app[OPTIONS].workflows)]

    return answer(await asyncio.to_thread(told))


async def get_workflow(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    name = name if name.endswith(".json") else f"{name}.json"
    return await asyncio.to_thread(_served, [request.app[OPTIONS].workflows], name)


def _served(roots: Sequence[Path], name: str) -> web.Response:
    """A workflow, or the picture of one, from the first of these folders that has it; 404 for all else."""
    kind = SHOWN.get(Path(name).suffix.lower())
    for root in roots if kind else ():
        try:
            data = area.place(root, name).read_bytes()
        except (FolderError, OSError):
            continue
        return web.Response(body=data, headers=area.SANDBOX | {"Content-Type": str(kind)})
    raise web.HTTPNotFound


# In the field's form


async def get_index(request: web.Request) -> web.Response:
    found = await asyncio.to_thread(templates, request.app[OPTIONS].workflows)
    return answer(index(found))


def index(found: Sequence[Template]) -> list[dict[str, Any]]:
    """The catalogue: a category for each subject, in the order of their first appearance by name."""
    subjects = dict.fromkeys(each.subject for each in found)
    return [
        {
            "moduleName": "default",  # what is fetched from /templates
            "title": subject.capitalize(),
            "type": "image",
            "templates": [_entry(each) for each in found if each.subject == subject],
        }
        for subject in subjects
    ]


def _entry(found: Template) -> dict[str, Any]:
    return {
        "name": Path(found.name).stem,
        "title": found.title,
        "description": found.description,
        "mediaType": "image",
        "mediaSubtype": "webp",
        "tags": list(found.tags),
        "models": [model.name for model in found.models],
    }


async def get_logos(_: web.Request) -> web.Response:
    return answer({})


async def get_template(request: web.Request) -> web.Response:
    return await asyncio.to_thread(_served, [request.app[OPTIONS].workflows], request.match_info["name"])


# Of packs


def packs(found: Folders) -> Iterator[Path]:
    """The folders of packs that are not switched off."""
    for directory in found.directories("custom_nodes"):
        yield from (path for path in pack_paths(directory) if path.is_dir())


async def get_templates(request: web.Request) -> web.Response:
    return answer(await asyncio.to_thread(_of_packs, folders(request)))


def _of_packs(found: Folders) -> dict[str, list[str]]:
    """Pack -> the names of its examples, packs without any left out."""
    names = {
        pack.name: sorted({file.stem for inner in EXAMPLES for file in files(pack / inner)})
        for pack in packs(found)
    }
    return {pack: examples for pack, examples in names.items() if examples}


async def get_template_of_pack(request: web.Request) -> web.Response:
    pack, name = request.match_info["pack"], request.match_info["name"]

    def served() -> web.Response:
        roots = [path / inner for path in packs(folders(request)) if path.name == pack for inner in EXAMPLES]
        return _served(roots, name)

    return await asyncio.to_thread(served)


ROUTES: Table = (
    Route("GET", "/workflows", get_workflows, "api"),
    Route("GET", "/workflows/{name}", get_workflow, "api"),
    Route("GET", "/workflow_templates", get_templates),
    Route("GET", "/workflow_templates/{pack}/{name:.+}", get_template_of_pack, "api"),
    Route("GET", r"/templates/{index:index(\.[\w-]+)?\.json}", get_index, "bare"),
    Route("GET", "/templates/index_logo.json", get_logos, "bare"),
    Route("GET", "/templates/{name}", get_template, "bare"),
)
