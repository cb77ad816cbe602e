"""What the machine is asked for and given back."""

import sys
from pathlib import Path

import pytest

from runtime.machine import give_back_memory


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of itself in /proc")
def test_freed_memory_goes_back_to_the_system() -> None:
    kept = [bytes(60_000) for _ in range(4000)]  # 240 MB below the size that is mapped by itself
    last = bytes(60_000)  # above them, so that the heap's end cannot simply come down
    whole = resident()
    del kept
    give_back_memory()
    assert resident() < whole - 150_000_000
    assert len(last) == 60_000
