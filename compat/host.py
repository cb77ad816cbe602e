"""Opens what packs written for ComfyUI import, before any of them is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from compat import folder_paths
from compat.comfy import cli_args
from compat.core_classes import unheard
from compat.doors import open_doors
from compat.prompt_server import PromptServer, open_server
from graph.events import Event
from graph.folders import Folders


def open_host(
    folders: Folders, options: Mapping[str, Any], emit: Callable[[Event], None] = unheard
) -> PromptServer:
    """From now on packs find their host: these folders, and a server that says what it is told by `emit`.

    Imports no torch, so that the scripts that packs run before it find their host too. The nodes come with
    `core_classes.fill`. The folders follow what packs make of them; `folder_paths.table()` says what that is.
    """
    open_doors()
    folder_paths.settle(folders)
    cli_args.settle(options)
    return open_server(emit)
