"""A real server with folders of its own, for the tests that look at the whole house; who runs which tests."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ADDRESS = re.compile(r"http://[\d.]+:\d+")


# Each of several test processes has a core to itself, and so have the servers that it starts.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several processes share the tests, one has all that drive Chromium, and a file is never torn."""
    for item in items:
        group = "browser" if item.get_closest_marker("browser") else item.location[0]
        item.add_marker(pytest.mark.xdist_group(group))


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
