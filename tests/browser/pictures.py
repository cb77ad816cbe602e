"""A picture of each main view, for the documentation: kept only where `HEDDLE_PICTURES` is set."""

import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.conftest import ROOT

MOST = 150_000  # bytes of one picture
SIZE = (1400, 900)
SHOWN = {
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
}
# Where the checkout lies is nobody's business.
HIDE = """folder => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode())
        texts.currentNode.data = texts.currentNode.data.replaceAll(folder, "/home/you/heddle");
}"""


def keep_picture(page: Page, view: str, folder: Path) -> None:
    """The window as it is, in the documentation when that is wished, else in `folder`."""
    page.wait_for_load_state("networkidle")
    page.evaluate(HIDE, str(ROOT))
    kept = ROOT / "docs" / "images" if os.environ.get("HEDDLE_PICTURES") == "1" else folder
    path = kept / f"canvas-{view}.png"
    write_small(page.screenshot(), path)
    assert path.stat().st_size <= MOST
    with Image.open(path) as picture:
        assert picture.size == SIZE


def write_small(shot: bytes, path: Path) -> None:
    """As a PNG of so few colours that it stays small."""
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    for colors in (256, 128, 64):
        picture.quantize(colors, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MOST:
            return
