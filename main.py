"""Heddle's command line, and the one file that wires the packages together."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import HeddleError, InvalidWorkflow
from graph.folders import Folders
from runtime.messages import Configure, PackReport

if TYPE_CHECKING:
    from graph.cache import Cache
    from graph.node import NodeType
    from graph.plugins import Pack
    from runtime.catalogue import Catalogue
    from runtime.engine import Engine, Settings
    from runtime.logbook import LogBook
    from runtime.stream import Notice
    from runtime.worker import Parts
    from server.keys import Options

ROOT = Path(__file__).resolve().parent
CODE = ("graph", "diffusion", "nodes", "main.py")
COMMANDS = ("serve", "run", "nodes", "convert")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
EVERYWHERE = "0.0.0.0"


class Mistake(HeddleError):
    """Something in the command line, or in a file it names, that the user can put right."""


# The worker: called by name in a process of its own


def build_worker(options: Mapping[str, Any]) -> Parts:
    """Registry, executor and memory, as the command line asked for them."""
    if options["cpu"]:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""  # before torch looks
    import torch

    import nodes
    from diffusion.weights.memory import Memory, default_device
    from graph.executor import Executor
    from graph.registry import Registry
    from runtime.worker import Parts

    folders = _folders(options)
    core = nodes.all_node_types()
    packs, extra = _packs(options, folders, core)
    registry = Registry.build([*core, *extra])
    device = torch.device("cpu") if options["cpu"] else default_device()
    memory = Memory(device)
    executor = Executor(registry, _cache(options), folders, lease=memory.lease)

    def devices() -> tuple[Mapping[str, object], ...]:
        return (_device(device),)

    def free(*, models: bool, cache: bool) -> None:
        if models or cache:  # outputs hold the models
            executor.cache.clear()

    return Parts(registry, executor, folders, packs, devices, free)


def _packs(
    options: Mapping[str, Any], folders: Folders, core: Sequence[NodeType]
) -> tuple[list[PackReport], list[NodeType]]:
    """How each pack came through, and the node types of those that may stay."""
    from graph.plugins import load_pack, pack_paths

    reports, kept = [], list[Any]()
    taken = {node_type.schema.name for node_type in core}
    for path in pack_paths(folders.directory("custom_nodes")):
        if options["disable_all_custom_nodes"] and path.stem not in options["whitelist_custom_nodes"]:
            continue
        pack = _checked(load_pack(path), taken)
        names = tuple(node_type.schema.name for node_type in pack.node_types)
        taken.update(names)
        kept += pack.node_types
        reports.append(PackReport(pack.name, str(pack.path), names, pack.error, pack.seconds))
    return reports, kept


def _checked(pack: Pack, taken: set[str]) -> Pack:
    """A pack that would shadow a node type is left out, and says so."""
    clash = sorted(found.schema.name for found in pack.node_types if found.schema.name in taken)
    if not clash:
        return pack
    error = f"it defines {', '.join(clash)}, which there is already; rename with @node(..., name=...)"
    return replace(pack, node_types=[], error=error)


def _cache(options: Mapping[str, Any]) -> Cache:
    from graph.cache import LruCache, NoCache, OutputCache

    if options["cache_none"]:
        return NoCache()
    return LruCache(options["cache_lru"]) if options["cache_lru"] else OutputCache()


def _device(device: Any) -> dict[str, object]:
    """A device as `/system_stats` shows it; bytes."""
    import torch

    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        held, name = torch.cuda.memory_reserved(device), torch.cuda.get_device_name(device)
        index: int | None = device.index or 0
    else:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
        total, free, held, name, index = (
            pages * size,
            os.sysconf("SC_AVPHYS_PAGES") * size,
            0,
            device.type,
            None,
        )
    sizes = {
        "vram_total": total,
        "vram_free": free,
        "torch_vram_total": held or total,
        "torch_vram_free": free,
    }
    return {"name": name, "type": device.type, "index": index, **sizes}


# What the command line says


def parser() -> argparse.ArgumentParser:
    """Every option, each of which does something."""
    shared = argparse.ArgumentParser(add_help=False)
    _add_shared(shared)
    top = argparse.ArgumentParser(prog="main.py", description="Heddle: node graphs for image diffusion.")
    commands = top.add_subparsers(dest="command", required=True, metavar="serve|run|nodes|convert")
    _add_serve(commands.add_parser("serve", parents=[shared], help="start the server (the default)"))
    run = commands.add_parser("run", parents=[shared], help="run a workflow and exit")
    run.add_argument("file", type=Path, help="workflow JSON (canvas or API form), or a PNG that carries one")
    run.add_argument("--set", action="append", default=[], metavar="NODE.INPUT=VALUE", dest="changes")
    run.add_argument("--output", type=Path, metavar="DIR", help="where pictures go")
    listing = commands.add_parser("nodes", parents=[shared], help="list the node types")
    listing.add_argument("--json", action="store_true", help="as the answer of /object_info")
    convert = commands.add_parser("convert", parents=[shared], help="print the API form of a workflow")
    convert.add_argument("file", type=Path)
    return top


def _add_shared(options: argparse.ArgumentParser) -> None:
    places = options.add_argument_group("folders")
    places.add_argument("--base-directory", type=Path, metavar="DIR", default=ROOT)
    for name in ("output", "input", "temp", "user"):
        places.add_argument(f"--{name}-directory", type=Path, metavar="DIR")
    working = options.add_argument_group("worker")
    working.add_argument("--cpu", action="store_true", help="use no GPU")
    caches = working.add_mutually_exclusive_group()
    caches.add_argument("--cache-classic", action="store_true", help="keep what the last run used (default)")
    caches.add_argument(
        "--cache-lru", type=int, metavar="N", default=0, help="keep the last N nodes' outputs"
    )
    caches.add_argument("--cache-none", action="store_true", help="keep nothing between runs")
    working.add_argument("--disable-metadata", action="store_true", help="write no workflow into pictures")
    working.add_argument("--preview-method", choices=("none", "auto", "latent2rgb"), default="auto")
    working.add_argument("--disable-all-custom-nodes", action="store_true")
    working.add_argument("--whitelist-custom-nodes", nargs="+", metavar="NAME", default=[])
    options.add_argument(
        "--verbose", nargs="?", const="DEBUG", default="INFO", choices=LEVELS, metavar="LEVEL"
    )


def _add_serve(options: argparse.ArgumentParser) -> None:
    options.add_argument("--listen", nargs="?", const=EVERYWHERE, default="127.0.0.1", metavar="IP")
    options.add_argument("--port", type=int, default=8188)
    options.add_argument("--enable-cors-header", nargs="?", const="*", metavar="ORIGIN")
    options.add_argument("--max-upload-size", type=float, default=100, metavar="MB")
    options.add_argument("--auto-launch", action="store_true", help="open the browser")
    options.add_argument("--quick-test-for-ci", action="store_true", help="exit when the worker is ready")


def _folders(options: Mapping[str, Any]) -> Folders:
    places = {name: options[f"{name}_directory"] for name in ("output", "input", "temp", "user")}
    return Folders(
        Path(options["base_directory"]), **{name: Path(path) for name, path in places.items() if path}
    )


def _settings(arguments: argparse.Namespace, database: Path | None = None) -> Settings:
    from runtime.catalogue import code_hash
    from runtime.engine import Settings

    options = {name: str(v) if isinstance(v, Path) else v for name, v in vars(arguments).items()}
    wanted = ("cpu", "cache", "base", "output", "input", "temp", "user", "disable", "whitelist")
    options = {name: value for name, value in options.items() if name.startswith(wanted) and name != "output"}
    folders = _folders(options)
    home = folders.directory("user")
    choice = (options["disable_all_custom_nodes"], options["whitelist_custom_nodes"])
    code = [*(ROOT / name for name in CODE), folders.directory("custom_nodes")]
    return Settings(
        folders=folders,
        database=database or home / "heddle.sqlite",
        remembered=home / "node_types.json",
        code=code_hash(code, sys.version, *choice),
        worker=Configure("main:build_worker", options),
        metadata=not arguments.disable_metadata,
        previews=arguments.preview_method != "none",
    )


def _logging(level: str, *handlers: logging.Handler) -> None:
    logging.basicConfig(
        level=level, format="%(message)s", handlers=[logging.StreamHandler(sys.stderr), *handlers], force=True
    )
    logging.getLogger("asyncio").setLevel("WARNING")


# serve


def serve(arguments: argparse.Namespace) -> int:
    """Answer requests until SIGINT or SIGTERM."""
    from runtime.logbook import LogBook
    from server.app import bind
    from server.keys import Options

    logbook = LogBook()
    _logging(arguments.verbose, logbook)
    settings = _settings(arguments)
    socket = bind(arguments.listen, arguments.port)
    options = Options(
        listen=arguments.listen,
        port=socket.getsockname()[1],
        token=_token(arguments, settings.folders),
        cors=arguments.enable_cors_header,
        max_upload=int(arguments.max_upload_size * 2**20),
        canvas=ROOT / "web" / "dist",
        workflows=settings.folders.directory("workflows"),
        argv=tuple(sys.argv),
    )
    shutil.rmtree(settings.folders.directory("temp"), ignore_errors=True)
    with socket:
        return asyncio.run(_serve(arguments, settings, options, logbook, socket))


async def _serve(
    arguments: argparse.Namespace, settings: Settings, options: Options, logbook: LogBook, socket: Any
) -> int:
    from runtime.engine import Engine
    from server.app import address, make_app
    from server.app import serve as answer

    until = asyncio.Event()
    _stop_on_signals(until)
    engine = Engine(settings)
    if arguments.quick_test_for_ci:
        engine.subscribe(lambda _: until.set() if engine.worker_state == "ready" else None)

    def told() -> None:
        print(f"Heddle is at {address(options)}", flush=True)
        if options.token is not None:
            print(f"The token for other machines is {options.token}", flush=True)
        if arguments.auto_launch:
            import webbrowser

            webbrowser.open(address(options))

    await answer(make_app(engine, options, logbook), socket, until, told)
    return 0


def _token(arguments: argparse.Namespace, folders: Folders) -> str | None:
    """None on loopback; otherwise the token that every request must carry."""
    from server.security import is_loopback, own_token

    return None if is_loopback(arguments.listen) else own_token(folders.directory("user") / "token")


def _stop_on_signals(until: asyncio.Event) -> None:
    """The first signal asks to stop; a second one ends the process as usual."""
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        loop.remove_signal_handler(number)
        until.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop, number)
        except NotImplementedError:  # Windows: Ctrl-C raises KeyboardInterrupt
            return


# run, nodes, convert


def run(arguments: argparse.Namespace) -> int:
    """Run one workflow without a server; the store lives only as long."""
    from runtime.document import read

    _logging("WARNING" if arguments.verbose == "INFO" else arguments.verbose)
    document = read(arguments.file)
    if arguments.output is not None:
        arguments.output_directory = arguments.output.absolute()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heddle-")))
        arguments.temp_directory = arguments.temp_directory or scratch / "temp"
        settings = _settings(arguments, scratch / "run.sqlite")
        return asyncio.run(_run(settings, document, arguments.changes))


async def _run(settings: Settings, document: dict[str, Any], changes: Sequence[str]) -> int:
    from runtime.engine import Engine, Submission

    engine = Engine(settings)
    show = Show()
    ended = asyncio.Event()
    _stop_on_signals(ended)
    engine.subscribe(lambda notice: show.hear(notice) and ended.set())
    await engine.start()
    try:
        if changes:
            document = changed(document, changes, await engine.catalogue())
        accepted = await engine.submit(Submission(document, run_id=None))
        for line in node_problems(accepted.node_errors):
            print(f"left out: {line}", file=sys.stderr)
        await ended.wait()
        job = await engine.job(accepted.run_id)
        outputs = job.outputs if job else {}
    finally:
        show.close()
        await engine.stop()
    return _told(show, outputs, settings.folders, bool(accepted.node_errors))


def _told(show: Show, outputs: Mapping[str, Any], folders: Folders, partly: bool) -> int:
    """Say where the pictures are and what went wrong; the exit status."""
    for item in (item for ui in outputs.values() for item in ui.get("images", ())):
        if item.get("type") == "output":
            print(folders.directory("output") / item["subfolder"] / item["filename"])
    for line in show.failures:
        print(f"error: {line}", file=sys.stderr)
    if show.status is None:
        print("interrupted", file=sys.stderr)
        return 130
    return 0 if show.status == "success" and not partly else 1


class Show:
    """A run in the terminal: one bar for each node that tells how far it is."""

    def __init__(self) -> None:
        self.status: str | None = None
        self.failures: list[str] = []
        self._bar: Any = None
        self._node = ""

    def hear(self, notice: Notice) -> bool:
        """Take in one notice; True at the run's end."""
        from graph.events import NodeFailed, NodeProgress, RunFinished
        from runtime.stream import Told

        event = notice.item.event if isinstance(notice, Told) else None
        if isinstance(event, NodeProgress):
            self._progress(event.node_id, event.value, event.total)
        elif isinstance(event, NodeFailed):
            self.failures.append(f"node {event.node_id} ({event.node_type}): {event.message}")
        elif isinstance(event, RunFinished):
            self.status = event.status
            return True
        return False

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def _progress(self, node: str, value: int, total: int) -> None:
        from tqdm import tqdm

        if node != self._node:
            self.close()
            self._bar, self._node = tqdm(total=total, desc=f"node {node}", unit="step"), node
        self._bar.update(value - self._bar.n)


