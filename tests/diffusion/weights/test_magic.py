"""What is not weights, though its name says so."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from diffusion.errors import CheckpointError
from diffusion.weights.archive import open_archive
from diffusion.weights.magic import named

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 4265146304\n"


@pytest.mark.parametrize("suffix", [".safetensors", ".ckpt"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (b"\n <!DOCTYPE html>\n<html><body>Please log in", "is a web page, not weights"),
        (b"<HTML>", "is a web page"),
        (b'{"error":"Unauthorized"}', "is JSON text, not weights"),
        (LFS, "is a pointer of git-lfs, not the weights; run `git lfs pull`"),
        (b"GGUF\x03\0\0\0" + b"\0" * 16, "is a GGUF file"),
    ],
)
def test_an_accident_of_a_download_is_named(tmp_path: Path, suffix: str, content: bytes, reason: str) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=rf"^x\{suffix} {reason}"):
        open_archive(path)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_named_safetensors_is_named_a_pickle(tmp_path: Path, zipped: bool) -> None:
    path = tmp_path / "x.safetensors"
    torch.save({"a": torch.zeros(2)}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(CheckpointError, match=r"is a pickle .* named \.safetensors; rename it to \.ckpt"):
        open_archive(path)


def test_safetensors_named_as_a_pickle_are_named_safetensors(tmp_path: Path) -> None:
    path = tmp_path / "x.ckpt"
    save_file({"a": torch.zeros(2)}, path)
    with pytest.raises(CheckpointError, match=r"is a safetensors file named \.ckpt; rename it"):
        open_archive(path)


@pytest.mark.parametrize("length", [0x0280, 0x227B, 0x0A0A])
def test_a_length_that_begins_like_something_else_is_a_length(length: int) -> None:
    start = length.to_bytes(8, "little") + b'{"a":'
    assert named(start, ".safetensors") is None
