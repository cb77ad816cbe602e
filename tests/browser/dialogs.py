"""How one comes to the dialogs and menus of the canvas, until what they are about is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator

from tests.browser.editor import Editor, workflow

Reach = Callable[[Editor], None]

BROKEN: dict[str, Any] = {
    "1": {"class_type": "NoSuchNodeAtAll", "inputs": {}},
    "2": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "no-such-model.safetensors"}},
    "3": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
}


def dialog(editor: Editor, name: str | re.Pattern[str] | None = None) -> Locator:
    """The open dialog, once it is there."""
    found = editor.page.get_by_role("dialog", name=name) if name else editor.page.get_by_role("dialog")
    found.first.wait_for()
    return found.first


def select(editor: Editor, *numbers: str) -> None:
    """Nodes, the first alone and the others with it."""
    for turn, number in enumerate(numbers):
        editor.node(number).locator("h3").click(modifiers=["Shift"] if turn else [])
        editor.page.locator(f'[data-testid="node-{number}"][data-selected="true"]').wait_for()


def is_open(editor: Editor) -> None:
    """A menu with entries is there."""
    editor.page.get_by_role("menu").first.get_by_role("menuitem").first.wait_for()


# Dialogs about files


def save_dialog(editor: Editor) -> None:
    editor.page.keyboard.press("Control+Shift+s")
    editor.page.get_by_label("Name", exact=True).wait_for()


def saved(editor: Editor, name: str) -> None:
    """The workflow as a file, whether there was one of this name or not."""
    page = editor.page
    save_dialog(editor)
    page.get_by_label("Name", exact=True).fill(name)
    page.keyboard.press("Enter")
    replace = page.get_by_role("button", name="Replace it")
    tab = page.get_by_role("tab", name=name)
    tab.or_(replace).first.wait_for()
    if replace.count():
        replace.click()
    page.get_by_role("dialog").wait_for(state="hidden")
    tab.wait_for()


def saved_twice(editor: Editor, name: str) -> None:
    """The workflow as a file with two versions."""
    saved(editor, name)
    value = int(editor.widget("3", "steps").input_value())
    editor.put("3", "steps", value + 1)
    editor.page.keyboard.press("Control+s")
    editor.page.get_by_role("tab", name=re.compile(f"^{name}$")).wait_for()


def versions(editor: Editor) -> None:
    saved_twice(editor, "versions")
    editor.put("3", "steps", 33)
    editor.command("Version history", wait=False)
    editor.page.get_by_role("img", name="Drawing of this version").wait_for()
    dialog(editor).get_by_role("insertion").first.wait_for()


def conflict(editor: Editor) -> None:
    saved_twice(editor, "conflict")
    address = "/api/userdata/workflows%2Fconflict.json"
    script = """async address => { const got = await (await fetch(address)).json();
        got.nodes.find(node => node.id === 3).widgets_values[2] = 41;
        await fetch(address + "?overwrite=true", { method: "POST", body: JSON.stringify(got) }); }"""
    editor.page.evaluate(script, address)
    editor.put("3", "steps", 44)
    editor.page.keyboard.press("Control+s")
    dialog(editor).get_by_role("insertion").first.wait_for()


def close_unsaved(editor: Editor) -> None:
    editor.put("3", "steps", 9)
    editor.page.keyboard.press("Escape")
    editor.page.keyboard.press("Alt+w")
    dialog(editor).get_by_role("button", name="Close without saving").wait_for()


def templates(editor: Editor) -> None:
    editor.command("Templates", wait=False)
    editor.page.locator("[data-testid^=template-]").locator("img, svg").first.wait_for()


def missing(editor: Editor) -> None:
    editor.open(BROKEN, "broken.json")
    editor.page.get_by_test_id("missing-bar").get_by_role("button").first.click()
    dialog(editor).get_by_text("NoSuchNodeAtAll").first.wait_for()


def choose_file(editor: Editor) -> None:
    editor.open(workflow("image_to_image"), "image_to_image.json")
    editor.called("Load Image").wait_for()
    editor.page.get_by_role("button", name="Choose from the server's files").first.click()
    dialog(editor).locator("img").first.wait_for()


# Dialogs about values


def shortcuts(editor: Editor) -> None:
    editor.page.keyboard.press("?")
    dialog(editor).locator("kbd").first.wait_for()


def settings(group: str, shows: str) -> Reach:
    """A page of the settings, with something that stands on it."""

    def open_settings(editor: Editor) -> None:
        editor.page.keyboard.press("Control+,")
        found = dialog(editor, "Settings")
        found.get_by_role("tab", name=group).click()
        found.get_by_text(shows, exact=True).first.wait_for()

    return open_settings


def recording(editor: Editor) -> None:
    """A key that another command has, and one that is awaited."""
    settings("Keys", "Models")(editor)
    found = dialog(editor, "Settings")
    found.get_by_role("textbox", name="Search commands").fill("m")
    found.get_by_role("button", name="Add a key for Minimap").click()
    editor.page.keyboard.press("Control+b")
    found.get_by_role("status").filter(has_text="Bypass").wait_for()
    found.get_by_role("button", name="Change M of Models").click()
    found.get_by_text("Press", exact=False).first.wait_for()


def palettes(editor: Editor) -> None:
    settings("Appearance", "Theme")(editor)
    found = dialog(editor, "Settings")
    found.get_by_role("button", name="New palette").click()
    found.get_by_text("Raised panel").first.wait_for()
    found.get_by_role("combobox", name="Colour palette").select_option("")


def large_prompt(editor: Editor) -> None:
    editor.widget("6", "text").click()
    editor.page.keyboard.press("Control+Shift+e")
    dialog(editor).get_by_text("lighthouse").first.wait_for()


def node_presets(editor: Editor) -> None:
    """A preset is there, and another is being made."""
    select(editor, "3")
    editor.command("Presets of this node", wait=False)
    found = dialog(editor)
    found.get_by_test_id("preset-name").fill("Quick")
    found.get_by_test_id("preset-save").click()
    found.get_by_test_id("preset-Quick").wait_for()
    found.get_by_test_id("preset-name").fill("Quick")
    found.get_by_text("it is replaced").wait_for()


def capture(editor: Editor) -> None:
    select(editor, "3", "5")
    editor.command("New value set", wait=False)
    dialog(editor).get_by_role("checkbox").nth(3).wait_for()
    editor.page.get_by_test_id("set-name").fill("Draft")


def switch(editor: Editor) -> None:
    select(editor, "3", "8")
    editor.command("Make a switch", wait=False)
    dialog(editor).get_by_role("combobox", name="Off").nth(1).wait_for()


def setups(editor: Editor) -> None:
    """A switch and a value set, in their panel."""
    switch(editor)
    editor.page.get_by_test_id("switch-name").fill("Paint")
    editor.page.get_by_test_id("switch-save").click()
    editor.page.get_by_test_id("switch-Paint").wait_for()
    select(editor, "3", "5")
    editor.page.get_by_test_id("set-new").click()
    editor.page.get_by_test_id("set-name").fill("Draft")
    editor.page.get_by_test_id("set-save").click()
    editor.page.get_by_test_id("set-Draft").wait_for()
    editor.put("3", "steps", 13)
    editor.page.get_by_test_id("set-Draft").get_by_text("1 other value").wait_for()


def compared_sets(editor: Editor) -> None:
    setups(editor)
    editor.page.get_by_role("button", name="Show how Draft differs").click()
    dialog(editor).get_by_text("steps").first.wait_for()


def choices(editor: Editor) -> None:
    """The list of a drop-down, with its search."""
    editor.widget("3", "sampler_name").focus()
    editor.page.keyboard.press("Enter")
    editor.page.get_by_role("option").first.wait_for()


# Menus


def node_menu(editor: Editor) -> None:
    editor.node("3").locator("h3").click(button="right")
    is_open(editor)


def several_menu(editor: Editor) -> None:
    """With the menu inside it for lining up."""
    select(editor, "3", "8", "9")
    editor.node("9").locator("h3").click(button="right")
    is_open(editor)
    editor.page.get_by_role("menuitem", name="Align").click()
    editor.page.get_by_role("menu").nth(1).get_by_role("menuitem").first.wait_for()


def wire_menu(editor: Editor) -> None:
    editor.wires().first.locator("path").first.dispatch_event("contextmenu", {"clientX": 600, "clientY": 300})
    editor.page.get_by_test_id("menu-removeLink").wait_for()


def framed(editor: Editor) -> Locator:
    """A group around two nodes, which is selected."""
    select(editor, "3", "8")
    editor.page.keyboard.press("Control+g")
    frame = editor.page.locator('[data-testid^="group-"][data-selected="true"]')
    frame.wait_for()
    return frame


def group_menu(editor: Editor) -> None:
    framed(editor).locator("h3").click(button="right")
    editor.page.get_by_test_id("menu-groupRun").wait_for()


def canvas_menu(editor: Editor) -> None:
    editor.page.mouse.click(700, 90, button="right")
    is_open(editor)


def widget_menu(editor: Editor) -> None:
    editor.widget("3", "steps").click(button="right")
    is_open(editor)


def pressed(test_id: str) -> Reach:
    """The menu of a button."""

    def open_menu(editor: Editor) -> None:
        editor.page.get_by_test_id(test_id).click()
        is_open(editor)

    return open_menu


def tab_menu(editor: Editor) -> None:
    editor.page.get_by_role("tab").first.click(button="right")
    is_open(editor)
