"""What a worker is made of: the answer of the function that builds one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from graph.events import Event
from graph.executor import Executor
from graph.folders import Folders
from graph.registry import Registry
from runtime.messages import FolderTable, PackReport

EARLY = 100  # events kept from before a worker listens


class Free(Protocol):
    """Drops loaded models, and with `cache` the cached outputs too."""

    def __call__(self, *, models: bool, cache: bool) -> None: ...


class Announcer:
    """The way of events that come from outside of a run, from any thread; early ones wait."""

    def __init__(self) -> None:
        self._early: list[Event] = []
        self._emit: Callable[[Event], None] = self._keep

    def __call__(self, event: Event) -> None:
        self._emit(event)

    def connect(self, emit: Callable[[Event], None]) -> None:
        """From now on events go there."""
        self._emit = emit
        for event in self._early:
            emit(event)
        self._early.clear()

    def _keep(self, event: Event) -> None:
        if len(self._early) < EARLY:
            self._early.append(event)


def no_folders() -> FolderTable:
    """The folders are those that the engine knows."""
    return {}


@dataclass(frozen=True)
class Parts:
    """What the function named by `Configure.build` returns."""

    registry: Registry
    executor: Executor
    folders: Folders
    packs: Sequence[PackReport] = ()
    devices: Callable[[], Sequence[Mapping[str, object]]] = tuple
    free: Free | None = None
    folder_table: Callable[[], FolderTable] = no_folders  # asked when the packs are loaded
    announcer: Announcer = field(default_factory=Announcer)
    looks_ahead: bool = True  # whether its memory asks what waits behind a run
