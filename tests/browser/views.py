"""The views of the canvas by name, and how one comes to each: for accessibility, and for pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

from tests.browser import dialogs, runs
from tests.browser.dialogs import Reach, is_open, select
from tests.browser.editor import Editor, workflow


def start(editor: Editor) -> None:
    editor.page.get_by_test_id("run").wait_for()
    editor.wires().first.wait_for()


def empty(editor: Editor) -> None:
    editor.page.keyboard.press("Alt+t")
    editor.page.get_by_test_id("empty-canvas").get_by_role("button").first.wait_for()
    editor.page.locator(".react-flow__node").first.wait_for(state="detached")


# Beside the canvas


def properties(tab: str, shows: str) -> Reach:
    """What is known of one node, on one of its pages."""

    def open_properties(editor: Editor) -> None:
        select(editor, "3")  # before the panel moves the canvas
        editor.page.keyboard.press("i")
        panel = editor.page.get_by_test_id("properties")
        panel.get_by_role("tab", name=tab).click()
        panel.get_by_text(shows).first.wait_for()

    return open_properties


def of_workflow(editor: Editor) -> None:
    editor.page.keyboard.press("i")
    editor.page.get_by_test_id("properties").get_by_role("tabpanel").get_by_text(
        re.compile(r"\w")
    ).first.wait_for()


def of_several(editor: Editor) -> None:
    select(editor, "6", "7")
    editor.page.keyboard.press("i")
    editor.page.get_by_test_id("properties").get_by_text("text").first.wait_for()


def nodes(editor: Editor) -> None:
    editor.page.keyboard.press("n")
    editor.page.get_by_role("treeitem").first.wait_for()


def nodes_found(editor: Editor) -> None:
    """With the card of one."""
    nodes(editor)
    editor.page.get_by_role("complementary").get_by_role("textbox").fill("load image")
    found = editor.page.get_by_role("treeitem", name=re.compile("^Load Image"))
    found.first.wait_for()
    found.first.hover()
    editor.page.locator("#node-card").wait_for()


def workflows(editor: Editor) -> None:
    """Saved ones, and those that come along."""
    dialogs.saved(editor, "listed")
    editor.page.keyboard.press("w")
    drawer = editor.page.get_by_role("complementary")
    drawer.get_by_role("button", name=re.compile("^listed")).first.wait_for()
    drawer.get_by_text("Examples").wait_for()


def models(editor: Editor) -> None:
    """The files with what the server found out about them."""
    editor.page.keyboard.press("m")
    editor.page.get_by_test_id("model").get_by_text(re.compile(r"^sd1 · ")).first.wait_for()


def model_details(editor: Editor) -> None:
    models(editor)
    editor.page.get_by_test_id("model").filter(has_text="heddle-demo").first.click()
    editor.page.get_by_role("treegrid").get_by_role("definition").first.wait_for()
    editor.page.get_by_role("treegrid").locator("summary").first.click()


def console(chord: str) -> Reach:
    """Below the canvas."""

    def open_console(editor: Editor) -> None:
        editor.page.keyboard.press(chord)
        editor.page.get_by_role("region", name="Errors and log").get_by_role("tabpanel").wait_for()

    return open_console


def log(editor: Editor) -> None:
    console("Shift+o")(editor)
    editor.page.get_by_role("log").get_by_text(re.compile(r"\w")).first.wait_for()
    editor.page.get_by_role("meter").first.wait_for()


def errors(editor: Editor) -> None:
    runs.failed(editor)
    console("Shift+e")(editor)
    editor.page.get_by_role("tabpanel").get_by_text("no-such-model.safetensors").first.wait_for()


def palette(editor: Editor) -> None:
    editor.page.keyboard.press("Control+k")
    editor.page.get_by_test_id("palette-input").fill("image")
    editor.page.get_by_role("option", name="Load Image").first.wait_for()


def find(editor: Editor) -> None:
    editor.page.keyboard.press("Control+f")
    field = editor.page.get_by_test_id("find-input")
    field.fill("e")
    field.press("Enter")
    editor.page.get_by_role("option", selected=True).wait_for()


# On the canvas


def subgraph(editor: Editor) -> None:
    select(editor, "3", "8")
    editor.page.keyboard.press("Control+Shift+g")
    editor.page.get_by_role("textbox", name="Node title").press("Enter")
    editor.page.locator("[data-testid^=enter-]").click()
    editor.page.locator("nav ol").wait_for()
    editor.called("KSampler").wait_for()


def group(editor: Editor) -> None:
    """A frame whose name is being written."""
    dialogs.framed(editor)
    editor.page.keyboard.press("F2")
    editor.page.locator("[data-testid^=group-]").get_by_role("textbox").wait_for()


def minimap(editor: Editor) -> None:
    """It comes when part of the workflow is out of sight."""
    for _ in range(3):
        editor.page.keyboard.press("Control+=")
    editor.page.get_by_test_id("minimap").wait_for()


def view_menu(editor: Editor) -> None:
    editor.page.get_by_role("button", name="View settings").click()
    is_open(editor)


def mask(editor: Editor) -> None:
    editor.open(workflow("inpaint"), "inpaint.json")
    editor.called("Load Image").wait_for()
    editor.page.get_by_role("button", name="Edit the mask").click()
    editor.page.get_by_test_id("mask-said").filter(has_text="masked").wait_for()


def mask_keys(editor: Editor) -> None:
    mask(editor)
    editor.page.keyboard.press("?")
    dialogs.dialog(editor).locator("kbd").first.wait_for()


# As an app


def app_mode(editor: Editor) -> None:
    editor.page.keyboard.press("Alt+m")
    editor.page.get_by_test_id("app-run").wait_for()
    editor.page.get_by_test_id("app-room").get_by_label("Steps").wait_for()


def app_settings(editor: Editor) -> None:
    app_mode(editor)
    dialogs.settings("Appearance", "Theme")(editor)


def app_result(editor: Editor) -> None:
    runs.ran(editor)
    app_mode(editor)
    editor.page.get_by_test_id("app-run").click()
    runs.drawn(editor.page.get_by_test_id("app-result").first)


def app_large(editor: Editor) -> None:
    app_result(editor)
    editor.page.get_by_role("button", name="Show large").first.click()
    runs.drawn(editor.page.get_by_test_id("lightbox").locator("img"))


def builder(editor: Editor) -> None:
    """With a setting whose words are being changed."""
    editor.command("Choose what the app shows")
    room = editor.page.get_by_test_id("app-builder")
    room.get_by_role("button", name="Take the usual settings").click()
    room.get_by_role("button", name=re.compile("^Words and size of")).first.click()
    room.get_by_label("Help text").wait_for()


# With larger text


def put_settings(editor: Editor, **values: object) -> None:
    """For everybody at this server."""
    named = {f"Heddle.{name}": value for name, value in values.items()}
    assert editor.page.request.post(urljoin(editor.page.url, "/api/settings"), data=named).ok


def large(reach: Reach) -> Reach:
    """The same with text twice as large."""

    def come(editor: Editor) -> None:
        put_settings(editor, textSize=200)
        editor.page.reload()
        editor.node("3").wait_for()
        editor.page.wait_for_function("() => getComputedStyle(document.documentElement).fontSize === '32px'")
        reach(editor)

    return come


def leave(editor: Editor) -> None:
    """Takes back what others at the same server would see: settings, a run that waits for an answer."""
    put_settings(editor, textSize=100, palette="", palettes={}, bindings={})
    editor.page.request.post(urljoin(editor.page.url, "/api/interrupt"))


VIEWS: dict[str, Callable[[Editor], Any]] = {
    "start": start,
    "empty": empty,
    "properties": properties("Parameters", "cfg"),
    "properties-info": properties("Info", "Inputs"),
    "properties-settings": properties("Settings", "Title"),
    "properties-workflow": of_workflow,
    "properties-several": of_several,
    "nodes": nodes,
    "nodes-found": nodes_found,
    "workflows": workflows,
    "models": models,
    "model-details": model_details,
    "log": log,
    "errors": errors,
    "palette": palette,
    "find": find,
    "subgraph": subgraph,
    "group": group,
    "minimap": minimap,
    "mask": mask,
    "mask-keys": mask_keys,
    "app": app_mode,
    "app-settings": app_settings,
    "app-result": app_result,
    "app-large": app_large,
    "builder": builder,
    "shortcuts": dialogs.shortcuts,
    "settings-appearance": dialogs.settings("Appearance", "Theme"),
    "settings-canvas": dialogs.settings("Canvas", "Snap nodes to the grid"),
    "settings-running": dialogs.settings("Running", "Seeds change"),
    "settings-files": dialogs.settings("Files", "Save by itself"),
    "settings-keys": dialogs.settings("Keys", "Models"),
    "settings-recording": dialogs.recording,
    "settings-palettes": dialogs.palettes,
    "save": dialogs.save_dialog,
    "versions": dialogs.versions,
    "conflict": dialogs.conflict,
    "close": dialogs.close_unsaved,
    "templates": dialogs.templates,
    "missing": dialogs.missing,
    "choose-file": dialogs.choose_file,
    "prompt": dialogs.large_prompt,
    "presets": dialogs.node_presets,
    "value-set": dialogs.capture,
    "value-sets": dialogs.setups,
    "value-sets-compared": dialogs.compared_sets,
    "switch": dialogs.switch,
    "choices": dialogs.choices,
    "node-menu": dialogs.node_menu,
    "nodes-menu": dialogs.several_menu,
    "wire-menu": dialogs.wire_menu,
    "group-menu": dialogs.group_menu,
    "canvas-menu": dialogs.canvas_menu,
    "widget-menu": dialogs.widget_menu,
    "file-menu": dialogs.pressed("file-menu"),
    "run-menu": dialogs.pressed("run-menu"),
    "view-menu": view_menu,
    "tab-menu": dialogs.tab_menu,
    "error": runs.failed,
    "result": runs.ran,
    "gallery": runs.gallery,
    "gallery-menu": runs.gallery_menu,
    "gallery-nothing": runs.gallery_search,
    "lightbox": runs.lightbox,
    "compare": runs.compared,
    "jobs": runs.jobs,
    "profile": runs.profile,
    "chooser": runs.waiting,
    "chooser-large": runs.choosing,
    "sweep": runs.sweeping,
    "sweep-plan": runs.planned,
    "sheet": runs.sheet,
    "sheet-large": runs.sheet_large,
    "toast": runs.told,
    **{
        f"large-{name}": large(reach)
        for name, reach in {
            "start": start,
            "properties": properties("Parameters", "cfg"),
            "nodes": nodes,
            "models": model_details,
            "settings": dialogs.settings("Appearance", "Theme"),
            "app": app_mode,
        }.items()
    },
}
