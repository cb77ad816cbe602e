"""A studio for each test; its checkpoint is written once."""

from pathlib import Path

import pytest

from graph.folders import Folders
from tests.factories import tiny_sd1
from tests.nodes.studio import CHECKPOINT, Studio


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with one tiny checkpoint."""
    models = tmp_path_factory.mktemp("models")
    tiny_sd1(models / "checkpoints" / CHECKPOINT)
    return models


@pytest.fixture
def studio(tmp_path: Path, tiny_models: Path) -> Studio:
    """Fresh folders and a fresh cache around the tiny checkpoint."""
    (tmp_path / "input").mkdir()
    return Studio(Folders(tmp_path, models=tiny_models))
