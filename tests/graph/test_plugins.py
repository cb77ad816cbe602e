"""Packs: what is found, and what becomes of one that fails."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.plugins import Pack, load_packs

PACK = '''
from graph.node import node

@node("pack")
def {name}(value: int) -> int:
    """Doubles."""
    return value * 2
'''


@pytest.fixture(autouse=True)
def fresh_modules() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.startswith("custom_nodes.")]:
        del sys.modules[name]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def load(directory: Path) -> dict[str, Pack]:
    return {pack.name: pack for pack in load_packs(directory)}


def test_a_file_is_a_pack(tmp_path: Path) -> None:
    write(tmp_path / "doubling.py", PACK.format(name="double_it"))
    pack = load(tmp_path)["doubling"]
    assert pack.error is None
    assert [found.schema.name for found in pack.node_types] == ["DoubleIt"]
    assert pack.node_types[0].schema.module == "custom_nodes.doubling"
    assert pack.node_types[0](4) == 8


def test_a_folder_is_a_pack_and_imports_its_own_modules(tmp_path: Path) -> None:
    write(tmp_path / "big" / "__init__.py", "from .parts import in_part")
    write(tmp_path / "big" / "parts.py", PACK.format(name="in_part"))
    pack = load(tmp_path)["big"]
    assert pack.error is None
    assert pack.node_types[0].schema.module == "custom_nodes.big"


@pytest.mark.parametrize(
    "source",
    [
        "raise ValueError('no')",
        "import sys; sys.exit(3)",
        "def (",
        "import a_module_that_is_nowhere",
        "1 / 0",
    ],
)
def test_a_pack_that_fails_is_reported_and_the_rest_goes_on(tmp_path: Path, source: str) -> None:
    write(tmp_path / "bad.py", source)
    write(tmp_path / "good.py", PACK.format(name="fine"))
    packs = load(tmp_path)
    assert packs["bad"].error
    assert packs["bad"].node_types == []
    assert "custom_nodes.bad" not in sys.modules
    assert [found.schema.name for found in packs["good"].node_types] == ["Fine"]


def test_a_pack_whose_node_is_malformed_is_reported_with_the_reason(tmp_path: Path) -> None:
    write(tmp_path / "bad.py", PACK.format(name="broken").replace("value: int", "value: bytes"))
    error = load(tmp_path)["bad"].error
    assert error is not None
    assert "no socket type" in error


def test_what_a_pack_imports_from_elsewhere_is_not_its_own(tmp_path: Path) -> None:
    write(tmp_path / "borrows.py", "from tests.graph.toys import number\n" + PACK.format(name="own"))
    assert [found.schema.name for found in load(tmp_path)["borrows"].node_types] == ["Own"]


def test_hidden_disabled_and_other_files_are_left_alone(tmp_path: Path) -> None:
    for name in ("_private.py", ".hidden.py", "notes.txt", "off.py.disabled"):
        write(tmp_path / name, "raise ValueError")
    for name in ("__pycache__", "plain", "gone.disabled"):
        write(tmp_path / name / "x.py", "raise ValueError")
    write(tmp_path / "gone.disabled" / "__init__.py", "raise ValueError")
    assert load(tmp_path) == {}


def test_a_folder_that_is_not_there_holds_no_packs(tmp_path: Path) -> None:
    assert load_packs(tmp_path / "nowhere") == []
