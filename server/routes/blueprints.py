"""Blueprints: subgraphs that can be placed like nodes; the user's, those of packs, ours."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from server.body import answer, refusal
from server.keys import OPTIONS, Route, Table, folders
from server.routes.users import home
from server.routes.workflows import packs

FOLDER = "subgraphs"


@dataclass(frozen=True)
class Blueprint:
    """One subgraph on disk."""

    source: str  # "user", "custom_node" or "templates"
    pack: str  # "" for none
    file: Path

    @property
    def id(self) -> str:
        """The same after a restart, whatever is added or changed."""
        whole = f"{self.source}/{self.pack}/{self.file.name}"
        return hashlib.sha256(whole.encode()).hexdigest()[:32]

    def told(self) -> dict[str, Any]:
        """As clients know it, without its content."""
        return {"source": self.source, "name": self.file.stem, "info": {"node_pack": self.pack}}


def _found(request: web.Request) -> Iterator[Blueprint]:
    yield from _in(home(request), "user")
    for pack in packs(folders(request)):
        yield from _in(pack, "custom_node", pack.name)
    yield from _in(request.app[OPTIONS].workflows, "templates", "heddle")


def _in(root: Path, source: str, pack: str = "") -> Iterator[Blueprint]:
    for file in sorted((root / FOLDER).glob("*.json")):
        if file.is_file() and not file.name.startswith("."):
            yield Blueprint(source, pack, file)


async def get_blueprints(request: web.Request) -> web.Response:
    found = await asyncio.to_thread(lambda: list(_found(request)))
    return answer({blueprint.id: blueprint.told() for blueprint in found})


async def get_blueprint(request: web.Request) -> web.Response:
    wanted = request.match_info["id"]
    told = await asyncio.to_thread(_whole, request, wanted)
    if told is None:
        return refusal("not_found", f"there is no blueprint {wanted[:80]}", 404)
    return answer(told)


def _whole(request: web.Request, wanted: str) -> dict[str, Any] | None:
    """One blueprint with its content, a text."""
    blueprint = next((each for each in _found(request) if each.id == wanted), None)
    if blueprint is None:
        return None
    return {**blueprint.told(), "data": blueprint.file.read_text("utf-8", errors="replace")}


ROUTES: Table = (
    Route("GET", "/global_subgraphs", get_blueprints),
    Route("GET", "/global_subgraphs/{id}", get_blueprint),
)
