"""The canvas under fingers, on a tablet and on a phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Locator, Page, expect

from tests.browser.editor import Editor, middle, workflow
from tests.conftest import Server

pytestmark = pytest.mark.browser

TABLET = {"width": 820, "height": 1180}
PHONE = {"width": 390, "height": 844}
VIEW = "() => document.querySelector('.react-flow__viewport').style.transform"
Point = tuple[float, float]


class Fingers:
    """Touches as the screen reports them, any number at once."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session: CDPSession = page.context.new_cdp_session(page)

    def send(self, kind: str, points: list[Point]) -> None:
        touches = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def move(self, starts: list[Point], ends: list[Point], steps: int = 6) -> None:
        """All fingers go down, move side by side, and lift."""
        self.send("touchStart", starts)
        for step in range(1, steps + 1):
            share = step / steps
            pairs = zip(starts, ends, strict=True)
            self.send(
                "touchMove", [(a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share) for a, b in pairs]
            )
        self.send("touchEnd", [])

    def hold(self, at: Point, until: Locator) -> None:
        """One finger rests until something appears."""
        self.send("touchStart", [at])
        until.wait_for()
        self.send("touchEnd", [])


@pytest.fixture(params=[TABLET, PHONE], ids=["tablet", "phone"])
def page(request: pytest.FixtureRequest, chromium: Browser, server: Server) -> Iterator[Page]:
    """The canvas on a screen without a mouse."""
    context = chromium.new_context(
        viewport=request.param, has_touch=True, is_mobile=True, color_scheme="dark"
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(server.address)
    page.locator(".react-flow__node").or_(page.get_by_test_id("far-canvas")).first.wait_for()
    yield page
    context.close()
    assert wrong == []


def free(page: Page) -> Point:
    """A place on the canvas without a node."""
    found: Any = page.evaluate(
        """() => {
            const pane = document.querySelector(".react-flow").getBoundingClientRect();
            const isFree = (x, y) => document.elementFromPoint(x, y)?.classList.contains("react-flow__pane");
            for (let y = pane.top + 40; y < pane.bottom - 40; y += 24)
                for (let x = pane.left + 60; x < pane.right - 60; x += 24)
                    if (isFree(x, y) && isFree(x + 40, y + 40)) return [x, y];
        }"""
    )
    return float(found[0]), float(found[1])


def test_one_finger_moves_the_view_and_two_zoom(page: Page) -> None:
    fingers = Fingers(page)
    x, y = free(page)
    before = page.evaluate(VIEW)
    fingers.move([(x, y)], [(x + 60, y + 40)])
    moved = page.evaluate(VIEW)
    assert moved != before
    assert moved.split("scale")[1] == before.split("scale")[1]
    x, y = free(page)
    fingers.move([(x, y), (x + 30, y + 30)], [(x - 20, y - 20), (x + 90, y + 90)])
    assert float(page.evaluate(VIEW).split("scale(")[1].rstrip(")")) > float(
        moved.split("scale(")[1].rstrip(")")
    )


def test_a_tap_selects_and_a_finger_that_rests_opens_the_menu(page: Page) -> None:
    editor = Editor(page)
    title = editor.node("4").locator("h3")
    page.touchscreen.tap(*middle(title))
    expect(editor.node("4")).to_have_attribute("data-selected", "true")
    fingers = Fingers(page)
    fingers.hold(middle(title), page.get_by_role("menu").first)
    expect(page.get_by_role("menuitem", name="Bypass")).to_be_visible()
    page.keyboard.press("Escape")
    fingers.hold(free(page), page.get_by_role("menu").first)
    expect(page.get_by_role("menuitem", name="Add a node")).to_be_visible()


def test_sockets_are_joined_with_a_finger(page: Page) -> None:
    editor = Editor(page)
    editor.open(
        {
            "1": {
                "class_type": "EmptyImage",
                "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0},
            },
            "2": {"class_type": "PreviewImage", "inputs": {}},
        },
        "two.json",
    )
    expect(editor.called("Preview Image")).to_have_count(1)
    page.wait_for_function("() => document.querySelectorAll('.react-flow__node').length === 2")
    expect(editor.wires()).to_have_count(0)
    out, into = middle(editor.socket("1", "out:0")), middle(editor.socket("2", "in:images"))
    Fingers(page).move([out], [into], steps=12)
    expect(editor.wires()).to_have_count(1)


def test_a_mask_is_painted_with_a_finger(page: Page) -> None:
    editor = Editor(page)
    editor.open(workflow("inpaint"), "inpaint.json")
    expect(editor.called("Load Image").or_(page.get_by_test_id("far-canvas")).first).to_be_visible()
    page.get_by_role("button", name="Edit the mask").evaluate("button => button.click()")
    said = page.get_by_test_id("mask-said")
    expect(said).to_contain_text("masked")
    undo = page.get_by_test_id("mask-editor").get_by_role("button", name="Undo")
    expect(undo).to_be_disabled()
    x, y = middle(page.get_by_role("application", name="Picture"))
    Fingers(page).move([(x - 60, y - 30)], [(x + 60, y + 30)])
    expect(undo).to_be_enabled()


def test_the_app_fits_a_phone_and_runs(page: Page) -> None:
    page.keyboard.press("Alt+m")
    page.get_by_test_id("app-room").wait_for()
    run = page.get_by_test_id("app-run")
    box = run.bounding_box()
    assert box is not None
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["height"] >= 40, "a finger hits it"
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), (
        "nothing sticks out sideways"
    )
    page.get_by_role("textbox", name="Steps").fill("4")
    run.tap()
    expect(page.get_by_test_id("app-result").first).to_be_visible(timeout=120_000)
