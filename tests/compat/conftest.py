"""A host for packs, with folders of its own, opened for one test; and a whole server for all of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from compat import core_classes
from compat.current import running
from compat.doors import close_doors
from compat.host import open_host
from graph.context import Context
from graph.events import Event
from graph.folders import Folders
from tests.compat.studio import Studio, open_studio


@dataclass
class Host:
    """The folders of an installation, what was said, and a call to say it from."""

    folders: Folders
    said: list[Event] = field(default_factory=list)

    def context(self, node_id: str = "7", index: int = 0) -> Context:
        """A call of a node."""
        return Context(
            node_id,
            "run",
            self.folders,
            self.said.append,
            prompt={"7": {"class_type": "Pack", "inputs": {}}},
            client_id="page",
            index=index,
        )


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One server for all tests: it takes seconds to start."""
    with open_studio(tmp_path_factory.mktemp("studio")) as opened:
        yield opened


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """An installation whose doors are open."""
    opened = Host(Folders(tmp_path / "base"))
    open_host(opened.folders, {}, opened.said.append)
    yield opened
    core_classes.fill([])
    close_doors()


@pytest.fixture
def called(host: Host) -> Iterator[Context]:
    """Inside a call of node 7."""
    context = host.context()
    with running(context):
        yield context
