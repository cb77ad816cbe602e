"""Which node is running, and whether its types match, as packs ask."""

from __future__ import annotations

import pytest

from compat.comfy_execution.utils import CurrentNodeContext, get_executing_context
from compat.comfy_execution.validation import validate_node_input
from graph.context import Context


class AnyType(str):
    """As packs make one: nothing is unequal to it."""

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = str.__hash__


def test_the_running_call_is_told(called: Context) -> None:
    found = get_executing_context()
    assert found is not None
    assert (found.prompt_id, found.node_id, found.list_index) == ("run", "7", 0)


def test_outside_of_a_call_nothing_runs() -> None:
    assert get_executing_context() is None


def test_another_node_may_count_as_running(called: Context) -> None:
    with CurrentNodeContext("other", "9", 2):
        found = get_executing_context()
        assert found == ("other", "9", 2)
    assert get_executing_context() == ("run", "7", 0)


@pytest.mark.parametrize(
    ("received", "wanted", "strict", "matches"),
    [
        ("IMAGE", "IMAGE", False, True),
        ("IMAGE", "MASK", False, False),
        ("*", "MASK", False, True),
        ("IMAGE", "*", True, True),
        (AnyType("*"), "MASK", False, True),
        ("MASK", AnyType("whatever"), False, True),
        ("INT,FLOAT", "FLOAT,STRING", False, True),
        ("INT,FLOAT", "FLOAT,STRING", True, False),
        ("INT", "FLOAT,INT", True, True),
        (["a"], "COMBO", False, False),
    ],
)
def test_types_match_as_on_the_wire(received: object, wanted: object, strict: bool, matches: bool) -> None:
    assert validate_node_input(received, wanted, strict) is matches
