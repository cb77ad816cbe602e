"""Names that clients send, placed inside a folder or refused; files written all or nothing."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from aiohttp import web

from graph.errors import FolderError
from graph.folders import checked_parts, inside

SANDBOX = {"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "no-cache"}
T = TypeVar("T")


def place(root: Path, name: str) -> Path:
    """The path of `name` below `root`, whether it exists or not. Raises FolderError."""
    return inside(root.joinpath(*checked_parts(name)), root, name)


@contextlib.contextmanager
def draft(path: Path) -> Iterator[BinaryIO]:
    """A file beside `path` that takes its place when all is written, and goes away otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    finally:
        with contextlib.suppress(FileNotFoundError):  # it has its place by now, or is not wanted
            os.unlink(name)


def write(path: Path, data: bytes) -> None:
    """Replace a file's contents, all or nothing."""
    with draft(path) as file:
        file.write(data)


def http_error(error: Exception, name: str = "") -> web.HTTPException:
    """The answer to a name that was refused, or to a disk that will not take the file."""
    if isinstance(error, FolderError) and (".." in name or "link" in str(error) or name.startswith("/")):
        return web.HTTPForbidden()
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return web.HTTPInsufficientStorage(text="the disk is full")
    if isinstance(error, FolderError):
        return web.HTTPBadRequest(text=json.dumps({"error": str(error)}), content_type="application/json")
    return web.HTTPBadRequest()


def absent(request: web.Request) -> web.HTTPException:
    """The answer where nothing is: no failure to those who ask whether (`optional=true`)."""
    return web.HTTPNoContent() if request.query.get("optional") == "true" else web.HTTPNotFound()


def stored(work: Callable[[], T]) -> T:
    """What the work gives; a disk that will not take it becomes the answer."""
    try:
        return work()
    except OSError as error:
        raise http_error(error) from None
