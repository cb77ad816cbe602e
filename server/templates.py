"""Ready-made workflows: what each is about, which models it needs, and which of these are there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.canvas.resolve import BYPASSED, MUTED
from graph.errors import FolderError
from graph.folders import Folders

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
SLEEPING = (MUTED, BYPASSED)  # modes of nodes that do not run
FAMILIES = ("demo", "sd1", "sd2", "sdxl")

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


def templates(folder: Path) -> list[Template]:
    """The workflows of a folder that can be read, by name."""
    return [template(file.name, document) for file in files(folder) if (document := _read(file)) is not None]


def files(folder: Path) -> list[Path]:
    """The workflows of a folder, hidden ones left out, by name."""
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
