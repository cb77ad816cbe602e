"""Small things that a demanding user trips over: keys that leak, values that lag, a focus that gets lost."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opening
from tests.browser.dialogs import dialog
from tests.browser.editor import Editor

pytestmark = pytest.mark.browser


def sent_steps(page: Page, keys: str) -> list[int]:
    """The steps of the samplers in the run that the keys begin."""
    with page.expect_request(lambda request: request.url.endswith("/prompt")) as asked:
        page.keyboard.press(keys)
    prompt = json.loads(asked.value.post_data or "{}")["prompt"]
    return [node["inputs"]["steps"] for node in prompt.values() if "steps" in node["inputs"]]


def test_a_run_from_within_a_number_takes_what_is_typed(editor: Editor) -> None:
    page = editor.page
    editor.widget("3", "steps").fill("2")
    assert sent_steps(page, "Control+Enter") == [2]
    editor.widget("3", "steps").press("Escape")
    editor.node("3").locator("h3").click()
    page.keyboard.press("i")
    page.get_by_test_id("properties").get_by_test_id("inspector-widget-3-steps").fill("3")
    assert sent_steps(page, "Control+Enter") == [3]


def test_escape_stops_recording_a_key_and_leaves_the_settings_open(editor: Editor) -> None:
    page = editor.page
    page.keyboard.press("Control+,")
    settings = dialog(editor, "Settings")
    settings.get_by_role("tab", name="Keys").click()
    settings.get_by_role("textbox", name="Search commands").fill("minimap")
    settings.get_by_role("button", name="Add a key for Minimap").click()
    awaited = settings.get_by_text("Press keys", exact=False)
    expect(awaited).to_be_visible()
    page.keyboard.press("Escape")
    expect(awaited).to_have_count(0)
    expect(settings).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_new_workflow_by_its_key_leaves_the_focus_alone_while_a_message_is_shown(editor: Editor) -> None:
    page = editor.page
    editor.drop("empty.json", b"[1]", "application/json")
    expect(page.locator("[data-sonner-toast]")).to_have_count(1)
    page.keyboard.press("Alt+t")
    expect(page.get_by_role("tab")).to_have_count(2)
    expect(page.locator("[data-sonner-toaster]")).not_to_be_focused()
    page.keyboard.press("F8")
    expect(page.locator("[data-sonner-toaster]")).to_be_focused()


def test_keys_go_on_at_what_was_found(editor: Editor) -> None:
    page = editor.page
    page.get_by_test_id("rf__node-6").focus()
    page.keyboard.press("Control+f")
    expect(page.get_by_test_id("find-input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("rf__node-6")).to_be_focused()
    page.keyboard.press("Control+f")
    page.get_by_test_id("find-input").fill("VAE Decode")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("rf__node-8")).to_be_focused()


def test_a_dialog_that_the_palette_opened_gives_the_focus_back_to_the_node(editor: Editor) -> None:
    page = editor.page
    page.get_by_test_id("rf__node-3").focus()
    editor.command("Version history", wait=False)
    expect(dialog(editor).get_by_text("Save the workflow first")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_test_id("rf__node-3")).to_be_focused()


def test_the_zoom_bar_stays_in_reach_with_large_text_beside_a_drawer(opening: Opening) -> None:
    page = opening(viewport={"width": 900, "height": 700})
    page.evaluate("document.documentElement.style.setProperty('--text-scale', '2')")
    page.keyboard.press("w")
    page.get_by_role("complementary").wait_for()
    page.get_by_role("button", name="View settings").click()
    expect(page.get_by_role("menu")).to_be_visible()
