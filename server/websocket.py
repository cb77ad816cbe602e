"""Sockets: each run's messages to the client that asked for it, and no client waits for another."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from graph.events import (
    Announced,
    Event,
    NodeAnswered,
    NodeFailed,
    NodePreview,
    NodeProgress,
    NodeWaiting,
    RunFinished,
    RunStarted,
)
from runtime.engine import Engine, Line, Live, LogBook, Notice, QueueChanged, Told, WorkerChanged
from server import wire

WAITING_PREVIEWS = 2  # unsent ones for one socket; older ones are dropped
WAITING_BYTES = 16 * 2**20  # unsent for one socket; beyond this it is closed
STATE_PAUSE = 0.1  # seconds between two `progress_state` of one run
STATE_PAUSE_PER_NODE = 0.0002  # a state of 5,000 nodes goes out once a second
STATUS_PAUSE = 0.02  # seconds in which changes of the queue are told together
LARGEST_FROM_CLIENT = 1 << 20  # bytes
HEARTBEAT = 30.0  # seconds between pings


@dataclass(eq=False)
class Client:
    """One socket and what waits to be sent through it."""

    sid: str
    socket: web.WebSocketResponse
    transport: asyncio.Transport | None = None
    wants_metadata: bool = False
    wants_logs: bool = False
    numbered: bool = False  # a Heddle client: frames carry `seq`
    waiting: deque[str | bytes] = field(default_factory=deque)
    previews: list[bytes] = field(default_factory=list)  # of those that wait, what may be dropped
    waiting_bytes: int = 0
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, frame: str | bytes, *, keep: bool = False) -> None:
        """Queue a frame; previews are dropped first, then the socket."""
        if isinstance(frame, bytes) and not keep:
            self._drop_old_previews()
            self.previews.append(frame)
        self.waiting.append(frame)
        self.waiting_bytes += len(frame)
        self.wake.set()
        if self.waiting_bytes > WAITING_BYTES and self.transport is not None:
            self.transport.abort()

    async def send_all(self) -> None:
        """Send what waits, for as long as the socket is open."""
        while not self.socket.closed:
            while self.waiting:
                frame = self.waiting.popleft()
                self.waiting_bytes -= len(frame)
                if isinstance(frame, bytes):
                    await self.socket.send_bytes(frame)
                else:
                    await self.socket.send_str(frame)
            self.wake.clear()
            await self.wake.wait()

    def _drop_old_previews(self) -> None:
        waiting = [frame for frame in self.waiting if any(frame is preview for preview in self.previews)]
        self.previews = [frame for frame in waiting if isinstance(frame, bytes)]
        if len(self.previews) >= WAITING_PREVIEWS:
            oldest = self.previews.pop(0)
            self.waiting.remove(oldest)
            self.waiting_bytes -= len(oldest)


@dataclass
class _Followed:
    """A run that is being told of."""

    live: Live
    client_id: str | None
    failure: NodeFailed | None = None
    told_at: float = 0.0
    timer: asyncio.TimerHandle | None = None


class Hub:
    """All open sockets; a reader of the engine's stream."""

    def __init__(self, engine: Engine, logbook: LogBook, features: Mapping[str, Any]) -> None:
        self.clients: list[Client] = []
        self._engine = engine
        self._logbook = logbook
        self._features = features
        self._runs: dict[str, _Followed] = {}  # by id, the one that began first first
        self._status_timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._unsubscribe: Callable[[], None] = engine.subscribe(self._hear)
        logbook.listeners.append(self._hear_log)

    async def close(self) -> None:
        """Say goodbye to every socket."""
        self._unsubscribe()
        self._logbook.listeners.remove(self._hear_log)
        for timer in (self._status_timer, *(run.timer for run in self._runs.values())):
            if timer is not None:
                timer.cancel()
        closing = [client.socket.close(code=1001, message=b"shutting down") for client in self.clients]
        await asyncio.gather(*closing, return_exceptions=True)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """The handler of `/ws`."""
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LARGEST_FROM_CLIENT, compress=False)
        await socket.prepare(request)
        client = Client(request.query.get("clientId") or uuid.uuid4().hex, socket, request.transport)
        since = request.query.get("since", "")
        client.numbered = since.isdecimal()
        self._greet(client, int(since) if client.numbered else None)
        self.clients.append(client)
        sending = asyncio.create_task(client.send_all())
        try:
            await self._listen(client)
        finally:
            self.clients.remove(client)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        return socket

    def subscribe_logs(self, client_id: str, wanted: bool) -> None:
        for client in self.clients:
            if client.sid == client_id:
                client.wants_logs = wanted

    def broadcast(self, message: wire.Message) -> None:
        """To every socket."""
        self._send(self.clients, message)

    def _greet(self, client: Client, since: int | None) -> None:
        client.put(wire.encode(self._status(client.sid)))
        client.put(wire.encode(("worker", {"state": self._engine.worker_state})))
        if since is not None:
            self._catch_up(client, since)
        for run in self._runs.values():
            if run.client_id == client.sid and run.live.current is not None:
                client.put(wire.encode(wire.current(run.live)))
                client.put(wire.encode(wire.progress_state(run.live)))

        self._repeat_questions(client)

    def _repeat_questions(self, client: Client) -> None:
        """What nodes wait for, to whom it may concern: the run's client, or anyone where that one is gone."""
        for run in self._runs.values():
            if client.sid == run.client_id or not self._of(run.client_id):
                for event in run.live.waiting.values():
                    client.put(wire.encode(("node_waiting", wire.waiting(event))))

    def _status(self, sid: str | None = None) -> wire.Message:
        return wire.status(self._engine.remaining, self._engine.paused, sid)

    def _catch_up(self, client: Client, since: int) -> None:
        """What the client missed after the event of this number."""
        failures: dict[str, NodeFailed] = {}  # the first of each run
        for told in self._engine.events(since):
            event = told.item.event
            if told.client_id != client.sid:
                continue
            if isinstance(event, NodeFailed):
                failures.setdefault(event.run_id, event)
            for message in _messages(told, failures.get(event.run_id)):
                client.put(_numbered(wire.encode(message), told.item.sequence))
            if isinstance(event, RunFinished):
                client.put(_numbered(wire.encode(wire.end_mark(event.run_id)), told.item.sequence))

    async def _listen(self, client: Client) -> None:
        first = True
        async for message in client.socket:
            if message.type is WSMsgType.TEXT and first:
                self._take_flags(client, message.data)
            first = False

    def _take_flags(self, client: Client, text: str) -> None:
        try:
            message = json.loads(text)
            flags = message["data"] if message["type"] == "feature_flags" else None
        except (ValueError, TypeError, KeyError, RecursionError):
            return
        if isinstance(flags, dict):
            client.wants_metadata = flags.get("supports_preview_metadata") is True
            client.put(wire.encode(("feature_flags", dict(self._features))))

    # What the engine tells

    def _hear(self, notice: Notice) -> None:
        if isinstance(notice, QueueChanged):
            self._tell_status_soon()
        elif isinstance(notice, WorkerChanged):
            self.broadcast(("worker", {"state": notice.state}))
        else:
            self._hear_event(notice)

    def _hear_event(self, told: Told) -> None:
        event = told.item.event
        if isinstance(event, Announced):
            self._announce(event, told.client_id)
            return
        run = self._follow(told)
        run.live.observe(event)
        if isinstance(event, NodePreview):
            self._send_preview(event, told.client_id)
            return
        if isinstance(event, NodeFailed):
            run.failure = run.failure or event
        if isinstance(event, RunFinished):
            self._tell_end(told, run)
            return
        for message in _messages(told, run.failure):
            self._send(self._concerned(event, told.client_id), message, told.item.sequence)
        self._tell_state(run)

    def _concerned(self, event: Event, client_id: str | None) -> list[Client]:
        """The sockets that hear of an event: a question goes to all when who asked for the run has gone."""
        own = self._of(client_id)
        everyone = client_id is None and isinstance(event, NodeProgress)
        asks = not own and isinstance(event, NodeWaiting | NodeAnswered)
        return self.clients if everyone or asks else own

    def _announce(self, event: Announced, client_id: str | None) -> None:
        """A pack's own words, as text or in bytes."""
        frame = wire.announced_frame(event)
        if frame is None:
            self._send(self._listening(client_id), wire.event_message(event))
            return
        for client in self._listening(client_id):
            client.put(frame, keep=True)

    def _follow(self, told: Told) -> _Followed:
        """A run that begins is followed anew: a worker may have died under it before."""
        run_id = told.item.event.run_id
        if run_id not in self._runs or isinstance(told.item.event, RunStarted):
            self._forget({run_id} | (self._runs.keys() - self._engine.lives.keys()))
            self._runs[run_id] = _Followed(Live(run_id), told.client_id)
        return self._runs[run_id]

    def _forget(self, run_ids: Iterable[str]) -> None:
        for run_id in run_ids:
            run = self._runs.pop(run_id, None)
            if run is not None and run.timer is not None:
                run.timer.cancel()

    def _tell_end(self, told: Told, run: _Followed) -> None:
        event = told.item.event
        assert isinstance(event, RunFinished)
        self._tell_state(run, at_once=True)
        everyone = told.client_id is None and event.status == "interrupted"
        clients = self.clients if everyone else self._of(told.client_id)
        for message in _messages(told, run.failure):
            self._send(clients, message, told.item.sequence)
        self._tell_status()
        self._send(self._of(told.client_id), wire.end_mark(event.run_id), told.item.sequence)
        self._forget([event.run_id])

    def _tell_state(self, run: _Followed, *, at_once: bool = False) -> None:
        """The state of all nodes, in steps of time rather than of nodes: it grows with the graph."""
        if run.timer is not None:
            if not at_once:
                return
            run.timer.cancel()
        clients = self._listening(run.client_id)
        pause = max(STATE_PAUSE, STATE_PAUSE_PER_NODE * len(run.live.nodes))
        wait = 0.0 if at_once else run.told_at + pause - time.monotonic()
        if wait > 0:
            run.timer = self._loop.call_later(wait, self._tell_late_state, run)
        elif clients and run.live.nodes:
            run.told_at = time.monotonic()
            self._send(clients, wire.progress_state(run.live))

    def _tell_late_state(self, run: _Followed) -> None:
        run.timer, run.told_at = None, 0.0
        self._tell_state(run)

    def _tell_status_soon(self) -> None:
        if self._status_timer is None:
            self._status_timer = self._loop.call_later(STATUS_PAUSE, self._tell_status)

    def _tell_status(self) -> None:
        if self._status_timer is not None:
            self._status_timer.cancel()
            self._status_timer = None
        self.broadcast(self._status())

    def _send_preview(self, event: NodePreview, client_id: str | None) -> None:
        clients = self._listening(client_id)
        frames: dict[bool, bytes] = {}
        for client in clients:
            kind = client.wants_metadata
            if kind not in frames:
                frames[kind] = wire.preview_with_metadata(event) if kind else wire.preview(event)
            client.put(frames[kind])

    def _hear_log(self, line: Line) -> None:
        """May be called from any thread."""
        if any(client.wants_logs for client in tuple(self.clients)):
            self._loop.call_soon_threadsafe(self._send_log, line)

    def _send_log(self, line: Line) -> None:
        message = ("logs", {"entries": [{"t": line.time, "m": line.text + "\n"}], "size": None})
        self._send([client for client in self.clients if client.wants_logs], message)

    def _listening(self, client_id: str | None) -> list[Client]:
        """The sockets of this client; of all when it is nobody's in particular."""
        return self.clients if client_id is None else self._of(client_id)

    def _of(self, client_id: str | None) -> list[Client]:
        return [client for client in self.clients if client.sid == client_id]

    def _send(
        self, clients: Iterable[Client], message: wire.Message | None, sequence: int | None = None
    ) -> None:
        """Encoded once, however many listen."""
        listening = tuple(clients)
        if not listening or message is None:
            return
        text = wire.encode(message)
        for client in listening:
            client.put(_numbered(text, sequence) if client.numbered and sequence is not None else text)


def _messages(told: Told, failure: NodeFailed | None) -> list[wire.Message]:
    event = told.item.event
    if isinstance(event, RunFinished):
        return wire.last_messages(event, failure)
    message = wire.event_message(event)
    return [] if message is None else [message]


def _numbered(text: str, sequence: int) -> str:
    return f'{text[:-1]},"seq":{sequence}}}'
