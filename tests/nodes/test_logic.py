"""The switch: one branch runs, the other does not."""

import pytest

from graph.events import NodeStarted
from tests.nodes.studio import Prompt, Studio


def picture(color: int) -> dict[str, object]:
    return {"class_type": "EmptyImage", "inputs": {"width": 4, "height": 4, "batch_size": 1, "color": color}}


def switched(on: bool) -> Prompt:
    chosen = {"switch": on, "on_true": ["white", 0], "on_false": ["black", 0]}
    return {
        "white": picture(0xFFFFFF),
        "black": picture(0),
        "s": {"class_type": "ComfySwitchNode", "inputs": chosen},
        "o": {"class_type": "SaveImage", "inputs": {"images": ["s", 0], "filename_prefix": "x"}},
    }


@pytest.mark.parametrize(("on", "taken"), [(True, "white"), (False, "black")])
def test_a_switch_runs_only_the_branch_it_takes(studio: Studio, on: bool, taken: str) -> None:
    ran = studio.run(switched(on))
    started = [event.node_id for event in ran.events if isinstance(event, NodeStarted)]
    assert started == [taken, "s", "o"]
