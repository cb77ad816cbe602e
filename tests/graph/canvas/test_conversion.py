"""Canvas -> API conversion, case by case; the TypeScript converter is held against the same files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.canvas import is_canvas, to_api
from tests.graph.object_info import FIXTURES, load_schemas

CASES = sorted((FIXTURES / "workflows").glob("*.json"))


def read(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return case


def test_there_are_cases_to_convert() -> None:
    assert len(CASES) >= 30


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_canvas_document_becomes_the_prompt_that_a_front_end_would_send(path: Path) -> None:
    case = read(path)
    assert is_canvas(case["canvas"])
    assert to_api(case["canvas"], load_schemas(case["schemas"])) == case["api"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_converting_leaves_the_document_as_it_was(path: Path) -> None:
    case = read(path)
    before = json.dumps(case["canvas"])
    to_api(case["canvas"], load_schemas(case["schemas"]))
    assert json.dumps(case["canvas"]) == before
