"""The memory's benchmark measures what it says, and writes nothing unless asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.memory import GRAPHS_HEADER, SUBJECTS, bytes_of, graph_rows, main, simulated, use
from diffusion.networks.unet import UNetConfig
from tests.diffusion.memory_scenarios import SCENARIOS

TINY = UNetConfig(
    widths=(64, 128), depths=(0, 4), blocks=1, context_width=64, heads=None, head_dim=32, norm_groups=16
)


def test_a_row_tells_what_each_memory_moves() -> None:
    rows = list(graph_rows(SCENARIOS[0]))
    assert len(rows) == len(SCENARIOS[0].budgets)
    assert all(row.count("|") == GRAPHS_HEADER.splitlines()[0].count("|") for row in rows)
    assert rows[-1].split("|")[3:9] == [cell for cell in rows[-1].split("|")[3:9] if cell.strip() == "4.3"]


@torch.no_grad()
def test_a_network_takes_its_time_whole_and_longer_streaming() -> None:
    subject = replace(SUBJECTS[0], config=TINY, side=64, seconds=1e-4, activations=1e-5)
    stage = simulated(subject, 24)
    whole = use(stage, 24, calls=2)
    assert whole.seconds == pytest.approx(1e-4)
    assert whole.resident * stage.per_gb == pytest.approx(bytes_of(stage.network))
    assert whole.peak == pytest.approx(whole.resident + 1e-5)
    budget = 0.6 * whole.resident
    streaming = use(simulated(subject, budget), budget, calls=2)
    assert streaming.peak <= budget
    assert streaming.seconds > whole.seconds


def test_the_table_is_written_where_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.memory.SCENARIOS", SCENARIOS[1:2])
    main(["--only", "graphs", "--output", str(tmp_path / "table.md")])
    assert "hires fix" in (tmp_path / "table.md").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["table.md"]
