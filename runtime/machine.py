"""What the machine has, and how Python is to use it."""

from __future__ import annotations

import ctypes
import gc
import os
import sys

COLLECTIONS = (1_000, 20, 100)  # thresholds of the garbage collector's three generations


def calm_collector() -> None:
    """Have the garbage collector walk over what is old less often, and never over what is there now.

    A graph of 100,000 nodes is a million objects, of which none is garbage while it runs.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)


def give_back_memory() -> None:
    """Give the system what the C library keeps of freed memory: gigabytes, after models have gone."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:  # glibc has it
        trim(0)


def resident_memory() -> int:
    """Bytes of main memory that this process holds; elsewhere than on Linux, the most that it ever held."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return _most_resident()


def _most_resident() -> int:
    """0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main_memory() -> tuple[int, int]:
    """Bytes of main memory: all, and available (0 where the system does not tell)."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file)
        total, free = (int(lines[key].split()[0]) * 1024 for key in ("MemTotal", "MemAvailable"))
    except (OSError, KeyError, ValueError):
        names = getattr(os, "sysconf_names", {})
        size = os.sysconf("SC_PAGE_SIZE") if "SC_PAGE_SIZE" in names else 0
        total, free = (
            os.sysconf(name) * size if name in names else 0 for name in ("SC_PHYS_PAGES", "SC_AVPHYS_PAGES")
        )
    return total, free
