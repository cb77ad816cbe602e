"""What a pack offers, and what other packs see of it."""

from pathlib import Path
from textwrap import dedent

import pytest

from compat import core_classes
from compat.packs import offers_of, with_scripts
from graph.node import node
from graph.plugins import Pack, load_pack
from runtime.packs import report_of
from tests.compat.conftest import Host
from tests.compat.packs import forget_packs

SOURCE = """
    import os
    import nodes
    from nodes import NODE_CLASS_MAPPINGS

    HERE = os.path.dirname(__file__)
    nodes.EXTENSION_WEB_DIRS["scribe_more"] = os.path.join(HERE, "more")
    nodes.EXTENSION_WEB_DIRS["scribe_elsewhere"] = os.path.dirname(HERE)
    WEB_DIRECTORY = "js"

    class Broken:
        @classmethod
        def INPUT_TYPES(cls):
            raise OSError("not now")

    class Mine:
        INPUT_TYPES = classmethod(lambda cls: {"required": {}})
        RETURN_TYPES = ()
        FUNCTION = "run"

    NODE_CLASS_MAPPINGS.update({"ScribeMine": Mine, "ScribeBroken": Broken})
    NODE_DISPLAY_NAME_MAPPINGS = {"ScribeMine": "My own"}
"""


@node("toys", name="Core")
def core(*, value: int = 1) -> int:
    """One of the host's own."""
    return value


@pytest.fixture
def scribe(host: Host, tmp_path: Path) -> Pack:
    """A pack that writes into the tables of the host."""
    core_classes.fill([core])
    folder = tmp_path / "scribe"
    for name in ("js", "more"):
        (folder / name).mkdir(parents=True)
    (folder / "__init__.py").write_text(dedent(SOURCE))
    try:
        return load_pack(folder, offers_of)
    finally:
        forget_packs()


def test_the_hosts_table_among_a_packs_names_is_no_offer_of_the_host(scribe: Pack) -> None:
    assert [found.schema.name for found in scribe.node_types] == ["ScribeMine"]
    assert scribe.problems == ("ScribeBroken was left out: OSError: not now",)
    assert core_classes.NODE_CLASS_MAPPINGS.keys() == {"Core", "ScribeMine", "ScribeBroken"}
    assert core_classes.NODE_DISPLAY_NAME_MAPPINGS == {"Core": "Core", "ScribeMine": "My own"}


def test_folders_of_packs_and_of_their_scripts_are_in_the_hosts_tables(scribe: Pack) -> None:
    assert core_classes.LOADED_MODULE_DIRS["scribe"] == str(scribe.path)
    assert core_classes.EXTENSION_WEB_DIRS["scribe"] == str(scribe.path / "js")


def test_scripts_that_a_pack_registers_by_itself_are_served_when_they_are_its_own(scribe: Pack) -> None:
    (report,) = with_scripts([report_of(scribe)])
    assert report.web == {"scribe": str(scribe.path / "js"), "scribe_more": str(scribe.path / "more")}
