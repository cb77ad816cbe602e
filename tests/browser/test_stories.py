"""What people do on the canvas, each as one story with the real server, worker and bundled model."""

import io
import random
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.editor import FIRST_PICTURE, SECOND, Editor, workflow
from tests.conftest import Server

pytestmark = pytest.mark.browser


def test_text_to_image_is_built_from_an_empty_canvas_by_search_and_dragging(editor: Editor) -> None:
    editor.empty()
    loader = editor.add("Load Checkpoint", (180, 160))
    words = editor.add("CLIP Text Encode", (520, 160))
    editor.put(words, "text", "a red tent in the snow at night")
    latent = editor.add("Empty Latent Image", (180, 420))
    sampler = editor.add("KSampler", (900, 160))
    editor.wire(editor.socket(loader, "out:0"), editor.socket(sampler, "in:model"))
    editor.wire(editor.socket(loader, "out:1"), editor.socket(words, "in:clip"))
    editor.wire(editor.socket(words, "out:0"), editor.socket(sampler, "in:positive"))
    editor.wire(editor.socket(words, "out:0"), editor.socket(sampler, "in:negative"))
    editor.wire(editor.socket(latent, "out:0"), editor.socket(sampler, "in:latent_image"))
    expect(editor.wires()).to_have_count(5)
    for name, value in (("seed", 11), ("steps", 8)):
        editor.put(sampler, name, value)
    for name in ("width", "height"):
        editor.put(latent, name, 128)

    # A wire dropped on nothing asks what it is to end in.
    editor.drag(editor.socket(sampler, "out:0"), (-420, 300))
    editor.page.get_by_test_id("palette-input").fill("VAE Decode")
    editor.page.keyboard.press("Enter")
    decode = editor.number("VAE Decode")
    editor.wire(editor.socket(loader, "out:2"), editor.socket(decode, "in:vae"))
    editor.drag(editor.socket(decode, "out:0"), (60, 120))
    editor.page.get_by_test_id("palette-input").fill("Preview Image")
    editor.page.keyboard.press("Enter")
    preview = editor.number("Preview Image")
    expect(editor.wires()).to_have_count(8)
    editor.run()
    night = editor.picture(preview)
    assert night.shape == (128, 128, 3)
    assert night[:32].mean() < 0.35, "the sky of the night is dark"


def test_a_picture_of_ones_own_is_uploaded_and_painted_over(editor: Editor) -> None:
    editor.open(workflow("image_to_image"), "image_to_image.json")
    loader = editor.number("Load Image")
    mine = io.BytesIO()
    Image.new("RGB", (128, 128), (30, 60, 200)).save(mine, "PNG")
    editor.page.get_by_test_id(f"upload-{loader}").first.set_input_files(
        {"name": "mine.png", "mimeType": "image/png", "buffer": mine.getvalue()}
    )
    expect(editor.widget(loader, "image")).to_have_attribute("data-value", "mine.png")
    sampler = editor.number("KSampler")
    editor.put(sampler, "denoise", 0.3)
    editor.put(sampler, "steps", 8)
    editor.run()
    blue = editor.picture(editor.number("Save Image"))
    assert blue[..., 2].mean() > blue[..., 0].mean() + 0.2, "it began from the blue picture"


def test_a_hundred_gestures_are_undone_back_to_the_very_start(editor: Editor) -> None:
    chance = random.Random(5)
    start = editor.saved()
    numbers = ["3", "4", "5", "6", "7", "8", "9"]
    for turn in range(100):
        number = chance.choice(numbers)
        kind = chance.choice(["move", "seed", "mute", "collapse", "bypass", "duplicate", "steps"])
        if kind == "move":
            editor.drag(editor.node(number).locator("h3"), (chance.randint(0, 9) * 4 + 2, 20))
        elif kind in ("seed", "steps"):
            editor.put("3", kind, turn + 1)
        else:
            editor.node(number).locator("h3").click()
            keys = {"mute": "Control+m", "collapse": "Alt+c", "bypass": "Control+b", "duplicate": "Control+d"}
            editor.page.keyboard.press(keys[kind])
            if kind in ("collapse", "duplicate"):  # what follows has to be found where it was
                editor.page.keyboard.press("Control+z")
        editor.page.mouse.click(700, 60)
    assert editor.saved() != start
    undo = editor.page.get_by_role("button", name="Undo")
    for _ in range(150):
        if undo.is_disabled():
            break
        editor.page.keyboard.press("Control+z")
    assert editor.saved() == start


def test_what_stands_in_a_workflow_is_found(editor: Editor) -> None:
    editor.page.keyboard.press("Control+f")
    find = editor.page.get_by_test_id("find-input")
    find.fill("lighthouse sea")
    find.press("Enter")
    expect(editor.node("6")).to_have_attribute("data-selected", "true")
    find.fill("heddle-demo")
    find.press("Enter")
    expect(editor.node("4")).to_have_attribute("data-selected", "true")
    find.fill("nothing like it")
    expect(editor.page.get_by_role("status").filter(has_text="Nothing found")).to_be_visible()
    find.press("Escape")
    expect(find).to_have_count(0)


def test_a_reload_in_mid_run_shows_the_progress_go_on(editor: Editor) -> None:
    editor.put("3", "steps", 3000)
    editor.run()
    editor.page.get_by_test_id("preview-3").wait_for(timeout=FIRST_PICTURE)
    editor.page.wait_for_timeout(1.2 * SECOND)  # the draft is kept meanwhile
    editor.page.reload()
    progress = editor.page.get_by_role("progressbar", name="Progress of KSampler")
    progress.wait_for(timeout=20 * SECOND)
    editor.page.get_by_test_id("preview-3").wait_for(timeout=20 * SECOND)
    steps = editor.node("3").get_by_text(re.compile(r"^\d+/3000$"))
    first = steps.inner_text()
    expect(steps).not_to_have_text(first, timeout=20 * SECOND)
    editor.page.get_by_test_id("interrupt").click()
    expect(editor.page.get_by_test_id("interrupt")).to_have_count(0, timeout=30 * SECOND)


def test_a_picture_that_the_api_made_brings_its_prompt_onto_the_canvas(
    editor: Editor, server: Server
) -> None:
    prompt = {
        "1": {
            "class_type": "EmptyImage",
            "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 255},
        },
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "by_api"}},
    }
    assert editor.page.request.post(f"{server.address}/prompt", data={"prompt": prompt}).ok
    path = server.folder / "output" / "by_api_00001_.png"
    for _ in range(1200):
        if path.exists():
            break
        editor.page.wait_for_timeout(100)
    editor.drop(path.name, path.read_bytes(), "image/png")
    expect(editor.called("EmptyImage").or_(editor.called("Empty Image"))).to_have_count(1)
    expect(editor.widget("1", "width")).to_have_value("64")
    expect(editor.wires()).to_have_count(1)
    editor.run()
    blue = editor.picture("2")
    assert np.allclose(blue[0, 0], (0, 0, 1))
