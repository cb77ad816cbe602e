"""Reads `--extra-model-paths-config`: where more models and packs lie, written for ComfyUI."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runtime.errors import RuntimeFault

SETTINGS = ("base_path", "is_default")


class BadPaths(RuntimeFault):
    """A file of further paths that cannot be read."""


@dataclass(frozen=True)
class MorePaths:
    """Further directories by folder: those searched before the own ones, and those after."""

    first: dict[str, list[Path]] = field(default_factory=dict)
    extra: dict[str, list[Path]] = field(default_factory=dict)


def read_all(files: Sequence[Path]) -> MorePaths:
    """What several files say, in their order. Raises BadPaths."""
    more = MorePaths()
    for file in files:
        for section, content in sections(file):
            add(more, content, file, f"{file}: section {section!r}")
    return more


def sections(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The sections of one file that hold anything."""
    content = parsed(file)
    if not isinstance(content, dict):
        raise BadPaths(f"{file} must hold sections of folders, like `models: {{base_path: ..., loras: ...}}`")
    for name, section in content.items():
        if section is None:
            continue
        if not isinstance(section, dict):
            raise BadPaths(f"{file}: section {name!r} holds {section!r}, not folders and their paths")
        yield str(name), section


def parsed(file: Path) -> Any:
    """The file as YAML; one that is empty holds nothing."""
    import yaml

    try:
        return yaml.safe_load(file.read_text(encoding="utf-8-sig")) or {}
    except OSError as error:
        raise BadPaths(f"{file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadPaths(f"{file} is not YAML: {error}") from error


def add(more: MorePaths, section: dict[str, Any], file: Path, where: str) -> None:
    """Add the directories that one section names."""
    base, is_default = section.get("base_path", ""), section.get("is_default", False)
    if not isinstance(base, str | None) or not isinstance(is_default, bool | None):
        raise BadPaths(f"{where}: base_path must be a path and is_default true or false")
    root = file.absolute().parent / expanded(base or "")
    known = more.first if is_default else more.extra
    for folder, value in section.items():
        if folder not in SETTINGS:
            paths = known.setdefault(str(folder), [])
            paths += [normal(root / expanded(line)) for line in lines(value, f"{where}, {folder!r}")]


def lines(value: object, where: str) -> list[str]:
    """The paths of one folder: a text of one or several lines, or a list."""
    if value is None:
        return []
    given = value.split("\n") if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(line, str) for line in given):
        raise BadPaths(f"{where} holds {value!r}; write one path, several lines of them, or a list")
    return [line.strip() for line in given if line.strip()]


def expanded(path: str) -> str:
    """The path with `~` and `$NAME` replaced."""
    return os.path.expanduser(os.path.expandvars(path))


def normal(path: Path) -> Path:
    """The path without `..` and doubled slashes; links are not followed."""
    return Path(os.path.normpath(path))
