"""The ready-made workflows: ours and those of packs, with what they are about and which models they need."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from graph.errors import FolderError
from graph.folders import Folders
from graph.plugins import pack_paths
from server import area
from server.body import answer
from server.keys import OPTIONS, Route, Table, folders

# Of each loader, the folders that its first widgets choose from; "" for a widget that names no model.
LOADERS: Mapping[str, tuple[str, ...]] = {
    "CLIPLoader": ("text_encoders",),
    "CLIPVisionLoader": ("clip_vision",),
    "CheckpointLoader": ("", "checkpoints"),
    "CheckpointLoaderSimple": ("checkpoints",),
    "ControlNetLoader": ("controlnet",),
    "CreateHookLora": ("loras",),
    "CreateHookLoraModelOnly": ("loras",),
    "CreateHookModelAsLora": ("checkpoints",),
    "CreateHookModelAsLoraModelOnly": ("checkpoints",),
    "DepthModelLoader": ("depth",),
    "DetectionModelLoader": ("detection",),
    "DiffControlNetLoader": ("controlnet",),
    "DiffusersLoader": ("checkpoints",),
    "DualCLIPLoader": ("text_encoders", "text_encoders"),
    "GLIGENLoader": ("gligen",),
    "HypernetworkLoader": ("hypernetworks",),
    "IPAdapterLoader": ("ipadapter",),
    "ImageOnlyCheckpointLoader": ("checkpoints",),
    "LoraLoader": ("loras",),
    "LoraLoaderModelOnly": ("loras",),
    "PhotoMakerLoader": ("photomaker",),
    "PoseModelLoader": ("pose",),
    "SegmentationModelLoader": ("segmentation",),
    "StyleModelLoader": ("style_models",),
    "TripleCLIPLoader": ("text_encoders", "text_encoders", "text_encoders"),
    "UNETLoader": ("diffusion_models",),
    "UpscaleModelLoader": ("upscale_models",),
    "VAELoader": ("vae",),
    "unCLIPCheckpointLoader": ("checkpoints",),
}
NO_FILES = {("vae", "pixel_space")}  # choices that name no file
EMBEDDING = re.compile(r"embedding:([^\s,:()<>\[\]]+)")
SLEEPING = (2, 4)  # modes of nodes that do not run: muted, bypassed
FAMILIES = ("demo", "sd1", "sd2", "sdxl")
EXAMPLES = ("example_workflows", "example", "examples", "workflow", "workflows")  # folders of a pack
SHOWN = {
    ".json": "application/json",
    ".webp": "image/webp",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".avif": "image/avif",
}

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Needed:
    """A model file that a workflow names."""

    name: str
    directory: str  # below models/
    url: str = ""  # where the workflow says that it can be had


@dataclass(frozen=True)
class Template:
    """A ready-made workflow."""

    name: str  # its file
    title: str
    description: str
    tags: tuple[str, ...]
    models: tuple[Needed, ...]

    @property
    def family(self) -> str | None:
        return next((tag for tag in self.tags if tag in FAMILIES), None)

    @property
    def subject(self) -> str:
        """The tag that it is listed under."""
        return next((tag for tag in self.tags if tag not in FAMILIES), "tools")


# What a document says


def template(name: str, document: Document) -> Template:
    """What a workflow tells of itself, else its file name in words."""
    extra = document.get("extra")
    said: Document = extra if isinstance(extra, dict) else {}
    tags = said.get("tags")
    return Template(
        name,
        _text(said.get("title")) or Path(name).stem.replace("_", " ").capitalize(),
        _text(said.get("description")),
        tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        tuple(needed(document)),
    )


def needed(document: Document) -> list[Needed]:
    """The models of a workflow in canvas form, each once: from its loaders, its prompts, its own lists."""
    named = list(_listed(document.get("models")))
    for node in _nodes(document):
        named += _listed(_object(node.get("properties")).get("models"))
        named += _chosen(node)
        named += _embeddings(node)
    found: dict[tuple[str, str], Needed] = {}
    for model in named:
        found.setdefault((model.directory, model.name), model)
    return list(found.values())


def _nodes(document: Document) -> Iterator[Document]:
    """The nodes that run, those inside subgraphs too."""
    definitions = _object(document.get("definitions")).get("subgraphs")
    graphs = [document, *(definitions if isinstance(definitions, list) else ())]
    for graph in graphs:
        nodes = _object(graph).get("nodes")
        for node in nodes if isinstance(nodes, list) else ():
            if isinstance(node, dict) and node.get("mode") not in SLEEPING:
                yield node


def _chosen(node: Document) -> Iterator[Needed]:
    values = node.get("widgets_values")
    directories = LOADERS.get(_text(node.get("type")), ())
    for directory, value in zip(directories, values if isinstance(values, list) else (), strict=False):
        name = _text(value).replace("\\", "/")
        if directory and name and (directory, name) not in NO_FILES:
            yield Needed(name, directory)


def _embeddings(node: Document) -> Iterator[Needed]:
    values = node.get("widgets_values")
    for value in values if isinstance(values, list) and "Note" not in _text(node.get("type")) else ():
        for name in EMBEDDING.findall(_text(value)):
            yield Needed(name, "embeddings")


def _listed(models: object) -> Iterator[Needed]:
    for model in models if isinstance(models, list) else ():
        name, directory = _text(_object(model).get("name")), _text(_object(model).get("directory"))
        if name and directory:
            yield Needed(name.replace("\\", "/"), directory, _text(_object(model).get("url")))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _object(value: object) -> Document:
    return value if isinstance(value, dict) else {}


# What there is


def templates(folder: Path) -> list[Template]:
    """The workflows of a folder that can be read, by name."""
    return [template(file.name, document) for file in _files(folder) if (document := _read(file)) is not None]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))


def _read(file: Path) -> Document | None:
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


class Shelves:
    """The model folders, each looked through once."""

    def __init__(self, found: Folders) -> None:
        self._folders = found
        self._names: dict[str, frozenset[str]] = {}

    def hold(self, model: Needed) -> bool:
        """Whether the file is there; embeddings are named with and without their ending."""
        if model.directory not in self._names:
            self._names[model.directory] = frozenset(self._listed(model.directory))
        return model.name in self._names[model.directory]

    def _listed(self, directory: str) -> Iterator[str]:
        try:
            names = self._folders.list(directory)
        except FolderError:
            return
        yield from names
        if directory == "embeddings":
            yield from (name.rpartition(".")[0] for name in names)


def _told(found: Template, shelves: Shelves) -> dict[str, Any]:
    models = [
        {"name": model.name, "directory": model.directory, "isThere": shelves.hold(model)}
        | ({"url": model.url} if model.url else {})
        for model in found.models
    ]
    return {
        "name": found.name,
        "title": found.title,
        "description": found.description,
        "tags": list(found.tags),
        "models": models,
        "runs": all(model["isThere"] for model in models),
        "family": found.family,
    }


async def get_workflows(request: web.Request) -> web.Response:
    def told() -> list[dict[str, Any]]:
        shelves = Shelves(folders(request))
        return [_told(found, shelves) for found in templates(request.app[OPTIONS].workflows)]

    return answer(await asyncio.to_thread(told))


async def get_workflow(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    name = name if name.endswith(".json") else f"{name}.json"
    return await asyncio.to_thread(_served, [request.app[OPTIONS].workflows], name)


def _served(roots: Sequence[Path], name: str) -> web.Response:
    """A workflow, or the picture of one, from the first of these folders that has it; 404 for all else."""
    kind = SHOWN.get(Path(name).suffix.lower())
    for root in roots if kind else ():
        try:
            data = area.place(root, name).read_bytes()
        except (FolderError, OSError):
            continue
        return web.Response(body=data, headers=area.SANDBOX | {"Content-Type": str(kind)})
    raise web.HTTPNotFound


# In the field's form


async def get_index(request: web.Request) -> web.Response:
    found = await asyncio.to_thread(templates, request.app[OPTIONS].workflows)
    return answer(index(found))


def index(found: Sequence[Template]) -> list[dict[str, Any]]:
    """The catalogue: a category for each subject, in the order of their first appearance by name."""
    subjects = dict.fromkeys(each.subject for each in found)
    return [
        {
            "moduleName": "default",  # what is fetched from /templates
            "title": subject.capitalize(),
            "type": "image",
            "templates": [_entry(each) for each in found if each.subject == subject],
        }
        for subject in subjects
    ]


def _entry(found: Template) -> dict[str, Any]:
    return {
        "name": Path(found.name).stem,
        "title": found.title,
        "description": found.description,
        "mediaType": "image",
        "mediaSubtype": "webp",
        "tags": list(found.tags),
        "models": [model.name for model in found.models],
    }


async def get_logos(_: web.Request) -> web.Response:
    return answer({})


async def get_template(request: web.Request) -> web.Response:
    return await asyncio.to_thread(_served, [request.app[OPTIONS].workflows], request.match_info["name"])


# Of packs


def packs(found: Folders) -> Iterator[Path]:
    """The folders of packs that are not switched off."""
    for directory in found.directories("custom_nodes"):
        yield from (path for path in pack_paths(directory) if path.is_dir())


async def get_templates(request: web.Request) -> web.Response:
    return answer(await asyncio.to_thread(_of_packs, folders(request)))


def _of_packs(found: Folders) -> dict[str, list[str]]:
    """Pack -> the names of its examples, packs without any left out."""
    names = {
        pack.name: sorted({file.stem for inner in EXAMPLES for file in _files(pack / inner)})
        for pack in packs(found)
    }
    return {pack: examples for pack, examples in names.items() if examples}


async def get_template_of_pack(request: web.Request) -> web.Response:
    pack, name = request.match_info["pack"], request.match_info["name"]

    def served() -> web.Response:
        roots = [path / inner for path in packs(folders(request)) if path.name == pack for inner in EXAMPLES]
        return _served(roots, name)

    return await asyncio.to_thread(served)


ROUTES: Table = (
    Route("GET", "/workflows", get_workflows, "api"),
    Route("GET", "/workflows/{name}", get_workflow, "api"),
    Route("GET", "/workflow_templates", get_templates),
    Route("GET", "/workflow_templates/{pack}/{name:.+}", get_template_of_pack, "api"),
    Route("GET", r"/templates/{index:index(\.[\w-]+)?\.json}", get_index, "bare"),
    Route("GET", "/templates/index_logo.json", get_logos, "bare"),
    Route("GET", "/templates/{name}", get_template, "bare"),
)
