"""kill -9 of real processes at random moments: nothing accepted is lost, nothing ends twice."""

import random
import sys
from pathlib import Path

import pytest

from benchmarks.kill import play

ROUNDS = 6

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds the worker through /proc")


@pytest.mark.parametrize("victim", ["server", "worker"])
async def test_kill_9_at_random_moments_loses_nothing_and_ends_nothing_twice(
    tmp_path: Path, victim: str
) -> None:
    tally = await play(tmp_path, ROUNDS, (victim,), random.Random(victim), jobs=6)
    assert tally.is_clean, tally
    assert tally.servers + tally.workers == ROUNDS
    assert len(tally.accepted) == len(tally.completed) == ROUNDS * 6
