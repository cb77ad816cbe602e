"""Pictures and other files: looking at them, handing them in."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from graph.errors import FolderError
from server import area, pictures
from server.body import Refused, answer
from server.keys import OPTIONS, Route, Table, folders

KINDS = ("output", "input", "temp")
PORTION = 1 << 18  # bytes read at once
SLOWEST_UPLOAD = 600.0  # seconds
LONGEST_FIELD = 1 << 16  # bytes of a form field that is no file
SANDBOX = "default-src 'none'; sandbox"
SHOWN = {  # served by their own type: a browser runs none of these
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".avif": "image/avif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".glb": "model/gltf-binary",
}


async def get_view(request: web.Request) -> web.StreamResponse:
    path = _viewed(request)
    wish, channel = request.query.get("preview", ""), request.query.get("channel", "")
    if not wish and channel not in ("rgb", "a"):
        return web.FileResponse(path, headers=_headers(path))
    width = _width(request.query.get("width", ""))
    tag = _tag(path, wish, channel, width)
    if request.if_none_match and tag in (found.value for found in request.if_none_match):
        raise web.HTTPNotModified(headers={"ETag": f'"{tag}"'})
    try:
        data, kind = await asyncio.to_thread(_changed, path, wish, channel, width)
    except pictures.NotAPicture:
        raise web.HTTPUnsupportedMediaType(text="this file is no picture that can be changed") from None
    return web.Response(body=data, headers=_headers(path) | {"Content-Type": kind, "ETag": f'"{tag}"'})


def _width(text: str) -> int | None:
    """The widest that a preview may be, in pixels; what is no number of pixels asks for nothing."""
    return int(text) if text.isdecimal() and 0 < len(text) < 6 and int(text) > 0 else None


def _tag(path: Path, *wishes: object) -> str:
    """A name for what is made of a file, for as long as the file stays as it is."""
    stat = path.stat()
    return hashlib.sha256(repr((stat.st_mtime_ns, stat.st_size, wishes)).encode()).hexdigest()[:32]


def _changed(path: Path, wish: str, channel: str, width: int | None) -> tuple[bytes, str]:
    if wish:
        return pictures.preview(path, wish, channel, width)
    return pictures.channel(path, channel), "image/png"


def _viewed(request: web.Request) -> Path:
    """The file that the query names; the statuses are those that clients know."""
    query = request.query
    if not query.get("filename"):
        raise web.HTTPNotFound
    kind, name = folders(request).annotated(query["filename"], query.get("type", "output"))
    if kind not in KINDS or name.startswith("/") or ".." in name:
        raise web.HTTPBadRequest
    if subfolder := query.get("subfolder", "").rstrip("/"):
        name = f"{subfolder}/{os.path.basename(name)}"
    try:
        path = folders(request).place(kind, name)
    except FolderError:
        raise (web.HTTPForbidden if subfolder else web.HTTPBadRequest) from None
    if not path.is_file():
        raise web.HTTPNotFound
    return path


def _headers(path: Path) -> dict[str, str]:
    """Only types that a browser does not run keep their own; the rest is for saving."""
    kind = SHOWN.get(path.suffix.lower())
    name = path.name if path.name.isascii() else quote(path.name)
    name = name.replace('"', "%22")
    shown = f'filename="{name}"' if kind else f'attachment; filename="{name}"'
    headers = {"Content-Type": kind or "application/octet-stream", "Content-Disposition": shown}
    return headers | {"Content-Security-Policy": SANDBOX, "Cache-Control": "no-cache"}


# Handing in


@dataclass
class Form:
    """A multipart body: small fields, and one file kept on disk."""

    fields: dict[str, str] = field(default_factory=dict)
    filename: str = ""
    file: Path | None = None


async def post_image(request: web.Request) -> web.Response:
    form = await _read_form(request)
    try:
        return answer(await asyncio.to_thread(_keep, request, form, None))
    finally:
        _drop(form)


async def post_mask(request: web.Request) -> web.Response:
    form = await _read_form(request)
    try:
        original = _original(request, form.fields.get("original_ref", ""))
        return answer(await asyncio.to_thread(_keep, request, form, original))
    except pictures.NotAPicture as error:
        raise Refused("invalid_image", "the mask or its original is no picture", str(error)) from None
    finally:
        _drop(form)


async def _read_form(request: web.Request) -> Form:
    if not request.content_type.startswith("multipart/"):
        raise Refused("invalid_form", "a multipart form is needed")
    form, limit, is_read = Form(), request.app[OPTIONS].max_upload, False
    try:
        async with asyncio.timeout(SLOWEST_UPLOAD):
            async for part in await request.multipart():
                if isinstance(part, BodyPartReader):
                    limit -= await _read_part(request, part, form, limit)
        is_read = True
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (ValueError, HttpProcessingError) as error:
        raise Refused("invalid_form", "the form is damaged", str(error)) from None
    finally:
        if not is_read:
            _drop(form)
    return form


async def _read_part(request: web.Request, part: BodyPartReader, form: Form, limit: int) -> int:
    """Take one part; returns its bytes."""
    if part.name != "image":
        data = await part.read_chunk(LONGEST_FIELD)
        form.fields[part.name or ""] = data.decode(errors="replace")
        return len(data)
    form.filename = part.filename or ""
    drafts = folders(request).directory("temp")
    drafts.mkdir(parents=True, exist_ok=True)
    _drop(form)
    descriptor, name = tempfile.mkstemp(dir=drafts, prefix=".upload-")
    form.file, size = Path(name), 0
    with os.fdopen(descriptor, "wb") as file:
        while portion := await part.read_chunk(PORTION):
            size += len(portion)
            if size > limit:
                raise web.HTTPRequestEntityTooLarge(limit, size)
            file.write(portion)
    return size


def _drop(form: Form) -> None:
    if form.file is not None:
        form.file.unlink(missing_ok=True)


def _keep(request: web.Request, form: Form, original: Path | None) -> dict[str, str]:
    """Put the file where the form says; the name under which it is now found."""
    kind, subfolder = form.fields.get("type", "input"), form.fields.get("subfolder", "")
    if form.file is None or not form.filename or kind not in KINDS:
        raise Refused("invalid_form", "a file field 'image' with a file name, and a known type, are needed")
    data = form.file.read_bytes()
    if original is not None:
        data = pictures.with_alpha_of(original, data)
    overwrite = form.fields.get("overwrite", "").lower() in ("true", "1")
    try:
        if "/" in form.filename:
            raise FolderError("a file name has no folders; those go into 'subfolder'")
        name = f"{subfolder.rstrip('/')}/{form.filename}" if subfolder else form.filename
        path = _free_path(folders(request).place(kind, name), data, overwrite)
        area.write(path, data)
    except FolderError as error:
        raise Refused("invalid_name", "the file cannot have this name", str(error)) from None
    except OSError as error:
        raise area.http_error(error) from None
    return {"name": path.name, "subfolder": subfolder, "type": kind}


def _free_path(path: Path, data: bytes, overwrite: bool) -> Path:
    """This path, or the first `name (n)` that is free or holds the same bytes already."""
    count, candidate = 0, path
    while not overwrite and candidate.exists() and not _holds(candidate, data):
        count += 1
        candidate = path.with_name(f"{path.stem} ({count}){path.suffix}")
    return candidate


def _holds(path: Path, data: bytes) -> bool:
    if not path.is_file() or path.stat().st_size != len(data):
        return False
    return hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(data).digest()


def _original(request: web.Request, text: str) -> Path:
    """The picture that a mask was drawn on."""
    try:
        ref = json.loads(text)
        name, kind, subfolder = ref["filename"], ref.get("type", "output"), ref.get("subfolder", "")
        path = folders(request).place(
            kind if kind in KINDS else "output", f"{subfolder}/{name}" if subfolder else name
        )
    except FolderError:
        raise web.HTTPForbidden from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused("invalid_form", "original_ref must name a file") from None
    if kind not in KINDS or not path.is_file():
        raise Refused("invalid_form", "original_ref names no file")
    return path


# Lists


async def get_files(request: web.Request) -> web.Response:
    kind = request.match_info["kind"]
    if kind not in KINDS:
        raise web.HTTPBadRequest
    found = await asyncio.to_thread(_newest, folders(request).directory(kind))
    return answer([path.name for path in found])


def _newest(root: Path) -> list[Path]:
    """The visible files right in a folder, newest first."""
    visible = [path for path in sorted(root.glob("*")) if not path.name.startswith(".") and path.is_file()]
    return [path for _, path in sorted(((path.stat().st_mtime_ns, path) for path in visible), reverse=True)]


ROUTES: Table = (
    Route("GET", "/view", get_view),
    Route("POST", "/upload/image", post_image),
    Route("POST", "/upload/mask", post_mask),
    Route("GET", "/internal/files/{kind}", get_files, "bare"),
)
