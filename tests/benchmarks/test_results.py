"""The page of results: every place names a benchmark that is there, and is filled with what it prints."""

import importlib.util
from pathlib import Path

import pytest

from benchmarks import __main__ as results


def test_every_place_of_the_page_names_a_benchmark_that_is_there() -> None:
    found = results.places(results.RESULTS.read_text(encoding="utf-8"))
    assert {"engine", "http", "lanes", "memory", "unet", "kill", "soak"} <= {place.name for place in found}
    assert all(importlib.util.find_spec(place.command.split()[0]) for place in found)


def test_only_the_named_place_is_filled_and_all_else_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "RESULTS.md"
    before = "# Results\n<!-- begin: timeit -h -->\nold\n<!-- end -->\nbetween\n"
    after = (
        "<!-- begin: benchmarks.engine --sizes 20 --repeats 1 --shapes tree -->\nold\n<!-- end -->\nlast\n"
    )
    page.write_text(before + after, encoding="utf-8")
    monkeypatch.setattr(results, "RESULTS", page)
    results.main(["engine"])
    text = page.read_text(encoding="utf-8")
    assert text.startswith(before)
    assert "| tree" in text
    assert text.endswith("<!-- end -->\nlast\n")
    assert text.count("\nold\n") == 1


def test_what_is_no_table_is_framed() -> None:
    assert results.framed("12 rounds\n") == "```text\n12 rounds\n```\n"
    assert results.framed("| a |\n") == "| a |\n"
