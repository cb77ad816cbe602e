"""Queue, supervisor, store under seeded crashes; `python -m tests.runtime.test_simulation --seeds 5000`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

import pytest

from tests.runtime.simulation.world import simulate

SEEDS = int(os.environ.get("HEDDLE_SEEDS", "300"))


def test_nothing_is_lost_and_nothing_ends_twice_whatever_dies_when(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    for seed in range(SEEDS):
        try:
            simulate(seed, tmp_path)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error


def test_a_seed_always_plays_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    ends = [
        world.disk.rows("SELECT run_id, ordinal, number, status, attempts FROM jobs")
        for world in (simulate(seed, tmp_path) for seed in (3, 4, 5, 3, 4, 5))
    ]
    assert ends[:3] == ends[3:]


def main(words: list[str]) -> int:
    """Play seeds; print those that fail."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5_000)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args(words)
    logging.disable(logging.CRITICAL)
    failed, began = 0, time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.first, options.first + options.seeds):
            try:
                simulate(seed, Path(folder))
            except Exception:  # noqa: BLE001 - whatever it is, it belongs to its seed
                failed += 1
                print(f"seed {seed} failed:\n{traceback.format_exc()}", flush=True)
                if failed == 5:
                    break
    print(f"{options.seeds} seeds, {failed} failed, {time.perf_counter() - began:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
