"""Outputs within a number of bytes; the cheapest to compute again, byte for byte, goes first."""

from __future__ import annotations

import heapq
from collections.abc import Collection
from dataclasses import dataclass

from graph.cache import Outputs, Uses
from graph.signature import Key
from graph.sizes import Parts, parts_of

Victim = tuple[bool, float, int, Key]  # of a run underway, seconds for a byte, when used last, key


@dataclass(slots=True)
class Entry:
    """Outputs with the memory they hold."""

    outputs: Outputs
    parts: Parts
    worth: float  # seconds that computing it again would take, for each byte
    used: int = 0  # counts all uses of the cache


class RamCache:
    """Keeps all outputs that fit into `limit_bytes`.

    What the runs underway have used stays while there is anything else; among equals the one used longest
    ago goes. Memory that several outputs share counts once.
    """

    def __init__(self, limit_bytes: int) -> None:
        if limit_bytes < 1:
            raise ValueError(f"a cache of {limit_bytes} bytes keeps nothing: NoCache says so")
        self.limit_bytes = limit_bytes
        self.held_bytes = 0
        self._entries: dict[Key, Entry] = {}
        self._parts: dict[int, tuple[int, int]] = {}  # part -> (its bytes, how many entries hold it)
        self._uses = Uses()
        self._clock = 0
        self._victims: list[Victim] | None = None  # a heap with outdated items; None until it is needed

    def peek(self, key: Key) -> Outputs | None:
        entry = self._entries.get(key)
        return None if entry is None else entry.outputs

    def get(self, key: Key) -> Outputs | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._use(key, entry)
        return entry.outputs

    def put(self, key: Key, outputs: Outputs, *, seconds: float = 0.0, expanded: bool = False) -> None:
        self._drop(key)
        parts = parts_of(outputs)
        size = sum(parts.values())
        if size > self.limit_bytes:
            return
        entry = Entry(outputs, parts, seconds / max(size, 1))
        self._entries[key] = entry
        self._hold(parts)
        self._use(key, entry)
        while self.held_bytes > self.limit_bytes:
            self._drop(self._next_victim())

    def begin(self, keys: Collection[Key]) -> None:
        self._uses.begin()
        self._victims = None
        for key in keys:
            entry = self._entries.get(key)
            if entry is not None:
                self._use(key, entry)

    def end(self) -> None:
        self._uses.end()
        self._victims = None

    def shed(self) -> bool:
        going = [key for key in self._entries if not self._uses.at_hand(key)]
        for key in going:
            self._drop(key)
        return bool(going)

    def clear(self) -> None:
        for key in list(self._entries):
            self._drop(key)

    def _use(self, key: Key, entry: Entry) -> None:
        self._clock += 1
        entry.used = self._clock
        self._uses.mark(key)
        if self._victims is not None:
            heapq.heappush(self._victims, self._as_victim(key, entry))

    def _hold(self, parts: Parts) -> None:
        for part, measured in parts.items():
            size, holders = self._parts.get(part, (measured, 0))
            self._parts[part] = size, holders + 1
            self.held_bytes += 0 if holders else size

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self._uses.forget(key)
        for part in entry.parts:
            size, holders = self._parts.pop(part)
            if holders > 1:
                self._parts[part] = size, holders - 1
            else:
                self.held_bytes -= size

    def _as_victim(self, key: Key, entry: Entry) -> Victim:
        return self._uses.at_hand(key), entry.worth, entry.used, key

    def _next_victim(self) -> Key:
        """Takes the entry that goes first off the heap."""
        if self._victims is None or len(self._victims) > 2 * len(self._entries) + 64:
            self._victims = [self._as_victim(key, entry) for key, entry in self._entries.items()]
            heapq.heapify(self._victims)
        while True:
            _, _, used, key = heapq.heappop(self._victims)
            entry = self._entries.get(key)
            if entry is not None and entry.used == used:
                return key
