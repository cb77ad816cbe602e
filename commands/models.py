"""`models`: what lies in the model folders, and pickles made into safetensors."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import FolderError, HeddleError
from graph.folders import LEGACY, PLACES, WEIGHTS, Folders, list_names

if TYPE_CHECKING:
    from diffusion.weights.conversion import Converted

NO_WEIGHTS = (*PLACES, *LEGACY, "configs")
SHOWN = 8  # names of what was left out


class Failed(HeddleError):
    """A command that could not do what it was asked; the message says why."""


def models(arguments: argparse.Namespace, folders: Folders) -> int:
    """List, or convert, as the command line asked."""
    if arguments.action == "convert":
        return convert(arguments, folders)
    return listed(folders, as_json=arguments.json)


def listed(folders: Folders, *, as_json: bool) -> int:
    """Print what each file of the model folders is."""
    from diffusion.weights.listing import describe, table

    rows = [describe(folder, name, path) for folder, name, path in files(folders)]
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    elif rows:
        print("\n".join(table(rows)))
    else:
        print(f"there are no models in {folders.models}")
    return 0


def files(folders: Folders) -> Iterator[tuple[str, str, Path]]:
    """(folder, name, path) of every model, sorted; folders of packs beside the named ones too."""
    named = {name for name in folders.names() if name not in NO_WEIGHTS}
    for folder in sorted(named | strays(folders)):
        directories = folders.directories(folder) if folder in named else [folders.models / folder]
        names = folders.list(folder) if folder in named else list_names(directories, WEIGHTS).names
        for name in names:
            path = next((found for place in directories if (found := place / name).exists()), None)
            if path is not None:
                yield folder, name, path


def strays(folders: Folders) -> set[str]:
    """Directories beside the model folders, which packs may use."""
    try:
        found = {path.name for path in folders.models.iterdir() if path.is_dir()}
    except OSError:
        return set()
    return {name for name in found if not name.startswith(".")} - set(folders.names())


def convert(arguments: argparse.Namespace, folders: Folders) -> int:
    """Make a pickle into safetensors and say what became of it."""
    from diffusion.errors import CheckpointError
    from diffusion.weights.conversion import convert as converted

    source = located(arguments.file, folders)
    target = Path(arguments.to) if arguments.to else source.with_suffix(".safetensors")
    try:
        done = converted(source, target, half=arguments.half, force=arguments.force)
    except CheckpointError as problem:
        raise Failed(str(problem)) from problem
    print(told(done, target))
    return 0


def located(name: str, folders: Folders) -> Path:
    """The file of this path, or of this name in a model folder."""
    if Path(name).is_file():
        return Path(name)
    for folder in folders.names():
        if folder in NO_WEIGHTS:
            continue
        try:
            return folders.resolve(folder, name)
        except FolderError:
            continue
    raise Failed(f"there is no file {name!r}, neither here nor in a model folder of {folders.models}")


def told(done: Converted, target: Path) -> str:
    """What was done, in a few lines."""
    lines = [f"{target}: {done.tensors} tensors"]
    if done.untangled:
        lines.append(f"{done.untangled} of them shared their memory with others and have their own now")
    if done.metadata:
        lines.append(f"kept as metadata: {', '.join(done.metadata[:SHOWN])}")
    if done.dropped:
        more = len(done.dropped) - SHOWN
        rest = f" and {more} more" if more > 0 else ""
        lines.append(f"left out, for they are no tensors: {', '.join(done.dropped[:SHOWN])}{rest}")
    return "\n".join(lines)
