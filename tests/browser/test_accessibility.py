"""Every view, dark and light, looked at by axe: nothing serious may be wrong with it."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Opening
from tests.browser.editor import Editor
from tests.browser.views import VIEWS
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
# What stands on the canvas grows with its zoom, and the properties panel has the same at full size: there the
# size of targets is not measured.
RUN = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"],
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
    const onCanvas = node => document.querySelector(node.target[0])?.closest(".react-flow__viewport");
    return violations.map(rule => rule.id !== "target-size" ? rule
        : { ...rule, nodes: rule.nodes.filter(node => !onCanvas(node)) });
}"""
STILL = """() => Promise.all(document.getAnimations()
    .filter(motion => motion.effect?.getComputedTiming().iterations !== Infinity)
    .map(motion => motion.finished.catch(() => null)))"""
BAD = ("serious", "critical")


def violations(page: Page) -> list[str]:
    """What axe finds, a line for each element."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())  # a script tag is what the page's policy forbids
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return [
        f"{rule['id']}: {node['html'][:160]} · {node['failureSummary'].splitlines()[-1].strip()[:200]}"
        for rule in found
        if rule["impact"] in BAD
        for node in rule["nodes"]
    ]


def settle(page: Page) -> None:
    """Colours are measured when nothing moves any more."""
    page.evaluate(STILL)


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("view", VIEWS)
def test_nothing_serious_is_wrong_with(view: str, scheme: str, opening: Opening) -> None:
    page = opening(color_scheme=scheme, reduced_motion="reduce")
    VIEWS[view](Editor(page))
    settle(page)
    found = violations(page)
    assert not found, "\n".join(found)
