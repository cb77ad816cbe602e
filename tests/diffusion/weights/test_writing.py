"""The writer of safetensors files, read back by the library that made the format."""

import os
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.weights.header import read_header
from diffusion.weights.writing import Piece, write_safetensors


def pieces(tensors: dict[str, Tensor]) -> list[Piece]:
    return [Piece(key, tuple(t.shape), t.dtype, partial(Tensor.clone, t)) for key, t in tensors.items()]


TENSORS = {
    "half": torch.randn(3, 5).half(),
    "byte": torch.arange(7, dtype=torch.uint8),
    "bfloat": torch.randn(2, 2).bfloat16(),
    "float": torch.randn(4, 3, 2, 2).contiguous(memory_format=torch.channels_last),
    "turned": torch.randn(4, 6).T,
    "empty": torch.empty(0),
    "number": torch.tensor(3, dtype=torch.int64),
    "flag": torch.tensor([True, False]),
    "eight": torch.randn(4).to(torch.float8_e4m3fn),
}


def test_every_tensor_comes_back_with_its_bits_and_the_texts_too(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.safetensors"
    write_safetensors(path, pieces(TENSORS), {"title": "ä\n"})
    found = load_file(path)
    assert found.keys() == TENSORS.keys()
    for key, tensor in TENSORS.items():
        assert found[key].dtype == tensor.dtype
        assert torch.equal(found[key].float(), tensor.float())
    with safe_open(path, framework="pt") as file:
        assert file.metadata() == {"title": "ä\n"}
    assert os.listdir(path.parent) == ["a.safetensors"]


def test_our_own_reader_takes_it_and_every_tensor_is_aligned(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "a.safetensors", pieces(TENSORS), {})
    header = read_header(tmp_path / "a.safetensors")
    assert header.metadata == {}
    assert all(info.begin % info.dtype.itemsize == 0 for info in header.tensors.values())


def test_giving_up_halfway_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_safetensors(path, pieces({"a": torch.zeros(2)}), {})
    before = path.read_bytes()
    asked: list[None] = []

    def give_up() -> None:
        asked.append(None)
        if len(asked) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_safetensors(path, pieces(TENSORS), {}, give_up)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.safetensors"]


def test_a_tensor_that_is_not_what_was_promised_is_an_error(tmp_path: Path) -> None:
    wrong = [Piece("a", (3,), torch.float32, partial(torch.zeros, 2))]
    with pytest.raises(DiffusionError, match=r"a is \(\(2,\), torch.float32\)"):
        write_safetensors(tmp_path / "a.safetensors", wrong, {})
    twice = [*pieces({"a": torch.zeros(2)}), *pieces({"a": torch.zeros(2)})]
    with pytest.raises(DiffusionError, match="'a' would stand twice"):
        write_safetensors(tmp_path / "a.safetensors", twice, {})
    assert os.listdir(tmp_path) == []
