"""What a safetensors header may not say."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from diffusion.errors import CheckpointError
from diffusion.weights.header import HEADER_LIMIT, TENSOR_LIMIT, read_header

ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def write(path: Path, header: Any, data: bytes = b"\0" * 8) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def test_a_file_of_safetensors_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"a": torch.zeros(2, 3), "b": torch.zeros(0, 4, dtype=torch.float16)}, path, {"k": "v"})
    header = read_header(path)
    assert {key: (info.shape, info.dtype) for key, info in header.tensors.items()} == {
        "a": ((2, 3), torch.float32),
        "b": ((0, 4), torch.float16),
    }
    assert header.metadata == {"k": "v"}


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"a": {**ENTRY, "data_offsets": [0, 4]}}, "does not fill bytes 0 to 4"),
        ({"a": ENTRY, "b": {**ENTRY, "data_offsets": [4, 12]}}, "overlaps another tensor"),
        ({"a": ENTRY, "b": {**ENTRY, "data_offsets": [0, 8]}}, "overlaps another tensor"),
        ({"a": {**ENTRY, "shape": [1], "data_offsets": [4, 8]}}, "leaves a hole"),
        ({"a": {**ENTRY, "shape": [1], "data_offsets": [0, 4]}}, "take 4 bytes of 8"),
        (
            {"a": {**ENTRY, "shape": [4], "data_offsets": [0, 16]}},
            "truncated: the header promises 86 bytes, the file has 78",
        ),
        ({"a": {**ENTRY, "dtype": "PICKLE"}}, "unknown type 'PICKLE'"),
        ({"a": {**ENTRY, "dtype": ["F32"]}}, "unknown type"),
        ({"a": {**ENTRY, "shape": [-2]}}, "has the shape"),
        ({"a": {**ENTRY, "shape": [True, 2]}}, "has the shape"),
        ({"a": {**ENTRY, "shape": [2.0]}}, "has the shape"),
        ({"a": {**ENTRY, "shape": [1 << 70]}}, "has the shape"),
        ({"a": {**ENTRY, "shape": [1] * 17}}, "has the shape"),
        ({"a": {**ENTRY, "data_offsets": [0]}}, "has the offsets"),
        ({"a": [ENTRY]}, "is not an object"),
        ({"a": ENTRY, "__metadata__": {"x": 1}}, "metadata"),
        ({"a": ENTRY, "__metadata__": "x"}, "metadata"),
        ([ENTRY], "not a JSON object"),
        (
            b'{"a":' + json.dumps(ENTRY).encode() + b',"a":' + json.dumps(ENTRY).encode() + b"}",
            "stands twice",
        ),
        (b"not json", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "not JSON"),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, header: Any, reason: str) -> None:
    path = write(tmp_path / "bad.safetensors", header)
    with pytest.raises(CheckpointError, match=r"bad\.safetensors is not a valid safetensors file") as caught:
        read_header(path)
    assert reason in str(caught.value)


def test_a_header_longer_than_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes((1 << 62).to_bytes(8, "little") + b"{}")
    with pytest.raises(CheckpointError, match="a header of 4611686018427387904 bytes in a file of 10"):
        read_header(path)


def test_a_header_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    with path.open("wb") as file:
        file.write((HEADER_LIMIT + 1).to_bytes(8, "little"))
        os.truncate(file.fileno(), HEADER_LIMIT + 1000)  # a sparse file
    with pytest.raises(CheckpointError, match="a header of"):
        read_header(path)


@pytest.mark.parametrize("length", [1, 3, 7])
def test_a_file_without_room_for_a_length_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"\0" * length)
    with pytest.raises(CheckpointError, match=r"truncated: a header of"):
        read_header(path)


def test_too_many_tensors_are_refused(tmp_path: Path) -> None:
    entry = '{"dtype":"U8","shape":[0],"data_offsets":[0,0]}'
    text = ",".join(f'"{index}":{entry}' for index in range(TENSOR_LIMIT + 1))
    path = write(tmp_path / "a.safetensors", f"{{{text}}}".encode(), b"")
    with pytest.raises(CheckpointError, match="100001 tensors, more than 100000"):
        read_header(path)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_a_header_or_a_checkpoint_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("bytes", numbered=True) / "a.safetensors"
    path.write_bytes(len(content).to_bytes(8, "little") + content)
    with contextlib.suppress(CheckpointError):
        assert read_header(path).tensors == {}
