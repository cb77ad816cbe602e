"""A newcomer's first minutes on the canvas, with the real server, worker and model."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from tests.conftest import ROOT, Server

pytestmark = pytest.mark.browser
SECOND = 1000
FIRST_PICTURE = 120 * SECOND  # the worker may still be importing torch
SCREENSHOTS = ROOT / "web" / "test-results"


def screenshot(page: Page, name: str) -> None:
    """Kept for people to look at; the README shows a copy of `canvas.png`."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def ask_for(page: Page, prompt: str, seed: int) -> None:
    page.get_by_test_id("widget-6-text").fill(prompt)
    field = page.get_by_test_id("widget-3-seed")
    field.fill(str(seed))
    field.press("Enter")


def finished_picture(page: Page, timeout: float = FIRST_PICTURE) -> np.ndarray:
    """The pixels of the picture in the image node, (H, W, 3) in 0..1."""
    shown = page.get_by_test_id("output-image-9").first
    shown.wait_for(timeout=timeout)
    source = shown.evaluate("image => image.src")
    answer = page.request.get(source.replace("preview=", "ignored="))
    return np.asarray(Image.open(io.BytesIO(answer.body())).convert("RGB"), dtype=np.float32) / 255


def redness(picture: np.ndarray) -> float:
    """The share of pixels that are clearly red."""
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    return float(((red > 0.4) & (green < 0.45 * red) & (blue < 0.55 * red)).mean())


def test_the_picture_follows_the_prompt_with_progress_and_preview_on_the_way(page: Page) -> None:
    expect(page.get_by_test_id("run")).to_be_enabled()
    screenshot(page, "start")
    ask_for(page, "a red tent in the snow at night", 11)
    page.get_by_test_id("run").click()
    page.get_by_role("progressbar").first.wait_for(timeout=FIRST_PICTURE)
    page.get_by_test_id("preview-3").wait_for(timeout=FIRST_PICTURE)
    screenshot(page, "running")
    night = finished_picture(page)
    assert night.shape == (128, 128, 3)
    assert night[:32].mean() < 0.35, "the sky of the night is dark"
    assert redness(night) > 0.01, "there is something red"
    page.get_by_test_id("gallery-image").first.wait_for()

    ask_for(page, "a white balloon over the sea by day", 11)
    before = page.get_by_test_id("gallery-image").count()
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("gallery-image")).to_have_count(before + 1, timeout=60 * SECOND)
    day = finished_picture(page)
    assert day[:32].mean() > 0.45, "the sky of the day is bright"
    assert redness(day) < 0.005, "nothing is red"
    ask_for(page, "a red lighthouse on the sea at sunset, with mountains in the distance", 7)
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("gallery-image")).to_have_count(before + 2, timeout=60 * SECOND)
    page.wait_for_timeout(SECOND)
    screenshot(page, "canvas")


def test_a_press_on_run_counts_before_the_canvas_is_there(chromium: Browser, server: Server) -> None:
    page = chromium.new_page()
    held: list[Route] = []
    page.route("**/object_info", lambda route: held.append(route))
    with page.expect_request("**/object_info"):
        page.goto(server.address)
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("node-3")).to_have_count(0)
    for route in held:
        route.continue_()
    page.unroute("**/object_info")
    finished_picture(page)
    page.close()


def test_the_workflow_fits_the_window_when_it_opens(page: Page) -> None:
    page.wait_for_timeout(0.5 * SECOND)  # the view is put right in the next frame
    view = page.locator(".react-flow").bounding_box()
    assert view is not None
    for number in ("3", "4", "9"):
        box = page.get_by_test_id(f"node-{number}").bounding_box()
        assert box is not None
        assert view["x"] <= box["x"]
        assert box["x"] + box["width"] <= view["x"] + view["width"]


def test_a_missing_file_is_told_on_the_widget_and_the_server_lives(page: Page, server: Server) -> None:
    document = json.loads((ROOT / "workflows" / "text_to_image.json").read_text())
    loader = next(node for node in document["nodes"] if node["id"] == 4)
    loader["widgets_values"] = ["no-such-model.safetensors"]
    drop(page, "broken.json", json.dumps(document).encode(), "application/json")
    expect(page.get_by_test_id("widget-4-ckpt_name")).to_have_attribute(
        "data-value", "no-such-model.safetensors"
    )
    page.get_by_test_id("run").click()
    error = page.get_by_test_id("error-4").first
    error.wait_for(timeout=FIRST_PICTURE)
    expect(error).to_contain_text("no-such-model.safetensors")
    screenshot(page, "error")
    assert page.request.get(f"{server.address}/api/queue").ok


def test_a_dropped_picture_brings_its_workflow_back(page: Page, server: Server) -> None:
    picture = sorted((server.folder / "output").glob("*.png"))[0]
    drop(page, picture.name, picture.read_bytes(), "image/png")
    expect(page.get_by_test_id("widget-6-text")).to_have_value("a red tent in the snow at night")


def test_a_draft_survives_a_reload(page: Page) -> None:
    page.get_by_test_id("widget-6-text").fill("a green house in a meadow")
    page.get_by_test_id("widget-6-text").blur()
    page.wait_for_timeout(1.5 * SECOND)
    page.reload()
    expect(page.get_by_test_id("widget-6-text")).to_have_value("a green house in a meadow")


def test_a_node_is_added_by_search_and_undone(page: Page) -> None:
    page.keyboard.press("F3")
    page.get_by_test_id("palette-input").wait_for()
    page.keyboard.type("invert image")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    added = page.locator("[data-testid^='node-']").filter(has_text="Invert Image")
    expect(added).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(added).to_have_count(0)


def drop(page: Page, name: str, data: bytes, kind: str) -> None:
    """Drop a file on the canvas, as a person does from the file manager."""
    page.evaluate(
        """([name, bytes, kind]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], name, { type: kind }));
            const pane = document.querySelector('.react-flow__pane');
            for (const type of ['dragenter', 'dragover', 'drop'])
                pane.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true,
                    clientX: 600, clientY: 400 }));
        }""",
        [name, list(data), kind],
    )


def test_a_node_that_fails_while_running_says_so_itself(page: Page, server: Server) -> None:
    (server.folder / "input" / "torn.png").write_bytes(
        (server.folder / "input" / "example.png").read_bytes()[:200]
    )
    prompt = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "torn.png"}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    drop(page, "torn.json", json.dumps(prompt).encode(), "application/json")
    page.get_by_test_id("node-2").wait_for()
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("error-1").first).to_contain_text("torn.png", timeout=FIRST_PICTURE)
    screenshot(page, "failed")


def test_a_long_run_is_interrupted_from_the_canvas(page: Page, server: Server) -> None:
    steps = page.get_by_test_id("widget-3-steps")
    steps.fill("5000")
    steps.press("Enter")
    page.get_by_test_id("run").click()
    page.get_by_test_id("preview-3").wait_for(timeout=FIRST_PICTURE)
    page.get_by_test_id("interrupt").click()
    expect(page.get_by_test_id("interrupt")).to_have_count(0, timeout=30 * SECOND)
    (job,) = page.request.get(f"{server.address}/api/jobs?status=cancelled&limit=5").json()["jobs"]
    assert job["status"] == "cancelled"
