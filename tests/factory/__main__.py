"""Write tiny weights into a folder of models: `python -m tests.factory DIR [--only KIND ...]`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from tests.factory.kinds import KINDS, plain_name, write
from tests.factory.usual import USUAL


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.factory", description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder of models")
    parser.add_argument("--only", nargs="+", choices=list(KINDS), default=[], metavar="KIND")
    parser.add_argument(
        "--as", action="append", type=named, default=[], dest="names", metavar="FOLDER/NAME=KIND",
        help="write a kind under this name; with this alone, nothing else is written",
    )  # fmt: skip
    parser.add_argument(
        "--usual",
        action="store_true",
        help="the files of the ready-made workflows, under the names that they use",
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    given = [*options.names, *(USUAL.items() if options.usual else ())]
    wanted = options.only or ([] if given else list(KINDS))
    for name, kind in [*((plain_name(kind), kind) for kind in wanted), *given]:
        begun = time.perf_counter()
        path = write(options.folder / name, kind, options.seed)
        print(f"{size(path) / 1e6:6.1f} MB {time.perf_counter() - begun:5.1f} s  {name}")


def named(text: str) -> tuple[str, str]:
    """`FOLDER/NAME=KIND` as (FOLDER/NAME, KIND)."""
    name, _, kind = text.rpartition("=")
    if not name or kind not in KINDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not FOLDER/NAME=KIND with one of {', '.join(KINDS)}")
    return name, kind


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


if __name__ == "__main__":
    main()
