"""The engine's benchmark measures what it says, and writes nothing unless asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.engine import SHAPES, main, prompt_of


@pytest.mark.parametrize("shape", SHAPES)
def test_a_graph_has_about_the_size_asked_for_and_is_wired_within_itself(shape: str) -> None:
    prompt = prompt_of(shape, 100)
    assert 90 <= len(prompt) <= 100
    links = [
        value for data in prompt.values() for value in data["inputs"].values() if isinstance(value, list)
    ]
    assert links
    assert all(int(source) < int(node_id) for node_id, data in prompt.items() for source, _ in (
        value for value in data["inputs"].values() if isinstance(value, list)
    ))  # fmt: skip


def test_it_prints_a_table_and_writes_only_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    main(["--sizes", "20", "--repeats", "1"])
    printed = capsys.readouterr().out
    assert all(f"| {shape}" in printed for shape in SHAPES)
    assert list(tmp_path.iterdir()) == []
    main(["--sizes", "20", "--repeats", "1", "--shapes", "tree", "--output", "table.md"])
    assert (tmp_path / "table.md").read_text() == capsys.readouterr().out
