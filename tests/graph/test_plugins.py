"""Packs: what is found, and what becomes of one that fails."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from graph.node import NodeType
from graph.plugins import Offer, Pack, legacy_name, load_pack, load_packs, run_prestartup

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
    ours = {id(module) for name, module in sys.modules.items() if name.startswith("custom_nodes.")}
    for name in [name for name, module in sys.modules.items() if id(module) in ours]:
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


def test_a_pack_is_known_among_modules_by_its_path_too(tmp_path: Path) -> None:
    write(tmp_path / "my.pack" / "__init__.py", "from . import parts")
    write(tmp_path / "my.pack" / "parts.py", "import sys\nNAME = __name__\nPACK = sys.modules[__package__]")
    write(tmp_path / "single.py", "NAME = __name__")
    load(tmp_path)
    assert sys.modules["custom_nodes.my_pack"] is sys.modules[legacy_name(tmp_path / "my.pack")]
    assert legacy_name(tmp_path / "my.pack") == str(tmp_path / "my.pack").replace(".", "_x_")
    assert sys.modules[str(tmp_path / "single")].NAME == "custom_nodes.single"
    assert sys.modules["custom_nodes.my_pack.parts"].NAME == "custom_nodes.my_pack.parts"


def test_a_pack_that_fails_leaves_neither_of_its_names(tmp_path: Path) -> None:
    write(tmp_path / "bad.py", "raise ValueError('no')")
    load(tmp_path)
    assert not {"custom_nodes.bad", str(tmp_path / "bad")} & set(sys.modules)


def test_a_reader_says_what_a_module_offers_and_an_offer_that_fails_is_one_problem(tmp_path: Path) -> None:
    def read(module: ModuleType, name: str) -> Iterator[Offer]:
        yield "Fine", lambda: module.fine
        yield "Odd", lambda: module.nothing_of_this_name
        yield "Ended", sys.exit
        yield "Later", lambda: module.fine

    write(tmp_path / "some.py", PACK.format(name="fine"))
    pack = load_pack(tmp_path / "some.py", read)
    assert pack.error is None
    assert [found.schema.name for found in pack.node_types] == ["Fine"]
    assert all(isinstance(found, NodeType) for found in pack.node_types)
    odd, ended = pack.problems
    assert odd.startswith("Odd was left out: AttributeError: ")
    assert ended.startswith("Ended was left out: SystemExit")


def test_the_script_for_the_start_runs_by_itself_and_its_failure_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "first"
    write(folder / "prestartup_script.py", "open(__file__ + '.ran', 'w').close()\nraise OSError('no device')")
    problem = run_prestartup(folder)
    assert problem is not None
    assert problem.strip().endswith("OSError: no device")
    assert (folder / "prestartup_script.py.ran").exists()
    assert not [name for name in sys.modules if name.startswith(str(folder))]
    write(tmp_path / "second" / "__init__.py", "")
    assert run_prestartup(tmp_path / "second") is None
    assert run_prestartup(tmp_path / "absent.py") is None


PROJECT = '[project]\nname = "the-project"\n[tool.comfy]\nweb = "dist"\n'


def test_folders_of_scripts_are_known_by_project_and_by_pack(tmp_path: Path) -> None:
    folder = tmp_path / "drawn"
    write(folder / "__init__.py", "WEB_DIRECTORY = './js'")
    write(folder / "pyproject.toml", PROJECT)
    for script in ("js/a.js", "dist/b.js"):
        write(folder / script, "")
    pack = load(tmp_path)["drawn"]
    assert dict(pack.web) == {"the-project": str(folder / "dist"), "drawn": str(folder / "js")}
    assert pack.problems == ()


@pytest.mark.parametrize("project", [PROJECT, "[project", "[tool.comfy]\nweb = 5"])
def test_a_folder_of_scripts_that_is_not_there_is_a_problem_and_no_more(tmp_path: Path, project: str) -> None:
    write(tmp_path / "drawn" / "__init__.py", "WEB_DIRECTORY = 'nowhere'\n" + PACK.format(name="fine"))
    write(tmp_path / "drawn" / "pyproject.toml", project)
    pack = load(tmp_path)["drawn"]
    assert (pack.error, dict(pack.web)) == (None, {})
    assert "'nowhere' is not there" in pack.problems[-1]
    assert [found.schema.name for found in pack.node_types] == ["Fine"]
