"""What memory calls held: who is asked, and where it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graph.events import NodeFinished
from graph.executor import Executor
from graph.measure import Held, Meters
from graph.node import node
from tests.graph.talking import TALKING
from tests.graph.toys import Bench, use


class Counting:
    """A meter that says its number; it counts calls that are open."""

    def __init__(self, name: str, peak: int) -> None:
        self.name, self.peak, self.open = name, peak, 0

    def begin(self) -> Counting:
        self.open += 1
        return self

    def end(self, seconds: float) -> Held:
        assert seconds >= 0
        self.open -= 1
        return self.peak, self.name


@node("toys", lane="cpu")
def beside(value: Any) -> Any:
    """Runs beside the device."""
    return value


@node("toys", lane="cpu")
def beside_broken(value: Any) -> Any:
    """Likewise, and raises."""
    raise ValueError("no")


def told(bench: Bench) -> dict[str, Held]:
    return {event.node_id: (event.peak_bytes, event.device) for event in bench.said(NodeFinished)}


def test_each_lane_has_its_meter_and_the_end_of_a_node_tells_what_it_said(tmp_path: Path) -> None:
    bench = Bench(tmp_path, types=(*TALKING, beside, beside_broken))
    meters = Meters(Counting("gpu", 7), Counting("cpu", 5))
    bench.executor = Executor(bench.registry, bench.cache, bench.folders, meters=meters)
    bench.run(
        {
            "a": use("Mix", left=1, right=0),
            "b": use("Beside", value=("a", 0)),
            "c": use("BesideBroken", value=("a", 0)),
            "s": use("Display", value=("b", 0)),
            "t": use("Display", value=("c", 0)),
        }
    )
    assert told(bench) == {"a": (7, "gpu"), "b": (5, "cpu"), "s": (7, "gpu")}
    assert [meters.device.open, meters.beside.open] == [0, 0]  # type: ignore[attr-defined]


def test_nobody_counts_where_no_meter_is_given_nor_for_coroutines(tmp_path: Path) -> None:
    bench = Bench(tmp_path, types=TALKING)
    bench.run({"a": use("DatedAsync", value=1), "s": use("Display", value=("a", 0))})
    assert told(bench) == {"a": (None, None), "s": (None, None)}


def test_a_node_made_by_expansion_tells_its_type(tmp_path: Path) -> None:
    bench = Bench(tmp_path, types=TALKING)
    bench.run({"l": use("Loop", count=1, value=3), "s": use("Display", value=("l", 0))})
    kinds = {event.node_id: event.node_type for event in bench.said(NodeFinished)}
    assert kinds["s"] is None
    assert kinds["l.step"] == "Mix"
