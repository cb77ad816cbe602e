"""Workflows out of files."""

import json
import struct
import zlib
from pathlib import Path

import pytest

from graph.canvas.metadata import PNG
from runtime.document import NoWorkflow, read

API = {"1": {"class_type": "Number", "inputs": {"value": 1}}}
CANVAS = {"nodes": [{"id": 1}], "links": []}


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body), kind) + body + b"\0\0\0\0"


def text(data: object) -> bytes:
    return json.dumps(data).encode()


PACKED = zlib.compress(text(CANVAS))
FILES = {
    "api": (text(API), API),
    "canvas": (text(CANVAS), CANVAS),
    "a body for the server": (text({"prompt": API, "client_id": "x"}), API),
    "stray keys": (text({**API, "extra_data": {}}), API),
    "tEXt": (PNG + chunk(b"tEXt", b"prompt\0" + text(API)), API),
    "canvas first": (
        PNG + chunk(b"tEXt", b"prompt\0" + text(API)) + chunk(b"tEXt", b"workflow\0" + text(CANVAS)),
        CANVAS,
    ),
    "zTXt": (PNG + chunk(b"zTXt", b"workflow\0\0" + PACKED), CANVAS),
    "iTXt": (PNG + chunk(b"iTXt", b"workflow\0\0\0en\0\0" + text(CANVAS)), CANVAS),
    "a job's record": (text({"id": "x", "workflow": CANVAS}), CANVAS),
    "packed iTXt": (PNG + chunk(b"iTXt", b"workflow\0\1\0\0\0" + PACKED), CANVAS),
}


@pytest.mark.parametrize(("data", "found"), FILES.values(), ids=FILES.keys())
def test_a_workflow_is_found_in_every_file_that_may_carry_one(
    tmp_path: Path, data: bytes, found: object
) -> None:
    (tmp_path / "file").write_bytes(data)
    assert read(tmp_path / "file") == found


def test_not_a_number_in_a_picture_is_read_as_nothing(tmp_path: Path) -> None:
    body = b'workflow\0{"nodes": [{"x": NaN}]}'
    (tmp_path / "file").write_bytes(PNG + chunk(b"tEXt", body))
    assert read(tmp_path / "file") == {"nodes": [{"x": None}]}


def test_a_film_is_read_like_a_picture() -> None:
    fixture = Path(__file__).parents[1] / "fixtures" / "metadata" / "keys.mp4"
    assert read(fixture)["nodes"] == [{"id": 1, "type": "Größe 日本"}]


def test_settings_as_text_are_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(PNG + chunk(b"tEXt", b"parameters\0a house"))
    with pytest.raises(NoWorkflow, match="canvas"):
        read(tmp_path / "file")


DAMAGED = [
    b"",
    b"\xff\xfe\0",
    b"[1]",
    b"{}",
    PNG,
    PNG + b"\0\0",
    b"[" * 100_000,
    PNG + chunk(b"zTXt", b"prompt\0\0x"),
]


@pytest.mark.parametrize("data", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file.png").write_bytes(data)
    with pytest.raises(NoWorkflow, match=r"file\.png"):
        read(tmp_path / "file.png")
