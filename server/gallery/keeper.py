"""The gallery's one thread: whoever asks finds the index up to date, and the event loop never waits."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from runtime.engine import StoreFault
from server.gallery import trash
from server.gallery.index import Index, Page
from server.gallery.marks import Change
from server.gallery.query import Wish

T = TypeVar("T")
LOG = logging.getLogger("heddle.gallery")

PATIENCE = 0.2  # seconds that one asking spends on reading new files
PORTION = 0.1  # seconds of reading at a time while nobody asks


class Keeper:
    """The gallery of one output folder, between its first use and `close`."""

    def __init__(self, index: Path, marked: Path, root: Callable[[], Path]) -> None:
        self._paths, self._root = (index, marked), root
        self._index: Index | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="gallery")
        self._reading = False
        self._closing = False

    async def close(self) -> None:
        """Let go of the files; what is read already stays."""
        self._closing = True
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        if self._index is not None:
            self._index.close()

    def purge(self) -> None:
        """Remove for good what was deleted long ago; needs no waiting for."""
        self._thread.submit(self._purge)

    async def page(self, wish: Wish) -> Page:
        """What is wished for, of the folder as it is now."""
        return await self._do(lambda: self._indexed(lambda index: self._page(index, wish)))

    async def mark(self, names: Sequence[str], change: Change) -> int:
        """Change the marks of files; how many of them there are."""
        root = self._root()
        return await self._do(lambda: self._indexed(lambda index: _mark(index, root, names, change)))

    async def delete(self, names: Sequence[str]) -> tuple[list[str], str | None]:
        """As `trash.delete`."""
        return await self._do(lambda: trash.delete(self._root(), names))

    async def restore(self, token: str) -> list[str] | None:
        """As `trash.restore`."""
        return await self._do(lambda: trash.restore(self._root(), token))

    async def _do(self, work: Callable[[], T]) -> T:
        """On the gallery's thread. Raises StoreFault when the database cannot be used."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise StoreFault(f"the gallery's index cannot be used: {error}") from error

    def _indexed(self, work: Callable[[Index], T]) -> T:
        if self._index is None:
            self._index = Index(*self._paths)
        index = self._index
        return index.ask(lambda: work(index))

    def _page(self, index: Index, wish: Wish) -> Page:
        root = self._root()
        index.refresh(root)
        left = index.read_more(root, PATIENCE)
        if left and not self._reading:
            self._reading = True
            self._go_on()
        return index.page(wish)

    def _go_on(self) -> None:
        """Read the rest a little at a time, so that whoever asks next waits no longer than that."""
        if not self._closing:
            with contextlib.suppress(RuntimeError):  # it was shut down just now
                self._thread.submit(self._portion)

    def _portion(self) -> None:
        self._reading = False
        try:
            left = self._indexed(lambda index: index.read_more(self._root(), PORTION))
        except (sqlite3.Error, OSError) as error:
            LOG.warning("the gallery's index cannot be written: %s", error)
            return
        if left:
            self._reading = True
            self._go_on()

    def _purge(self) -> None:
        try:
            trash.purge(self._root())
        except OSError as error:
            LOG.warning("deleted files could not be removed: %s", error)


def _mark(index: Index, root: Path, names: Sequence[str], change: Change) -> int:
    index.refresh(root)
    return index.mark(root, names, change)
