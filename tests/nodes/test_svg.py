"""Drawings: every form in which packs give them, and the workflow that they carry."""

import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from graph.context import Context
from graph.events import Event
from graph.folders import Folders
from nodes.svg import SvgError, save_svg

DRAWING = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="4"><rect width="2"/></svg>\n'
PROMPT = {"1": {"class_type": "SaveSVGNode", "inputs": {"text": "Häuschen ]]> <b>"}}}


@dataclass
class Drawings:
    """A value as packs of the field make it."""

    data: list[io.BytesIO]


def context(base: Path, **more: object) -> Context:
    return Context("9", "run", Folders(base), emit=list[Event]().append, **more)  # type: ignore[arg-type]


def saved(base: Path, svg: object, **more: object) -> list[Path]:
    files = save_svg(context(base, **more), svg=svg).ui["images"]
    return [base / file["type"] / file["subfolder"] / file["filename"] for file in files]


@pytest.mark.parametrize(
    "svg",
    [
        DRAWING,
        DRAWING.encode(),
        io.BytesIO(DRAWING.encode()),
        io.StringIO(DRAWING),
        [DRAWING],
        Drawings([io.BytesIO(b"\xef\xbb\xbf" + DRAWING.encode())]),
    ],
)
def test_every_form_of_a_drawing_is_written(tmp_path: Path, svg: object) -> None:
    (path,) = saved(tmp_path, svg)
    assert path == tmp_path / "output" / "svg" / "ComfyUI_00001_.svg"
    assert path.read_text(encoding="utf-8") == DRAWING


def test_several_drawings_are_numbered(tmp_path: Path) -> None:
    paths = saved(tmp_path, Drawings([io.BytesIO(DRAWING.encode()) for _ in range(3)]))
    assert [path.name for path in paths] == [f"ComfyUI_0000{n}_.svg" for n in (1, 2, 3)]
    assert all(path.is_file() for path in paths)


def test_a_drawing_carries_its_workflow_and_stays_well_formed(tmp_path: Path) -> None:
    (path,) = saved(tmp_path, DRAWING, prompt=PROMPT, extra_pnginfo={"workflow": {"nodes": []}})
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    (found,) = [child.text for child in root if child.tag.endswith("metadata")]
    assert found is not None
    assert json.loads(found) == {"prompt": PROMPT, "workflow": {"nodes": []}}
    assert len(root) == 2


def test_where_metadata_are_turned_off_nothing_is_carried(tmp_path: Path) -> None:
    (path,) = saved(tmp_path, DRAWING, prompt=PROMPT, extra_pnginfo=None)
    assert path.read_text(encoding="utf-8") == DRAWING


def test_an_empty_drawing_stays_as_it_is(tmp_path: Path) -> None:
    (path,) = saved(tmp_path, '<svg width="1"/>', prompt=PROMPT, extra_pnginfo={})
    assert path.read_text(encoding="utf-8") == '<svg width="1"/>'


def test_a_greater_sign_in_an_attribute_does_not_end_the_tag(tmp_path: Path) -> None:
    (path,) = saved(tmp_path, "<svg desc='a > b'><g/></svg>", prompt=PROMPT, extra_pnginfo={})
    assert re.match(r"<svg desc='a > b'>\s*<metadata>", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("svg", "message"),
    [(5, "type int"), ("<html></html>", "no <svg> tag"), (b"\xff\xfe<svg>", "not encoded as UTF-8")],
)
def test_what_is_no_drawing_is_told_and_nothing_is_written(tmp_path: Path, svg: object, message: str) -> None:
    with pytest.raises(SvgError, match=message):
        saved(tmp_path, svg)
    with pytest.raises(SvgError, match=message):
        saved(tmp_path, [DRAWING, svg])
    assert not list(tmp_path.rglob("*.svg"))
