"""The hash by which a node's code is known."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.code import code_version, module_of
from graph.plugins import import_file
from tests.graph import toys

NODE = "def answer():\n    return 1\n"


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A pack that is a folder; what is imported of it is forgotten afterwards."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    folder = tmp_path / "hashed_pack"
    write(folder / "__init__.py", NODE)
    write(folder / "deep" / "rules.py", "LIMIT = 1\n")
    yield folder
    sys.modules.pop("custom_nodes.hashed_pack", None)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def version(path: Path) -> str:
    """The version of the pack's node, imported as by a new process."""
    return code_version(import_file("custom_nodes.hashed_pack", path).answer)


def test_every_python_file_of_a_pack_counts(pack: Path) -> None:
    before = version(pack)
    assert version(pack) == before
    write(pack / "deep" / "rules.py", "LIMIT = 2\n")
    edited = version(pack)
    write(pack / "deep" / "more.py", "")
    assert len({before, edited, version(pack)}) == 3


def test_code_that_moves_from_file_to_file_is_another_version(pack: Path) -> None:
    before = version(pack)
    (pack / "deep" / "rules.py").rename(pack / "rules.py")
    assert version(pack) != before


@pytest.mark.parametrize("name", ["notes.txt", ".venv/lib.py", "__pycache__/rules.py"])
def test_what_a_pack_does_not_import_does_not_count(name: str, pack: Path) -> None:
    before = version(pack)
    write(pack / name, "changed = True\n")
    assert version(pack) == before


def test_the_files_are_read_once_for_all_nodes_of_an_imported_pack(pack: Path) -> None:
    module = import_file("custom_nodes.hashed_pack", pack)
    before = code_version(module.answer)
    write(pack / "deep" / "rules.py", "LIMIT = 2\n")  # what is imported already stays as it is
    assert code_version(module.answer) == before


def test_a_pack_of_one_file_is_known_by_that_file(pack: Path) -> None:
    path = pack.with_name("hashed_pack.py")
    write(path, NODE)
    before = version(path)
    write(pack / "deep" / "rules.py", "LIMIT = 2\n")
    assert version(path) == before
    write(path, NODE.replace("1", "20"))
    assert version(path) != before


def test_a_node_of_ours_is_known_by_its_module() -> None:
    assert code_version(toys.number_of) == code_version(toys.use)
    assert code_version(toys.number_of) != code_version(code_version)
    assert module_of(toys.number_of) == "tests"
