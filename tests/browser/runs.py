"""How one comes to what needs runs: results, gallery, queue, sheets, choices."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Locator, expect

from tests.browser.dialogs import dialog, is_open
from tests.browser.editor import FIRST_PICTURE, SECOND, Editor, workflow

COLORS = (255, 65280)
CHOICE: dict[str, Any] = {
    **{
        str(turn + 1): {
            "class_type": "EmptyImage",
            "inputs": {"width": 32, "height": 32, "batch_size": 1, "color": color},
        }
        for turn, color in enumerate(COLORS)
    },
    "3": {"class_type": "ImageBatch", "inputs": {"image1": ["1", 0], "image2": ["2", 0]}},
    "4": {"class_type": "ImageChooser", "inputs": {"images": ["3", 0], "message": "Which one?", "most": 1}},
    "5": {"class_type": "PreviewImage", "inputs": {"images": ["4", 0]}},
}
PROMPTS = ("a red tent in the snow at night", "a white balloon over the sea")
DONE = """async count => {
    const answer = await fetch('/api/jobs?status=completed&limit=9');
    return (await answer.json()).jobs.length >= count;
}"""


def painting(text: str, seed: int) -> dict[str, Any]:
    """A prompt for the bundled model; a few steps are enough for looking at."""
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "heddle-demo.safetensors"}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": text}},
        "3": {"class_type": "EmptyLatentImage", "inputs": {"width": 128, "height": 128, "batch_size": 1}},
        "4": {
            "class_type": "KSampler",
            "inputs": {
                "model": ["1", 0],
                "positive": ["2", 0],
                "negative": ["2", 0],
                "latent_image": ["3", 0],
                "seed": seed,
                "steps": 6,
                "cfg": 4.0,
                "denoise": 1.0,
                "sampler_name": "euler",
                "scheduler": "normal",
            },
        },
        "5": {"class_type": "VAEDecode", "inputs": {"samples": ["4", 0], "vae": ["1", 2]}},
        "6": {"class_type": "SaveImage", "inputs": {"images": ["5", 0], "filename_prefix": "view"}},
    }


def made(editor: Editor) -> None:
    """The server has made two pictures; whoever comes first has it make them."""
    page = editor.page
    address = urljoin(page.url, "/api/jobs?status=completed&limit=9")
    found = page.request.get(address).json()["jobs"]
    if len(found) >= len(PROMPTS):
        return
    for seed, text in enumerate(PROMPTS):
        answer = page.request.post(urljoin(page.url, "/prompt"), data={"prompt": painting(text, seed)})
        assert answer.ok, answer.text()
    page.wait_for_function(DONE, arg=len(PROMPTS), timeout=FIRST_PICTURE, polling=200)


def drawn(pictures: Locator, count: int = 1) -> None:
    """So many pictures are there with all their pixels."""
    pictures.nth(count - 1).wait_for()
    for turn in range(count):
        pictures.nth(turn).evaluate("image => image.decode()")


def ran(editor: Editor) -> None:
    """A run was made, so that there is something to see."""
    editor.put("3", "steps", 4)
    editor.run()
    editor.picture("9", FIRST_PICTURE)
    editor.page.keyboard.press("Escape")


# Gallery


def gallery_room(editor: Editor) -> None:
    made(editor)
    editor.page.get_by_test_id("rail-gallery").click()
    drawn(editor.page.get_by_test_id("gallery-cell"), len(PROMPTS))


def gallery(editor: Editor) -> None:
    """With what is known of a picture."""
    gallery_room(editor)
    editor.page.get_by_test_id("gallery-cell").first.click()
    drawn(editor.page.get_by_test_id("details").locator("img"))


def lightbox(editor: Editor) -> None:
    gallery(editor)
    editor.page.keyboard.press("Enter")
    drawn(editor.page.get_by_test_id("lightbox").locator("img"))


def compared(editor: Editor) -> None:
    gallery(editor)
    editor.page.get_by_test_id("gallery-cell").nth(1).click(modifiers=["Control"])
    editor.page.get_by_test_id("details").get_by_role("button", name="Compare").click()
    drawn(editor.page.get_by_test_id("compare").locator("img"), len(PROMPTS))


def gallery_menu(editor: Editor) -> None:
    gallery(editor)
    editor.page.get_by_test_id("gallery-cell").first.click(button="right")
    is_open(editor)


def gallery_search(editor: Editor) -> None:
    gallery_room(editor)
    editor.page.get_by_test_id("gallery-search").fill("no such picture at all")
    editor.page.get_by_test_id("gallery-cell").first.wait_for(state="detached")


# Queue


def jobs(editor: Editor) -> None:
    """A run with its details."""
    made(editor)
    editor.page.keyboard.press("q")
    editor.page.locator('[data-testid="job"][data-status="completed"]').first.click()
    drawn(editor.page.locator("[data-details] img"))


def profile(editor: Editor) -> None:
    made(editor)
    editor.page.keyboard.press("Shift+t")
    panel = editor.page.get_by_test_id("profile")
    done = panel.get_by_role("combobox").first.locator("option", has_text="Done").first
    done.wait_for(state="attached")
    panel.get_by_role("combobox").first.select_option(value=done.get_attribute("value"))
    panel.get_by_text("KSampler").first.wait_for()


def waiting(editor: Editor) -> None:
    """A run that asks a person."""
    editor.open(CHOICE, "choice.json")
    editor.called("Choose Images").wait_for()
    editor.run()
    asking = editor.node("4").get_by_test_id("chooser")
    asking.wait_for(timeout=FIRST_PICTURE)
    drawn(asking.locator("img"), len(COLORS))


def choosing(editor: Editor) -> None:
    waiting(editor)
    editor.node("4").get_by_role("button", name="Large view").click()
    drawn(dialog(editor).locator("img"), len(COLORS))
    editor.page.keyboard.press("2")
    dialog(editor).locator('[aria-pressed="true"]').wait_for()


def failed(editor: Editor) -> None:
    """A run that the server refuses, told at the node."""
    document = workflow("text_to_image")
    next(node for node in document["nodes"] if node["id"] == 4)["widgets_values"] = [
        "no-such-model.safetensors"
    ]
    editor.open(document, "wrong.json")
    expect(editor.widget("4", "ckpt_name")).to_have_attribute(
        "data-value", "no-such-model.safetensors", timeout=30 * SECOND
    )
    editor.run()
    editor.page.get_by_test_id("error-4").first.wait_for(timeout=FIRST_PICTURE)


# Sweeps


def sweeping(editor: Editor) -> None:
    """The editor of a sweep, with values in it."""
    editor.page.wait_for_load_state("networkidle")  # what follows the focus comes with a chunk of its own
    editor.widget("3", "steps").click()
    editor.page.keyboard.press("Alt+x")
    dialog(editor, "Sweep").get_by_role("textbox", name="Values").fill("2, 3, x")
    editor.page.get_by_test_id("sweep-count").wait_for()


def swept(editor: Editor) -> None:
    """The chip of a sweep at its widget."""
    sweeping(editor)
    editor.page.get_by_test_id("sweep-set").click()
    editor.page.get_by_test_id("sweep-chip-3-steps").wait_for()
    editor.page.get_by_role("dialog").wait_for(state="hidden")


def planned(editor: Editor) -> None:
    swept(editor)
    editor.page.keyboard.press("Alt+Shift+x")
    dialog(editor).get_by_test_id("sweep-run").wait_for()


def sheet(editor: Editor) -> None:
    """What a sweep made."""
    swept(editor)
    editor.run()
    editor.page.get_by_test_id("gallery-image").nth(1).wait_for(timeout=FIRST_PICTURE)
    editor.command("Sheets", wait=False)
    for column in range(2):
        drawn(editor.page.get_by_test_id(f"cell-0-{column}").locator("img"))


def sheet_large(editor: Editor) -> None:
    sheet(editor)
    editor.page.get_by_test_id("cell-0-1").click()
    drawn(editor.page.get_by_test_id("sheet-large").locator("img"))


def told(editor: Editor) -> None:
    """A message that stays while the pointer is on it."""
    editor.drop("empty.json", json.dumps([1]).encode(), "application/json")
    message = editor.page.locator("[data-sonner-toast]").first
    message.hover()
    message.get_by_text("could not be opened").wait_for()
