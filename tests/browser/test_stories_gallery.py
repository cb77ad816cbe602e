"""What was made is found again: the gallery, searched by prompt and by seed."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.editor import FIRST_PICTURE, Editor
from tests.conftest import Server

pytestmark = pytest.mark.browser

PICTURES = (
    ("a red tent in the snow", 11),
    ("a white balloon over the sea", 12),
    ("a red balloon by night", 13),
)


def make(page: Page, server: Server) -> None:
    """The pictures, if they are not there yet; four steps are enough for looking at."""
    if len(list((server.folder / "output").glob("*.png"))) >= len(PICTURES):
        return
    editor = Editor(page)
    editor.put("3", "steps", 2)
    for prompt, seed in PICTURES:
        page.get_by_test_id("widget-6-text").fill(prompt)
        editor.put("3", "seed", seed)
        editor.run()
    expect(page.get_by_test_id("gallery-image")).to_have_count(len(PICTURES), timeout=FIRST_PICTURE)


def open_gallery(page: Page) -> None:
    page.get_by_test_id("rail-gallery").click()
    expect(page.get_by_test_id("gallery-cell")).to_have_count(len(PICTURES))


def test_pictures_are_found_by_words_of_their_prompt_and_by_seed(page: Page, server: Server) -> None:
    make(page, server)
    open_gallery(page)
    search = page.get_by_test_id("gallery-search")
    search.fill("balloon")
    expect(page.get_by_test_id("gallery-cell")).to_have_count(2)
    search.fill("red balloon")
    expect(page.get_by_test_id("gallery-cell")).to_have_count(1)
    search.press("Escape")
    expect(page.get_by_test_id("gallery-cell")).to_have_count(3)
    search.fill("seed:12 ")
    expect(page.get_by_role("button", name="Remove the filter")).to_have_count(1)
    expect(page.get_by_test_id("gallery-cell")).to_have_count(1)
    search.press("Backspace")
    expect(page.get_by_test_id("gallery-cell")).to_have_count(3)
    search.fill("no such picture at all")
    expect(page.get_by_test_id("gallery-cell")).to_have_count(0)
    expect(page.get_by_test_id("gallery-room")).to_contain_text("No")


def test_a_picture_is_looked_at_marked_and_its_workflow_opened(page: Page, server: Server) -> None:
    make(page, server)
    open_gallery(page)
    page.get_by_test_id("gallery-search").fill("tent")
    expect(page.get_by_test_id("gallery-cell")).to_have_count(1)
    page.get_by_test_id("gallery-search").press("ArrowDown")
    page.keyboard.press("Enter")
    lightbox = page.get_by_test_id("lightbox")
    lightbox.wait_for()
    page.keyboard.press("Escape")
    expect(lightbox).to_have_count(0)
    page.get_by_test_id("gallery-cell").first.click(button="right")
    page.get_by_role("menuitem", name="Mark as favourite").click()
    page.get_by_test_id("gallery-search").press("Escape")
    expect(page.get_by_test_id("gallery-cell")).to_have_count(3)
    expect(page.get_by_role("button", name="No favourite any more")).to_have_count(1)
    page.get_by_test_id("gallery-search").fill("tent")
    expect(page.get_by_test_id("gallery-cell")).to_have_count(1)
    page.get_by_test_id("gallery-cell").first.click(button="right")
    page.get_by_role("menuitem", name="Open its workflow").click()
    expect(page.get_by_test_id("gallery-room")).to_have_count(0)
    expect(page.get_by_test_id("widget-6-text")).to_have_value("a red tent in the snow")
    expect(page.get_by_test_id("widget-3-seed")).to_have_value("11")
