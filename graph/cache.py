"""Outputs by content key, and the rules for how long they are kept in memory."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from graph.signature import Key

Ui = Mapping[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a node made by expansion shows, and where it belongs.

    Inside of `Outputs` the ids are relative to the maker's (see `graph.report`), for it may get another one.
    """

    node_id: str
    display_id: str
    parent_id: str
    ui: Ui | None


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a node gave: its values by slot, what it shows; of its expansion, what is shown and the keys."""

    values: tuple[Any, ...]
    ui: Ui | None = None
    rest: Any = None  # what outputs beyond these give, where more may be linked than are declared
    within: tuple[Shown, ...] = ()
    parts: tuple[Key, ...] = ()


class Cache(Protocol):
    """Where the executor looks before it runs a node. Runs may overlap; all calls come from one thread."""

    def get(self, key: Key) -> Outputs | None:
        """The outputs of this key, if they are still there."""

    def peek(self, key: Key) -> Outputs | None:
        """The outputs of this key if they are in memory; to look is no use of them."""

    def put(self, key: Key, outputs: Outputs, *, seconds: float = 0.0, expanded: bool = False) -> None:
        """Remember outputs that took so long; `expanded` ones are of nodes that no submitted graph names."""

    def begin(self, keys: Collection[Key]) -> None:
        """A graph of these keys is about to run: keep or drop by the cache's rule."""

    def end(self) -> None:
        """The run that began first of those underway is over."""

    def shed(self) -> bool:
        """Memory is short: let go of all that the runs underway have not used. Whether something went."""

    def clear(self) -> None:
        """Forget everything that is in memory."""


class Uses:
    """In which run a key was used last; runs are numbered in the order in which they began."""

    def __init__(self) -> None:
        self.run = 0
        self._last: dict[Key, int] = {}
        self._underway: deque[int] = deque()

    def begin(self) -> None:
        self.run += 1
        self._underway.append(self.run)

    def end(self) -> int:
        """The number of the run that is over."""
        return self._underway.popleft() if self._underway else self.run

    def mark(self, key: Key) -> None:
        self._last[key] = self.run

    def forget(self, key: Key) -> None:
        self._last.pop(key, None)

    def clear(self) -> None:
        self._last.clear()

    def at_hand(self, key: Key) -> bool:
        """Whether a run underway, or the last one where there is none, has used the key."""
        return self.since(key, self._underway[0] if self._underway else self.run)

    def since(self, key: Key, run: int) -> bool:
        """Whether this run or a later one has used the key."""
        return self._last.get(key, -1) >= run


class OutputCache:
    """Keeps exactly what the last graph used; what it did not is let go before the next one runs.

    The keys of nodes inside an expansion are not known when a run begins, so their outputs are judged when
    it is over: a loop whose count alone has changed finds its body again.
    """

    def __init__(self) -> None:
        self._outputs: dict[Key, Outputs] = {}
        self._expanded: set[Key] = set()
        self._uses = Uses()

    def peek(self, key: Key) -> Outputs | None:
        return self._outputs.get(key)

    def get(self, key: Key) -> Outputs | None:
        found = self._outputs.get(key)
        if found is not None:
            self._uses.mark(key)
        return found

    def put(self, key: Key, outputs: Outputs, *, seconds: float = 0.0, expanded: bool = False) -> None:
        self._outputs[key] = outputs
        self._uses.mark(key)
        if expanded:
            self._expanded.add(key)
        else:
            self._expanded.discard(key)

    def begin(self, keys: Collection[Key]) -> None:
        wanted = set(keys)
        self._drop(key for key in self._outputs if key not in wanted and key not in self._expanded)
        self._uses.begin()

    def end(self) -> None:
        over = self._uses.end()
        self._drop(key for key in self._expanded if not self._uses.since(key, over))

    def shed(self) -> bool:
        return self._drop(key for key in self._outputs if not self._uses.at_hand(key))

    def clear(self) -> None:
        self._outputs.clear()
        self._expanded.clear()
        self._uses.clear()

    def _drop(self, keys: Iterable[Key]) -> bool:
        """Let go of these; whether there were any."""
        going = list(keys)
        for key in going:
            del self._outputs[key]
            self._expanded.discard(key)
            self._uses.forget(key)
        return bool(going)


class LruCache:
    """Keeps the outputs of the last `entries` nodes used, whatever graph they belong to."""

    def __init__(self, entries: int) -> None:
        if entries < 1:
            raise ValueError(f"a cache of {entries} entries keeps nothing: NoCache says so")
        self.entries = entries
        self._outputs: OrderedDict[Key, Outputs] = OrderedDict()
        self._uses = Uses()

    def peek(self, key: Key) -> Outputs | None:
        return self._outputs.get(key)

    def get(self, key: Key) -> Outputs | None:
        found = self._outputs.get(key)
        if found is not None:
            self._use(key)
        return found

    def put(self, key: Key, outputs: Outputs, *, seconds: float = 0.0, expanded: bool = False) -> None:
        self._outputs[key] = outputs
        self._use(key)
        if len(self._outputs) > self.entries:
            self._uses.forget(self._outputs.popitem(last=False)[0])

    def begin(self, keys: Collection[Key]) -> None:
        self._uses.begin()
        for key in keys:
            if key in self._outputs:
                self._outputs.move_to_end(key)

    def end(self) -> None:
        self._uses.end()

    def shed(self) -> bool:
        going = [key for key in self._outputs if not self._uses.at_hand(key)]
        for key in going:
            del self._outputs[key]
            self._uses.forget(key)
        return bool(going)

    def clear(self) -> None:
        self._outputs.clear()
        self._uses.clear()

    def _use(self, key: Key) -> None:
        self._outputs.move_to_end(key)
        self._uses.mark(key)


class NoCache:
    """Keeps nothing beyond the run."""

    def get(self, key: Key) -> Outputs | None:
        return None

    def peek(self, key: Key) -> Outputs | None:
        return None

    def put(self, key: Key, outputs: Outputs, *, seconds: float = 0.0, expanded: bool = False) -> None:
        return None

    def begin(self, keys: Collection[Key]) -> None:
        return None

    def end(self) -> None:
        return None

    def shed(self) -> bool:
        return False

    def clear(self) -> None:
        return None
