"""The queue as people use it: paused, reordered, edited; a run that asks; a server that dies."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.editor import FIRST_PICTURE, SECOND, Editor
from tests.conftest import ADDRESS, ROOT, Server

pytestmark = pytest.mark.browser

PLAIN: dict[str, Any] = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 32, "height": 32, "batch_size": 1, "color": 255}},
    "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
}
CHOICE = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 32, "height": 32, "batch_size": 1, "color": 255}},
    "2": {"class_type": "EmptyImage", "inputs": {"width": 32, "height": 32, "batch_size": 1, "color": 65280}},
    "3": {"class_type": "ImageBatch", "inputs": {"image1": ["1", 0], "image2": ["2", 0]}},
    "4": {"class_type": "ImageChooser", "inputs": {"images": ["3", 0], "message": "Which one?", "most": 1}},
    "5": {"class_type": "PreviewImage", "inputs": {"images": ["4", 0]}},
}

# Whether so many runs wait.
WAITING = "async count => (await (await fetch('/api/queue')).json()).queue_pending.length === count"


def pause(page: Page) -> None:
    page.keyboard.press("Control+Alt+p")
    page.get_by_test_id("paused").wait_for()


def resume(page: Page) -> None:
    page.get_by_test_id("paused").get_by_role("button").or_(page.get_by_test_id("paused")).first.click()
    expect(page.get_by_test_id("paused")).to_have_count(0)


def rows(page: Page) -> Locator:
    """The runs in the drawer, from top to bottom; those that were asked for together unfolded."""
    group = page.get_by_test_id("job-group")
    if group.count() and group.first.get_attribute("aria-expanded") == "false":
        group.first.click()
    return page.get_by_test_id("job")


def waiting(page: Page, server: Server) -> list[str]:
    """The ids of the waiting runs in their order."""
    answer = page.request.get(f"{server.address}/api/queue").json()
    return [str(item[1]) for item in sorted(answer["queue_pending"], key=lambda item: item[0])]


def queue_three(editor: Editor) -> None:
    """The queue stands still, and three runs of 4, 5 and 6 pixels wait in it."""
    page = editor.page
    pause(page)
    for width in (4, 5, 6):
        editor.open(
            {**PLAIN, "1": {**PLAIN["1"], "inputs": {**PLAIN["1"]["inputs"], "width": width}}},
            f"wide {width}.json",
        )
        expect(editor.widget("1", "width")).to_have_value(str(width))
        editor.run()
    page.keyboard.press("q")
    expect(page.get_by_role("row", name="Waiting 3")).to_be_visible()


def test_a_paused_queue_is_reordered_with_keys_and_goes_on(editor: Editor, server: Server) -> None:
    page = editor.page
    queue_three(editor)
    first, second, third = waiting(page, server)
    shown = rows(page)
    expect(shown).to_have_count(3)
    page.locator(f'[data-waiting="{third}"]').first.focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_role("status").filter(has_text="Moved to place 2 of 3")).to_have_count(1)
    assert waiting(page, server) == [first, third, second]
    page.locator(f'[data-waiting="{second}"]').first.click(button="right")
    page.get_by_role("menuitem", name="Run next").click()
    page.get_by_text("Moved to the front of the queue").first.wait_for(state="attached")
    assert waiting(page, server) == [second, first, third]
    page.locator(f'[data-waiting="{first}"]').first.get_by_role("button", name="Cancel this run").click()
    page.wait_for_function(WAITING, arg=2)
    resume(page)
    expect(page.locator("[data-waiting]")).to_have_count(0, timeout=FIRST_PICTURE)
    assert waiting(page, server) == []


def test_a_waiting_run_is_edited_in_its_place(editor: Editor, server: Server) -> None:
    page = editor.page
    queue_three(editor)
    ids = waiting(page, server)
    expect(rows(page).filter(visible=True).nth(2)).to_be_visible()
    page.locator(f'[data-waiting="{ids[1]}"]').first.click(button="right")
    page.get_by_role("menuitem", name="Edit this waiting run").click()
    bar = page.get_by_test_id("editing-run")
    expect(bar).to_contain_text("Editing a waiting run")
    expect(editor.widget("1", "width")).to_have_value("5")
    editor.put("1", "width", 50)
    bar.get_by_role("button", name="Update the waiting run").click()
    expect(page.get_by_text("The waiting run is updated and keeps its place")).to_be_visible()
    after = waiting(page, server)
    assert [after[0], after[2]] == [ids[0], ids[2]]
    resume(page)
    expect(page.locator("[data-waiting]")).to_have_count(0, timeout=FIRST_PICTURE)
    done = page.request.get(f"{server.address}/history/{after[1]}").json()[after[1]]
    assert done["prompt"][2]["1"]["inputs"]["width"] == 50


def test_a_run_waits_for_a_choice_and_goes_on_with_it(editor: Editor) -> None:
    page = editor.page
    editor.open(CHOICE, "choice.json")
    expect(editor.called("Choose Images")).to_have_count(1)
    editor.run()
    asking = editor.node("4").get_by_test_id("chooser")
    asking.wait_for(timeout=FIRST_PICTURE)
    expect(asking).to_contain_text("Which one?")
    expect(asking.get_by_role("button", name="Go on")).to_be_disabled()
    asking.get_by_role("button", name="Large view").click()
    page.keyboard.press("2")
    expect(page.get_by_role("dialog").get_by_role("button", name="Picture 2")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.keyboard.press("Enter")
    green = editor.picture("5")
    assert tuple(green[0, 0].round()) == (0, 1, 0)
    expect(asking).to_have_count(0)


def start(folder: Path, port: int = 0) -> tuple[subprocess.Popen[str], str]:
    """The server on these folders, and its address."""
    places = [f"--{name}-directory={folder / name}" for name in ("output", "input", "temp", "user")]
    command = [sys.executable, "main.py", f"--port={port}", "--cpu", *places]
    with (folder / "server.log").open("a") as errors:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    found = ADDRESS.search(first)
    assert found, f"the server did not start: {first}{(folder / 'server.log').read_text()}"
    return process, found[0]


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Servers that are ended in the end."""
    alive: list[subprocess.Popen[str]] = []
    yield alive
    for process in alive:
        process.terminate()
        process.wait(timeout=40)
        assert process.stdout is not None
        process.stdout.close()


def test_a_killed_server_comes_back_with_its_queue(
    chromium: Browser, tmp_path: Path, mortal: list[subprocess.Popen[str]]
) -> None:
    (tmp_path / "input").mkdir()
    process, address = start(tmp_path)
    mortal.append(process)
    page = chromium.new_page()
    page.goto(address)
    page.get_by_test_id("node-3").wait_for()
    editor = Editor(page)
    pause(page)
    editor.open(PLAIN, "plain.json")
    expect(editor.called("Empty Image")).to_have_count(1)
    editor.run()
    editor.put("1", "width", 48)
    editor.run()
    here = Server(address, tmp_path)
    page.wait_for_function(WAITING, arg=2)
    before = waiting(page, here)

    process.kill()
    process.wait()
    expect(page.get_by_text("Connection to the server is lost")).to_be_visible(timeout=20 * SECOND)
    again, _ = start(tmp_path, int(address.rsplit(":", 1)[1]))
    mortal.append(again)
    expect(page.get_by_text("Connection to the server is lost")).to_have_count(0, timeout=40 * SECOND)
    assert waiting(page, here) == before
    expect(page.get_by_test_id("paused")).to_be_visible()
    expect(editor.widget("1", "width")).to_have_value("48")
    resume(page)
    assert editor.picture("2").shape[0] == 32
    page.close()
