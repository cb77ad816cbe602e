"""What a demanding hand tries: Escape in the middle, drops beside sockets, notes, arrow keys."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.editor import Editor, middle

pytestmark = pytest.mark.browser


def focused(page: Page, label: str) -> None:
    """Waits until what is called so has the focus."""
    page.wait_for_function(
        "label => document.activeElement?.getAttribute('aria-label')?.startsWith(label)", arg=label
    )


def places(editor: Editor) -> list[tuple[float, float]]:
    """Where the nodes stand on the screen."""
    return [middle(node) for node in editor.page.locator(".react-flow__node").all()]


def test_escape_lets_go_of_a_wire_and_changes_nothing(editor: Editor) -> None:
    page = editor.page
    editor.empty()
    loader = editor.add("Load Checkpoint", (300, 200))
    sampler = editor.add("KSampler", (800, 150))
    source, target = editor.socket(loader, "out:0"), editor.socket(sampler, "in:model")

    def let_go() -> None:
        page.keyboard.press("Escape")
        page.mouse.up()
        page.wait_for_timeout(300)  # time for what must not happen
        expect(page.get_by_test_id("palette")).to_have_count(0)

    source.hover()
    page.mouse.down()
    page.mouse.move(*middle(target), steps=6)
    let_go()
    expect(editor.wires()).to_have_count(0)

    editor.wire(source, target)
    expect(editor.wires()).to_have_count(1)
    x, y = middle(target)
    page.mouse.down()
    page.mouse.move(x - 80, y + 200, steps=6)
    let_go()
    expect(editor.wires()).to_have_count(1)


def test_a_wire_that_is_let_go_on_a_node_takes_the_socket_that_fits(editor: Editor) -> None:
    page = editor.page
    editor.empty()
    loader = editor.add("Load Checkpoint", (300, 200))
    sampler = editor.add("KSampler", (800, 150))
    title = editor.node(sampler).locator("h3")
    editor.wire(editor.socket(loader, "out:0"), title)
    expect(editor.wires()).to_have_count(1)
    expect(editor.wires().first).to_have_attribute(
        "aria-label", "Wire, model, from Load Checkpoint to KSampler"
    )
    editor.wire(editor.socket(loader, "out:2"), title)  # nothing here takes a VAE
    page.wait_for_timeout(300)
    expect(editor.wires()).to_have_count(1)
    expect(page.get_by_test_id("palette")).to_have_count(0)


def test_a_socket_asks_for_a_new_node_by_keys(editor: Editor) -> None:
    page = editor.page
    editor.empty()
    sampler = editor.add("KSampler", (800, 150))
    editor.socket(sampler, "in:positive").focus()
    page.keyboard.press("Enter")  # nothing on the canvas fits
    page.get_by_test_id("palette-input").fill("text encode")
    page.get_by_role("option", name="CLIP Text Encode").first.wait_for()
    page.keyboard.press("Enter")
    expect(editor.wires()).to_have_count(1)
    editor.socket(sampler, "out:0").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    editor.socket(sampler, "in:negative").focus()
    page.keyboard.press("Enter")  # the text just added fits
    expect(page.get_by_test_id("canvas-says")).to_contain_text("in hand")
    page.keyboard.press("Shift+A")
    page.get_by_test_id("palette-input").fill("text encode")
    page.get_by_role("option", name="CLIP Text Encode").first.wait_for()
    page.keyboard.press("Enter")
    expect(editor.wires()).to_have_count(2)


def test_notes_are_added_by_search_written_renamed_and_folded(editor: Editor) -> None:
    page = editor.page
    editor.empty()
    note = editor.add("Note", (300, 200))
    written = editor.widget(note, "text")
    written.click()
    page.keyboard.type("the left one is better")
    page.keyboard.press("Escape")
    focused(page, "Note, node")
    expect(written).to_have_value("the left one is better")

    editor.node(note).locator("h3").dblclick()
    page.get_by_role("textbox", name="Node title").fill("Reminder")
    page.keyboard.press("Enter")
    focused(page, "Reminder, node")
    page.keyboard.press("Alt+c")
    expect(written).to_have_count(0)
    page.keyboard.press("Alt+c")
    expect(written).to_be_visible()

    drawn = editor.add("Markdown note", (700, 200))
    editor.widget(drawn, "text").dblclick()
    page.keyboard.type("# Plan")
    page.keyboard.press("Escape")
    focused(page, "Markdown note, node")
    expect(editor.node(drawn).get_by_role("heading", name="Plan")).to_be_visible()


def test_two_nodes_added_by_keys_do_not_hide_each_other(editor: Editor) -> None:
    page = editor.page
    editor.empty()
    for _ in range(2):
        page.keyboard.press("Shift+A")
        page.get_by_test_id("palette-input").fill("VAE Decode")
        page.get_by_role("option", name="VAE Decode").first.wait_for()
        page.keyboard.press("Enter")
        focused(page, "VAE Decode, node")
    first, second = places(editor)
    assert abs(first[0] - second[0]) > 10
    assert abs(first[1] - second[1]) > 10


def test_a_click_on_one_of_several_chosen_chooses_it_alone(editor: Editor) -> None:
    page = editor.page
    page.keyboard.press("Control+a")
    chosen = page.locator(".react-flow__node.selected")
    expect(chosen).to_have_count(7)
    editor.node("4").locator("h3").click()
    expect(chosen).to_have_count(1)
    page.keyboard.press("Control+a")
    editor.drag(editor.node("4").locator("h3"), (40, 60))
    expect(chosen).to_have_count(7)


def test_arrow_keys_move_all_that_is_chosen_wherever_the_focus_was(editor: Editor) -> None:
    page = editor.page
    page.mouse.click(700, 700)
    page.keyboard.press("Control+a")
    page.keyboard.press("ArrowRight")  # the first step brings them onto the grid
    page.wait_for_timeout(100)
    before = places(editor)
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_timeout(100)
    after = places(editor)
    moves = {round(there[0] - here[0]) for here, there in zip(before, after, strict=True)}
    assert len(moves) == 1, "all by the same way"
    assert moves != {0}
