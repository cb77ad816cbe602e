"""A person chooses among pictures while the run waits; and the ways to go on without one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image as Pillow

from graph.events import NodeWaiting
from graph.executor import Run
from graph.folders import Folders
from graph.workflow import Graph
from nodes.api import Image, Result, node
from tests.nodes.studio import Studio

GREYS = (0.0, 0.25, 0.5, 1.0)


@node("test")
def greys(*, count: int = 4) -> Image:
    """Pictures of one grey each."""
    return torch.stack([torch.full((4, 6, 3), grey) for grey in GREYS[:count]])


@node("test", is_output=True)
def tell_greys(*, images: Image, indices: str) -> Result:
    """Show which pictures came."""
    seen = [float(image.mean()) for image in images]
    return Result(ui={"greys": seen, "indices": [indices]})


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(Folders(tmp_path), extra=(greys, tell_greys))


def prompt(count: int = 4, **changes: Any) -> dict[str, Any]:
    given = {"images": ["1", 0], "message": "which?", "least": 1, "most": 0, "mode": "ask", **changes}
    return {
        "1": {"class_type": "Greys", "inputs": {"count": count}},
        "2": {"class_type": "ImageChooser", "inputs": given},
        "3": {"class_type": "TellGreys", "inputs": {"images": ["2", 0], "indices": ["2", 1]}},
    }


def begin(studio: Studio, document: dict[str, Any], events: list[Any]) -> Run:
    """A run with somebody there to ask."""
    executor = studio.executor
    graph = Graph.parse(document, executor.registry.schemas, list_files=studio.folders.list)
    return executor.begin(graph, run_id="run", emit=events.append, prompt=document, attended=True)


def conducted(studio: Studio, run: Run, answer: list[int] | None = None) -> Any:
    """What came, after the answer if there is one."""
    executor = studio.executor
    while run.outcome is None:
        if answer is not None and executor.inquiries.asking("run"):
            executor.inquiries.answer("run", "2", answer)
        if not executor.advance():
            executor.wait()
    assert run.outcome.status == "success", run.outcome.failures
    return run.outcome.outputs["3"]


def test_the_chosen_pictures_come_in_the_order_of_choice_with_their_indices(studio: Studio) -> None:
    events: list[Any] = []
    told = conducted(studio, begin(studio, prompt(), events), [3, 1])
    assert told == {"greys": [1.0, 0.25], "indices": ["3,1"]}
    (waiting,) = [event for event in events if isinstance(event, NodeWaiting)]
    assert (waiting.asked["least"], waiting.asked["most"]) == (1, 0)
    assert waiting.asked["message"] == "which?"
    assert [ref["type"] for ref in waiting.asked["images"]] == ["temp"] * 4
    paths = [studio.folders.directory("temp") / ref["filename"] for ref in waiting.asked["images"]]
    with Pillow.open(paths[3]) as picture:
        assert picture.getpixel((0, 0)) == (255, 255, 255)


def test_a_person_is_asked_each_time_though_nothing_has_changed(studio: Studio) -> None:
    assert conducted(studio, begin(studio, prompt(), []), [0])["indices"] == ["0"]
    assert conducted(studio, begin(studio, prompt(), []), [2])["indices"] == ["2"]


def test_the_last_choice_is_asked_for_once_and_then_taken_again(studio: Studio) -> None:
    again = prompt(mode="last choice")
    assert conducted(studio, begin(studio, again, []), [2, 0])["indices"] == ["2,0"]
    assert conducted(studio, begin(studio, again, []))["indices"] == ["2,0"]


def test_a_last_choice_that_cannot_be_had_any_more_is_asked_for_anew(studio: Studio) -> None:
    again = {"mode": "last choice"}
    conducted(studio, begin(studio, prompt(**again), []), [3])
    assert conducted(studio, begin(studio, prompt(count=2, **again), []), [1])["indices"] == ["1"]


@pytest.mark.parametrize(
    ("changes", "indices"),
    [
        ({"mode": "first"}, "0"),
        ({"mode": "first", "least": 3}, "0,1,2"),
        ({"mode": "first", "least": 9}, "0,1,2,3"),
        ({"mode": "all"}, "0,1,2,3"),
    ],
)
def test_by_rule_nobody_is_needed(studio: Studio, changes: dict[str, Any], indices: str) -> None:
    outcome = studio.run(prompt(**changes)).outcome
    assert outcome.outputs["3"]["indices"] == [indices]
    assert studio.run(prompt(**changes)).types == []


@pytest.mark.parametrize("mode", ["ask", "last choice"])
def test_where_nobody_can_answer_the_error_names_the_node_and_the_modes_that_need_nobody(
    studio: Studio, mode: str
) -> None:
    (message,) = studio.run(prompt(mode=mode)).messages
    assert "node 2 (Choose Images)" in message
    assert "set its mode to 'first' or 'all'" in message


def test_bounds_that_exclude_each_other_are_told(studio: Studio) -> None:
    (message,) = studio.run(prompt(least=3, most=2)).messages
    assert message == "at least 3 pictures are to be chosen, but at most 2: raise `most`"


def test_fewer_pictures_than_needed_are_all_that_is_asked_for(studio: Studio) -> None:
    events: list[Any] = []
    conducted(studio, begin(studio, prompt(count=2, least=3), events), [1, 0])
    (waiting,) = [event for event in events if isinstance(event, NodeWaiting)]
    assert waiting.asked["least"] == 2
