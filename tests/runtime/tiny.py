"""Nodes without torch for a worker of the tests' own."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from graph.cache import OutputCache
from graph.context import Context
from graph.executor import Executor
from graph.folders import Folders
from graph.node import NodeType, Result, node
from graph.registry import Registry
from graph.schema import FileIn, Range
from runtime.messages import Configure, PackReport
from runtime.worker import Parts

PREVIEW = b"\xff\xd8 a small picture \xff\xd9"


@node("tiny")
def number(*, value: Annotated[int, Range(0, 100)] = 1) -> int:
    """A number."""
    return value


@node("tiny")
def add(*, a: int = 0, b: int = 0) -> int:
    """Their sum."""
    return a + b


@node("tiny", is_output=True)
def show(*, value: int = 0) -> Result:
    """Show a number."""
    return Result(ui={"text": [str(value)]})


@node("tiny")
def slow(context: Context, *, value: int = 0, steps: int = 3, pause: float = 0.01) -> int:
    """Take steps, with previews, and heed a cancel."""
    for step in range(steps):
        time.sleep(pause)
        context.preview(PREVIEW)
        context.progress(step + 1, steps)
    return value


@node("tiny")
def deaf(*, value: int = 0, seconds: float = 60.0) -> int:
    """Heed nothing."""
    time.sleep(seconds)
    return value


@node("tiny")
def fail(*, value: int = 0) -> int:
    """Raise."""
    raise ValueError(f"no luck with {value}")


@node("tiny")
def deadly(context: Context, *, value: int = 0, times: int = 1) -> int:
    """Take the worker down, so many times; what counts them survives."""
    count = context.folders.directory("user") / "deaths"
    deaths = len(count.read_text()) if count.exists() else 0
    if deaths < times:
        count.write_text("x" * (deaths + 1))
        os.kill(os.getpid(), 9)
    return value


@node("tiny", is_output=True)
def odd_ui() -> Result:
    """Show what JSON does not know."""
    return Result(ui={"text": [float("nan"), Path("somewhere"), {1, 2}]})


@node("tiny", is_output=True)
def draw(context: Context, *, name: str = "picture") -> Result:
    """Write a picture that carries its workflow."""
    from PIL import Image, PngImagePlugin

    from runtime.messages import dumps

    place = context.folders.save_path("output", name)
    info = PngImagePlugin.PngInfo()
    for key, value in {"prompt": context.prompt, **(context.extra_pnginfo or {})}.items():
        if value is not None:
            info.add_text(key, dumps(value))
    Image.new("RGBA", (8, 6), (200, 10, 10, 128)).save(place.directory / place.name(), pnginfo=info)
    item = {"filename": place.name(), "subfolder": place.subfolder, "type": "output"}
    return Result(ui={"images": [item]})


@node("tiny", is_output=True)
def look(*, image: Annotated[str, FileIn("input", upload="image")]) -> Result:
    """Name a file of the input folder."""
    return Result(ui={"text": [image]})


@node("tiny", is_output=True)
def pid() -> Result:
    """Show the process."""
    return Result(ui={"text": [str(os.getpid())]})


def node_types() -> list[NodeType]:
    return [found for found in globals().values() if isinstance(found, NodeType)]


def build(options: Mapping[str, Any]) -> Parts:
    """What the worker is built from."""
    folders = Folders(Path(options["base_directory"]))
    registry = Registry.build(node_types())
    packs = (PackReport("broken", "custom_nodes/broken.py", (), "ImportError: no such thing"),)
    executor = Executor(registry, OutputCache(), folders)

    def free(*, models: bool, cache: bool) -> None:
        if cache:
            executor.cache.clear()

    return Parts(registry, executor, folders, packs, lambda: ({"name": "tiny", "type": "cpu"},), free)


def build_nothing(_: Mapping[str, Any]) -> Parts:
    """A worker that cannot be built."""
    raise RuntimeError("torch is broken")


def configure(base: Path, function: str = "build") -> Configure:
    return Configure(f"tests.runtime.tiny:{function}", {"base_directory": str(base)})


def shown(value: int = 7, seed: int = 1) -> dict[str, Any]:
    """A small prompt that shows `value + seed`."""
    return {
        "1": {"class_type": "Number", "inputs": {"value": value}},
        "2": {"class_type": "Add", "inputs": {"a": ["1", 0], "b": seed}},
        "3": {"class_type": "Show", "inputs": {"value": ["2", 0]}},
    }


def through(class_type: str, **inputs: Any) -> dict[str, Any]:
    """A prompt whose one node of interest, "1", is shown by "2"."""
    return {
        "1": {"class_type": class_type, "inputs": inputs},
        "2": {"class_type": "Show", "inputs": {"value": ["1", 0]}},
    }


SLOW_DEFAULTS = {"value": 1, "steps": 3, "pause": 0.01}


def slowly(**changes: Any) -> dict[str, Any]:
    return through("Slow", **{**SLOW_DEFAULTS, **changes})
