"""Heddle's command line, and the one file that wires the packages together."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.models import models
from commands.nodes import convert, list_nodes
from commands.settings import CODE, ROOT, folders_of, settings_of
from graph.errors import HeddleError, InvalidWorkflow
from graph.folders import Folders
from runtime.logbook import open_log
from runtime.options import parser

if TYPE_CHECKING:
    from diffusion.weights.devices import Device
    from graph.cache import Cache
    from graph.measure import Meters
    from runtime.engine import Settings
    from runtime.logbook import LogBook
    from runtime.worker import Parts
    from server.keys import Options

COMMANDS = ("serve", "run", "nodes", "models", "convert")
SWITCH = 0.0005  # seconds after which the event loop lets the database's thread go on with a commit


# The worker: called by name in a process of its own


def build_worker(options: Mapping[str, Any]) -> Parts:
    """Registry, executor and memory, as the command line asked for them."""
    if options["cpu"]:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""  # before torch looks
    from compat import core_classes, folder_paths
    from compat.host import open_host
    from runtime.machine import calm_collector, give_back_memory
    from runtime.packs import load, prestart
    from runtime.parts import Announcer

    folders, announcer = folders_of(options), Announcer()
    open_host(folders, options, announcer)
    places = folders.directories("custom_nodes")
    only = options["whitelist_custom_nodes"] if options["disable_all_custom_nodes"] else None
    prestarted = prestart(places, only)  # before torch is imported: such scripts set its environment
    import torch

    import nodes
    from compat.packs import offers_of, with_scripts
    from diffusion.weights.devices import TorchDevice, default_device
    from diffusion.weights.memory import Memory
    from graph.executor import Executor
    from graph.registry import Registry
    from runtime.worker import Parts

    core = nodes.all_node_types()
    core_classes.fill(core)
    packs, extra = load(places, core, only, offers_of, prestarted)
    packs = with_scripts(packs)
    registry = Registry.build([*core, *extra])
    device = torch.device("cpu") if options["cpu"] else default_device()
    memory = Memory(TorchDevice(device))
    executor = Executor(
        registry, _cache(options, folders), folders, memory=memory, meters=_meters(memory.device)
    )

    def devices() -> tuple[Mapping[str, object], ...]:
        return (_device(device),)

    def free(*, models: bool, cache: bool) -> None:
        if models or cache:  # outputs hold the models
            executor.cache.clear()
            memory.free()
            give_back_memory()

    calm_collector()
    ahead = not memory.device.at_home  # what is at home never has to leave
    return Parts(registry, executor, folders, packs, devices, free, folder_paths.table, announcer, ahead)


def _meters(device: Device) -> Meters:
    """Main memory is counted as the process grows, a GPU's where torch counts it."""
    from diffusion.weights.meter import DeviceMeter
    from graph.measure import Meters
    from runtime.resident import ResidentMeter

    resident = ResidentMeter()
    return Meters(resident if device.highest() is None else DeviceMeter(device), resident)


def _cache(options: Mapping[str, Any], folders: Folders) -> Cache:
    memory = _memory_cache(options)
    if not options["cache_disk"]:
        return memory
    import torch

    from nodes.disk_cache import GIB, DiskCache
    from runtime.catalogue import code_hash

    directory = Path(options["cache_disk"]).absolute()
    directory.mkdir(parents=True, exist_ok=True)
    program = code_hash([ROOT / name for name in CODE], sys.version, torch.__version__, options["cpu"])
    size = int(options["cache_disk_size"] * GIB)
    return DiskCache(memory, directory, folders, code=program, limit_bytes=size)


def _memory_cache(options: Mapping[str, Any]) -> Cache:
    from graph.cache import LruCache, NoCache, OutputCache
    from graph.ram_cache import RamCache
    from runtime.machine import main_memory

    if options["cache_none"]:
        return NoCache()
    if options["cache_ram"] is not None:
        free = main_memory()[1] // 2
        return RamCache(int(options["cache_ram"] * 2**30) or max(free, 2**30))
    return LruCache(options["cache_lru"]) if options["cache_lru"] else OutputCache()


def _device(device: Any) -> dict[str, object]:
    """A device as `/system_stats` shows it; bytes."""
    import torch

    from runtime.machine import main_memory

    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        held, name = torch.cuda.memory_reserved(device), torch.cuda.get_device_name(device)
        index: int | None = device.index or 0
    else:
        total, free = main_memory()
        held, name, index = 0, device.type, None
    sizes = {
        "vram_total": total,
        "vram_free": free,
        "torch_vram_total": held or total,
        "torch_vram_free": free,
    }
    return {"name": name, "type": device.type, "index": index, **sizes}