def changed(document: Mapping[str, Any], changes: Sequence[str], known: Catalogue) -> dict[str, Any]:
    """The API form with the inputs of `NODE.INPUT=VALUE` set."""
    prompt = _api_form(document, known)
    for change in changes:
        target, is_set, text = change.partition("=")
        node_id, has_input, name = target.partition(".")
        if not is_set or not has_input:
            raise Mistake(f"--set {change!r}: write NODE.INPUT=VALUE, as in 3.seed=7")
        if node_id not in prompt:
            raise Mistake(f"--set {change!r}: there is no node {node_id!r}; there are {', '.join(prompt)}")
        node = prompt[node_id]
        schema = known.schemas.get(node["class_type"])
        names = [spec.name for spec in schema.inputs] if schema else list(node["inputs"])
        if name not in names:
            kind = node["class_type"]
            raise Mistake(f"--set {change!r}: {kind} has no input {name!r}; it has {', '.join(names)}")
        spec = schema.input(name) if schema else None
        node["inputs"][name] = text if spec and spec.type in ("STRING", "COMBO") else _value(text)
    return prompt


def _value(text: str) -> Any:
    """A value as JSON, or the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _api_form(document: Mapping[str, Any], known: Catalogue) -> dict[str, Any]:
    from graph.canvas import is_canvas, to_api

    return to_api(dict(document), known.schemas) if is_canvas(document) else json.loads(json.dumps(document))


def nodes_command(arguments: argparse.Namespace) -> int:
    """List the node types, as lines or as JSON."""
    known, folders = _catalogue(arguments)
    if arguments.json:
        from server.object_info import object_infos

        print(json.dumps(object_infos(known.schemas, folders.list), indent=2))
        return 0
    width = max(map(len, known.schemas), default=0)
    for name, schema in sorted(known.schemas.items(), key=lambda pair: (pair[1].category, pair[0])):
        print(f"{name:{width}}  {schema.category}")
    for pack in known.packs:
        if pack.error is not None:
            print(f"the pack {pack.name} was left out: {pack.error}", file=sys.stderr)
    return 0


def convert(arguments: argparse.Namespace) -> int:
    """Print a workflow in API form."""
    from runtime.document import read

    document = read(arguments.file)
    print(json.dumps(_api_form(document, _catalogue(arguments)[0]), indent=2))
    return 0


def _catalogue(arguments: argparse.Namespace) -> tuple[Catalogue, Folders]:
    """The node types, as remembered or from a worker started for it."""
    from runtime.catalogue import recall

    _logging("WARNING")
    with tempfile.TemporaryDirectory(prefix="heddle-") as scratch:
        settings = _settings(arguments, Path(scratch) / "run.sqlite")
        known = recall(settings.remembered, settings.code)
        return known or asyncio.run(_learned(settings)), settings.folders


async def _learned(settings: Settings) -> Catalogue:
    from runtime.engine import Engine

    engine: Engine = Engine(settings)
    await engine.start()
    try:
        return await engine.catalogue()
    finally:
        await engine.stop()


def node_problems(node_errors: Mapping[str, Any]) -> list[str]:
    """One line for each problem of each node."""
    return [
        f"node {node_id} ({found['class_type']}): {problem['message']}: {problem['details']}"
        for node_id, found in node_errors.items()
        for problem in found["errors"]
    ]


def main(words: Sequence[str]) -> int:
    """Run a command; its exit status."""
    if not words or words[0] not in (*COMMANDS, "-h", "--help"):
        words = ["serve", *words]
    arguments = parser().parse_args(words)
    commands = {"serve": serve, "run": run, "nodes": nodes_command, "convert": convert}
    try:
        return commands[arguments.command](arguments)
    except InvalidWorkflow as invalid:
        print(f"error: {invalid}", file=sys.stderr)
        for line in node_problems(invalid.node_errors):
            print(f"  {line}", file=sys.stderr)
    except HeddleError as error:
        print(f"error: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
