"""Puts routes, guards and sockets together into one application, and runs it."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
from collections.abc import AsyncIterator, Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from graph.errors import HeddleError
from runtime.engine import Engine, EngineStopped, LogBook, QueueFull, StoreFault, WorkerFault
from server import security
from server.body import answer
from server.keys import ENGINE, FOLDERS, HUB, LOGBOOK, OPTIONS, Options, Route, Table
from server.routes import (
    blueprints,
    files,
    gallery,
    models,
    node_types,
    runs,
    system,
    users,
    versions,
    workflows,
)
from server.websocket import Hub

LOG = logging.getLogger("heddle.server")


class CannotListen(HeddleError):
    """The address cannot be bound; the reason."""


STATUS = {QueueFull: 429, StoreFault: 507, WorkerFault: 503, EngineStopped: 503}
RETRY_AFTER = "5"  # seconds


async def websocket(request: web.Request) -> web.StreamResponse:
    return await request.app[HUB].serve(request)


SOCKET: Table = (Route("GET", "/ws", websocket),)
TABLES: tuple[Table, ...] = (
    SOCKET,
    runs.ROUTES,
    node_types.ROUTES,
    files.ROUTES,
    gallery.ROUTES,
    models.ROUTES,
    workflows.ROUTES,
    blueprints.ROUTES,
    users.ROUTES,
    versions.ROUTES,
    system.ROUTES,  # last: it ends with what answers everything else
)


@web.middleware
async def faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error as an answer: a handler's bug is logged and told as 500, the server lives."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except HeddleError as error:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        response = answer({"error": _shape(error, status), "node_errors": {}}, status)
        if status in (429, 503):
            response.headers["Retry-After"] = RETRY_AFTER
        return response
    except asyncio.CancelledError:
        raise
    except Exception:
        LOG.exception("%s %s failed", request.method, request.path)
        details = "the server's log has the reason"
        bug = {"type": "internal", "message": "internal error", "details": details, "extra_info": {}}
        return answer({"error": bug, "node_errors": {}}, 500)


def _shape(error: HeddleError, status: int) -> dict[str, object]:
    kind = {429: "queue_full", 507: "disk_full", 503: "unavailable"}.get(status, "refused")
    return {"type": kind, "message": str(error), "details": "", "extra_info": {}}


def make_app(engine: Engine, options: Options, logbook: LogBook) -> web.Application:
    """The application; the engine starts and stops with it."""
    app = web.Application(middlewares=[security.guard(options), faults], client_max_size=options.max_upload)
    app[ENGINE], app[OPTIONS], app[LOGBOOK] = engine, options, logbook
    app[FOLDERS], app[users.WRITING] = engine.settings.folders, threading.Lock()
    app.cleanup_ctx.extend((_life, gallery.life))
    app.on_shutdown.append(_close_sockets)
    app.on_response_prepare.append(security.headers(options))
    for table in TABLES:
        for route in table:
            _add(app.router, route)
    return app


def _add(router: web.UrlDispatcher, route: Route) -> None:
    if route.where in ("both", "bare"):
        router.add_route(route.method, route.path, route.handler)
    if route.where in ("both", "api"):
        router.add_route(route.method, f"/api{route.path}", route.handler)


async def _life(app: web.Application) -> AsyncIterator[None]:
    await app[ENGINE].start()
    app[HUB] = Hub(app[ENGINE], app[LOGBOOK], system.features(app[OPTIONS]))
    yield
    await app[ENGINE].stop()


async def _close_sockets(app: web.Application) -> None:
    await app[HUB].close()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket, before anything else is started. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = "another program is using it (another Heddle?); choose another with --port"
        else:
            reason = error.strerror or str(error)
        raise CannotListen(f"cannot listen on {host} port {port}: {reason}") from None


async def serve(
    app: web.Application, at: socket.socket, until: asyncio.Event, told: Callable[[], None]
) -> None:
    """Answer requests until the event is set; `told` is called when that begins."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=2.0)
    try:
        await runner.setup()
        await web.SockSite(runner, at).start()
        told()
        await until.wait()
    finally:
        await runner.cleanup()


def address(options: Options) -> str:
    """What to type into a browser on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(options.listen, options.listen)
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"http://{host}:{options.port}"
