"""What can be placed in a graph: node types, packs, embeddings, and whether the worker is up."""

from __future__ import annotations

from pathlib import PurePosixPath

from aiohttp import web

from server.body import answer
from server.keys import Route, Table, engine, folders
from server.object_info import object_info, object_infos


async def get_object_info(request: web.Request) -> web.Response:
    catalogue = await engine(request).fresh_catalogue()
    return answer(object_infos(catalogue.schemas, folders(request).list))


async def get_object_info_of(request: web.Request) -> web.Response:
    schemas = (await engine(request).fresh_catalogue()).schemas
    name = request.match_info["name"]
    if name not in schemas:
        return answer({})
    return answer({name: object_info(schemas[name], folders(request).list)})


async def get_embeddings(request: web.Request) -> web.Response:
    names = folders(request).list("embeddings")
    return answer([str(PurePosixPath(name).with_suffix("")) for name in names])


async def get_extensions(_: web.Request) -> web.Response:
    return answer([])


async def get_packs(request: web.Request) -> web.Response:
    packs = (await engine(request).catalogue()).packs
    return answer(
        [
            {
                "name": pack.name,
                "path": pack.path,
                "nodes": list(pack.nodes),
                "error": pack.error,
                "problems": list(pack.problems),
            }
            for pack in packs
        ]
    )


async def get_worker(request: web.Request) -> web.Response:
    return answer({"state": engine(request).worker_state, "reason": engine(request).worker_reason or None})


ROUTES: Table = (
    Route("GET", "/object_info", get_object_info),
    Route("GET", "/object_info/{name}", get_object_info_of),
    Route("GET", "/embeddings", get_embeddings),
    Route("GET", "/extensions", get_extensions),
    Route("GET", "/packs", get_packs, "api"),
    Route("GET", "/worker", get_worker, "api"),
)
