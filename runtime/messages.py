"""What engine and worker say to each other, and how it is framed on a pipe.

A frame is two big-endian u32 (length of the JSON head, length of the blob), the head, the blob.
Everything is JSON but the pictures, so what a worker sends can never make the server import torch.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, get_args

from graph.events import Event, NodePreview
from runtime.errors import WorkerFault

HEAD = struct.Struct("!II")
LARGEST_FRAME = 1 << 30  # bytes; more than this is a broken stream, not a message


@dataclass(frozen=True)
class Configure:
    """First message to a worker: what builds it ("module:function") and with which options."""

    build: str
    options: Mapping[str, object]


@dataclass(frozen=True)
class RunJob:
    """Run one validated prompt; `prompt` is JSON text and travels as the frame's blob."""

    run_id: str
    prompt: str
    targets: tuple[str, ...]
    extra_pnginfo: Mapping[str, object] | None
    previews: bool


@dataclass(frozen=True)
class CancelRun:
    """Stop the run of this id; ignored when another one is running."""

    run_id: str


@dataclass(frozen=True)
class FreeMemory:
    """Between jobs: drop models, and cached outputs too when `cache` is set."""

    models: bool
    cache: bool


@dataclass(frozen=True)
class Shutdown:
    """End after the current job."""


@dataclass(frozen=True)
class PackReport:
    """How one pack of custom nodes came through its import."""

    name: str
    path: str
    nodes: tuple[str, ...]
    error: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Ready:
    """A worker has built its registry: schemas as data, packs, devices."""

    schemas: Mapping[str, Mapping[str, object]]
    packs: tuple[PackReport, ...]
    devices: tuple[Mapping[str, object], ...]


@dataclass(frozen=True)
class Heartbeat:
    """Sent every second; proves that the process still schedules its threads."""

    devices: tuple[Mapping[str, object], ...]


@dataclass(frozen=True)
class Happened:
    """Something a run says."""

    event: Event


@dataclass(frozen=True)
class RunDone:
    """A run's last word."""

    run_id: str
    status: str
    outputs: Mapping[str, Mapping[str, list[Any]]]
    error: str | None = None


Command = Configure | RunJob | CancelRun | FreeMemory | Shutdown
Report = Ready | Heartbeat | Happened | RunDone
Message = Command | Report

_MESSAGES: Mapping[str, type[Any]] = {kind.__name__: kind for kind in get_args(Message)}
_EVENTS: Mapping[str, type[Any]] = {kind.__name__: kind for kind in get_args(Event)}


def encode(message: Message) -> bytes:
    """One frame."""
    head, blob = _head(message)
    text = dumps(head).encode()
    return HEAD.pack(len(text), len(blob)) + text + blob


def decode(head: bytes, blob: bytes) -> Message:
    """The message of one frame's two parts."""
    data = json.loads(head)
    kind = data.pop("kind")
    if kind == "RunJob":
        data |= {"prompt": blob.decode(), "targets": tuple(data["targets"])}
    elif kind == "Ready":
        packs = (PackReport(**{**pack, "nodes": tuple(pack["nodes"])}) for pack in data["packs"])
        data |= {"packs": tuple(packs), "devices": tuple(data["devices"])}
    elif kind == "Heartbeat":
        data["devices"] = tuple(data["devices"])
    elif kind == "Happened":
        return Happened(event_from(data["event"], blob))
    message: Message = _MESSAGES[kind](**data)
    return message


def dumps(value: object) -> str:
    """Strict JSON of anything: odd objects by their text, NaN and infinities as null."""
    try:
        return json.dumps(value, default=_plain, allow_nan=False, separators=(",", ":"))
    except ValueError:
        loose = json.loads(json.dumps(value, default=_plain))
        return json.dumps(_without_nan(loose), separators=(",", ":"))


class FrameReader:
    """Cuts a stream of bytes, fed in any portions, into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, portion: bytes) -> list[Message]:
        self._buffer += portion
        messages, start = [], 0
        while (end := self._frame_end(start)) is not None:
            head, _ = HEAD.unpack_from(self._buffer, start)
            body = start + HEAD.size
            blob = bytes(self._buffer[body + head : end])
            messages.append(decode(bytes(self._buffer[body : body + head]), blob))
            start = end
        del self._buffer[:start]
        return messages

    def _frame_end(self, start: int) -> int | None:
        if len(self._buffer) - start < HEAD.size:
            return None
        head, blob = HEAD.unpack_from(self._buffer, start)
        if head + blob > LARGEST_FRAME:
            raise WorkerFault(f"a frame of {head + blob} bytes: the stream is broken")
        end = start + HEAD.size + int(head) + int(blob)
        return end if end <= len(self._buffer) else None


def _head(message: Message) -> tuple[dict[str, object], bytes]:
    head = {"kind": type(message).__name__, **_shallow(message)}
    if isinstance(message, RunJob):
        return head | {"prompt": None}, message.prompt.encode()
    if isinstance(message, Ready):
        return head | {"packs": [asdict(pack) for pack in message.packs]}, b""
    if isinstance(message, Happened):
        blob = message.event.data if isinstance(message.event, NodePreview) else b""
        return head | {"event": event_record(message.event)}, blob
    return head, b""


def event_record(event: Event) -> dict[str, object]:
    """An event as plain data, without a preview's picture."""
    record = {"event": type(event).__name__, **_shallow(event)}
    return record | {"data": None} if isinstance(event, NodePreview) else record


def event_from(record: Mapping[str, Any], picture: bytes = b"") -> Event:
    """The event of a record made by `event_record`."""
    data = {name: value for name, value in record.items() if name != "event"}
    kind = _EVENTS[record["event"]]
    if kind is NodePreview:
        data["data"] = picture
    event: Event = kind(**data)
    return event


def _shallow(value: Any) -> dict[str, object]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _plain(value: object) -> object:
    """JSON's nearest to an object that JSON does not know (array scalars by value, else text)."""
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, Mapping):
        return dict(value)
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "shape", None) == ():
        return item()
    return str(value)


def _without_nan(value: Any) -> Any:
    """`value` with every NaN and infinity replaced by None, in place, without recursion."""
    box = [value]
    stack: list[Any] = [box]
    while stack:
        holder = stack.pop()
        pairs = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for key, item in list(pairs):
            if isinstance(item, float) and not math.isfinite(item):
                holder[key] = None
            elif isinstance(item, dict | list):
                stack.append(item)
    return box[0]
