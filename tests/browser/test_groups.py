"""Inputs that stand for several on the canvas: growing sockets, and a choice with widgets of its own."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.editor import Editor

pytestmark = pytest.mark.browser

WORKFLOW: dict[str, Any] = {
    "version": 0.4,
    "nodes": [
        {"id": 3, "type": "LoadImage", "pos": [0, 0], "widgets_values": ["example.png", "image"]},
        {"id": 5, "type": "BatchImagesNode", "pos": [400, 0]},
        {"id": 6, "type": "ResizeImageMaskNode", "pos": [700, 0]},
    ],
    "links": [],
}


def test_sockets_and_widgets_come_with_links_and_choices(editor: Editor) -> None:
    editor.open(WORKFLOW)
    image, batch, resize = "3", "5", "6"
    editor.node(batch).wait_for()
    editor.wire(editor.socket(image, "out:0"), editor.socket(batch, "in:images.image0"))
    expect(editor.socket(batch, "in:images.image2")).to_have_count(0)
    editor.wire(editor.socket(image, "out:0"), editor.socket(batch, "in:images.image1"))
    expect(editor.socket(batch, "in:images.image2")).to_be_visible()
    editor.wire(editor.socket(batch, "out:0"), editor.socket(resize, "in:input"))

    choose(editor, resize, "match size")
    editor.wire(editor.socket(image, "out:0"), editor.socket(resize, "in:resize_type.match"))
    expect(editor.wires()).to_have_count(4)

    choose(editor, resize, "scale width")
    expect(editor.widget(resize, "resize_type.width")).to_have_value("512")
    expect(editor.wires()).to_have_count(3)

    editor.page.get_by_role("button", name="Undo").click()
    expect(editor.widget(resize, "resize_type.crop")).to_be_visible()
    expect(editor.wires()).to_have_count(4)


def choose(editor: Editor, number: str, what: str) -> None:
    """Another way to resize, by keys."""
    editor.widget(number, "resize_type").focus()
    editor.page.keyboard.press("Enter")
    editor.page.get_by_role("option", name=what).click()
