"""Settings: they hold over a reload, keys are changed and used, and text twice as large cuts nothing off."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.editor import Editor

pytestmark = pytest.mark.browser

# What can be pressed or read but is cut by the window or by what it stands in, as a list of names.
CUT = """root => {
    const isShown = element => element.getBoundingClientRect().width > 0
        && element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && element.closest("[class*=visually-hidden], .react-flow") === null;
    // What scrolls can be brought into sight.
    const scrolls = element => element !== null
        && (/auto|scroll/.test(getComputedStyle(element).overflow) || scrolls(element.parentElement));
    const isCut = ({ left, right, top, bottom }) =>
        left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1;
    return [...root.querySelectorAll("button, input, select, textarea, [role=tab], h1, h2, h3, p")]
        .filter(element => isShown(element) && !scrolls(element.parentElement)
            && isCut(element.getBoundingClientRect()))
        .map(element => element.getAttribute("aria-label") ?? element.innerText ?? element.tagName);
}"""


def open_settings(page: Page, group: str) -> Locator:
    page.keyboard.press("Control+,")
    dialog = page.get_by_role("dialog", name="Settings")
    dialog.get_by_role("tab", name=group).click()
    return dialog


def cut_off(page: Page) -> list[str]:
    found: Any = page.locator("body").evaluate(CUT)
    return list(found)


def set_text_size(page: Page, percent: int) -> None:
    dialog = open_settings(page, "Appearance")
    field = dialog.get_by_role("spinbutton", name="Size of text")
    field.fill(str(percent))
    field.press("Enter")
    page.wait_for_function(
        f"() => parseFloat(getComputedStyle(document.documentElement).fontSize) === {percent * 0.16}"
    )
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_key_is_changed_used_and_kept_over_a_reload(editor: Editor) -> None:
    page = editor.page
    dialog = open_settings(page, "Keys")
    dialog.get_by_role("textbox", name="Search commands").fill("Models")
    dialog.get_by_role("button", name="Change M of Models").click()
    page.keyboard.press("Alt+j")
    expect(dialog.get_by_role("button", name="Change Alt+J of Models")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    drawer = page.get_by_role("heading", name="Models", level=2)
    page.keyboard.press("Alt+j")
    expect(drawer).to_have_count(1)
    page.keyboard.press("Alt+j")
    expect(drawer).to_have_count(0)
    page.keyboard.press("m")
    page.reload()
    editor.node("3").wait_for()
    expect(drawer).to_have_count(0)
    page.keyboard.press("Alt+j")
    expect(drawer).to_have_count(1)
    dialog = open_settings(page, "Keys")
    dialog.get_by_role("button", name="Reset all keys").click()
    expect(dialog.get_by_role("button", name="Change M of Models")).to_be_visible()


def test_a_key_that_another_command_has_is_told(page: Page) -> None:
    dialog = open_settings(page, "Keys")
    dialog.get_by_role("textbox", name="Search commands").fill("Minimap")
    dialog.get_by_role("button", name="Add a key for Minimap").click()
    page.keyboard.press("Control+b")
    expect(dialog.get_by_role("status").filter(has_text="Bypass")).to_be_visible()
    dialog.get_by_role("button", name="Reset all keys").click()
    expect(dialog.get_by_role("status").filter(has_text="Bypass")).to_have_count(0)


def test_settings_are_searched_by_what_they_say(page: Page) -> None:
    page.keyboard.press("Control+,")
    dialog = page.get_by_role("dialog", name="Settings")
    dialog.get_by_role("textbox", name="Search settings").fill("grid")
    expect(dialog.get_by_role("switch", name="Snap nodes to the grid")).to_be_visible()
    dialog.get_by_role("textbox", name="Search settings").fill("no such thing")
    expect(dialog).to_contain_text("no such thing")


@pytest.mark.parametrize(
    "view",
    ["canvas", "nodes", "workflows", "models", "queue", "inspector", "gallery", "settings", "shortcuts"],
)
def test_at_twice_the_size_of_text_nothing_is_cut_off(page: Page, view: str) -> None:
    set_text_size(page, 200)
    keys = {
        "nodes": "n",
        "workflows": "w",
        "models": "m",
        "queue": "q",
        "inspector": "i",
        "gallery": "Shift+g",
        "settings": "Control+,",
        "shortcuts": "?",
    }
    if view in keys:
        page.keyboard.press(keys[view])
    if view in ("settings", "shortcuts"):
        page.get_by_role("dialog").wait_for()
    page.wait_for_load_state("networkidle")
    run = page.get_by_test_id("run").bounding_box()
    assert run is not None
    assert 0 <= run["x"] <= 1400 - run["width"]
    assert cut_off(page) == []
