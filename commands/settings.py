"""What the options of the command line mean: folders, and the settings of the engine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.folders import Folders
from runtime.messages import Configure
from runtime.model_paths import MorePaths, read_all

if TYPE_CHECKING:
    from runtime.engine import Settings

ROOT = Path(__file__).resolve().parent.parent
CODE = ("graph", "diffusion", "nodes", "compat", "main.py")  # what makes node types and their outputs
# How the options begin that the worker is told.
WORKER = (
    "cpu",
    "cache",
    "base",
    "output",
    "input",
    "temp",
    "user",
    "disable",
    "whitelist",
    "extra",
    "preview",
)


def folders_of(options: Mapping[str, Any]) -> Folders:
    """The folders that the command line names."""

    def given(name: str) -> Path | None:
        path = options[f"{name}_directory"]
        return Path(path) if path else None

    more = more_paths(options)
    return Folders(
        Path(options["base_directory"]),
        output=given("output"),
        input=given("input"),
        temp=given("temp"),
        user=given("user"),
        extra=more.extra,
        first=more.first,
    )


def more_paths(options: Mapping[str, Any]) -> MorePaths:
    """What the YAML files of further folders say."""
    return read_all([Path(file) for file in options["extra_model_paths_config"]])


def settings_of(arguments: argparse.Namespace, database: Path | None = None) -> Settings:
    """What the engine is to be; the worker is the one that `main.py` wires."""
    from runtime.catalogue import code_hash
    from runtime.engine import Settings

    options = {name: str(v) if isinstance(v, Path) else v for name, v in vars(arguments).items()}
    options = {name: value for name, value in options.items() if name.startswith(WORKER) and name != "output"}
    folders = folders_of(options)
    home = folders.directory("user")
    choice = (options["disable_all_custom_nodes"], options["whitelist_custom_nodes"], more_paths(options))
    code = [*(ROOT / name for name in CODE), *folders.directories("custom_nodes")]
    return Settings(
        folders=folders,
        database=database or home / "heddle.sqlite",
        remembered=home / "node_types.json",
        code=code_hash(code, sys.version, *choice),
        worker=Configure("main:build_worker", options),
        metadata=not arguments.disable_metadata,
        previews=arguments.preview_method != "none",
    )
