"""Workflows out of pictures, films, sounds and model files; the canvas reads the same files."""

from __future__ import annotations

import json
import random
import struct
from pathlib import Path

import pytest
from PIL import Image

from graph.canvas.metadata import is_carrier, read_metadata
from tests.graph.canvas.carriers import (
    BUILT,
    DRAWN,
    FOLDER,
    PROMPT,
    WORKFLOW,
    box,
    comments,
    expected,
    lacing,
    page,
    pillow,
    png,
    synchsafe,
    tags,
)

FILES = sorted(path for path in FOLDER.iterdir() if path.suffix not in (".json", ".md"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_workflow_is_found_in_each_kind_of_file(path: Path) -> None:
    assert read_metadata(path.read_bytes()) == expected(path.name)


def test_the_files_are_those_that_the_script_writes() -> None:
    assert {path.name for path in FILES} == {*BUILT, *DRAWN}
    for name, make in BUILT.items():
        if not name.endswith(".png"):  # which each version of zlib packs in its own way
            assert (FOLDER / name).read_bytes() == make(), name
    told = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
    assert told == {path.name: expected(path.name) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_that_ends_anywhere_is_read_as_far_as_it_goes(path: Path) -> None:
    data, whole = path.read_bytes(), expected(path.name)
    for end in range(0, len(data), max(1, len(data) // 60)):
        found = read_metadata(data[:end])
        assert set(found) <= {"workflow", "prompt", "parameters"}
    assert set(read_metadata(data[: len(data) // 2])) <= set(whole)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_bytes_turned_by_chance_are_no_crash(path: Path) -> None:
    data, rng = path.read_bytes(), random.Random(path.name)
    for _ in range(60):
        broken = bytearray(data)
        for _ in range(4):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        read_metadata(bytes(broken))


def test_a_file_is_told_by_its_bytes_and_text_is_none_of_them() -> None:
    for data in (b"", b"{}", WORKFLOW.encode(), b"\xff\xd8", b"<html><metadata></metadata></html>"):
        assert read_metadata(data) == {}
        assert not is_carrier(data)
    assert all(is_carrier(path.read_bytes()) for path in FILES)


def test_of_two_texts_of_one_name_the_first_counts() -> None:
    data = png((b"tEXt", b"prompt\0" + PROMPT.encode()), (b"tEXt", b"Prompt\0{}"), (b"tEXt", b"Software\0x"))
    assert read_metadata(data) == {"prompt": PROMPT}


def test_what_comes_before_damage_stays() -> None:
    data = png((b"tEXt", b"workflow\0{}"), (b"zTXt", b"prompt\0\0not packed"))
    assert read_metadata(data) == {"workflow": "{}"}


def test_the_comment_of_old_quicktime_may_hold_both() -> None:
    text = json.dumps({"workflow": {"nodes": []}, "prompt": {}}).encode()
    data = box(b"ftyp", b"qt  ") + box(b"moov", box(b"udta", box(b"\xa9cmt", b"\0\0\0\0", text)))
    assert read_metadata(data) == {"workflow": '{"nodes": []}', "prompt": "{}"}


def test_a_comment_of_a_picture_may_hold_both() -> None:
    text = json.dumps({"workflow": {"nodes": []}, "prompt": {}})
    for kind in ("GIF", "JPEG"):
        assert read_metadata(pillow(kind, comment=text)) == {"workflow": '{"nodes": []}', "prompt": "{}"}


def test_any_other_comment_says_nothing_and_ends_nothing() -> None:
    for text in ("a cat", "{a cat}", '{"seed": 5}'):
        assert read_metadata(pillow("JPEG", comment=text, exif=tags())).keys() == {"workflow", "prompt"}


def test_a_tiff_is_read() -> None:
    assert read_metadata(pillow("TIFF", exif=tags()))["prompt"] == PROMPT


@pytest.mark.parametrize("mark", [b"ASCII\0\0\0", bytes(8), b""])
def test_a_comment_of_the_user_is_plain_or_says_so(mark: bytes) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = mark + b"a cat in the snow"
    assert read_metadata(pillow("JPEG", exif=exif)) == {"parameters": "a cat in the snow"}


def test_flac_inside_of_ogg_is_read() -> None:
    first, block = b"\x7fFLAC\1\0", b"\x84" + len(comments()).to_bytes(3, "big") + comments()
    data = page(0, lacing(first), first) + page(1, lacing(block), block)
    assert read_metadata(data) == {"workflow": WORKFLOW, "prompt": PROMPT}


def test_a_frame_of_an_mp3_may_say_its_length_and_hide_what_looks_like_sound() -> None:
    body = b'\0prompt\0{"a": "\xff\xe0"}'
    hidden = bytes(4) + body.replace(b"\xff", b"\xff\0")
    frame = b"TXXX" + synchsafe(len(hidden)) + b"\0\x03" + hidden
    data = b"ID3\x04\0\0" + synchsafe(len(frame)) + frame
    assert read_metadata(data) == {"prompt": '{"a": "\xff\xe0"}'}


@pytest.mark.parametrize("scene", [b"[]", b'{"asset": []}', b'{"asset": {"extras": 3}}'])
def test_a_model_that_says_nothing_of_its_making_has_no_texts(scene: bytes) -> None:
    data = b"glTF" + struct.pack("<IIII", 2, 20 + len(scene), len(scene), 0x4E4F534A) + scene
    assert read_metadata(data) == {}
