"""Outputs that were slow to compute, kept on disk beside a cache in memory: they survive a restart."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graph.cache import Cache, Outputs, Ui
from graph.folders import Folders
from graph.signature import KEY_BYTES, Key
from nodes.outputs_file import (
    Damaged,
    DeviceMissing,
    NotStorable,
    Packed,
    Picture,
    Stored,
    decode,
    pack,
)
from nodes.pictures import write_whole

GIB: Final = 1 << 30
SUFFIX: Final = ".safetensors"
OURS: Final = re.compile(rf"([0-9a-f]{{{2 * KEY_BYTES}}}){re.escape(SUFFIX)}")
UNFINISHED: Final = re.compile(r"\.[0-9a-f]{16}\.part")  # as write_whole leaves it when the power goes
ABANDONED: Final = 3600  # seconds after which nobody writes to it any more
WAITING: Final = 16  # outputs that may wait to be written; more are left out, since they hold memory
COARSE: Final = 2_000_000_000  # ns: a folder changed more recently may change again with the same time stamp

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Listed:
    """A file of the folder, when it was used last (ns), and its bytes."""

    path: Path
    used: int
    size: int


class DiskCache:
    """Another cache, and behind it one file for each of its outputs that took `least_seconds` or more.

    Only files named as its own are ever touched in the folder; several processes may share it. Files are
    written by a thread of its own; what cannot be written is only in memory. Once they take more than
    `limit_bytes`, those used longest ago go. `code` stands for the program: what another one wrote is not
    answered.
    """

    def __init__(
        self,
        memory: Cache,
        directory: Path,
        folders: Folders,
        *,
        code: str = "",
        limit_bytes: int = 10 * GIB,
        least_seconds: float = 1.0,
    ) -> None:
        self.memory = memory
        self.directory = directory
        self.folders = folders
        self.code = code
        self.limit_bytes = limit_bytes
        self.least_seconds = least_seconds
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="disk-cache")
        self._waiting: list[Future[None]] = []
        self._stored: set[Key] = set()
        self._looked: int | None = None  # when the folder had changed (ns), as it was listed
        self._list()
        self._writer.submit(self._tidy)

    def peek(self, key: Key) -> Outputs | None:
        return self.memory.peek(key)

    def get(self, key: Key) -> Outputs | None:
        found = self.memory.get(key)
        if found is not None or key not in self._stored:
            return found
        stored = self._read(key)
        if stored is None:
            self._stored.discard(key)
            return None
        self.memory.put(key, stored.outputs, seconds=stored.seconds, expanded=stored.expanded)
        return stored.outputs

    def put(self, key: Key, outputs: Outputs, *, seconds: float = 0.0, expanded: bool = False) -> None:
        self.memory.put(key, outputs, seconds=seconds, expanded=expanded)
        if seconds < self.least_seconds or key in self._stored:
            return
        self._waiting = [future for future in self._waiting if not future.done()]
        if len(self._waiting) >= WAITING:
            return
        try:
            packed = pack(outputs, self._pictures(outputs), seconds, expanded)
        except NotStorable as error:
            log.debug("outputs of a node stay in memory: %s", error)
            return
        self._waiting.append(self._writer.submit(self._write, key, packed))

    def begin(self, keys: Collection[Key]) -> None:
        self.memory.begin(keys)
        self._list()

    def end(self) -> None:
        self.memory.end()

    def shed(self) -> bool:
        """Also what waits to be written is let go."""
        gone = [future.cancel() for future in self._waiting]
        self._waiting = []
        return self.memory.shed() or any(gone)

    def clear(self) -> None:
        """Files take no memory, and stay."""
        self.memory.clear()

    def close(self) -> None:
        """Waits until everything is written."""
        self._writer.shutdown()

    def path(self, key: Key) -> Path:
        """The file of a key."""
        return self.directory / f"{key.hex()}{SUFFIX}"

    def _list(self) -> None:
        """Look which keys are there, if the folder has changed."""
        try:
            changed: int | None = self.directory.stat().st_mtime_ns
        except OSError:
            changed = None
        if changed is not None and changed == self._looked:
            return
        settled = changed is not None and changed < time.time_ns() - COARSE
        self._looked = changed if settled else None
        names = (OURS.fullmatch(name) for name in names_in(self.directory))
        self._stored = {bytes.fromhex(found[1]) for found in names if found}

    def _read(self, key: Key) -> Stored | None:
        """What the file of a key holds; a file that is of no use any more is removed."""
        path = self.path(key)
        try:
            stored = decode(path.read_bytes(), self.code)
            if all(map(self._is_there, stored.pictures)):
                os.utime(path)
                return stored
        except Damaged as error:
            log.warning("%s in the output cache is of no use: %s", path.name, error)
        except (OSError, DeviceMissing):
            return None
        remove(path)
        return None

    def _pictures(self, outputs: Outputs) -> Iterator[Picture]:
        """The files that are shown. Raises NotStorable for one that is not there."""
        for ui in (outputs.ui, *(shown.ui for shown in outputs.within)):
            for folder, name in files_named(ui):
                identity = self.folders.identity(folder, name)
                if not identity:
                    raise NotStorable(f"it shows {name!r}, which is not in the folder {folder!r}")
                yield Picture(folder, name, identity)

    def _is_there(self, picture: Picture) -> bool:
        return self.folders.identity(picture.folder, picture.name) == picture.identity

    # On the writing thread

    def _write(self, key: Key, packed: Packed) -> None:
        try:
            data = packed.encode(self.code)
            if len(data) <= self.limit_bytes:
                write_whole(self.path(key), data)
                self._shrink()
        except NotStorable as error:
            log.debug("outputs of a node stay in memory: %s", error)
        except OSError as error:
            log.warning("the output cache in %s cannot be written: %s", self.directory, error)

    def _shrink(self) -> None:
        """Remove what was used longest ago until the rest is within the limit."""
        files = sorted(self._files(), key=lambda file: file.used)
        total = sum(file.size for file in files)
        for file in files:
            if total <= self.limit_bytes:
                return
            remove(file.path)
            total -= file.size

    def _files(self) -> Iterator[Listed]:
        for name in names_in(self.directory):
            if OURS.fullmatch(name):
                path = self.directory / name
                try:
                    status = path.stat()
                except OSError:  # another process was faster
                    continue
                yield Listed(path, status.st_mtime_ns, status.st_size)

    def _tidy(self) -> None:
        """Remove what a process that died left half written, and what a smaller limit leaves no room for."""
        for name in names_in(self.directory):
            path = self.directory / name
            if UNFINISHED.fullmatch(name) and age(path) > ABANDONED:
                remove(path)
        self._shrink()


def files_named(ui: Ui | None) -> Iterator[tuple[str, str]]:
    """(folder, name) of each file that a node shows."""
    for entries in (ui or {}).values():
        for entry in entries if isinstance(entries, list | tuple) else ():
            if isinstance(entry, Mapping) and isinstance(name := entry.get("filename"), str):
                subfolder = entry.get("subfolder") or ""
                yield str(entry.get("type") or "output"), f"{subfolder}/{name}" if subfolder else name


def names_in(directory: Path) -> list[str]:
    """The names in a folder; none when there is no folder."""
    try:
        return os.listdir(directory)
    except OSError:
        return []


def age(path: Path) -> float:
    """Seconds since a file was written to; 0 when there is none."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


def remove(path: Path) -> None:
    """Remove a file; one that is gone, or that another process holds, is left."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.debug("%s stays: %s", path, error)
