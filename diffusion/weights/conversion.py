"""A pickle of weights made into safetensors, in a process of its own that may not grow without bound.

`convert` starts `python -m diffusion.weights.conversion SOURCE PART half|full`, which reads the
pickle through torch's restricted loader and answers with one line of JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from diffusion.errors import CheckpointError
from diffusion.weights.archive import BROKEN, fault_of
from diffusion.weights.header import DTYPES, read_header
from diffusion.weights.magic import SAFETENSORS, disguise, is_pickle

ROOT = Path(__file__).resolve().parents[2]
ROOM = 2 << 30  # bytes that the process may take beside the weights
COPIES = 4  # of the file: as read, its largest archive member, untangled, halved
PATIENCE, PACE = 120, 10 << 20  # seconds that any file may take, and bytes a second besides
DEEPEST = 8  # dictionaries within dictionaries
EMBEDDING = "string_to_param"  # where an embedding of the older kind keeps its table, under "*"


@dataclass(frozen=True)
class Converted:
    """What became of a pickle."""

    tensors: int
    untangled: int  # tensors that shared their memory with others
    dropped: tuple[str, ...]  # names and types of what was no tensor
    metadata: tuple[str, ...]  # names of the texts that were kept


def convert(source: Path, target: Path, *, half: bool = False, force: bool = False) -> Converted:
    """Write the tensors of a pickle to a safetensors file, which is there whole or not at all.

    Raises CheckpointError where the pickle asks for more than tensors, is no pickle, or takes too much.
    """
    refuse_places(source, target, force)
    part = target.with_name(f".{secrets.token_hex(8)}{target.suffix}")
    try:
        done = apart(source.absolute(), part.absolute(), half)
        read_header(part)
        place(part, target, force)
    finally:
        part.unlink(missing_ok=True)
    return done


def refuse_places(source: Path, target: Path, force: bool) -> None:
    """Raise for a source that is no pickle and a target that must not be written."""
    if not source.is_file():
        raise CheckpointError(f"there is no file {source}")
    with source.open("rb") as file:
        start = file.read(512)
    wrong = None if is_pickle(start) else disguise(source)
    if wrong is not None:
        raise CheckpointError(f"{source.name} is {wrong}")
    if target.suffix not in SAFETENSORS:
        raise CheckpointError(f"{target.name} must end in .safetensors")
    if not target.parent.is_dir():
        raise CheckpointError(f"there is no folder {target.parent}")
    if target.exists() and not force:
        raise CheckpointError(f"{target} is there already; --force replaces it, --to names another")


def place(part: Path, target: Path, force: bool) -> None:
    """Give the finished file its name; what came there meanwhile stays, but for `force`."""
    if not force:
        with contextlib.suppress(OSError):  # a file system without links
            try:
                os.link(part, target)
                return
            except FileExistsError:
                raise CheckpointError(f"{target} has come to be meanwhile; --force replaces it") from None
    part.replace(target)


def apart(source: Path, part: Path, half: bool) -> Converted:
    """Run the conversion in a process of its own."""
    words = [sys.executable, "-m", __name__, str(source), str(part), "half" if half else "full"]
    seconds = patience(source)
    try:
        ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise CheckpointError(f"{source.name} took longer than {seconds:.0f} seconds to convert") from None
    if ended.returncode:
        raise CheckpointError(f"{source.name} was not converted: {reason(ended)}")
    said = json.loads(ended.stdout)
    return Converted(said["tensors"], said["untangled"], tuple(said["dropped"]), tuple(said["metadata"]))


def patience(source: Path) -> float:
    """Seconds that a file of this size may take."""
    return PATIENCE + source.stat().st_size / PACE


def reason(ended: subprocess.CompletedProcess[str]) -> str:
    """Why the process gave up or died."""
    if ended.returncode < 0:
        name = signal.Signals(-ended.returncode).name
        return f"the converting process was ended by {name}; it may have taken too much memory or time"
    lines = (ended.stdout.strip() or ended.stderr.strip()).splitlines()
    return lines[-1][:300] if lines else f"the converting process ended with {ended.returncode}"


# In the process of its own


def main(words: list[str]) -> int:
    """Convert one file; prints what was done, or why not."""
    source, part = Path(words[0]), Path(words[1])
    bound(source)
    try:
        done = write(source, part, half=words[2] == "half")
    except (MemoryError, OSError, *BROKEN) as problem:
        print(f"it cannot be read {fault_of(problem)}")
        return 1
    print(json.dumps(asdict(done)))
    return 0


def bound(source: Path) -> None:
    """Let this process take no more memory and time than an honest file of this size needs."""
    try:
        import resource
    except ImportError:  # Windows
        return
    seconds = int(patience(source))
    memory = taken() + COPIES * source.stat().st_size + ROOM
    for limit, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)):
        with contextlib.suppress(ValueError, OSError):  # the machine's own limit is lower, or it knows none
            resource.setrlimit(limit, (value, value))


def taken() -> int:
    """Bytes of address space that this process has."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (OSError, ValueError):
        return 16 << 30
    return pages * os.sysconf("SC_PAGE_SIZE")


