"""The machine, the log, the features, the canvas's own files."""

from __future__ import annotations

import importlib.metadata
import mimetypes
import platform
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

from graph.errors import FolderError
from runtime.engine import main_memory
from server import area
from server.body import answer, read_object
from server.keys import HUB, LOGBOOK, OPTIONS, Options, Route, Table, engine, folders

SPOKEN_API = "0.8.0"  # the version of the field's API that clients may count on
COLUMNS, ROWS = 120, 40  # of the terminal that log panels imitate
FOREVER = "public, max-age=31536000, immutable"  # names in assets/ change with their contents
NO_CANVAS = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Heddle</title>
<body style="font:16px system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem;line-height:1.5">
<h1>Heddle is running, but its canvas is not built</h1>
<p>Stop the server and start it with <code>make run</code>: that builds the canvas first. By hand:</p>
<pre>cd web &amp;&amp; npm ci &amp;&amp; npm run build</pre>
<p>The API works without it: <a href="api/object_info">/api/object_info</a>,
<a href="api/system_stats">/api/system_stats</a>, <code>POST /prompt</code> (see docs/api.md).</p>
</body></html>"""


def features(options: Options) -> dict[str, Any]:
    """What the server announces that it can do."""
    return {
        "supports_preview_metadata": True,
        "max_upload_size": options.max_upload,
        "assets": False,
        "node_replacements": False,
        "extension": {"manager": {"supports_v4": False}},
    }


async def get_features(request: web.Request) -> web.Response:
    return answer(features(request.app[OPTIONS]))


async def get_system_stats(request: web.Request) -> web.Response:
    total, free = main_memory()
    system = {
        "os": sys.platform,
        "ram_total": total,
        "ram_free": free,
        "comfyui_version": SPOKEN_API,
        "required_frontend_version": None,
        "installed_templates_version": None,
        "required_templates_version": None,
        "python_version": sys.version,
        "pytorch_version": _version_of("torch"),
        "embedded_python": False,
        "argv": list(request.app[OPTIONS].argv),
    }
    cpu = {"name": platform.processor() or "cpu", "type": "cpu", "index": None, "vram_total": total}
    cpu |= {"vram_free": free, "torch_vram_total": total, "torch_vram_free": free}
    return answer({"system": system, "devices": list(engine(request).devices) or [cpu]})


def _version_of(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


# Logs


async def get_logs(request: web.Request) -> web.Response:
    return answer("".join(f"{line.time} - {line.text}\n" for line in request.app[LOGBOOK].lines))


async def get_raw_logs(request: web.Request) -> web.Response:
    entries = [{"t": line.time, "m": line.text + "\n"} for line in request.app[LOGBOOK].lines]
    return answer({"entries": entries, "size": {"cols": COLUMNS, "rows": ROWS}})


async def subscribe_logs(request: web.Request) -> web.Response:
    body = await read_object(request)
    request.app[HUB].subscribe_logs(str(body.get("clientId", "")), body.get("enabled") is True)
    return web.Response()


async def get_folder_paths(request: web.Request) -> web.Response:
    found = folders(request)
    return answer({name: [str(path) for path in found.directories(name)] for name in found.names()})


# The canvas


async def get_index(request: web.Request) -> web.StreamResponse:
    index = request.app[OPTIONS].canvas / "index.html"
    headers = {"Cache-Control": "no-store"}
    if not index.is_file():
        return web.Response(text=NO_CANVAS, content_type="text/html", headers=headers)
    return web.Response(body=index.read_bytes(), content_type="text/html", charset="utf-8", headers=headers)


async def get_static(request: web.Request) -> web.StreamResponse:
    """A file of the canvas; everything unknown, and all of /api, is 404."""
    name = request.match_info["path"]
    path = _canvas_file(request.app[OPTIONS].canvas, name)
    if path is None:
        if name.startswith("api/"):
            return answer({"error": f"there is no route {request.method} /{name[:100]}"}, 404)
        raise web.HTTPNotFound
    caching = FOREVER if name.startswith("assets/") else "no-cache"
    return web.FileResponse(path, headers={"Cache-Control": caching, "Content-Type": _content_type(path)})


def _canvas_file(root: Path, name: str) -> Path | None:
    try:
        path = area.place(root, name)
    except FolderError:
        return None
    return path if path.is_file() else None


def _content_type(path: Path) -> str:
    """Not left to the system's registry where browsers are strict about it."""
    if path.suffix in (".js", ".mjs"):
        return "application/javascript; charset=utf-8"
    fixed = {".css": "text/css; charset=utf-8", ".webp": "image/webp", ".json": "application/json"}
    return fixed.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"


async def unknown(request: web.Request) -> web.Response:
    return answer({"error": f"there is no route {request.method} {request.path[:100]}"}, 404)


ROUTES: Table = (
    Route("GET", "/features", get_features),
    Route("GET", "/system_stats", get_system_stats),
    Route("GET", "/internal/logs", get_logs, "bare"),
    Route("GET", "/internal/logs/raw", get_raw_logs, "bare"),
    Route("PATCH", "/internal/logs/subscribe", subscribe_logs, "bare"),
    Route("GET", "/internal/folder_paths", get_folder_paths, "bare"),
    Route("GET", "/", get_index, "bare"),
    Route("*", "/api/{rest:.*}", unknown, "bare"),
    Route("GET", "/{path:.+}", get_static, "bare"),
)
