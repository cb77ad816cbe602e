"""What handlers find in the application, and how a route is written down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aiohttp import web

from graph.folders import Folders
from runtime.engine import Engine, LogBook
from server.websocket import Hub

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Options:
    """How the server was asked to behave."""

    listen: str = "127.0.0.1"
    port: int = 8188
    token: str | None = None  # required of every request when set
    cors: str | None = None  # allowed origin; "*" for all
    max_upload: int = 100 * 2**20  # bytes of one request
    canvas: Path = Path("web/dist")
    workflows: Path = Path("workflows")
    argv: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """`where`: "both" bare and below /api, "bare" or "api" only one of them."""

    method: str
    path: str
    handler: Handler
    where: Literal["both", "bare", "api"] = "both"


Table = Sequence[Route]

ENGINE = web.AppKey("ENGINE", Engine)
HUB = web.AppKey("HUB", Hub)
OPTIONS = web.AppKey("OPTIONS", Options)
FOLDERS = web.AppKey("FOLDERS", Folders)
LOGBOOK = web.AppKey("LOGBOOK", LogBook)


def engine(request: web.Request) -> Engine:
    return request.app[ENGINE]


def folders(request: web.Request) -> Folders:
    return request.app[FOLDERS]
