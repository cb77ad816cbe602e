"""Node types as data, remembered on disk by the hash of the code that made them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from graph.schema import Schema
from runtime.messages import FolderTable, PackReport, Ready, folders_from, packs_from

SOURCES = (".py", ".json", ".yaml", ".toml")


@dataclass(frozen=True)
class Catalogue:
    """What can be placed in a graph, and how the packs came through."""

    schemas: Mapping[str, Schema]
    packs: tuple[PackReport, ...]
    rereads: tuple[str, ...] = ()  # node types whose choices may change between calls
    folders: FolderTable = field(default_factory=dict)  # with what packs have added

    def with_fresh(self, schemas: Mapping[str, Mapping[str, object]]) -> Catalogue:
        """Some schemas replaced by what they are now."""
        return replace(self, schemas={**self.schemas, **_schemas(schemas)})


def from_ready(report: Ready) -> Catalogue:
    """The catalogue of a worker that is up."""
    return Catalogue(_schemas(report.schemas), report.packs, report.rereads, report.folders)


def code_hash(paths: Iterable[Path], *options: object) -> str:
    """Changes when a source file below `paths` does (by size and time), or an option."""
    digest = hashlib.sha256(repr(options).encode())
    for path in paths:
        for name, stat in _sources(path):
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def recall(path: Path, code: str) -> Catalogue | None:
    """What was remembered for this very code, or None."""
    try:
        data = json.loads(path.read_bytes())
        if data["code"] != code:
            return None
        packs, folders = packs_from(data["packs"]), folders_from(data["folders"])
        return Catalogue(_schemas(data["schemas"]), packs, tuple(data["rereads"]), folders)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # absent or damaged: the worker will tell anew


def remember(path: Path, code: str, catalogue: Catalogue) -> None:
    """Replace what is remembered, all or nothing."""
    schemas = {name: schema.to_dict() for name, schema in catalogue.schemas.items()}
    data = {
        "code": code,
        "schemas": schemas,
        "packs": [asdict(pack) for pack in catalogue.packs],
        "rereads": catalogue.rereads,
        "folders": catalogue.folders,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    draft.write_text(json.dumps(data), encoding="utf-8")
    draft.replace(path)


def _schemas(data: Mapping[str, Mapping[str, object]]) -> dict[str, Schema]:
    return {name: Schema.from_dict(dict(schema)) for name, schema in data.items()}


def _sources(path: Path) -> Iterable[tuple[str, os.stat_result]]:
    if path.is_file():
        yield str(path), path.stat()
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__pycache__")))
        for name in sorted(files):
            if name.endswith(SOURCES):
                full = os.path.join(folder, name)
                yield full, os.stat(full)
