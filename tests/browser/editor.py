"""The canvas as hands use it: nodes added by search, wires dragged, values typed, runs awaited."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.conftest import ROOT

SECOND = 1000
FIRST_PICTURE = 120 * SECOND  # the worker may still be importing torch
DROP = """([name, bytes, kind]) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], name, { type: kind }));
    const pane = document.querySelector(".react-flow__pane");
    for (const type of ["dragenter", "dragover", "drop"])
        pane.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true,
            clientX: 600, clientY: 400 }));
}"""


def middle(found: Locator) -> tuple[float, float]:
    """The middle of an element on the screen."""
    box = found.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def workflow(name: str) -> dict[str, Any]:
    """One of those that come along."""
    found = json.loads((ROOT / "workflows" / f"{name}.json").read_text())
    assert isinstance(found, dict)
    return found


@dataclass(frozen=True)
class Editor:
    """One open canvas."""

    page: Page

    # Looking

    def node(self, number: str) -> Locator:
        return self.page.get_by_test_id(f"node-{number}")

    def called(self, title: str) -> Locator:
        """Nodes with this title."""
        return self.page.locator(".react-flow__node").filter(
            has=self.page.locator("h3", has_text=re.compile(f"^{re.escape(title)}$"))
        )

    def number(self, title: str) -> str:
        """The id of the one node with this title."""
        found = self.called(title)
        expect(found).to_have_count(1)
        return str(found.get_attribute("data-id"))

    def widget(self, number: str, name: str) -> Locator:
        return self.page.get_by_test_id(f"widget-{number}-{name}")

    def socket(self, number: str, handle: str) -> Locator:
        """`in:model` or `out:0` of a node."""
        return self.page.locator(f'.react-flow__handle[data-nodeid="{number}"][data-handleid="{handle}"]')

    def wires(self) -> Locator:
        return self.page.locator(".react-flow__edge")

    def saved(self) -> str:
        """The file that the workflow would be, byte for byte."""
        with self.page.expect_download() as download:
            self.command("Download as JSON", wait=False)
        return download.value.path().read_text()

    # Doing

    def command(self, title: str, *, wait: bool = True) -> None:
        """A command by its name, as one finds it in the palette."""
        self.page.keyboard.press("Control+k")
        self.page.get_by_test_id("palette-input").fill(title)
        self.page.get_by_role("option", name=title).first.click()
        if wait:
            self.page.get_by_test_id("palette").wait_for(state="hidden")

    def empty(self) -> None:
        """A new workflow without nodes."""
        self.command("New workflow")
        expect(self.page.locator(".react-flow__node")).to_have_count(0)

    def add(self, name: str, at: tuple[float, float]) -> str:
        """A node by double click and search, its top left about there; its id."""
        nodes = self.page.locator(".react-flow__node")
        before = {found.get_attribute("data-id") for found in nodes.all()}
        self.page.mouse.dblclick(*at)
        self.page.get_by_test_id("palette-input").fill(name)
        expect(self.page.get_by_role("option", selected=True)).to_contain_text(name)
        self.page.keyboard.press("Enter")
        expect(nodes).to_have_count(len(before) + 1)
        (number,) = {found.get_attribute("data-id") for found in nodes.all()} - before
        self.page.get_by_test_id("palette").wait_for(state="hidden")
        return str(number)

    def wire(self, source: Locator, target: Locator) -> None:
        """Drag from socket to socket, when both are at rest and nothing covers them."""
        target.hover(trial=True)
        source.hover()
        self.page.mouse.down()
        self.page.mouse.move(*middle(target), steps=8)
        self.page.mouse.up()

    def drag(self, what: Locator, by: tuple[float, float], button: str = "left") -> None:
        """Press, move, let go."""
        what.hover()
        x, y = middle(what)
        self.page.mouse.down(button=button)  # type: ignore[arg-type]
        self.page.mouse.move(x + by[0], y + by[1], steps=6)
        self.page.mouse.up(button=button)  # type: ignore[arg-type]

    def put(self, number: str, name: str, value: object) -> None:
        """Type a value into a widget."""
        field = self.widget(number, name)
        field.fill(str(value))
        field.press("Escape") if name == "text" else field.press("Enter")

    def drop(self, name: str, data: bytes, kind: str) -> None:
        """Drop a file on the canvas, as from the file manager."""
        self.page.evaluate(DROP, [name, list(data), kind])

    def open(self, document: dict[str, Any], name: str = "workflow.json") -> None:
        """Open a workflow by dropping its file."""
        self.drop(name, json.dumps(document).encode(), "application/json")

    def run(self) -> None:
        self.page.get_by_test_id("run").click()

    def picture(self, number: str, timeout: float = FIRST_PICTURE) -> np.ndarray:
        """The pixels of the first picture that a node shows, (H, W, 3) in 0..1."""
        shown = self.page.get_by_test_id(f"output-image-{number}").first
        shown.wait_for(timeout=timeout)
        source = shown.evaluate("image => image.src")
        answer = self.page.request.get(source.replace("preview=", "ignored="))
        return np.asarray(Image.open(io.BytesIO(answer.body())).convert("RGB"), dtype=np.float32) / 255