def write(source: Path, part: Path, *, half: bool) -> Converted:
    """Read a pickle and write what of it are tensors."""
    content = torch.load(source, map_location="cpu", weights_only=True)
    if not isinstance(content, Mapping):
        raise ValueError(f"it holds a {type(content).__name__}, not tensors by name")
    texts = {str(key): value for key, value in content.items() if isinstance(value, str)}
    dropped: list[str] = []
    loose, untangled = apart_from_each_other(found_tensors(content, dropped), half)
    if not loose:
        raise ValueError("it holds no tensors")
    save_file(loose, part, {"format": "pt"} | texts)
    shutil.copymode(source, part)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    return Converted(len(loose), untangled, tuple(dropped), tuple(texts))


def found_tensors(content: Mapping[Any, Any], dropped: list[str]) -> Iterator[tuple[str, Tensor]]:
    """The tensors by their dotted names; what else there was is added to `dropped`, but for texts."""
    inner = content.get("state_dict")
    if isinstance(inner, Mapping):  # beside it lies what training needs
        dropped += [f"{key} ({type(value).__name__})" for key, value in content.items() if value is not inner]
        content = inner
    pending: list[tuple[str, Any, int]] = [("", content, 0)]
    while pending:
        name, value, depth = pending.pop()
        if isinstance(value, Tensor) and plain(value):
            yield ("emb_params" if name == f"{EMBEDDING}.*" else name), value
        elif isinstance(value, Mapping | list | tuple) and depth < DEEPEST:
            pairs = list(value.items() if isinstance(value, Mapping) else enumerate(value))
            pending += [(f"{name}.{key}" if name else str(key), each, depth + 1) for key, each in pairs[::-1]]
        elif not isinstance(value, str) or depth > 1:
            dropped.append(f"{name} ({type(value).__name__})")


def plain(tensor: Tensor) -> bool:
    """Whether safetensors can hold it."""
    return tensor.layout is torch.strided and tensor.dtype in DTYPES.values() and not tensor.is_quantized


def apart_from_each_other(named: Iterator[tuple[str, Tensor]], half: bool) -> tuple[dict[str, Tensor], int]:
    """Every tensor in memory of its own; how many shared theirs."""
    loose: dict[str, Tensor] = {}
    owners: set[int] = set()
    untangled = 0
    for name, tensor in named:
        storage = tensor.untyped_storage()
        shared = storage.data_ptr() in owners and storage.nbytes() > 0
        owners.add(storage.data_ptr())
        untangled += shared
        cut = shared or storage.nbytes() != tensor.numel() * tensor.itemsize
        whole = (
            tensor.detach().clone(memory_format=torch.contiguous_format)
            if cut
            else tensor.detach().contiguous()
        )
        loose[name] = whole.half() if half and whole.is_floating_point() else whole
    return loose, untangled


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
