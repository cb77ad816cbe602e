"""`nodes` and `convert`: what asks for the node types and runs nothing."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from commands.settings import settings_of
from graph.folders import Folders
from runtime.logbook import open_log

if TYPE_CHECKING:
    from runtime.catalogue import Catalogue
    from runtime.engine import Settings


def list_nodes(arguments: argparse.Namespace) -> int:
    """List the node types, as lines or as JSON."""
    known, folders = catalogue(arguments)
    if arguments.json:
        from server.object_info import object_infos

        print(json.dumps(object_infos(known.schemas, folders.list), indent=2))
        return 0
    width = max(map(len, known.schemas), default=0)
    for name, schema in sorted(known.schemas.items(), key=lambda pair: (pair[1].category, pair[0])):
        print(f"{name:{width}}  {schema.category}")
    for pack in known.packs:
        if pack.error is not None:
            reason = pack.error.strip().splitlines()[-1]
            print(f"the pack {pack.name} was left out: {reason}", file=sys.stderr)
        for problem in pack.problems:
            print(f"the pack {pack.name}: {problem.strip().splitlines()[-1]}", file=sys.stderr)
    return 0


def convert(arguments: argparse.Namespace) -> int:
    """Print the workflow of a file in API form: of JSON, or of a picture, film or sound that carries one."""
    from runtime.document import read
    from runtime.headless import api_form

    document = read(arguments.file)
    print(json.dumps(api_form(document, catalogue(arguments)[0]), indent=2))
    return 0


def catalogue(arguments: argparse.Namespace) -> tuple[Catalogue, Folders]:
    """The node types, as remembered or from a worker started for it."""
    from runtime.catalogue import recall

    open_log("WARNING")
    with tempfile.TemporaryDirectory(prefix="heddle-") as scratch:
        settings = settings_of(arguments, Path(scratch) / "run.sqlite")
        known = recall(settings.remembered, settings.code)
        return known or asyncio.run(learned(settings)), settings.folders


async def learned(settings: Settings) -> Catalogue:
    """The node types, asked of a worker."""
    from runtime.engine import Engine

    engine: Engine = Engine(settings)
    await engine.start()
    try:
        return await engine.catalogue()
    finally:
        await engine.stop()
