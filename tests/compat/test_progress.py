"""Progress bars of packs tell of the call in which they were made."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator

import pytest
from PIL import Image

from compat.comfy import utils
from compat.comfy_execution.progress import get_progress_state
from compat.current import running
from compat.progress import tell
from graph.context import Context
from graph.errors import Cancelled
from graph.events import NodePreview, NodeProgress
from tests.compat.conftest import Host


@pytest.fixture(autouse=True)
def _first_hook() -> Iterator[None]:
    yield
    utils.set_progress_bar_global_hook(tell)
    utils.set_progress_bar_enabled(True)


def steps(host: Host) -> list[tuple[str, int, int]]:
    return [
        (event.node_id, event.value, event.total) for event in host.said if isinstance(event, NodeProgress)
    ]


def test_a_bar_counts_up_to_its_end(host: Host, called: Context) -> None:
    bar = utils.ProgressBar(3)
    bar.update(1)
    bar.update(1)
    bar.update_absolute(9)
    bar.update_absolute(1, 10)
    assert steps(host) == [("7", 1, 3), ("7", 2, 3), ("7", 3, 3), ("7", 1, 10)]
    assert (bar.current, bar.total, bar.node_id) == (1, 10, "7")


def test_a_bar_speaks_for_its_call_from_any_thread(host: Host) -> None:
    with running(host.context("1")):
        bar = utils.ProgressBar(2)
    with running(host.context("2")):
        thread = threading.Thread(target=bar.update, args=(1,))
        thread.start()
        thread.join()
        bar.update(1)
    assert steps(host) == [("1", 1, 2), ("1", 2, 2)]


def test_a_bar_stops_a_run_that_was_interrupted(host: Host, called: Context) -> None:
    bar = utils.ProgressBar(3)
    called.cancel.set()
    with pytest.raises(Cancelled):
        bar.update(1)


def test_a_bar_outside_of_a_call_says_nothing(host: Host) -> None:
    bar = utils.ProgressBar(3)
    bar.update(1)
    assert (bar.current, host.said) == (1, [])


def test_a_bar_may_speak_for_another_node(host: Host, called: Context) -> None:
    utils.ProgressBar(2, node_id="9").update(1)
    get_progress_state().update_progress("8", 1, 4)
    assert steps(host) == [("9", 1, 2), ("8", 1, 4)]


@pytest.mark.parametrize(("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_a_preview_is_shown_at_the_size_asked_for(host: Host, called: Context, kind: str, mime: str) -> None:
    utils.ProgressBar(2).update_absolute(1, preview=(kind, Image.new("RGB", (64, 32)), 16))
    shown = next(event for event in host.said if isinstance(event, NodePreview))
    picture = Image.open(io.BytesIO(shown.data))
    assert (shown.mime, picture.format, picture.size) == (mime, kind, (16, 8))


def test_a_hook_of_a_pack_hears_of_bars_made_after_it(host: Host, called: Context) -> None:
    heard: list[tuple[object, ...]] = []
    early = utils.ProgressBar(2)
    utils.set_progress_bar_global_hook(lambda *told, node_id: heard.append((*told, node_id)))
    utils.ProgressBar(2).update(1)
    early.update(1)
    assert heard == [(1, 2, None, "7")]
    assert steps(host) == [("7", 1, 2)]
    utils.set_progress_bar_global_hook(None)
    utils.ProgressBar(2).update(1)
    assert len(steps(host)) == 1


def test_a_hook_of_a_pack_may_pass_on_to_the_first_one(host: Host, called: Context) -> None:
    first = utils.PROGRESS_BAR_HOOK
    assert first is not None
    utils.set_progress_bar_global_hook(lambda *told, **more: first(*told, **more))
    utils.ProgressBar(2).update(2)
    assert steps(host) == [("7", 2, 2)]


def test_packs_are_told_whether_to_draw_bars() -> None:
    utils.set_progress_bar_enabled(False)
    assert utils.PROGRESS_BAR_ENABLED is False
