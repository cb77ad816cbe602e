"""What the soak calls flat, and what it does not."""

from __future__ import annotations

import random

import pytest

from benchmarks.soak import MEASURES, fit, verdict


def curves(rise: float) -> dict[str, list[float]]:
    """Noisy curves, of which the memory of the worker rises by so many KiB in a run."""
    rng = random.Random(1)
    flat = {name: [100 + rng.random() for _ in range(400)] for name in MEASURES}
    return flat | {"worker memory": [30_000 + rise * run + 10 * rng.random() for run in range(400)]}


def test_a_straight_line_is_found_with_its_error() -> None:
    line = fit([3.0 + 2.0 * i for i in range(10)])
    assert line.slope == pytest.approx(2.0)
    assert line.error == pytest.approx(0.0, abs=1e-9)


def test_noise_is_flat() -> None:
    lines, flat = verdict(curves(0.0))
    assert flat
    assert len(lines) == 1 + len(MEASURES)


def test_memory_that_grows_with_every_run_is_told() -> None:
    lines, flat = verdict(curves(12.0))
    assert not flat
    assert [line.split("  ")[0] for line in lines if "RISES" in line] == ["worker memory"]
