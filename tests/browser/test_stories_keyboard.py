"""The whole way from an empty canvas to a saved file without a mouse."""

import urllib.parse

import pytest
from playwright.sync_api import Page, expect

from tests.browser.editor import FIRST_PICTURE, Editor
from tests.conftest import Server

pytestmark = pytest.mark.browser

FOCUSED = """() => {
    const element = document.activeElement;
    return element.getAttribute("aria-label") ?? element.querySelector(":scope > img")?.alt
        ?? element.innerText ?? "";
}"""

HAS_RING = """() => [document.activeElement, document.activeElement.parentElement].some(element => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
})"""


def focused(page: Page) -> str:
    return str(page.evaluate(FOCUSED))


def tab_to(page: Page, label: str, key: str = "Tab") -> None:
    """Tab until what is called so has the focus."""
    for _ in range(60):
        if focused(page).startswith(label):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{label} is not reached with {key}; the focus is on {focused(page)}")


def add(page: Page, name: str) -> None:
    """A node by search, which then has the focus."""
    page.keyboard.press("Shift+A")
    page.get_by_test_id("palette-input").wait_for()
    page.keyboard.type(name)
    page.get_by_role("option", name=name).first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => document.activeElement?.getAttribute('aria-label')?.startsWith('{name}')")


def test_a_graph_is_built_run_looked_at_and_saved_without_a_mouse(page: Page, server: Server) -> None:
    keys = page.keyboard
    editor = Editor(page)
    keys.press("Alt+t")
    expect(page.locator(".react-flow__node")).to_have_count(0)

    add(page, "Empty Image")
    tab_to(page, "width")
    for value in ("48", "32"):
        keys.press("Control+a")
        keys.type(value)
        keys.press("Tab")
    expect(editor.widget("1", "height")).to_have_value("32")
    keys.press("Escape")
    assert focused(page).startswith("Empty Image"), "Escape goes back from the field to its node"
    for _ in range(5):
        keys.press("Shift+ArrowLeft")

    add(page, "Invert Image")
    tab_to(page, "Input image")
    keys.press("Enter")
    keys.press("Enter")
    expect(editor.wires()).to_have_count(1)

    tab_to(page, "Invert Image", "Shift+Tab")
    add(page, "Preview Image")
    for _ in range(5):
        keys.press("Shift+ArrowRight")
    tab_to(page, "Input images")
    keys.press("Enter")
    for _ in range(3):  # two outputs fit: the nearer one is offered first
        if page.get_by_test_id("canvas-says").inner_text().find("Invert Image") >= 0:
            break
        keys.press("ArrowDown")
    keys.press("Enter")
    expect(editor.wires()).to_have_count(2)

    keys.press("Control+Enter")
    picture = editor.picture("3", FIRST_PICTURE)
    assert picture.shape == (32, 48, 3)
    assert tuple(picture[0, 0].round()) == (1, 1, 1), "black, inverted"

    tab_to(page, "Picture 1 of Preview Image")
    keys.press("Enter")
    page.get_by_test_id("lightbox").wait_for()
    keys.press("Escape")
    expect(page.get_by_test_id("lightbox")).to_have_count(0)
    assert focused(page).startswith("Picture 1 of Preview Image"), "the focus is back where it was"

    keys.press("Control+s")
    page.get_by_label("Name", exact=True).wait_for()
    keys.press("Control+a")
    keys.type("by_keys")
    keys.press("Enter")
    expect(page.get_by_role("tab", name="by_keys")).to_have_count(1)
    path = urllib.parse.quote("workflows/by_keys.json", safe="")
    document = page.request.get(f"{server.address}/api/userdata/{path}").json()
    assert [node["type"] for node in document["nodes"]] == ["EmptyImage", "ImageInvert", "PreviewImage"]


def test_every_control_of_the_frame_is_reached_with_tab_and_shows_its_focus(page: Page) -> None:
    wanted = {
        "File menu",
        "New workflow",
        "Search everything",
        "Run",
        "More ways to run",
        "Nodes",
        "Settings",
    }
    seen: set[str] = set()
    page.get_by_test_id("file-menu").focus()
    for _ in range(40):
        name = focused(page).split(" (")[0].split("\n")[0]
        if name in wanted:
            assert page.evaluate(HAS_RING), f"{name} does not show that it has the focus"
            seen.add(name)
        page.keyboard.press("Tab")
    assert seen == wanted


def test_nodes_are_walked_along_their_wires(editor: Editor) -> None:
    page = editor.page
    tab_to(page, "Load Checkpoint, node 4")
    page.keyboard.press("Control+ArrowRight")
    page.wait_for_function("() => document.activeElement?.getAttribute('aria-label')?.startsWith('KSampler')")
    page.keyboard.press("Control+ArrowRight")
    page.wait_for_function(
        "() => document.activeElement?.getAttribute('aria-label')?.startsWith('VAE Decode')"
    )
    expect(editor.node("8")).to_have_attribute("data-selected", "true")
