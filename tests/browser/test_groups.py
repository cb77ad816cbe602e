"""Inputs that stand for several on the canvas: growing sockets, and a choice with widgets of its own."""

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

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
DROP = """text => {
  const data = new DataTransfer();
  data.items.add(new File([text], "groups.json", { type: "application/json" }));
  const target = document.querySelector(".react-flow");
  target.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
}"""


def socket(page: Page, node: int, name: str) -> Locator:
    return page.locator(f'.react-flow__handle[data-nodeid="{node}"][data-handleid="{name}"]')


def middle(found: Locator) -> tuple[float, float]:
    box = found.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def wire(page: Page, source: Locator, target: Locator) -> None:
    page.mouse.move(*middle(source))
    page.mouse.down()
    page.mouse.move(*middle(target), steps=8)
    page.mouse.up()


def test_sockets_and_widgets_come_with_links_and_choices(page: Page) -> None:
    page.evaluate(DROP, json.dumps(WORKFLOW))
    page.get_by_test_id("node-5").wait_for()
    wire(page, socket(page, 3, "out:0"), socket(page, 5, "in:images.image0"))
    expect(socket(page, 5, "in:images.image2")).to_have_count(0)
    wire(page, socket(page, 3, "out:0"), socket(page, 5, "in:images.image1"))
    expect(socket(page, 5, "in:images.image2")).to_be_visible()
    wire(page, socket(page, 5, "out:0"), socket(page, 6, "in:input"))

    choice = page.get_by_test_id("widget-6-resize_type")
    choice.focus()
    page.keyboard.press("Enter")
    page.get_by_role("option", name="match size").click()
    wire(page, socket(page, 3, "out:0"), socket(page, 6, "in:resize_type.match"))
    expect(page.locator(".react-flow__edge")).to_have_count(4)

    choice.focus()
    page.keyboard.press("Enter")
    page.get_by_role("option", name="scale width").click()
    expect(page.get_by_test_id("widget-6-resize_type.width")).to_have_value("512")
    expect(page.locator(".react-flow__edge")).to_have_count(3)

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_test_id("widget-6-resize_type.crop")).to_be_visible()
    expect(page.locator(".react-flow__edge")).to_have_count(4)
