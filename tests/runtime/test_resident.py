"""How much a process grows during a call."""

import threading
import time
from collections.abc import Callable

from runtime.resident import PERIOD, SHORT, ResidentMeter


class Memory:
    """A process whose size the test says."""

    def __init__(self) -> None:
        self.size, self.reads = 100, 0

    def __call__(self) -> int:
        self.reads += 1
        return self.size


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_what_a_call_keeps_is_its_growth() -> None:
    memory = Memory()
    watch = ResidentMeter(memory).begin()
    memory.size = 150
    assert watch.end(SHORT) == (50, "cpu")


def test_what_came_and_went_during_a_long_call_is_seen() -> None:
    memory = Memory()
    watch = ResidentMeter(memory).begin()
    memory.size = 900
    until(lambda: watch.top == 900)
    memory.size = 100
    assert watch.end(2 * PERIOD) == (800, "cpu")


def test_a_call_that_shrinks_the_process_did_not_grow_it() -> None:
    memory = Memory()
    watch = ResidentMeter(memory).begin()
    memory.size = 20
    assert watch.end(1.0) == (0, "cpu")


def test_short_calls_are_not_counted_and_share_their_looks() -> None:
    memory, now = Memory(), time.perf_counter()
    meter = ResidentMeter(memory)
    for _ in range(1_000):
        assert meter.begin().end(0.0) == (None, "cpu")
    assert memory.reads <= 2 + (time.perf_counter() - now) / SHORT + (time.perf_counter() - now) / PERIOD


def test_it_wakes_up_again_after_a_time_without_calls() -> None:
    memory = Memory()
    meter = ResidentMeter(memory)
    meter.begin().end(0.0)
    until(lambda: meter._asleep)
    watch = meter.begin()
    memory.size = 300
    until(lambda: watch.top == 300)
    assert sum(thread.name == "memory-meter" for thread in threading.enumerate()) >= 1


def test_calls_beside_each_other_each_see_the_growth() -> None:
    memory = Memory()
    meter = ResidentMeter(memory)
    one, two = meter.begin(), meter.begin()
    memory.size = 130
    assert (one.end(1.0), two.end(1.0)) == ((30, "cpu"), (30, "cpu"))