# serve


def serve(arguments: argparse.Namespace) -> int:
    """Answer requests until SIGINT or SIGTERM."""
    return answer(arguments, settings_of(arguments))


def answer(arguments: argparse.Namespace, settings: Settings) -> int:
    """`serve` with settings at hand, so that tests may bring a worker of their own."""
    from runtime.logbook import LogBook
    from runtime.machine import calm_collector
    from server.app import bind

    logbook = LogBook()
    open_log(arguments.verbose, logbook)
    sys.setswitchinterval(SWITCH)
    calm_collector()
    with bind(arguments.listen, arguments.port) as socket:
        options = _options(arguments, settings.folders, socket.getsockname()[1])
        shutil.rmtree(settings.folders.directory("temp"), ignore_errors=True)
        return asyncio.run(_serve(arguments, settings, options, logbook, socket))


def _options(arguments: argparse.Namespace, folders: Folders, port: int) -> Options:
    from server.keys import Options

    return Options(
        listen=arguments.listen,
        port=port,
        token=_token(arguments, folders),
        cors=arguments.enable_cors_header,
        max_upload=int(arguments.max_upload_size * 2**20),
        canvas=arguments.front_end_root,
        workflows=folders.directory("workflows"),
        argv=tuple(sys.argv),
    )


async def _serve(
    arguments: argparse.Namespace, settings: Settings, options: Options, logbook: LogBook, socket: Any
) -> int:
    from diffusion.weights.identity.identify import identify
    from runtime.engine import Engine
    from server import app as web
    from server.routes.models import IDENTIFY

    until = asyncio.Event()
    _stop_on_signals(until)
    engine = Engine(settings)
    if arguments.quick_test_for_ci:
        engine.subscribe(lambda _: until.set() if engine.worker_state == "ready" else None)

    def told() -> None:
        print(f"Heddle is at {web.address(options)}", flush=True)
        if options.token is not None:
            print(f"The token for other machines is {options.token}", flush=True)
        if arguments.auto_launch:
            import webbrowser

            webbrowser.open(web.address(options))

    app = web.make_app(engine, options, logbook)
    app[IDENTIFY] = identify  # reads names and shapes only: the server knows no torch
    await web.serve(app, socket, until, told)
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


# run


def run(arguments: argparse.Namespace) -> int:
    """Run one workflow without a server; the store lives only as long."""
    from runtime.document import read

    open_log("WARNING" if arguments.verbose == "INFO" else arguments.verbose)
    document = read(arguments.file)
    if arguments.output is not None:
        arguments.output_directory = arguments.output.absolute()
    with tempfile.TemporaryDirectory(prefix="heddle-") as scratch:
        arguments.temp_directory = arguments.temp_directory or Path(scratch, "temp")
        settings = settings_of(arguments, Path(scratch, "run.sqlite"))
        return asyncio.run(_run(settings, document, arguments.changes))


async def _run(settings: Settings, document: dict[str, Any], changes: Sequence[str]) -> int:
    from runtime import headless

    ended = asyncio.Event()
    _stop_on_signals(ended)
    done = await headless.run(settings, document, changes, ended, _bar)
    for path in done.pictures:
        print(path)
    for line in done.problems:
        print(f"error: {line}", file=sys.stderr)
    return {"success": 0, "interrupted": 130}.get(done.status, 1)


def _bar(node: str, total: int) -> Any:
    from tqdm import tqdm

    return tqdm(total=total, desc=f"node {node}", unit="step")


def models_command(arguments: argparse.Namespace) -> int:
    """What lies in the model folders, or a pickle made into safetensors."""
    return models(arguments, folders_of(vars(arguments)))


def main(words: Sequence[str]) -> int:
    """Run a command; its exit status."""
    if not words or words[0] not in (*COMMANDS, "-h", "--help"):
        words = ["serve", *words]
    arguments = parser().parse_args(words)
    commands = {"serve": serve, "run": run, "nodes": list_nodes, "models": models_command, "convert": convert}
    return readable(lambda: commands[arguments.command](arguments))


def readable(command: Callable[[], int]) -> int:
    """The exit status of a command; what the user can put right is told without a traceback."""
    from runtime.headless import problems

    try:
        return command()
    except InvalidWorkflow as invalid:
        print(f"error: {invalid}", file=sys.stderr)
        for line in problems(invalid.node_errors):
            print(f"  {line}", file=sys.stderr)
    except HeddleError as error:
        print(f"error: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
