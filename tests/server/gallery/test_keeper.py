"""The gallery's thread: many ask at once, new files are read while nobody asks, it closes at any time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runtime.engine import StoreFault
from server.gallery import keeper, trash
from server.gallery.keeper import Keeper
from server.gallery.marks import Change
from server.gallery.query import Wish
from tests.server.gallery.test_index import picture


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Keeper]:
    root = tmp_path / "output"
    root.mkdir()
    for number in range(80):
        (root / f"p{number:02}.png").write_bytes(picture(f"number{number}", number))
    made = Keeper(tmp_path / "gallery.sqlite", tmp_path / "marks.sqlite", lambda: root)
    yield made
    await made.close()


async def test_what_one_asking_had_no_time_to_read_is_read_after_it(
    kept: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "PATIENCE", 0.0)
    monkeypatch.setattr(keeper, "PORTION", 0.0)
    page = await kept.page(Wish(limit=100))
    assert (page.total, page.pending) == (80, 48)
    async with asyncio.timeout(10):
        while page.pending:
            await asyncio.sleep(0.01)
            page = await kept.page(Wish(search="number7"))
    assert page.total == 11


async def test_many_may_ask_and_mark_at_once(kept: Keeper) -> None:
    marks = [kept.mark([f"p{number:02}.png"], Change(add=("t",))) for number in range(10)]
    pages = [kept.page(Wish()) for _ in range(5)]
    await asyncio.gather(*marks, *pages)
    assert (await kept.page(Wish(tag="t"))).total == 10


async def test_a_gallery_nobody_asked_for_makes_no_files(tmp_path: Path) -> None:
    made = Keeper(tmp_path / "gallery.sqlite", tmp_path / "marks.sqlite", lambda: tmp_path / "output")
    made.purge()
    await made.close()
    assert [*tmp_path.iterdir()] == []


async def test_what_was_deleted_long_ago_is_removed_at_the_start(
    kept: Keeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(trash, "_now", lambda: 1_700_000_000_000)
    _, token = await kept.delete(["p00.png"])
    monkeypatch.undo()
    assert token is not None
    kept.purge()
    assert await kept.restore(token) is None
    assert not (tmp_path / "output" / ".deleted").exists()


async def test_a_place_that_cannot_be_written_is_told_as_a_fault(tmp_path: Path) -> None:
    (tmp_path / "gallery.sqlite").mkdir()
    made = Keeper(tmp_path / "gallery.sqlite", tmp_path / "marks.sqlite", lambda: tmp_path)
    with pytest.raises(StoreFault, match="gallery"):
        await made.page(Wish())
    await made.close()
