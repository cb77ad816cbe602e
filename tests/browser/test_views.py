"""Every view, dark and light, seen by axe: nothing serious may be wrong; pictures of the main ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Opening
from tests.browser.editor import Editor
from tests.browser.pictures import SHOWN, SIZE, keep_picture
from tests.browser.views import VIEWS, leave
from tests.conftest import ROOT, Server

pytestmark = pytest.mark.browser

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# The other scheme has the same elements in other colours.
COLOR_RULES = ["color-contrast", "link-in-text-block"]
# What stands on the canvas grows with its zoom, and the properties panel has the same at full size: there the
# size of targets is not measured.
# While a dialog or a menu is open there is nothing else.
RUN = """async only => {
    const open = [...document.querySelectorAll("[role=dialog], [role=alertdialog], [role=menu]")];
    const { violations } = await axe.run(open.length > 0 ? { include: open } : document, {
        resultTypes: ["violations"], runOnly: only, preload: false, selectors: false, elementRef: true });
    const counts = (rule, node) => rule !== "target-size" || !node.element.closest(".react-flow__viewport");
    return violations.flatMap(({ id, impact, nodes }) => nodes.filter(node => counts(id, node))
        .map(({ html, failureSummary }) => ({ id, impact, html, summary: failureSummary })));
}"""
STILL = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const moving = () => document.getAnimations().filter(motion => motion.playState === "running"
        && motion.effect?.getComputedTiming().iterations !== Infinity);
    do {
        await Promise.all(moving().map(motion => motion.finished.catch(() => null)));
        await frame(), await frame();
    } while (moving().length > 0);
}"""
SURFACE = "() => getComputedStyle(document.body).backgroundColor"
BAD = ("serious", "critical")
OPEN = "[role=dialog], [role=alertdialog], [role=menu], [role=listbox]"
# What opens over the canvas and is gone with Escape: these are looked at on one page, one after the other.
PASSING = {
    *("shortcuts", "save", "templates", "palette", "choices", "settings-appearance", "settings-canvas"),
    *("settings-running", "settings-files", "settings-keys", "node-menu", "nodes-menu", "wire-menu"),
    *("canvas-menu", "widget-menu", "file-menu", "run-menu", "view-menu", "tab-menu", "prompt"),
}
LOOK: dict[str, Any] = {
    "color_scheme": "dark",
    "reduced_motion": "reduce",
    "viewport": {"width": SIZE[0], "height": SIZE[1]},
}


def violations(page: Page, only: list[str]) -> list[str]:
    """What axe finds, a line for each element."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())  # a script tag is what the page's policy forbids
    found: list[dict[str, str]] = page.evaluate(RUN, only)
    return [
        f"{one['id']}: {one['html'][:160]} · {one['summary'].splitlines()[-1].strip()[:200]}"
        for one in found
        if one["impact"] in BAD
    ]


def settle(page: Page) -> None:
    """Colours are measured when nothing moves any more."""
    page.evaluate(STILL)


def turn(page: Page, scheme: Literal["dark", "light"]) -> None:
    """The theme follows the system."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme)
    settle(page)


def faults(page: Page, view: str, folder: Path) -> list[str]:
    """What is wrong with what the page shows, in the dark and in the light."""
    settle(page)
    if view in SHOWN:
        keep_picture(page, view, folder)
    found = [f"dark · {line}" for line in violations(page, RULES)]
    dark = page.evaluate(SURFACE)
    turn(page, "light")
    assert page.evaluate(SURFACE) != dark, "the light theme looks like the dark one"
    return found + [f"light · {line}" for line in violations(page, COLOR_RULES)]


@pytest.fixture(scope="module")
def canvas(chromium: Browser, server: Server) -> Iterator[Page]:
    """One page for all that opens over the canvas and closes again."""
    context = chromium.new_context(**LOOK)
    page = context.new_page()
    page.goto(server.address)
    yield page
    context.close()


@pytest.mark.parametrize("view", [view for view in VIEWS if view in PASSING])
def test_nothing_serious_is_wrong_with_what_opens_over_the_canvas(
    view: str, canvas: Page, tmp_path: Path
) -> None:
    turn(canvas, "dark")
    canvas.get_by_test_id("node-3").wait_for()
    VIEWS[view](Editor(canvas))
    found = faults(canvas, view, tmp_path)
    for _ in range(3):
        if canvas.locator(OPEN).count():
            canvas.keyboard.press("Escape")
    expect(canvas.locator(OPEN)).to_have_count(0)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("view", [view for view in VIEWS if view not in PASSING])
def test_nothing_serious_is_wrong_with(view: str, opening: Opening, tmp_path: Path) -> None:
    page = opening(**LOOK)
    try:
        VIEWS[view](Editor(page))
        found = faults(page, view, tmp_path)
    finally:
        leave(Editor(page))
    assert not found, "\n".join(found)
