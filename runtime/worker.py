"""The process that owns executor and devices: runs what it is given and tells what happens.

Commands come on standard input, reports go out on what was standard output; whatever a node prints
goes to standard error, which the supervisor reads as log. End of input means that the parent is
gone, and the worker ends at once. Started as `python -m runtime.worker`.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import sys
import threading

from runtime.conductor import Conductor
from runtime.desk import Desk, rereads
from runtime.messages import Configure, Ready
from runtime.parts import Announcer, Free, Parts
from runtime.pipes import Inbox, Outbox

__all__ = ["Announcer", "Free", "Parts", "main"]

PR_SET_PDEATHSIG = 1


def build(configure: Configure) -> Parts:
    """Call the function that `configure.build` names as "module:function"."""
    module, _, function = configure.build.partition(":")
    parts: Parts = getattr(importlib.import_module(module), function)(configure.options)
    return parts


def ready(parts: Parts) -> Ready:
    """What the engine needs to know of a worker."""
    return Ready(
        schemas={name: schema.to_dict() for name, schema in parts.registry.schemas.items()},
        packs=tuple(parts.packs),
        devices=tuple(parts.devices()),
        rereads=rereads(parts),
        folders=parts.folder_table(),
        looks_ahead=parts.looks_ahead,
    )


def main() -> None:
    """Body of the worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    _die_with_parent()
    commands, reports = _own_pipes()
    outbox, inbox = Outbox(reports), Inbox()
    threading.Thread(target=inbox.read, args=(commands,), name="commands", daemon=True).start()
    configure = inbox.commands.get()
    if isinstance(configure, Configure):
        serve(build(configure), inbox, outbox)
    outbox.close()


def serve(parts: Parts, inbox: Inbox, outbox: Outbox) -> None:
    """A worker's life from `Ready` to `Shutdown`."""
    desk = Desk(parts, outbox.put)
    inbox.ask = desk.ask
    outbox.watch(parts.devices)
    parts.announcer.connect(outbox.emit)
    outbox.put(ready(parts))
    Conductor(parts, inbox, outbox).serve()
    desk.close()
    parts.executor.close()


def _own_pipes() -> tuple[int, int]:
    """The two pipes, moved away from standard input and output so that no node can disturb them."""
    commands, reports = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return commands, reports


def _die_with_parent() -> None:
    """Linux: be killed with the parent even while native code holds the interpreter."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()
