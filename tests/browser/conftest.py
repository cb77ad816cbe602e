"""A real server with folders of its own, and Debian's Chromium to look at it with."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
STARTED = re.compile(r"http://[\d.]+:\d+")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@dataclass(frozen=True)
class Server:
    """A running server and the folder where its pictures go."""

    address: str
    folder: Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`main.py` as a newcomer starts it, but on a free port and with fresh folders."""
    folder = tmp_path_factory.mktemp("heddle")
    places = [f"--{name}-directory={folder / name}" for name in ("output", "input", "temp", "user")]
    (folder / "input").mkdir()
    shutil.copy(ROOT / "input" / "example.png", folder / "input")
    command = [sys.executable, "main.py", "--port=0", "--cpu", *places]
    log = folder / "server.log"
    with log.open("w") as errors:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert process.stdout is not None
        first = process.stdout.readline()
        found = STARTED.search(first)
        assert found, f"the server did not start: {first}{log.read_text()}"
        try:
            yield Server(found[0], folder)
        finally:
            process.terminate()
            process.wait(timeout=30)
            process.stdout.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; a missing one is an error, never a skipped test."""
    path = shutil.which(os.environ.get("HEDDLE_CHROMIUM", "chromium"))
    assert path, "the browser tests need Debian's chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, server: Server) -> Iterator[Page]:
    """The canvas, open on a fresh profile; a JavaScript error fails the test."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900}, color_scheme="dark")
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(server.address)
    page.get_by_test_id("node-3").wait_for()
    yield page
    context.close()
    assert wrong == []
