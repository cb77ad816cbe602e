"""The index of a folder of pictures: up to date at each asking, searched, thrown away when damaged."""

import io
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from server.gallery import marks, metadata
from server.gallery.index import Index
from server.gallery.marks import Change
from server.gallery.query import Wish

BASE = 1_700_000_000_000  # ms


def picture(text: str, colour: int = 0, seed: int = 7, model: str = "base.safetensors") -> bytes:
    graph = {
        "1": {"class_type": "Loader", "inputs": {"ckpt_name": model}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": text, "clip": ["1", 1]}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["1", 1]}},
        "4": {
            "class_type": "KSampler",
            "inputs": {"model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "seed": seed},
        },
    }
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", json.dumps(graph))
    out = io.BytesIO()
    Image.new("RGB", (6, 4), (colour, 0, 0)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


class Room:
    """A folder of pictures and its index."""

    def __init__(self, place: Path, full_text: bool) -> None:
        self.root, self.database = place / "output", place / "gallery.sqlite"
        self.full_text, self.index = (
            full_text,
            Index(self.database, place / "marks.sqlite", full_text=full_text),
        )
        self.root.mkdir()

    def put(self, name: str, data: bytes, at: int = 0) -> None:
        """`at` is the file's time in seconds after the base."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (BASE / 1000 + at, BASE / 1000 + at))

    def page(self, **wish: Any) -> Any:
        def work() -> Any:
            self.index.refresh(self.root)
            self.index.read_more(self.root, 60.0)
            return self.index.page(Wish(**wish))

        return self.index.ask(work)

    def names(self, **wish: Any) -> list[str]:
        return [item.filename for item in self.page(**wish).items]

    def mark(self, *names: str, **change: Any) -> int:
        self.index.refresh(self.root)
        return self.index.mark(self.root, names, Change(**change))

    def reopen(self) -> None:
        self.index.close()
        self.index = Index(self.database, self.database.with_name("marks.sqlite"), full_text=self.full_text)


@pytest.fixture(params=[True, False], ids=["full text", "plain text"])
def room(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Room]:
    made = Room(tmp_path, request.param)
    yield made
    made.index.close()


@pytest.fixture
def filled(room: Room) -> Room:
    room.put("a_00001_.png", picture("a red fox in snow", 1, seed=11), 1)
    room.put("x/b_00001_.png", picture("a blue café", 2, seed=12, model="other.safetensors"), 2)
    room.put("x/y/c_00001_.png", picture("二匹の赤い狐", 3, seed=2**64 - 1), 3)
    room.put("x/y/film.mp4", b"no film, but listed", 4)
    return room


def test_the_newest_comes_first_with_all_that_is_known(filled: Room) -> None:
    page = filled.page()
    assert [item.filename for item in page.items] == [
        "film.mp4",
        "c_00001_.png",
        "b_00001_.png",
        "a_00001_.png",
    ]
    item = page.items[-1]
    assert (item.prompt, item.negative, item.seed, item.model) == (
        "a red fox in snow",
        "blurry",
        11,
        "base.safetensors",
    )
    assert (item.subfolder, item.created, item.width, item.height) == ("", BASE + 1000, 6, 4)
    assert (page.total, page.pending, page.items[1].seed) == (4, 0, 2**64 - 1)
    assert page.folders == [{"name": "x", "count": 3}, {"name": "x/y", "count": 2}]
    assert page.models == ["base.safetensors", "other.safetensors"]


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("snow fox", ["a"]),
        ("sno", ["a"]),
        ("SNOW", ["a"]),
        ("11", ["a"]),
        ("other.safe", ["b"]),
        ("a_000", ["a"]),
        ("x/y", ["film", "c"]),
        ("赤い", ["c"]),
        ("fox café", []),
        ('"fox" OR (', []),
        ("blurry -- %", []),
        ("  ", ["film", "c", "b", "a"]),
    ],
)
def test_words_are_found_in_any_order_by_their_beginnings(
    filled: Room, search: str, names: list[str]
) -> None:
    assert [name.split("_")[0].removesuffix(".mp4") for name in filled.names(search=search)] == names


def test_accents_do_not_matter_where_there_is_full_text(filled: Room) -> None:
    assert filled.names(search="cafe") == (["b_00001_.png"] if filled.full_text else [])


@pytest.mark.parametrize(
    ("wish", "names"),
    [
        ({"folder": "x"}, ["film.mp4", "c_00001_.png", "b_00001_.png"]),
        ({"folder": "x/y/"}, ["film.mp4", "c_00001_.png"]),
        ({"folder": "%"}, []),
        ({"model": "other.safetensors"}, ["b_00001_.png"]),
        ({"seed": str(2**64 - 1)}, ["c_00001_.png"]),
        ({"kind": "video"}, ["film.mp4"]),
        ({"kind": "audio"}, []),
        ({"since": BASE + 2000, "until": BASE + 3000}, ["c_00001_.png", "b_00001_.png"]),
        ({"since": 10**14}, []),
        ({"sort": "oldest", "limit": 1}, ["a_00001_.png"]),
        ({"sort": "name", "offset": 1, "limit": 2}, ["b_00001_.png", "c_00001_.png"]),
        ({"search": "fox", "model": "other.safetensors"}, []),
    ],
)
def test_wishes_narrow_and_order_what_is_shown(filled: Room, wish: dict[str, Any], names: list[str]) -> None:
    assert filled.names(**wish) == names


def test_sizes_are_an_order_too(room: Room) -> None:
    for name, size in (("s", 10), ("l", 30), ("m", 20)):
        room.put(f"{name}.png", bytes(size))
    assert room.names(sort="size") == ["l.png", "m.png", "s.png"]


def test_files_that_come_change_or_go_are_seen_at_the_next_asking(filled: Room) -> None:
    filled.page()
    filled.put("a_00001_.png", picture("a green frog", 9), 9)
    filled.put("new.png", picture("a newt", 4), 10)
    (filled.root / "x/y/film.mp4").unlink()
    assert filled.names() == ["new.png", "a_00001_.png", "c_00001_.png", "b_00001_.png"]
    assert (filled.names(search="fox"), filled.names(search="frog")) == ([], ["a_00001_.png"])
    assert filled.page(search="film").total == 0


def test_only_what_is_new_is_read_again(filled: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.page()
    filled.reopen()
    read: list[str] = []
    monkeypatch.setattr(metadata, "read", lambda path: read.append(path.name) or metadata.Metadata())
    filled.put("new.png", picture("a newt"), 10)
    filled.page()
    assert read == ["new.png"]


def test_files_are_listed_before_they_are_read_and_the_newest_are_read_first(filled: Room) -> None:
    for number in range(40):
        filled.put(f"p{number:02}.png", picture(f"number{number}", number), 10 + number)
    filled.index.refresh(filled.root)
    left = filled.index.read_more(filled.root, 0.0)
    page = filled.index.page(Wish(limit=100))
    assert (page.total, page.pending) == (44, left)
    assert 0 < left < 44
    assert page.items[0].prompt == "number39"
    assert page.items[-1].prompt == ""


def test_what_is_hidden_leads_out_or_has_an_impossible_name_is_left_alone(
    filled: Room, tmp_path: Path
) -> None:
    (tmp_path / "secret.png").write_bytes(picture("secret"))
    (filled.root / "link.png").symlink_to(tmp_path / "secret.png")
    (filled.root / "folder").symlink_to(tmp_path)
    filled.put(".deleted/t/gone.png", picture("gone"))
    filled.put(".hidden.png", picture("hidden"))
    filled.put("notes.txt", b"text")
    filled.put("a:b.png", picture("colon"))
    (filled.root / os.fsdecode(b"half\xff.png")).write_bytes(b"x")
    assert filled.page().total == 4
    (filled.root / os.fsdecode(b"half\xff.png")).unlink()
    (filled.root / "a:b.png").unlink()
    assert filled.page().total == 4


def test_texts_that_no_database_takes_are_taken(room: Room) -> None:
    room.put("odd.png", picture("half \ud83d and zero \0 end", seed=10**30), 1)
    item = room.page(search="end").items[0]
    assert (item.prompt.startswith("half"), item.seed) == (True, None)


def test_a_file_that_brings_a_fault_to_light_is_listed_the_next_time(
    filled: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = metadata.read

    def faulty(path: Path) -> metadata.Metadata:
        if path.name.startswith("c_"):
            raise ZeroDivisionError
        return read(path)

    monkeypatch.setattr(metadata, "read", faulty)
    with pytest.raises(ZeroDivisionError):
        filled.page()
    page = filled.page()
    assert (page.total, page.pending, page.items[1].prompt) == (4, 0, "")
    assert filled.names(search="fox") == ["a_00001_.png"]


def damage(path: Path, after: int = 0) -> None:
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    data = bytearray(path.read_bytes())
    data[after:] = b"\x5a" * (len(data) - after)
    path.write_bytes(data)


@pytest.mark.parametrize("after", [0, 4096, 3 * 4096])
def test_a_damaged_index_is_made_anew_and_marks_stay(filled: Room, after: int) -> None:
    filled.page()
    filled.mark("a_00001_.png", favourite=True)
    filled.index.close()
    damage(filled.database, after)
    filled.reopen()
    assert len(filled.names()) == 4
    assert filled.names(favourite=True) == ["a_00001_.png"]


def test_damage_that_comes_while_it_is_open_is_healed_too(filled: Room) -> None:
    filled.page()
    calls = []

    def work() -> Any:
        calls.append(1)
        if len(calls) == 1:
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT_VTAB
            raise error
        return filled.page()

    assert (filled.index.ask(work).total, len(calls)) == (4, 2)


def test_what_cannot_be_written_leaves_the_index_usable(filled: Room) -> None:
    filled.page()
    for number in range(200):
        filled.put(f"{number}.png", picture("much to say " * 50, number))
    filled.index._db.execute("PRAGMA max_page_count=1")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        filled.page()
    filled.index._db.execute("PRAGMA max_page_count=100000")
    assert filled.page().total == 204


def test_a_fault_that_is_no_damage_leaves_the_index_as_it_is(filled: Room) -> None:
    filled.page()

    def work() -> None:
        filled.index._db.execute("SELECT absent FROM files")

    with pytest.raises(sqlite3.OperationalError):
        filled.index.ask(work)
    assert filled.index.page(Wish()).total == 4


def test_an_index_of_another_version_is_made_anew(filled: Room) -> None:
    filled.page()
    filled.index.close()
    with sqlite3.connect(filled.database) as db:
        db.execute("DROP TABLE words")
        db.execute("PRAGMA user_version=1000")
    db.close()
    filled.reopen()
    assert filled.page(search="fox").total == 1


def test_damaged_marks_are_laid_aside_not_deleted(filled: Room) -> None:
    filled.mark("a_00001_.png", favourite=True)
    filled.index.close()
    path = filled.database.with_name("marks.sqlite")
    damage(path)
    filled.reopen()
    assert filled.names(favourite=True) == []
    assert len([*path.parent.glob("marks.sqlite.damaged-*")]) == 1
    filled.mark("a_00001_.png", favourite=True)
    assert filled.names(favourite=True) == ["a_00001_.png"]


def test_tags_and_favourites_are_kept_found_and_taken_back(filled: Room) -> None:
    filled.page()
    assert filled.mark("a_00001_.png", "x/b_00001_.png", "absent.png", add=("Best", "for print")) == 2
    filled.mark("a_00001_.png", favourite=True, add=("animal",))
    page = filled.page(tag="Best")
    assert [(item.tags, item.favourite) for item in page.items] == [
        (["Best", "for print"], False),
        (["Best", "for print", "animal"], True),
    ]
    assert page.tags == ["animal", "Best", "for print"]
    assert filled.names(search="print fox") == ["a_00001_.png"]
    filled.mark("a_00001_.png", favourite=False, remove=("Best", "for print", "animal"))
    assert (filled.names(favourite=True), filled.names(search="print fox")) == ([], [])
    assert filled.names(tag="Best") == ["b_00001_.png"]


def test_a_mark_follows_the_content_of_a_file_wherever_it_goes(filled: Room) -> None:
    filled.page()
    filled.mark("a_00001_.png", favourite=True, add=("fox",))
    (filled.root / "kept").mkdir()
    (filled.root / "a_00001_.png").rename(filled.root / "kept" / "moved.png")
    filled.put("a_00001_.png", picture("another picture under the old name", 7), 20)
    assert filled.names(favourite=True) == ["moved.png"]
    assert filled.names(search="fox snow", tag="fox") == ["moved.png"]


def test_files_of_one_content_share_their_marks(filled: Room) -> None:
    filled.put("copy.png", (filled.root / "a_00001_.png").read_bytes(), 30)
    filled.page()
    filled.mark("a_00001_.png", add=("twice",))
    assert filled.names(tag="twice") == ["copy.png", "a_00001_.png"]
    filled.mark("copy.png", remove=("twice",))
    assert filled.names(search="twice") == []


def test_marking_before_a_file_was_read_loses_nothing(filled: Room) -> None:
    assert filled.mark("a_00001_.png", add=("early",)) == 1
    assert filled.names(search="early fox") == ["a_00001_.png"]


def test_an_empty_mark_is_forgotten(filled: Room) -> None:
    filled.mark("a_00001_.png", favourite=True)
    filled.mark("a_00001_.png", favourite=False)
    assert marks.sizes(filled.index._db) == set()
