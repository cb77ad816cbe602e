"""What the command line says: every option, each of which does something."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
EVERYWHERE = "0.0.0.0"
ROOT = Path(__file__).resolve().parent.parent


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    shared = argparse.ArgumentParser(add_help=False)
    add_shared(shared)
    top = argparse.ArgumentParser(prog="main.py", description="Heddle: node graphs for image diffusion.")
    commands = top.add_subparsers(dest="command", required=True, metavar="serve|run|nodes|models|convert")
    add_serve(commands.add_parser("serve", parents=[shared], help="start the server (the default)"))
    run = commands.add_parser("run", parents=[shared], help="run a workflow and exit")
    run.add_argument("file", type=Path, help="workflow JSON (canvas or API form), or a PNG that carries one")
    run.add_argument("--set", action="append", default=[], metavar="NODE.INPUT=VALUE", dest="changes")
    run.add_argument("--output", type=Path, metavar="DIR", help="where pictures go")
    listing = commands.add_parser("nodes", parents=[shared], help="list the node types")
    listing.add_argument("--json", action="store_true", help="as the answer of /object_info")
    add_models(commands.add_parser("models", parents=[shared], help="list the model files, or convert one"))
    convert = commands.add_parser("convert", parents=[shared], help="print the API form of a workflow")
    convert.add_argument("file", type=Path)
    return top


def add_shared(options: argparse.ArgumentParser) -> None:
    """What every command takes."""
    places = options.add_argument_group("folders")
    places.add_argument("--base-directory", type=Path, metavar="DIR", default=ROOT)
    for name in ("output", "input", "temp", "user"):
        places.add_argument(f"--{name}-directory", type=Path, metavar="DIR")
    places.add_argument(
        "--extra-model-paths-config",
        action="append",
        type=os.path.abspath,
        metavar="FILE",
        default=[],
        help="YAML that names more folders of models and packs",
    )
    working = options.add_argument_group("worker")
    working.add_argument("--cpu", action="store_true", help="use no GPU")
    caches = working.add_mutually_exclusive_group()
    caches.add_argument("--cache-classic", action="store_true", help="keep what the last run used (default)")
    caches.add_argument(
        "--cache-lru", type=int, metavar="N", default=0, help="keep the last N nodes' outputs"
    )
    caches.add_argument(
        "--cache-ram",
        type=gib,
        nargs="?",
        const=0.0,
        metavar="GIB",
        help="keep what fits, the cheapest to recompute goes first (default: half of the free memory)",
    )
    caches.add_argument("--cache-none", action="store_true", help="keep nothing between runs")
    working.add_argument(
        "--cache-disk", type=Path, metavar="DIR", help="keep what took over a second, across restarts too"
    )
    working.add_argument(
        "--cache-disk-size", type=gib, default=10.0, metavar="GIB", help="of the files there (default 10)"
    )
    working.add_argument("--disable-metadata", action="store_true", help="write no workflow into pictures")
    working.add_argument("--preview-method", choices=("none", "auto", "latent2rgb"), default="auto")
    working.add_argument("--disable-all-custom-nodes", action="store_true")
    working.add_argument("--whitelist-custom-nodes", nargs="+", metavar="NAME", default=[])
    options.add_argument(
        "--verbose", nargs="?", const="DEBUG", default="INFO", choices=LEVELS, metavar="LEVEL"
    )


def add_models(options: argparse.ArgumentParser) -> None:
    """What `models` takes, and `models convert` besides."""
    options.add_argument("--json", action="store_true", help="one object for each file")
    options.set_defaults(action="list")
    actions = options.add_subparsers(dest="action", metavar="convert")
    shared = argparse.ArgumentParser(add_help=False)
    add_shared(shared)
    for option in shared._actions:  # what was said before `convert` stays said
        option.default = argparse.SUPPRESS
    convert = actions.add_parser("convert", parents=[shared], help="make a pickle into safetensors")
    convert.add_argument("file", metavar="NAME", help="a path, or a name in a model folder")
    convert.add_argument("--to", metavar="FILE", help="default: beside it, ending in .safetensors")
    convert.add_argument("--half", action="store_true", help="in half precision")
    convert.add_argument("--force", action="store_true", help="replace a file that is there")


def gib(text: str) -> float:
    """A number of GiB above zero."""
    size = float(text)
    if not 2**-30 <= size < math.inf:
        raise argparse.ArgumentTypeError(f"{text} GiB keeps nothing; give a number above 0, such as 8 or 0.5")
    return size


def add_serve(options: argparse.ArgumentParser) -> None:
    """What the server takes besides."""
    options.add_argument("--listen", nargs="?", const=EVERYWHERE, default="127.0.0.1", metavar="IP")
    options.add_argument("--port", type=int, default=8188)
    options.add_argument("--enable-cors-header", nargs="?", const="*", metavar="ORIGIN")
    options.add_argument("--max-upload-size", type=float, default=100, metavar="MB")
    options.add_argument("--auto-launch", action="store_true", help="open the browser")
    options.add_argument(
        "--front-end-root",
        type=Path,
        metavar="DIR",
        default=ROOT / "web" / "dist",
        help="another build of the canvas",
    )
    options.add_argument("--quick-test-for-ci", action="store_true", help="exit when the worker is ready")
