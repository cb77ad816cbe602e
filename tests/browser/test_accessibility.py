"""Every view, dark and light, looked at by axe: nothing serious may be wrong with it."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Opening
from tests.browser.editor import Editor
from tests.browser.views import VIEWS, leave
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# The other scheme has the same elements in other colours.
COLOR_RULES = ["color-contrast", "link-in-text-block"]
# What stands on the canvas grows with its zoom, and the properties panel has the same at full size: there the
# size of targets is not measured.
RUN = """async only => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"], runOnly: only,
        preload: false, selectors: false, elementRef: true });
    const counts = (rule, node) => rule !== "target-size" || !node.element.closest(".react-flow__viewport");
    return violations.flatMap(({ id, impact, nodes }) => nodes.filter(node => counts(id, node))
        .map(({ html, failureSummary }) => ({ id, impact, html, summary: failureSummary })));
}"""
STILL = """() => Promise.all(document.getAnimations()
    .filter(motion => motion.effect?.getComputedTiming().iterations !== Infinity)
    .map(motion => motion.finished.catch(() => null)))"""
SURFACE = "() => getComputedStyle(document.body).backgroundColor"
BAD = ("serious", "critical")


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


def turn_light(page: Page) -> None:
    """The theme follows the system."""
    dark = page.evaluate(SURFACE)
    page.emulate_media(color_scheme="light")
    page.wait_for_function("() => document.documentElement.dataset.theme === 'light'")
    settle(page)
    assert page.evaluate(SURFACE) != dark, "the light theme looks like the dark one"


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_serious_is_wrong_with(view: str, opening: Opening) -> None:
    page = opening(color_scheme="dark", reduced_motion="reduce")
    try:
        VIEWS[view](Editor(page))
        settle(page)
        found = [f"dark · {line}" for line in violations(page, RULES)]
        turn_light(page)
        found += [f"light · {line}" for line in violations(page, COLOR_RULES)]
    finally:
        leave(Editor(page))
    assert not found, "\n".join(found)
