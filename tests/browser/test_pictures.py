"""A picture of each main view, for the documentation: kept only where `HEDDLE_PICTURES` is set."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.conftest import Opening
from tests.browser.editor import Editor
from tests.browser.test_accessibility import settle
from tests.browser.views import VIEWS
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

MOST = 150_000  # bytes of one picture
SHOWN = (
    *(
        "result",
        "start",
        "empty",
        "properties",
        "nodes",
        "workflows",
        "models",
        "palette",
        "shortcuts",
        "mask",
    ),
    *(
        "settings-appearance",
        "settings-keys",
        "versions",
        "conflict",
        "templates",
        "app",
        "subgraph",
        "gallery",
    ),
    *("lightbox", "jobs", "profile", "missing", "error"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures go: into the documentation only when that is wished."""
    return ROOT / "docs" / "images" if os.environ.get("HEDDLE_PICTURES") == "1" else tmp_path


def write_small(shot: bytes, path: Path) -> None:
    """As a PNG of so few colours that it stays small."""
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    for colors in (256, 128, 64):
        picture.quantize(colors, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MOST:
            return


@pytest.mark.parametrize("view", SHOWN)
def test_the_view_has_a_picture(view: str, opening: Opening, folder: Path) -> None:
    page = opening(reduced_motion="reduce")
    VIEWS[view](Editor(page))
    page.wait_for_load_state("networkidle")
    settle(page)
    path = folder / f"canvas-{view}.png"
    write_small(page.screenshot(), path)
    assert path.stat().st_size <= MOST
    with Image.open(path) as picture:
        assert picture.size == (1400, 900)
