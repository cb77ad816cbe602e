"""Files that are read where they are asked for."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from graph.canvas import content
from graph.canvas.content import FileContent
from graph.canvas.metadata import read_metadata
from tests.graph.canvas.carriers import BUILT, DRAWN, FOLDER, box, element, mp4_comment, webm


class Counted(io.BytesIO):
    """Counts what is read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


def test_slices_of_a_file_are_those_of_its_bytes() -> None:
    data = bytes(range(100))
    found = FileContent(io.BytesIO(data))
    assert len(found) == 100
    for place in (slice(0, 4), slice(4, 9), slice(90, 200), slice(50), slice(300, 310), slice(20, 10)):
        assert found[place] == data[place]


@pytest.mark.parametrize("name", sorted({*BUILT, *DRAWN}))
def test_an_open_file_says_what_its_bytes_say(name: str) -> None:
    path = Path(FOLDER, name)
    with path.open("rb") as file:
        assert read_metadata(FileContent(file)) == read_metadata(path.read_bytes())


FREE = box(b"free", bytes(1 << 20))
VOID = element(0xEC, bytes(1 << 20))
SEGMENT = b"\x18\x53\x80\x67"


@pytest.mark.parametrize(
    "make",
    [
        lambda: mp4_comment().replace(b"moov", b"free", 1) + FREE + mp4_comment(),
        lambda: webm().replace(SEGMENT, VOID + SEGMENT),
    ],
)
def test_of_a_long_film_only_its_texts_are_read(make: Callable[[], bytes]) -> None:
    file = Counted(make())
    found = read_metadata(FileContent(file))
    assert {"workflow", "prompt"} <= set(found)
    assert file.count < 10_000


def test_a_part_that_no_text_can_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "LARGEST_PART", 10)
    found = FileContent(io.BytesIO(bytes(100)))
    assert found[5:15] == bytes(10)
    with pytest.raises(ValueError, match="at most"):
        found[5:16]


def test_a_file_of_endless_parts_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MOST_PARTS", 20)
    text = box(b"udta", box(b"meta", bytes(4), box(b"ilst")))
    data = box(b"ftyp", b"isom") + box(b"free") * 100 + box(b"moov", text)
    assert read_metadata(FileContent(io.BytesIO(data))) == {}
