"""How far a run is, told by its events."""

from graph.events import NodeFailed, NodeFinished, NodeProgress, NodeStarted, RunFinished
from runtime.live import Live, NodeView


def test_the_node_that_began_last_among_those_at_work_is_the_current_one() -> None:
    live = Live("r")
    for event in (NodeStarted("r", "1"), NodeStarted("r", "2")):
        live.observe(event)
    assert (live.current, live.busy) == ("2", True)
    live.observe(NodeFinished("r", "2", None, False, 0.1))
    assert (live.current, live.busy) == ("1", True)
    live.observe(NodeFailed("r", "1", "Fail", "no", "ValueError", [], {}, []))
    assert (live.current, live.busy) == ("2", False)


def test_an_interrupted_node_is_at_work_no_more_when_the_run_has_ended() -> None:
    live = Live("r")
    live.observe(NodeStarted("r", "1"))
    live.observe(RunFinished("r", "interrupted", [], "1", "Slow"))
    assert not live.busy


def test_a_node_made_by_expansion_keeps_where_it_belongs() -> None:
    live = Live("r")
    live.observe(NodeProgress("r", "1.a", 1, 4, display_id="1", parent_id="1"))
    assert live.nodes == {"1.a": NodeView("running", 1, 4, "1", "1")}
