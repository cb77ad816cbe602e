"""Larger things made of nodes: subgraphs, sweeps, templates, apps, and runs that follow every change."""

import pytest
from playwright.sync_api import expect

from tests.browser.editor import FIRST_PICTURE, SECOND, Editor

pytestmark = pytest.mark.browser


def test_a_subgraph_is_made_gets_a_widget_outside_and_runs(editor: Editor) -> None:
    page = editor.page
    editor.put("3", "steps", 4)
    page.keyboard.press("Escape")
    for number in ("3", "8"):
        editor.node(number).locator("h3").click(modifiers=["Shift"])
    page.keyboard.press("Control+Shift+g")
    name = page.get_by_role("textbox", name="Node title")
    name.fill("Painter")
    name.press("Enter")
    instance = editor.number("Painter")
    expect(editor.called("KSampler")).to_have_count(0)
    page.get_by_test_id(f"enter-{instance}").click()
    expect(page.locator("nav ol")).to_contain_text("Painter")
    sampler = editor.number("KSampler")
    editor.node(sampler).locator("h3").click()
    editor.command("Show widgets outside")
    page.keyboard.press("Alt+ArrowUp")
    expect(editor.called("Painter")).to_have_count(1)
    expect(editor.widget(instance, "steps")).to_have_value("4")
    editor.put(instance, "steps", 3)
    editor.run()
    assert editor.picture("9").shape == (128, 128, 3)


def test_guidance_and_steps_are_swept_as_a_grid(editor: Editor) -> None:
    page = editor.page
    page.wait_for_load_state("networkidle")  # what follows the focus comes with a chunk of its own
    for name, values in (("cfg", "2, 4"), ("steps", "2, 3, 4")):
        editor.widget("3", name).click()
        page.keyboard.press("Alt+x")
        dialog = page.get_by_role("dialog", name="Sweep")
        dialog.get_by_role("textbox", name="Values").fill(values)
        page.get_by_test_id("sweep-set").click()
        expect(dialog).to_have_count(0)
        expect(page.get_by_test_id(f"sweep-chip-3-{name}")).to_be_visible()
    editor.run()
    page.get_by_test_id("gallery-image").nth(5).wait_for(timeout=FIRST_PICTURE)
    editor.command("Sheets", wait=False)
    sheet = page.get_by_test_id("sweep-sheet")
    sheet.wait_for()
    for row in range(2):
        for column in range(2):
            expect(sheet.get_by_test_id(f"cell-{row}-{column}").locator("img")).to_be_visible(
                timeout=60 * SECOND
            )


def test_a_template_is_chosen_from_pictures_and_opened(editor: Editor) -> None:
    page = editor.page
    page.keyboard.press("Alt+o")
    page.get_by_role("textbox", name="Search templates").fill("image to image")
    page.get_by_role("dialog").get_by_role("button", name="Image to image").first.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("tab")).to_have_count(2)
    expect(editor.called("Load Image")).to_have_count(1)


def test_live_mode_runs_by_itself_after_a_change(editor: Editor) -> None:
    page = editor.page
    editor.put("3", "steps", 2)
    page.get_by_test_id("live").click()
    editor.picture("9")
    before = page.get_by_test_id("output-image-9").first.get_attribute("src")
    page.get_by_test_id("widget-6-text").fill("a green house in a meadow")
    expect(page.get_by_test_id("output-image-9").first).not_to_have_attribute(
        "src", str(before), timeout=60 * SECOND
    )
    page.get_by_test_id("live").click()
    expect(page.get_by_test_id("live")).to_have_attribute("aria-pressed", "false")
