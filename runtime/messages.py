"""What engine and worker say to each other, and how it is framed on a pipe.

A frame is two big-endian u32 (length of the JSON head, length of the blob), the head, the blob.
Everything is JSON but the pictures, so what a worker sends can never make the server import torch.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, get_args

from graph.events import Event, NodePreview
from runtime.errors import WorkerFault

HEAD = struct.Struct("!II")
LARGEST_FRAME = 1 << 30  # bytes; more than this is a broken stream, not a message

FolderTable = Mapping[str, tuple[Sequence[str], Sequence[str]]]  # folder -> (paths, file endings)


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
    client_id: str | None = None
    attended: bool = True  # nodes may ask a person


@dataclass(frozen=True)
class AnswerNode:
    """What a person says to a node that waits for it."""

    run_id: str
    node_id: str
    choice: Any


@dataclass(frozen=True)
class Behind:
    """What waits behind the runs underway, the soonest first: prompt (JSON) and targets of each."""

    jobs: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class CancelRun:
    """Stop the run of this id, also before it has begun."""

    run_id: str


@dataclass(frozen=True)
class CheckPrompt:
    """Validate a prompt with the validators that only the worker has; answered by `Checked`."""

    ticket: int
    prompt: str
    targets: tuple[str, ...] | None


@dataclass(frozen=True)
class Reread:
    """Tell the schemas anew whose choices may have changed; answered by `Schemas`."""

    ticket: int


@dataclass(frozen=True)
class FreeMemory:
    """When no run is underway: drop models, and cached outputs too when `cache` is set."""

    models: bool
    cache: bool


@dataclass(frozen=True)
class Shutdown:
    """End after the runs underway."""


@dataclass(frozen=True)
class PackReport:
    """How one pack of custom nodes came through its import."""

    name: str
    path: str
    nodes: tuple[str, ...]
    error: str | None = None  # why nothing of it is there
    seconds: float = 0.0
    problems: tuple[str, ...] = ()  # what of it is not there, and why
    web: Mapping[str, str] = field(default_factory=dict)  # folders of scripts for the canvas, by name


@dataclass(frozen=True)
class Ready:
    """A worker has built its registry: schemas as data, packs, devices.

    `rereads` names the node types whose choices may change between calls; `folders` are the paths and the
    file endings of each named folder, after the packs have added theirs.
    """

    schemas: Mapping[str, Mapping[str, object]]
    packs: tuple[PackReport, ...]
    devices: tuple[Mapping[str, object], ...]
    rereads: tuple[str, ...] = ()
    folders: FolderTable = field(default_factory=dict)
    looks_ahead: bool = True  # wants to know what waits behind a run


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


@dataclass(frozen=True)
class Spare:
    """These runs are underway and have nothing left for the device: the next job may come."""

    run_ids: tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """The answer to `CheckPrompt`: what of it can run, or why nothing can.

    `invalid` holds the fields of `InvalidWorkflow`; `fault` tells that the check itself broke.
    """

    ticket: int
    targets: tuple[str, ...] = ()
    node_errors: Mapping[str, Any] = field(default_factory=dict)
    invalid: Mapping[str, Any] | None = None
    fault: str | None = None


@dataclass(frozen=True)
class Schemas:
    """The answer to `Reread`: the schemas that were read again."""

    ticket: int
    schemas: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    fault: str | None = None


Answer = Checked | Schemas
Command = (
    Configure | RunJob | AnswerNode | Behind | CancelRun | CheckPrompt | Reread | FreeMemory | Shutdown
)  # fmt: skip
Report = Ready | Heartbeat | Happened | RunDone | Spare | Checked | Schemas
Message = Command | Report

_MESSAGES: Mapping[str, type[Any]] = {kind.__name__: kind for kind in get_args(Message)}
TUPLES = ("targets", "devices", "rereads", "run_ids")  # fields that JSON makes lists

# Fields of events that are None unless said otherwise: 100,000 nodes say little else.
OFTEN_EMPTY = frozenset({"display_id", "parent_id", "peak_bytes", "device", "node_type"})

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
    if kind == "Happened":
        return Happened(event_from(data["event"], blob))
    if kind in ("RunJob", "CheckPrompt"):
        data["prompt"] = blob.decode()
    if kind == "Behind":
        data["jobs"] = tuple((prompt, tuple(targets)) for prompt, targets in data["jobs"])
    if "packs" in data:
        data["packs"] = packs_from(data["packs"])
    if "folders" in data:
        data["folders"] = folders_from(data["folders"])
    tuples = {name: tuple(data[name]) for name in TUPLES if data.get(name) is not None}
    message: Message = _MESSAGES[kind](**data | tuples)
    return message


def packs_from(records: Sequence[dict[str, Any]]) -> tuple[PackReport, ...]:
    """Reports of packs after a trip through JSON."""
    lists = ("nodes", "problems")
    return tuple(PackReport(**pack | {name: tuple(pack[name]) for name in lists}) for pack in records)


def folders_from(table: Mapping[str, Any]) -> FolderTable:
    """A table of folders after a trip through JSON."""
    return {name: (tuple(paths), tuple(endings)) for name, (paths, endings) in table.items()}


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
    if isinstance(message, RunJob | CheckPrompt):
        return head | {"prompt": None}, message.prompt.encode()
    if isinstance(message, Ready):
        return head | {"packs": [asdict(pack) for pack in message.packs]}, b""
    if isinstance(message, Happened):
        blob = message.event.data if isinstance(message.event, NodePreview) else b""
        return head | {"event": event_record(message.event)}, blob
    return head, b""


def event_record(event: Event) -> dict[str, object]:
    """An event as plain data, without a preview's picture and without what most events leave empty."""
    record: dict[str, object] = {"event": type(event).__name__}
    for name in event.__dataclass_fields__:
        value = getattr(event, name)
        if value is not None or name not in OFTEN_EMPTY:
            record[name] = value
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
    return {each.name: getattr(value, each.name) for each in fields(value)}


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
