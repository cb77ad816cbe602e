"""Workflows as files: tabs, drafts, versions, and two windows that save the same one."""

import json
import urllib.parse

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opening
from tests.browser.editor import Editor
from tests.conftest import Server

pytestmark = pytest.mark.browser


def save_as(editor: Editor, name: str) -> None:
    """Save under a name, with the keys for it."""
    editor.page.keyboard.press("Control+Shift+s")
    field = editor.page.get_by_label("Name", exact=True)
    field.fill(name)
    field.press("Enter")
    expect(editor.page.get_by_role("dialog")).to_have_count(0)


def steps_on_disk(server: Server, page: Page, name: str) -> int:
    """The steps of the sampler in a saved file."""
    path = urllib.parse.quote(f"workflows/{name}.json", safe="")
    document = page.request.get(f"{server.address}/api/userdata/{path}").json()
    sampler = next(node for node in document["nodes"] if node["id"] == 3)
    return int(sampler["widgets_values"][2])


def tabs(page: Page) -> list[str]:
    return [text.split("\n")[0] for text in page.get_by_role("tab").all_inner_texts()]


def test_tabs_keep_unsaved_work_over_a_reload(editor: Editor) -> None:
    page = editor.page
    editor.put("3", "steps", 7)
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+t")
    expect(page.get_by_role("tab")).to_have_count(2)
    editor.add("Empty Latent Image", (400, 300))
    expect(page.get_by_role("tab").nth(1)).to_contain_text("unsaved")
    names = tabs(page)
    page.reload()
    expect(page.get_by_role("tab")).to_have_count(2)
    assert tabs(page) == names
    expect(page.get_by_role("tab").nth(1)).to_have_attribute("aria-selected", "true")
    expect(editor.called("Empty Latent Image")).to_have_count(1)
    page.keyboard.press("Alt+1")
    expect(editor.widget("3", "steps")).to_have_value("7")


def test_a_tab_with_unsaved_work_asks_before_it_closes_and_comes_back(editor: Editor, server: Server) -> None:
    page = editor.page
    save_as(editor, "to_close")
    editor.put("3", "steps", 9)
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+w")
    page.get_by_role("button", name="Close without saving").click()
    expect(page.get_by_role("tab", name="to_close")).to_have_count(0)
    page.keyboard.press("Alt+Shift+t")
    expect(page.get_by_role("tab", name="to_close")).to_have_count(1)
    expect(editor.widget("3", "steps")).to_have_value("9")
    assert steps_on_disk(server, page, "to_close") != 9


def test_two_windows_that_save_one_file_are_told_and_decide(
    editor: Editor, opening: Opening, server: Server
) -> None:
    save_as(editor, "shared")
    other = Editor(opening())
    other.command("Workflows")
    other.page.get_by_role("complementary").get_by_text("shared", exact=True).click()
    expect(other.page.get_by_role("tab", name="shared")).to_have_count(1)
    other.put("3", "steps", 5)
    other.page.keyboard.press("Control+s")
    expect(other.page.get_by_text("Saved as shared")).to_be_visible()

    editor.put("3", "steps", 6)
    editor.page.keyboard.press("Control+s")
    asked = editor.page.get_by_role("dialog", name="shared was changed elsewhere")
    expect(asked.get_by_text("steps")).to_be_visible()
    expect(asked.get_by_role("deletion")).to_have_text("5")
    expect(asked.get_by_role("insertion")).to_have_text("6")
    assert steps_on_disk(server, editor.page, "shared") == 5
    asked.get_by_role("button", name="Save mine over it").click()
    expect(asked).to_have_count(0)
    assert steps_on_disk(server, editor.page, "shared") == 6


def test_an_earlier_version_is_looked_at_and_restored(editor: Editor) -> None:
    page = editor.page
    editor.put("3", "steps", 5)
    save_as(editor, "story")
    editor.put("3", "steps", 15)
    page.keyboard.press("Control+s")
    expect(page.get_by_role("tab", name="story")).not_to_contain_text("unsaved")
    editor.command("Version history", wait=False)
    versions = page.get_by_role("dialog", name="Versions of story")
    found = versions.get_by_role("listbox").get_by_role("option")
    expect(found).to_have_count(2)
    found.nth(1).click()
    expect(versions.get_by_role("deletion")).to_have_text("5")
    expect(versions.get_by_role("insertion")).to_have_text("15")
    versions.get_by_role("button", name="Restore this version").click()
    expect(versions).to_have_count(0)
    expect(editor.widget("3", "steps")).to_have_value("5")
    page.keyboard.press("Control+z")
    expect(editor.widget("3", "steps")).to_have_value("15")


def test_the_file_is_the_same_when_it_was_only_opened_and_saved(editor: Editor) -> None:
    before = json.loads(editor.saved())
    save_as(editor, "unchanged")
    editor.page.reload()
    editor.node("3").wait_for()
    after = json.loads(editor.saved())
    assert after["nodes"] == before["nodes"]
    assert after["links"] == before["links"]
