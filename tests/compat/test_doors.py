"""Packs import their host by the names that they know."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from compat.doors import Doors, close_doors, open_doors
from tests.compat.conftest import Host


@pytest.fixture(autouse=True)
def doors() -> Iterator[None]:
    open_doors()
    yield
    close_doors()


@pytest.mark.parametrize(
    "name",
    ["folder_paths", "comfy", "comfy.utils", "comfy.comfy_types.node_typing", "comfy_execution.graph_utils"],
)
def test_a_name_of_the_host_and_our_own_are_one_module(name: str) -> None:
    theirs = importlib.import_module(name)
    assert theirs is importlib.import_module(f"compat.{name}")
    assert sys.modules[name] is sys.modules[f"compat.{name}"]


def test_what_a_pack_hangs_on_a_module_is_seen_by_both_names() -> None:
    namespace: dict[str, object] = {}
    exec("import comfy.utils\ncomfy.utils.mark = 'here'", namespace)
    import compat.comfy.utils

    try:
        assert vars(compat.comfy.utils)["mark"] == "here"
    finally:
        del vars(compat.comfy.utils)["mark"]


def test_a_module_that_nobody_imported_is_there_when_it_is_used() -> None:
    namespace: dict[str, object] = {}
    exec("import comfy\nprogress = comfy.utils.ProgressBar\nhas = hasattr(comfy, 'ldm')", namespace)
    assert namespace["progress"] is importlib.import_module("compat.comfy.utils").ProgressBar
    assert namespace["has"] is False


@pytest.mark.parametrize(
    "statement",
    ["import comfy.ldm", "from comfy import ldm", "import comfy.ldm.modules", "import execution"],
)
def test_a_module_that_heddle_lacks_is_named(statement: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"'(comfy\.ldm|execution)': Heddle does not have") as told:
        exec(statement)
    assert told.value.name in ("comfy.ldm", "execution")


def test_a_module_can_be_looked_for_without_importing_it() -> None:
    close_doors()
    open_doors()
    sys.modules.pop("compat.comfy.cli_args", None)
    found = importlib.util.find_spec("comfy.cli_args")
    assert found is not None
    assert found.origin is not None
    assert found.origin.endswith("cli_args.py")
    assert "compat.comfy.cli_args" not in sys.modules
    package = importlib.util.find_spec("comfy_execution")
    assert package is not None
    assert package.submodule_search_locations is not None


def test_an_error_inside_a_module_of_the_host_is_not_taken_for_a_missing_one(tmp_path: Path) -> None:
    """Only the module's own absence makes an attribute missing, not that of something it imports."""
    package = importlib.import_module("compat.comfy")
    (tmp_path / "broken.py").write_text("import a_module_that_is_nowhere\n")
    package.__path__.append(str(tmp_path))
    try:
        with pytest.raises(ModuleNotFoundError, match="a_module_that_is_nowhere"):
            package.broken  # noqa: B018 - the look alone imports it
    finally:
        package.__path__.remove(str(tmp_path))


def test_what_a_pack_puts_on_the_path_does_not_shadow_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("runtime", "folder_paths", "comfy"):
        (tmp_path / f"{name}.py").write_text("shadow = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "runtime")
    assert not hasattr(importlib.import_module("runtime"), "shadow")
    assert not hasattr(importlib.import_module("folder_paths"), "shadow")
    assert not hasattr(importlib.import_module("comfy"), "shadow")


def test_relative_imports_work_under_the_names_of_the_host() -> None:
    module = importlib.import_module("comfy.utils")
    assert module.__package__ == "compat.comfy"
    assert module.__spec__ is not None
    assert module.__spec__.name == "compat.comfy.utils"


def test_doors_open_once_and_close_without_a_trace() -> None:
    open_doors()
    importlib.import_module("comfy.utils")
    assert sum(isinstance(finder, Doors) for finder in sys.meta_path) == 1
    close_doors()
    assert not any(isinstance(finder, Doors) for finder in sys.meta_path)
    assert "comfy.utils" not in sys.modules
    assert "compat.comfy.utils" in sys.modules
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("comfy.utils")


def test_our_own_packages_have_doors_for_what_packs_seek_in_them(host: Host) -> None:
    namespace: dict[str, object] = {}
    exec("from server import PromptServer, web\nimport nodes\nmost = nodes.MAX_RESOLUTION", namespace)
    assert namespace["most"] == 16384
    assert namespace["PromptServer"] is importlib.import_module("compat.prompt_server").PromptServer


@pytest.mark.parametrize("statement", ["from nodes import NoSuchNode", "from nodes import no_such_function"])
def test_a_node_that_heddle_lacks_cannot_be_imported(statement: str) -> None:
    with pytest.raises(ImportError, match="cannot import name"):
        exec(statement)


def test_the_host_opens_without_torch() -> None:
    """Scripts that packs run before torch is imported find their host too."""
    import subprocess

    code = (
        "import sys; from pathlib import Path; from graph.folders import Folders; "
        "from compat.host import open_host; open_host(Folders(Path('.')), {}); import folder_paths; "
        "from server import PromptServer; from nodes import NODE_CLASS_MAPPINGS; "
        "sys.exit('torch' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
