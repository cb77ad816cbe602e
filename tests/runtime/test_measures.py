"""What the nodes of a run took, as it is kept."""

from graph.events import NodeFinished, NodesCached
from runtime import measures
from runtime.measures import Measure, Measures, measure_from


def finished(node_id: str, seconds: float, **more: object) -> NodeFinished:
    return NodeFinished("r", node_id, None, bool(more.pop("cached", False)), seconds, **more)  # type: ignore[arg-type]


def test_cached_nodes_come_first_then_the_others_as_they_ended() -> None:
    kept = Measures()
    kept.cached(NodesCached("r", ("1", "2")))
    kept.finished(finished("2", 0.0, cached=True))  # tells again what it showed
    kept.finished(finished("9", 0.5, peak_bytes=7, device="cpu"))
    kept.finished(finished("3", 0.25))
    assert kept.all() == (
        Measure("1", cached=True),
        Measure("2", cached=True),
        Measure("9", seconds=0.5, peak_bytes=7, device="cpu"),
        Measure("3", seconds=0.25),
    )


def test_of_very_many_nodes_those_that_took_longest_stay_in_their_order() -> None:
    kept = Measures()
    count = 3 * measures.MOST
    for number in range(count):
        kept.finished(finished(str(number), 1.0 if number % 3 == 0 else 0.0))
    found = kept.all()
    assert [measure.node_id for measure in found] == [str(n) for n in range(0, count, 3)]
    assert len(kept._ended) < 2 * measures.MOST


def test_a_measure_survives_its_row() -> None:
    measure = Measure("1.a", "1", "Mix", 0.25, 1 << 33, False, "cuda:0")
    assert measure_from(measure.row()) == measure
