"""Debian's Chromium, and the canvas open in it."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import Server

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; a missing one is an error, never a skipped test.

    Closed with its module: Playwright's event loop would stand in the way of asynchronous tests.
    """
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
