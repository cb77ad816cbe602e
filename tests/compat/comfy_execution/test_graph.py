"""The graph of a run as packs see it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compat.comfy_execution.graph import (
    DynamicPrompt,
    ExecutionBlocker,
    NodeNotFoundError,
    get_input_info,
    is_link,
)
from graph.context import Context, Expanded
from graph.node import Blocker
from tests.compat.conftest import Host


@pytest.fixture
def prompt(host: Host) -> DynamicPrompt:
    expanded = {
        "7.0.1": Expanded({"class_type": "A", "inputs": {}}, "7", "7"),
        "7.0.1.0.2": Expanded({"class_type": "B", "inputs": {}}, "7.0.1", "7.0.1"),
    }
    return DynamicPrompt(replace(host.context(), expanded=expanded))


def test_nodes_of_the_graph_and_those_added_are_found(prompt: DynamicPrompt) -> None:
    assert prompt.get_node("7")["class_type"] == "Pack"
    assert prompt.get_node("7.0.1.0.2")["class_type"] == "B"
    assert prompt.has_node("7.0.1")
    assert not prompt.has_node("8")
    assert prompt.all_node_ids() == {"7", "7.0.1", "7.0.1.0.2"}
    assert set(prompt.get_original_prompt()) == {"7"}
    with pytest.raises(NodeNotFoundError, match="'8'"):
        prompt.get_node("8")


def test_an_added_node_knows_where_it_comes_from(prompt: DynamicPrompt) -> None:
    deep = "7.0.1.0.2"
    assert prompt.get_parent_node_id(deep) == "7.0.1"
    assert prompt.get_parent_node_id("7") is None
    assert prompt.get_real_node_id(deep) == "7"
    assert prompt.get_display_node_id(deep) == "7"
    assert prompt.get_display_node_id("7") == "7"


def test_nodes_added_later_are_seen(called: Context) -> None:
    expanded: dict[str, Expanded] = {}
    prompt = DynamicPrompt(replace(called, expanded=expanded))
    expanded["7.1"] = Expanded({"class_type": "A"}, "7", "7")
    assert prompt.has_node("7.1")


def test_a_blocker_is_the_engines_own() -> None:
    blocker = ExecutionBlocker("no face found")
    assert isinstance(blocker, Blocker)
    assert blocker.message == "no face found"
    assert ExecutionBlocker(None).message is None


@pytest.mark.parametrize(
    ("value", "is_one"),
    [(["1", 0], True), (["1", 0.0], True), ([1, 0], False), (["1", "0"], False), (("1", 0), False),
     (["1"], False), ("1", False), (["1", True], False)],
)  # fmt: skip
def test_a_link_is_a_list_of_an_id_and_a_number(value: object, is_one: bool) -> None:
    assert is_link(value) is is_one


def test_what_a_class_says_of_an_input_is_found() -> None:
    class Node:
        @classmethod
        def INPUT_TYPES(cls) -> dict[str, object]:  # noqa: N802 - the name that packs use
            return {
                "required": {"a": ("INT", {"min": 1})},
                "optional": {"b": ("*",)},
                "hidden": {"i": "PROMPT"},
            }

    assert get_input_info(Node, "a") == ("INT", "required", {"min": 1})
    assert get_input_info(Node, "b") == ("*", "optional", {})
    assert get_input_info(Node, "i") == ("PROMPT", "hidden", {})
    assert get_input_info(Node, "c") == (None, None, None)
    assert get_input_info(Node, "c", {"required": {"c": ("X",)}}) == ("X", "required", {})
