"""Outputs by content key, and three rules for how long they are kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from graph.signature import Key

Ui = Mapping[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Outputs:
    """What one call of a node gave: its values by slot, and what it shows."""

    values: tuple[Any, ...]
    ui: Ui | None = None


class Cache(Protocol):
    """Where the executor looks before it runs a node."""

    def get(self, key: Key) -> Outputs | None:
        """The outputs of this key, if they are still there."""

    def put(self, key: Key, outputs: Outputs) -> None:
        """Remember outputs."""

    def begin(self, keys: Collection[Key]) -> None:
        """A graph of these keys is about to run: keep or drop by the cache's rule."""

    def clear(self) -> None:
        """Forget everything."""


class OutputCache:
    """Keeps exactly what the last graph used; what it did not is let go before the next one runs."""

    def __init__(self) -> None:
        self._outputs: dict[Key, Outputs] = {}

    def get(self, key: Key) -> Outputs | None:
        return self._outputs.get(key)

    def put(self, key: Key, outputs: Outputs) -> None:
        self._outputs[key] = outputs

    def begin(self, keys: Collection[Key]) -> None:
        self._outputs = {key: self._outputs[key] for key in keys if key in self._outputs}

    def clear(self) -> None:
        self._outputs.clear()


class LruCache:
    """Keeps the outputs of the last `entries` nodes used, whatever graph they belong to."""

    def __init__(self, entries: int) -> None:
        if entries < 1:
            raise ValueError(f"a cache of {entries} entries keeps nothing: NoCache says so")
        self.entries = entries
        self._outputs: OrderedDict[Key, Outputs] = OrderedDict()

    def get(self, key: Key) -> Outputs | None:
        if key not in self._outputs:
            return None
        self._outputs.move_to_end(key)
        return self._outputs[key]

    def put(self, key: Key, outputs: Outputs) -> None:
        self._outputs[key] = outputs
        self._outputs.move_to_end(key)
        if len(self._outputs) > self.entries:
            self._outputs.popitem(last=False)

    def begin(self, keys: Collection[Key]) -> None:
        for key in keys:
            if key in self._outputs:
                self._outputs.move_to_end(key)

    def clear(self) -> None:
        self._outputs.clear()


class NoCache:
    """Keeps nothing beyond the run."""

    def get(self, key: Key) -> Outputs | None:
        return None

    def put(self, key: Key, outputs: Outputs) -> None:
        return None

    def begin(self, keys: Collection[Key]) -> None:
        return None

    def clear(self) -> None:
        return None
