"""Names of files that remember the folder they come from, so that a drop-down made of them follows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


class FileNames(list[str]):
    """The names in a folder, and the entries that a pack has put before and after them.

    A drop-down made of it follows the folder, as long as the folder's names stand in it together.
    Sorted, sliced or filtered it is a plain list.
    """

    def __init__(self, items: Iterable[str], folder: str, listed: Sequence[str]) -> None:
        super().__init__(items)
        self.listed = tuple(listed)
        self._folder = folder

    @property
    def folder(self) -> str | None:
        """Whose names these are; None once they were taken apart."""
        return None if self._start() is None else self._folder

    @property
    def before(self) -> tuple[str, ...]:
        """What stands before the names of the folder; everything, where the folder is empty."""
        return tuple(self[: self._start()])

    @property
    def after(self) -> tuple[str, ...]:
        """What stands after the names of the folder."""
        start = self._start()
        return () if start is None else tuple(self[start + len(self.listed) :])

    def _start(self) -> int | None:
        if not self.listed:
            return len(self)
        for start in range(len(self) - len(self.listed) + 1):
            if self[start] == self.listed[0] and tuple(self[start : start + len(self.listed)]) == self.listed:
                return start
        return None

    def __add__(self, after: list[Any]) -> Any:  # of two folders' names it makes a plain list
        both = [*self, *after]
        return both if isinstance(after, FileNames) else FileNames(both, self._folder, self.listed)

    def __radd__(self, before: list[str]) -> FileNames:
        return FileNames([*before, *self], self._folder, self.listed)

    def copy(self) -> FileNames:
        """The same, to be changed apart."""
        return FileNames(self, self._folder, self.listed)
