"""Painting what is to change: the mask editor, and the run that follows it."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.editor import Editor, middle, workflow
from tests.conftest import Server

pytestmark = pytest.mark.browser

# The picture of `example.png` is painted anew in its middle, from a quarter to three quarters.
LOW, HIGH = 0.25, 0.75


def open_mask(editor: Editor) -> tuple[str, Page]:
    """The inpainting workflow on a picture without a mask, and the mask editor open on it."""
    editor.open(workflow("inpaint"), "inpaint.json")
    loader = editor.number("Load Image")
    plain = io.BytesIO()
    Image.new("RGB", (128, 128), (40, 70, 190)).save(plain, "PNG")
    editor.page.get_by_test_id(f"upload-{loader}").first.set_input_files(
        {"name": "plain.png", "mimeType": "image/png", "buffer": plain.getvalue()}
    )
    expect(editor.widget(loader, "image")).to_have_attribute("data-value", "plain.png")
    editor.node(loader).get_by_role("button", name="Edit the mask").click()
    expect(editor.page.get_by_test_id("mask-said")).to_contain_text("0 % masked")
    return loader, editor.page


def saved_mask(editor: Editor, server: Server, loader: str) -> np.ndarray:
    """What the loader shows after saving: 1 where the picture is masked, (H, W)."""
    widget = editor.widget(loader, "image")
    expect(widget).not_to_have_attribute("data-value", "plain.png")
    name = str(widget.get_attribute("data-value")).removesuffix(" [input]")
    alpha = Image.open(server.folder / "input" / name).convert("RGBA").getchannel("A")
    return 1 - np.asarray(alpha, dtype=np.float32) / 255


def paint_rectangle(page: Page) -> None:
    """The middle of the picture, which is fitted to the stage."""
    page.keyboard.press("Control+0")
    page.get_by_role("radio", name="Rectangle").check(force=True)
    stage = page.get_by_role("application", name="Picture")
    x, y = middle(stage)
    box = stage.bounding_box()
    assert box is not None
    page.mouse.move(x - box["height"] * 0.2, y - box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(x + box["height"] * 0.2, y + box["height"] * 0.2, steps=5)
    page.mouse.up()


def test_a_mask_is_painted_and_only_what_is_under_it_changes(editor: Editor, server: Server) -> None:
    loader, page = open_mask(editor)
    paint_rectangle(page)
    page.get_by_role("button", name="Save mask").click()
    page.get_by_test_id("mask-editor").wait_for(state="hidden")
    mask = saved_mask(editor, server, loader)
    assert 0.05 < mask.mean() < 0.7, "a part of the picture is masked"
    assert mask[64, 64] == 1
    assert mask[2, 2] == 0
    sampler = editor.number("KSampler")
    editor.put(sampler, "seed", 3)
    editor.put(sampler, "steps", 8)
    editor.run()
    result = editor.picture(editor.number("Save Image"))
    before = np.array([40, 70, 190], dtype=np.float32) / 255
    away = np.abs(result - before).mean(axis=2)
    assert away[mask == 1].mean() > 3 * away[:12].mean(), "the picture changed where it was painted"
    assert away[:12].mean() < 0.12, "what was not painted is as it was"


def test_a_stroke_is_undone_and_unsaved_paint_is_asked_about(editor: Editor) -> None:
    loader, page = open_mask(editor)
    undo = page.get_by_test_id("mask-editor").get_by_role("button", name="Undo")
    expect(undo).to_be_disabled()
    paint_rectangle(page)
    expect(undo).to_be_enabled()
    page.keyboard.press("Control+z")
    expect(undo).to_be_disabled()
    page.keyboard.press("Control+Shift+z")
    expect(undo).to_be_enabled()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Discard changes").click()
    expect(page.get_by_test_id("mask-editor")).to_have_count(0)
    expect(editor.widget(loader, "image")).to_have_attribute("data-value", "plain.png")


def test_a_mask_is_painted_with_keys_alone(editor: Editor, server: Server) -> None:
    loader, page = open_mask(editor)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Control+s")
    expect(page.get_by_test_id("mask-editor")).to_have_count(0)
    assert saved_mask(editor, server, loader).max() == 1
