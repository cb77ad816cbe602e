"""How far a run is, told by its events."""

from graph.events import (
    NodeAnswered,
    NodeFailed,
    NodeFinished,
    NodeProgress,
    NodeStarted,
    NodeWaiting,
    RunFinished,
)
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


def test_a_run_rests_while_all_that_is_at_work_waits_for_a_person() -> None:
    live = Live("r")
    for event in (NodeStarted("r", "1"), NodeWaiting("r", "1", {})):
        live.observe(event)
    assert (live.rests, live.busy, list(live.waiting)) == (True, False, ["1"])
    live.observe(NodeStarted("r", "2"))
    assert (live.rests, live.busy) == (False, True)
    live.observe(NodeFinished("r", "2", None, False, 0.1))
    assert live.rests
    live.observe(NodeAnswered("r", "1"))
    assert (live.rests, live.busy, live.waiting) == (False, True, {})


def test_a_question_does_not_outlive_its_node() -> None:
    for last in (
        NodeFinished("r", "1", None, False, 0.1),
        NodeFailed("r", "1", "Fail", "no", "ValueError", [], {}, []),
        RunFinished("r", "interrupted", [], "1", "Choose"),
    ):
        live = Live("r")
        for event in (NodeStarted("r", "1"), NodeWaiting("r", "1", {}), last):
            live.observe(event)
        assert (live.waiting, live.rests) == ({}, False)
