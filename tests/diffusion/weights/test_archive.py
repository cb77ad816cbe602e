"""Reading tensors by name."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from diffusion.errors import CheckpointError
from diffusion.weights import archive as archives
from diffusion.weights.archive import Archive, join, open_archive, read_all


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_file(
        {"x.a": torch.arange(4.0), "x.b": torch.ones(2, 2), "y.c": torch.zeros(3)}, tmp_path / "a.safetensors"
    )
    return tmp_path / "a.safetensors"


def read(archive: Archive) -> dict[str, list[object]]:
    return {key: tensor.tolist() for key, tensor in archive.tensors()}


def test_shapes_are_known_without_reading(path: Path) -> None:
    shapes = open_archive(path).shapes()
    assert {key: tuple(tensor.shape) for key, tensor in shapes.items()} == {
        "x.a": (4,),
        "x.b": (2, 2),
        "y.c": (3,),
    }
    assert all(tensor.is_meta for tensor in shapes.values())


def test_the_first_prefix_that_has_entries_counts(path: Path) -> None:
    archive = open_archive(path)
    assert set(archive.below("nothing.", "x.", "y.").entries) == {"a", "b"}
    assert not archive.below("nothing.").entries
    assert set(archive.without("x.").entries) == {"y.c"}
    assert archive.parameters == 11


@pytest.mark.parametrize("window", [1, 20, 1 << 20])
def test_every_tensor_is_read_once_whatever_the_window(
    path: Path, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "WINDOW", window)
    found = list(open_archive(path).tensors())
    assert sorted(key for key, _ in found) == ["x.a", "x.b", "y.c"]
    assert read(open_archive(path))["x.a"] == [0.0, 1.0, 2.0, 3.0]


def test_an_archive_splits_by_what_is_known_without_reading(path: Path) -> None:
    square, others = open_archive(path).split(lambda entry: len(entry.shape) == 2)
    assert (set(square.entries), set(others.entries)) == ({"x.b"}, {"x.a", "y.c"})


def test_several_files_are_one_archive(path: Path) -> None:
    other = path.with_name("b.safetensors")
    save_file({"z": torch.ones(1)}, other)
    assert set(read(join([open_archive(path), open_archive(other)]))) == {"x.a", "x.b", "y.c", "z"}


def test_a_training_checkpoint_keeps_its_tensors_one_level_down(tmp_path: Path) -> None:
    torch.save({"state_dict": {"a": torch.ones(2)}, "epoch": 3}, tmp_path / "a.ckpt")
    assert read(open_archive(tmp_path / "a.ckpt")) == {"a": [1.0, 1.0]}


class Trap:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, (f"open({str(self.target)!r}, 'w')",))


def test_code_in_a_pickle_does_not_run(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(1), "b": Trap(tmp_path / "sprung")}, tmp_path / "a.ckpt")
    with pytest.raises(CheckpointError, match=r"a\.ckpt cannot be read without running code"):
        open_archive(tmp_path / "a.ckpt")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [b"", b"not a pickle", b"PK\x03\x04 not a zip", b"\x80\x02."])
def test_a_broken_pickle_is_a_checkpoint_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pt").write_bytes(content)
    with pytest.raises(CheckpointError):
        open_archive(tmp_path / "a.pt")


def test_a_pickle_of_something_else_is_refused(tmp_path: Path) -> None:
    torch.save([torch.ones(1)], tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="holds a list"):
        read_all(tmp_path / "a.pt")


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"ending in \.safetensors"):
        open_archive(tmp_path / "a.gguf")
