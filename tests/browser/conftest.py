"""Debian's Chromium, and the canvas open in it."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.editor import Editor
from tests.conftest import Server

# HEDDLE_SLOWNESS=6 makes the page six times as slow as this machine: what only holds on a fast one shows.
SLOWNESS = int(os.environ.get("HEDDLE_SLOWNESS", "0"))
PATIENCE = 15_000  # ms: other tests work beside these
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
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


Opening = Callable[..., Page]


@pytest.fixture
def opening(chromium: Browser, server: Server) -> Iterator[Opening]:
    """Opens the canvas in a window of its own, on a fresh profile unless a context is given.

    A JavaScript error fails the test.
    """
    wrong: list[str] = []
    contexts: list[BrowserContext] = []

    def open_canvas(context: BrowserContext | None = None, **options: Any) -> Page:
        if context is None:
            context = chromium.new_context(
                **{"viewport": {"width": 1400, "height": 900}, "color_scheme": "dark"} | options
            )
            contexts.append(context)
        page = context.new_page()
        if SLOWNESS:
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWNESS})
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(server.address)
        page.get_by_test_id("node-3").wait_for()
        return page

    yield open_canvas
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def page(opening: Opening) -> Page:
    """The canvas, open on a fresh profile."""
    return opening()


@pytest.fixture
def editor(page: Page) -> Editor:
    """The canvas as it opens."""
    return Editor(page)
