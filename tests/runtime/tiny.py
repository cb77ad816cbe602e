"""Nodes without torch for a worker of the tests' own."""

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from graph.cache import OutputCache
from graph.context import Context
from graph.events import Announced
from graph.executor import Executor
from graph.folders import Folders
from graph.lease import Future, NoMemory, no_future
from graph.node import Expand, NodeType, Result, node
from graph.question import Question
from graph.registry import Registry
from graph.schema import FileIn, InputSpec, Range, Schema
from runtime.messages import Configure, FolderTable, PackReport
from runtime.worker import Announcer, Parts

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


@node("tiny", fingerprint=lambda **_: float("nan"))
async def choose(context: Context, *, value: int = 0, count: int = 3, least: int = 1) -> str:
    """Have a person choose among so many pictures."""
    images = [{"filename": f"{n}.png", "subfolder": "", "type": "temp"} for n in range(count)]
    return f"{value}: {await context.ask(Question(message='which?', images=images, least=least))}"


@node("tiny", fingerprint=lambda **_: float("nan"))
async def stubborn(context: Context) -> int:
    """Ask again, whoever says to stop."""
    while True:
        with suppress(asyncio.CancelledError):
            await context.ask(Question(message="well?"))


@node("tiny", is_output=True)
def show_text(*, text: str = "") -> Result:
    """Show a text."""
    return Result(ui={"text": [text]})


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


@node("tiny", is_output=True, lane="disk")
def write(context: Context, *, value: int = 0, pause: float = 0.0) -> Result:
    """Show a number beside the device, some time later."""
    for _ in range(round(pause * 100)):
        context.check_cancelled()
        time.sleep(0.01)
    return Result(ui={"text": [str(value)]})


@node("tiny", is_output=True, lane="disk")
def mark(context: Context, *, value: int = 0, pause: float = 0.0) -> Result:
    """Leave the run's id in a file that outlives the process, one line for each time it came so far."""
    time.sleep(pause)
    marks = os.open(context.folders.directory("user") / "marks", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(marks, f"{context.run_id}\n".encode())
    os.close(marks)
    return Result(ui={"text": [str(value)]})


@node("tiny", is_output=True, lane="disk")
def deadly_write(context: Context, *, value: int = 0, pause: float = 0.0, times: int = 1) -> Result:
    """Take the worker down beside the device, so many times."""
    time.sleep(pause)
    deadly.fn(context, value=value, times=times)
    return Result(ui={"text": [str(value)]})


@node("tiny", lane="disk")
def deaf_write(*, value: int = 0, seconds: float = 60.0) -> int:
    """Heed nothing, beside the device."""
    time.sleep(seconds)
    return value


@node("tiny")
def grow(*, value: int = 0, steps: int = 2) -> int:
    """Become two nodes."""
    graph = {
        "slow": {"class_type": "Slow", "inputs": {"value": value, "steps": steps, "pause": 0.01}},
        "show": {"class_type": "Show", "inputs": {"value": ["slow", 0]}},
        "fail": {"class_type": "Fail", "inputs": {"value": ["slow", 0]}},
    }
    if value >= 0:
        del graph["fail"]
    return Expand(graph, ["slow" if value >= 0 else "fail", 0])  # type: ignore[return-value]


def even(values: Mapping[str, Any], _: Mapping[str, str]) -> Mapping[str, str]:
    """Refuses odd numbers; thinks long about 98, raises at 99."""
    value = values.get("value") or 0
    if value == 98:
        time.sleep(60)
    if value == 99:
        raise RuntimeError("a validator that breaks")
    return {"value": f"{value} is odd"} if value % 2 else {}


picky = replace(node("tiny", name="Picky", is_output=True)(show.fn), validate=even)
picky = replace(picky, schema=replace(picky.schema, has_validator=True))


def changing(base: Path) -> NodeType:
    """A node type whose choices are the lines of a file."""

    def read() -> Schema:
        lines = (
            (base / "user" / "choices").read_text().split() if (base / "user" / "choices").exists() else ["a"]
        )
        spec = InputSpec("choice", "COMBO", choices=tuple(lines))
        return replace(pid.schema, name="Changing", display_name="Changing", inputs=(spec,))

    def choose(choice: str) -> Result:
        return Result(ui={"text": [choice]})

    return NodeType(choose, read(), reread=read)


def broken_choices() -> NodeType:
    """A node type that cannot say what it offers any more."""

    def read() -> Schema:
        raise OSError("the folder is gone")

    return NodeType(pid.fn, replace(pid.schema, name="BrokenChoices"), reread=read)


def telling(announcer: Announcer) -> NodeType:
    """A node type that tells its pages something."""

    def tell(context: Context, text: str = "", everyone: bool = False) -> Result:
        client = None if everyone else context.client_id
        announcer(Announced("", "tiny.told", {"text": text}, client))
        return Result(ui={"text": [text]})

    inputs = (InputSpec("text", "STRING", False), InputSpec("everyone", "BOOLEAN", False))
    return NodeType(tell, replace(pid.schema, name="Tell", inputs=inputs), context_name="context")


class Foresight(NoMemory):
    """Remembers what it was told of the calls to come."""

    future: Future = staticmethod(no_future)

    def lease(self, _: Mapping[str, object], future: Future = no_future) -> AbstractContextManager[None]:
        self.future = future
        return nullcontext()


def ahead(memory: Foresight) -> NodeType:
    """A node type that shows, after some time, how many calls are known to come after its own."""

    def look(seconds: float) -> Result:
        time.sleep(seconds)
        return Result(ui={"text": [str(sum(1 for _ in memory.future()) - 1)]})

    return NodeType(look, replace(pid.schema, name="Ahead", inputs=(InputSpec("seconds", "FLOAT"),)))


def node_types() -> list[NodeType]:
    return [found for found in globals().values() if isinstance(found, NodeType)]


def build(options: Mapping[str, Any]) -> Parts:
    """What the worker is built from."""
    base = Path(options["base_directory"])
    folders, announcer = Folders(base), Announcer()
    memory = Foresight()
    special = (changing(base), broken_choices(), telling(announcer), ahead(memory))
    registry = Registry.build([*node_types(), *special])
    packs = (PackReport("broken", "custom_nodes/broken.py", (), "ImportError: no such thing"),)
    executor = Executor(registry, OutputCache(), folders, memory=memory)

    def free(*, models: bool, cache: bool) -> None:
        if cache:
            executor.cache.clear()

    def devices() -> Sequence[Mapping[str, object]]:
        return ({"name": "tiny", "type": "cpu"},)

    def folder_table() -> FolderTable:
        return {"tiny_models": ([str(base / "tiny")], [".tiny"])}

    return Parts(registry, executor, folders, packs, devices, free, folder_table, announcer)


def build_early(options: Mapping[str, Any]) -> Parts:
    """A worker whose packs speak while they are imported."""
    parts = build(options)
    parts.announcer(Announced("", "tiny.early", {}))
    return parts


def build_nothing(_: Mapping[str, Any]) -> Parts:
    """A worker that cannot be built."""
    raise RuntimeError("torch is broken")


def configure(base: Path, function: str = "build") -> Configure:
    return Configure(f"tests.runtime.tiny:{function}", {"base_directory": str(base)})


def choosing(value: int = 0, count: int = 3, least: int = 1) -> dict[str, Any]:
    """A prompt that asks a person and shows the answer."""
    inputs = {"value": value, "count": count, "least": least}
    return {
        "1": {"class_type": "Choose", "inputs": inputs},
        "2": {"class_type": "ShowText", "inputs": {"text": ["1", 0]}},
    }


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
