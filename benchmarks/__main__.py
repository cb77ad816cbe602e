"""Runs the benchmarks that RESULTS.md shows, and puts what they print in the place of what stands there.

    python -m benchmarks [engine http ...]

A place is marked by a comment that holds the command, `<!-- begin: benchmarks.engine --repeats 3 -->`, and
ends with `<!-- end -->`. Without names every place is refreshed but those marked `long`.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).with_name("RESULTS.md")
PLACE = re.compile(r"(<!-- (?P<kind>begin|long): (?P<command>.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """One marked place: where it stands, and the command that fills it."""

    start: int
    end: int
    command: str
    long: bool

    @property
    def name(self) -> str:
        """`engine` of `benchmarks.engine --repeats 3`."""
        return self.command.split()[0].rpartition(".")[2]


def places(text: str) -> list[Place]:
    """The marked places of a page, the last first, so that filling one moves no other."""
    found = PLACE.finditer(text)
    return [Place(m.end(1), m.start(4), m["command"], m["kind"] == "long") for m in found][::-1]


def printed(command: str) -> str:
    """What a benchmark prints, shown while it runs. Raises CalledProcessError when it fails."""
    words = [sys.executable, "-m", *shlex.split(command)]
    lines = []
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    return "".join(lines)


def framed(output: str) -> str:
    """A table as it is, anything else as it was printed."""
    return output if output.startswith("|") else f"```text\n{output}```\n"


def main(arguments: Sequence[str]) -> None:
    """Refresh the page, place after place: what fails leaves the rest as it was."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="only these")
    names = parser.parse_args(arguments).names
    known = {place.name for place in places(RESULTS.read_text(encoding="utf-8"))}
    if unknown := set(names) - known:
        parser.error(f"no place for {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    wanted = names or [p.name for p in places(RESULTS.read_text(encoding="utf-8"))[::-1] if not p.long]
    for name in wanted:
        refresh(name)


def refresh(name: str) -> None:
    """Run one benchmark and put its output in its place."""
    place = next(place for place in places(RESULTS.read_text(encoding="utf-8")) if place.name == name)
    print(f"\n{place.command}\n", flush=True)
    output = framed(printed(place.command))
    text = RESULTS.read_text(encoding="utf-8")
    place = next(place for place in places(text) if place.name == name)
    RESULTS.write_text(text[: place.start] + output + text[place.end :], encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
