"""`server.PromptServer` as packs know it, in the process where packs live: messages, routes and hooks.

There is no socket here. What a pack sends becomes an event, which the real server carries to its pages;
what it registers (routes, hooks) is collected for those who can serve it.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, ClassVar

from aiohttp import web

from compat.current import current
from compat.progress import encoded
from graph.context import Context
from graph.events import Announced, Event

__all__ = ["BinaryEventTypes", "PromptQueue", "PromptServer", "open_server", "uuid", "web"]

Emit = Callable[[Event], None]
OnPrompt = Callable[[dict[str, Any]], dict[str, Any]]
PROGRESS_TEXT = "progress_text"  # of a message: {"node", "text"}
BYTES = "binary"  # of a message: {"event", "data" in base64}


class BinaryEventTypes(IntEnum):
    """What a binary message holds."""

    PREVIEW_IMAGE = 1
    UNENCODED_PREVIEW_IMAGE = 2
    TEXT = 3
    PREVIEW_IMAGE_WITH_METADATA = 4


PICTURES = (BinaryEventTypes.PREVIEW_IMAGE, BinaryEventTypes.UNENCODED_PREVIEW_IMAGE)


class PromptQueue:
    """The queue as a pack sees it from the worker: the run that is under way, and no more."""

    def __init__(self, server: PromptServer) -> None:
        self.server = server

    @property
    def currently_running(self) -> dict[int, tuple[Any, ...]]:
        """{0: (number, run id, graph, extra data, outputs to compute, secrets)} of the running call."""
        context = current()
        return {} if context is None else {0: item_of(context)}

    @property
    def queue(self) -> list[tuple[Any, ...]]:
        """Nothing that waits is known here."""
        return []

    def get_current_queue(self) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """(running, waiting)."""
        return list(self.currently_running.values()), self.queue

    get_current_queue_volatile = get_current_queue

    def get_tasks_remaining(self) -> int:
        """How many runs are known here."""
        return len(self.currently_running)

    def get_history(self, prompt_id: str | None = None, max_items: int | None = None) -> dict[str, Any]:
        """Nothing that ended is known here."""
        return {}

    def put(self, item: tuple[Any, ...]) -> None:
        """Raises NotImplementedError: a run is submitted to the server, by POST /prompt."""
        raise NotImplementedError("a pack cannot queue a run from the worker: submit it by POST /prompt")


def item_of(context: Context) -> tuple[Any, ...]:
    """A run as an entry of the queue."""
    extra = {"client_id": context.client_id, "extra_pnginfo": context.extra_pnginfo}
    return 0, context.run_id, context.prompt or {}, extra, [], {}


class PromptServer:
    """The one server of the installation; packs also hang attributes of their own on it."""

    instance: ClassVar[PromptServer]

    def __init__(self, emit: Emit) -> None:
        self.emit = emit
        self.routes = web.RouteTableDef()
        self.app = web.Application()
        self.on_prompt_handlers: list[OnPrompt] = []
        self.prompt_queue = PromptQueue(self)
        self.supports = ["custom_nodes_from_web"]
        self.sockets: dict[str, Any] = {}
        self.sockets_metadata: dict[str, Any] = {}
        self.number = 0
        self.messages = None
        self.loop = None
        self.web_root = ""
        self.address = "127.0.0.1"
        self.port = 8188
        self._client_id: str | None = None
        self._last_node_id: str | None = None

    @property
    def client_id(self) -> str | None:
        """Who asked for the run; outside of a call what was put here."""
        context = current()
        return self._client_id if context is None else context.client_id

    @client_id.setter
    def client_id(self, client_id: str | None) -> None:
        self._client_id = client_id

    @property
    def last_node_id(self) -> str | None:
        """The node that runs; outside of a call what was put here."""
        context = current()
        return self._last_node_id if context is None else context.node_id

    @last_node_id.setter
    def last_node_id(self, node_id: str | None) -> None:
        self._last_node_id = node_id

    def send_sync(self, event: str | int, data: Any, sid: str | None = None) -> None:
        """Send a message to one page, or to all. A picture goes as a preview of the running node."""
        context = current()
        if event in PICTURES and context is not None:
            context.preview(*encoded(picture_of(data)))
            return
        kind, content = (event, data) if isinstance(event, str) else (BYTES, binary(event, data))
        run_id = "" if context is None else context.run_id
        self.emit(Announced(run_id, kind, content, sid))

    async def send(self, event: str | int, data: Any, sid: str | None = None) -> None:
        """As `send_sync`."""
        self.send_sync(event, data, sid)

    async def send_json(self, event: str, data: Any, sid: str | None = None) -> None:
        """As `send_sync`."""
        self.send_sync(event, data, sid)

    def send_progress_text(self, text: str | bytes, node_id: str, sid: str | None = None) -> None:
        """Show a line of text on a node."""
        line = text.decode(errors="replace") if isinstance(text, bytes) else text
        self.send_sync(PROGRESS_TEXT, {"node": node_id, "text": line}, sid or self.client_id)

    def queue_updated(self) -> None:
        """Nothing to say: the server tells its pages."""

    def add_routes(self) -> None:
        """Nothing to do: routes are collected in `routes`."""

    def add_on_prompt_handler(self, handler: OnPrompt) -> None:
        """Collect a function that may change what is submitted before it is checked."""
        self.on_prompt_handlers.append(handler)

    def trigger_on_prompt(self, json_data: dict[str, Any]) -> dict[str, Any]:
        """What is submitted, as the collected functions leave it; the first that fails says why."""
        for handler in self.on_prompt_handlers:
            json_data = handler(json_data)
        return json_data

    def get_queue_info(self) -> Mapping[str, Any]:
        """As GET /prompt answers."""
        return {"exec_info": {"queue_remaining": self.prompt_queue.get_tasks_remaining()}}


def picture_of(data: Any) -> Any:
    """(format, picture, longest side) of a preview's data; encoded bytes have a JPEG's or PNG's beginning."""
    if isinstance(data, bytes | bytearray):
        found = data.find(b"\x89PNG", 0, 16)
        start = max(0, found if found >= 0 else data.find(b"\xff\xd8", 0, 16))
        return ("PNG" if found >= 0 else "JPEG", bytes(data[start:]), None)
    return data


def binary(event: int, data: Any) -> dict[str, Any]:
    """A binary message as plain data."""
    content = base64.b64encode(data).decode() if isinstance(data, bytes | bytearray) else data
    return {"event": int(event), "data": content}


def open_server(emit: Emit) -> PromptServer:
    """The server that packs find from now on; what it says goes to `emit`."""
    PromptServer.instance = PromptServer(emit)
    return PromptServer.instance
