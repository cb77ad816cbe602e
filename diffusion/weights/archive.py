"""Tensors by their key in the original layout, read from their files only when a network wants them."""

from __future__ import annotations

import pickle
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from diffusion.errors import CheckpointError
from diffusion.weights.header import read_header
from diffusion.weights.magic import SAFETENSORS as SAFETENSORS
from diffusion.weights.magic import disguise

PICKLES = (".ckpt", ".pt", ".pth", ".bin")
NO_FILE = Path("computed")
WINDOW = 256 << 20  # bytes read through one memory map, so that what was cast can leave memory

# What torch's restricted loader raises on bytes that are no honest checkpoint.
BROKEN = (
    pickle.UnpicklingError,
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    struct.error,
)


@dataclass(frozen=True, eq=False)
class Entry:
    """Where a tensor stands: in a file under some key, or already in memory."""

    path: Path
    key: str
    shape: tuple[int, ...]  # as wanted; the file may hold the same numbers in another shape
    dtype: torch.dtype
    loaded: Tensor | None = None

    @classmethod
    def of(cls, tensor: Tensor) -> Entry:
        """A tensor that was computed: no file holds it so."""
        return cls(NO_FILE, "", tuple(tensor.shape), tensor.dtype, tensor)

    @property
    def bytes(self) -> int:
        """Size in its file."""
        return torch.Size(self.shape).numel() * self.dtype.itemsize


@dataclass(frozen=True, eq=False)
class Archive:
    """The tensors of a checkpoint and the free text in its header."""

    entries: Mapping[str, Entry]
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def parameters(self) -> int:
        """How many numbers there are."""
        return sum(torch.Size(entry.shape).numel() for entry in self.entries.values())

    def below(self, *prefixes: str) -> Archive:
        """The part under the first prefix that has any entries, its keys without the prefix."""
        for prefix in prefixes:
            found = {
                key.removeprefix(prefix): entry
                for key, entry in self.entries.items()
                if key.startswith(prefix)
            }
            if found:
                return Archive(found, self.metadata)
        return Archive({}, self.metadata)

    def without(self, *prefixes: str) -> Archive:
        """All but the keys that start so."""
        kept = {key: entry for key, entry in self.entries.items() if not key.startswith(prefixes)}
        return Archive(kept, self.metadata)

    def split(self, test: Callable[[Entry], bool]) -> tuple[Archive, Archive]:
        """The entries that pass a test, and the others."""
        passed = {key: entry for key, entry in self.entries.items() if test(entry)}
        others = {key: entry for key, entry in self.entries.items() if key not in passed}
        return Archive(passed, self.metadata), Archive(others, self.metadata)

    def shapes(self) -> dict[str, Tensor]:
        """Tensors without content, from which a network's sizes can be told."""
        return {
            key: torch.empty(entry.shape, dtype=entry.dtype, device="meta")
            for key, entry in self.entries.items()
        }

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Key and tensor of every entry; from safetensors a view of the mapped file, without a copy."""
        for path, keys in self.by_file().items():
            if path.suffix in SAFETENSORS:
                for window in windows(keys, self.entries):
                    with safe_open(path, framework="pt", device="cpu") as file:
                        for key in window:
                            entry = self.entries[key]
                            yield key, file.get_tensor(entry.key).reshape(entry.shape)
            else:
                for key in keys:
                    entry = self.entries[key]
                    if entry.loaded is not None:
                        yield key, entry.loaded.reshape(entry.shape)

    def by_file(self) -> dict[Path, list[str]]:
        """The keys that each file holds."""
        files: dict[Path, list[str]] = {}
        for key, entry in self.entries.items():
            files.setdefault(entry.path, []).append(key)
        return files


def windows(keys: Iterable[str], entries: Mapping[str, Entry]) -> Iterator[list[str]]:
    """Keys in runs of about 256 MiB."""
    run: list[str] = []
    size = 0
    for key in keys:
        run.append(key)
        size += entries[key].bytes
        if size >= WINDOW:
            yield run
            run, size = [], 0
    if run:
        yield run


def open_archive(path: Path) -> Archive:
    """The tensors of one file, named as the file names them."""
    if path.suffix in SAFETENSORS:
        header = read_header(path)
        entries = {key: Entry(path, key, info.shape, info.dtype) for key, info in header.tensors.items()}
        return Archive(entries, header.metadata)
    loaded = {key: value for key, value in state_dict(read_pickle(path)).items() if isinstance(value, Tensor)}
    return Archive(
        {key: Entry(path, key, tuple(value.shape), value.dtype, value) for key, value in loaded.items()}
    )


def open_nested(path: Path) -> Archive:
    """The same where a pickle may hold dicts of tensors, which then are named `dict.key`."""
    if path.suffix in SAFETENSORS:
        return open_archive(path)
    entries: dict[str, Entry] = {}
    for part, tensors in read_pickle(path).items():
        for key, tensor in tensors.items() if isinstance(tensors, Mapping) else ():
            if isinstance(tensor, Tensor):
                name = f"{part}.{key}"
                entries[name] = Entry(path, name, tuple(tensor.shape), tensor.dtype, tensor)
    return Archive(entries) if entries else open_archive(path)


def join(archives: Iterable[Archive]) -> Archive:
    """Several files as one."""
    entries: dict[str, Entry] = {}
    metadata: dict[str, str] = {}
    for archive in archives:
        entries.update(archive.entries)
        metadata.update(archive.metadata)
    return Archive(entries, metadata)


def read_all(path: Path) -> dict[str, object]:
    """Everything in a small file, in memory."""
    if path.suffix in SAFETENSORS:
        return {key: tensor.clone() for key, tensor in open_archive(path).tensors()}
    return read_pickle(path)


def read_pickle(path: Path) -> dict[str, object]:
    """A file of torch's own format through the loader that runs no code."""
    if path.suffix not in PICKLES:
        known = ", ".join((*SAFETENSORS, *PICKLES))
        raise CheckpointError(f"{path.name}: weights are read from files ending in {known}")
    wrong = disguise(path)
    if wrong is not None:
        raise CheckpointError(f"{path.name} is {wrong}")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except BROKEN as problem:
        raise CheckpointError(f"{path.name} cannot be read {fault_of(problem)}") from problem
    if not isinstance(content, dict):
        raise CheckpointError(f"{path.name} holds a {type(content).__name__}, not tensors by name")
    return {str(key): value for key, value in content.items()}


def fault_of(problem: BaseException) -> str:
    """Why a pickle cannot be read. What torch advises instead would run the code in it."""
    text = str(problem)
    first = text.partition("\n")[0][:120] or type(problem).__name__
    if isinstance(problem, MemoryError) or "allocate memory" in text:
        return f"within the memory that a file of its size may take ({first})"
    code = re.search(r"GLOBAL ([\w.]*\w)", text)
    if code is not None:
        return f"without running code from it (it asks for {code[1]}); take a safetensors file instead"
    if "zip archive" in text:
        return f"to its end: it is truncated or damaged ({first.partition('. ')[0]})"
    return f"without running code from it, or is damaged ({first}); take a safetensors file instead"


def state_dict(content: dict[str, object]) -> dict[str, object]:
    """The tensors of a training checkpoint, which keeps them one level down."""
    inner = content.get("state_dict")
    return {str(key): value for key, value in inner.items()} if isinstance(inner, dict) else content
