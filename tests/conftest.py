"""A real server with folders of its own, for the tests that look at the whole house; who runs which tests."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[1]
ADDRESS = re.compile(r"http://[\d.]+:\d+")


# Each of several test processes has a core to itself, and so have the servers that it starts.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """A file of tests goes to one process; all that drive Chromium go to the same one."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::")[0]
        return "tests/browser" if path.startswith("tests/browser/") else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


@dataclass(frozen=True)
class Server:
    """A running server and the folder where its pictures go."""

    address: str
    folder: Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`main.py` as a newcomer starts it, bundled model and all, on a free port with fresh folders."""
    folder = tmp_path_factory.mktemp("heddle")
    shutil.copytree(ROOT / "input", folder / "input")
    places = [f"--{name}-directory={folder / name}" for name in ("output", "input", "temp", "user")]
    # HEDDLE_FRONT_END=folder serves another build of the canvas than web/dist.
    built = os.environ.get("HEDDLE_FRONT_END")
    front_end = [f"--front-end-root={built}"] if built else []
    log = folder / "server.log"
    with log.open("w") as errors:
        command = [sys.executable, "main.py", "--port=0", "--cpu", *front_end, *places]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    found = ADDRESS.search(first)
    try:
        assert found, f"the server did not start: {first}{log.read_text()}"
        yield Server(found[0], folder)
    finally:
        process.terminate()
        process.wait(timeout=40)
        process.stdout.close()
