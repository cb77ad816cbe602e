"""The views of the canvas by name, and how one comes to each: for accessibility, and for pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.editor import FIRST_PICTURE, Editor, workflow

Reach = Callable[[Editor], None]

BROKEN: dict[str, Any] = {
    "1": {"class_type": "NoSuchNodeAtAll", "inputs": {}},
    "2": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "no-such-model.safetensors"}},
    "3": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
}


def key(chord: str, role: str | None = None) -> Reach:
    """A view that comes with a key."""

    def open_view(editor: Editor) -> None:
        editor.page.keyboard.press(chord)
        if role is not None:
            editor.page.get_by_role(role).first.wait_for()  # type: ignore[arg-type]

    return open_view


def start(editor: Editor) -> None:
    editor.page.get_by_test_id("run").wait_for()


def empty(editor: Editor) -> None:
    editor.page.keyboard.press("Alt+t")
    expect(editor.page.locator(".react-flow__node")).to_have_count(0)


def node_selected(editor: Editor) -> None:
    editor.page.keyboard.press("i")
    editor.node("3").locator("h3").click()
    editor.page.get_by_test_id("properties").or_(editor.page.get_by_role("complementary")).first.wait_for()


def drawer(chord: str) -> Reach:
    def open_drawer(editor: Editor) -> None:
        editor.page.keyboard.press(chord)
        editor.page.get_by_role("complementary").first.get_by_role("heading", level=2).wait_for()

    return open_drawer


def palette(editor: Editor) -> None:
    editor.page.keyboard.press("Control+k")
    editor.page.get_by_test_id("palette-input").fill("image")
    editor.page.get_by_role("option").first.wait_for()


def find(editor: Editor) -> None:
    editor.page.keyboard.press("Control+f")
    field = editor.page.get_by_test_id("find-input")
    field.fill("lighthouse")
    field.press("Enter")


def settings(group: str) -> Reach:
    def open_settings(editor: Editor) -> None:
        editor.page.keyboard.press("Control+,")
        dialog = editor.page.get_by_role("dialog", name="Settings")
        dialog.get_by_role("tab", name=group).click()

    return open_settings


def ran(editor: Editor) -> None:
    """A run was made, so that there is something to see."""
    editor.put("3", "steps", 4)
    editor.run()
    editor.picture("9", FIRST_PICTURE)
    editor.page.keyboard.press("Escape")


def gallery(editor: Editor) -> None:
    editor.page.get_by_test_id("rail-gallery").click()
    editor.page.get_by_test_id("gallery-cell").first.click()


def lightbox(editor: Editor) -> None:
    gallery(editor)
    editor.page.keyboard.press("Enter")
    editor.page.get_by_test_id("lightbox").wait_for()


def mask(editor: Editor) -> None:
    editor.open(workflow("inpaint"), "inpaint.json")
    expect(editor.called("Load Image")).to_have_count(1)
    editor.page.get_by_role("button", name="Edit the mask").click()
    expect(editor.page.get_by_test_id("mask-said")).to_contain_text("masked")


def saved_twice(editor: Editor, name: str) -> None:
    """The workflow as a file with two versions."""
    page = editor.page
    page.keyboard.press("Control+Shift+s")
    page.get_by_label("Name", exact=True).fill(name)
    page.keyboard.press("Enter")
    replace = page.get_by_role("button", name="Replace it")
    expect(page.get_by_role("tab", name=name).or_(replace)).to_have_count(1)
    if replace.count():
        replace.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    value = int(editor.widget("3", "steps").input_value())
    editor.put("3", "steps", value + 1)
    page.keyboard.press("Control+s")
    expect(page.get_by_role("tab", name=name)).not_to_contain_text("unsaved")


def versions(editor: Editor) -> None:
    saved_twice(editor, "versions")
    editor.put("3", "steps", 33)
    editor.command("Version history", wait=False)
    editor.page.get_by_role("img", name="Drawing of this version").wait_for()


def conflict(editor: Editor) -> None:
    saved_twice(editor, "conflict")
    address = "/api/userdata/workflows%2Fconflict.json"
    script = """async address => { const got = await (await fetch(address)).json();
        got.nodes.find(node => node.id === 3).widgets_values[2] = 41;
        await fetch(address + "?overwrite=true", { method: "POST", body: JSON.stringify(got) }); }"""
    editor.page.evaluate(script, address)
    editor.put("3", "steps", 44)
    editor.page.keyboard.press("Control+s")
    editor.page.get_by_role("dialog").get_by_role("insertion").first.wait_for()


def save_dialog(editor: Editor) -> None:
    editor.page.keyboard.press("Control+Shift+s")
    editor.page.get_by_label("Name", exact=True).wait_for()


def jobs(editor: Editor) -> None:
    editor.page.keyboard.press("q")
    editor.page.get_by_test_id("job").or_(editor.page.get_by_test_id("job-group")).first.click()


def profile(editor: Editor) -> None:
    editor.page.keyboard.press("Shift+t")
    editor.page.get_by_test_id("profile").wait_for()


def missing(editor: Editor) -> None:
    editor.open(BROKEN, "broken.json")
    editor.page.get_by_test_id("missing-bar").get_by_role("button").first.click()
    editor.page.get_by_role("dialog").wait_for()


def failed(editor: Editor) -> None:
    """A run that the server refuses, told at the node."""
    document = workflow("text_to_image")
    next(node for node in document["nodes"] if node["id"] == 4)["widgets_values"] = [
        "no-such-model.safetensors"
    ]
    editor.open(document, "wrong.json")
    expect(editor.widget("4", "ckpt_name")).to_have_attribute("data-value", "no-such-model.safetensors")
    editor.run()
    editor.page.get_by_test_id("error-4").first.wait_for()


def node_menu(editor: Editor) -> None:
    editor.node("3").locator("h3").click(button="right")
    editor.page.get_by_role("menu").first.wait_for()


def canvas_menu(editor: Editor) -> None:
    editor.page.mouse.click(700, 90, button="right")
    editor.page.get_by_role("menu").first.wait_for()


def file_menu(editor: Editor) -> None:
    editor.page.get_by_test_id("file-menu").click()
    editor.page.get_by_role("menu").first.wait_for()


def templates(editor: Editor) -> None:
    editor.command("Templates", wait=False)
    editor.page.locator("[data-testid^=template-]").first.wait_for()


def app_mode(editor: Editor) -> None:
    editor.page.keyboard.press("Alt+m")
    editor.page.get_by_test_id("app-room").wait_for()


def subgraph(editor: Editor) -> None:
    for number in ("3", "8"):
        editor.node(number).locator("h3").click(modifiers=["Shift"])
    editor.page.keyboard.press("Control+Shift+g")
    editor.page.get_by_role("textbox", name="Node title").press("Enter")
    editor.page.locator("[data-testid^=enter-]").click()
    editor.page.locator("nav ol").wait_for()


VIEWS: dict[str, Reach] = {
    "start": start,
    "empty": empty,
    "properties": node_selected,
    "nodes": drawer("n"),
    "workflows": drawer("w"),
    "models": drawer("m"),
    "palette": palette,
    "find": find,
    "shortcuts": key("?", "dialog"),
    **{
        f"settings-{group.lower()}": settings(group)
        for group in ("Appearance", "Canvas", "Running", "Files", "Keys")
    },
    "save": save_dialog,
    "mask": mask,
    "versions": versions,
    "conflict": conflict,
    "missing": missing,
    "error": failed,
    "node-menu": node_menu,
    "canvas-menu": canvas_menu,
    "file-menu": file_menu,
    "templates": templates,
    "app": app_mode,
    "subgraph": subgraph,
    "result": ran,
    "gallery": gallery,
    "lightbox": lightbox,
    "jobs": jobs,
    "profile": profile,
}
