"""Packs build the graphs that they add to a run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from compat.comfy_execution.graph_utils import GraphBuilder, add_graph_prefix
from compat.current import running
from graph.context import Context
from tests.compat.conftest import Host


@pytest.fixture(autouse=True)
def _outside() -> Iterator[None]:
    yield
    GraphBuilder.set_default_prefix("", 0, 0)


def test_a_graph_is_built_node_by_node(called: Context) -> None:
    builder = GraphBuilder()
    first = builder.node("Load", name="a")
    second = builder.node("Save", "out", images=first.out(1), prefix="x")
    second.set_input("prefix", None)
    second.set_input("quality", 5)
    second.set_override_display_id("3")
    second.set_override_parent_id("4")
    assert builder.finalize() == {
        "7.0.0.1": {"class_type": "Load", "inputs": {"name": "a"}},
        "7.0.0.out": {
            "class_type": "Save",
            "inputs": {"images": ["7.0.0.1", 1], "quality": 5},
            "override_display_id": "3",
            "override_parent_id": "4",
        },
    }
    assert second.get_input("quality") == 5
    assert second.get_input("prefix") is None


def test_ids_are_the_same_in_every_equal_call_and_differ_between_calls(host: Host) -> None:
    def ids(index: int) -> list[str]:
        with running(host.context(index=index)):
            return [GraphBuilder().node("A").id, GraphBuilder().node("A").id]

    assert ids(0) == ["7.0.0.1", "7.0.1.1"]
    assert ids(0) == ids(0)
    assert ids(2) == ["7.2.0.1", "7.2.1.1"]


def test_a_beginning_of_its_own_is_kept(called: Context) -> None:
    assert GraphBuilder("mine.").node("A", "x").id == "mine.x"
    assert GraphBuilder("").node("A").id == "1"


def test_outside_of_a_call_the_beginning_is_what_was_set() -> None:
    GraphBuilder.set_default_prefix("9", 1)
    assert GraphBuilder().prefix == "9.1.0."
    assert GraphBuilder().prefix == "9.1.1."
    assert GraphBuilder.alloc_prefix("a", 2, 3) == "a.2.3."


def test_a_node_is_found_again_by_its_id(called: Context) -> None:
    builder = GraphBuilder()
    node = builder.node("A", "x", value=1)
    assert builder.lookup_node("x") is node
    assert builder.node("B", "x") is node
    assert builder.lookup_node("y") is None
    builder.remove_node("x")
    assert builder.finalize() == {}


def test_an_output_is_replaced_wherever_it_is_linked(called: Context) -> None:
    builder = GraphBuilder()
    source, target = builder.node("A", "a"), builder.node("B", "b")
    target.set_input("x", source.out(0))
    target.set_input("y", source.out(1))
    builder.replace_node_output("a", 0, ["5", 2])
    builder.replace_node_output("a", 1, None)
    assert target.inputs == {"x": ["5", 2]}


def test_a_graph_gets_another_beginning_with_all_its_links() -> None:
    graph = {
        "1": {"class_type": "A", "inputs": {"v": 1}},
        "2": {"class_type": "B", "inputs": {"x": ["1", 0]}},
    }
    renamed, outputs = add_graph_prefix(graph, [["2", 0], 5], "p.")
    assert renamed == {
        "p.1": {"class_type": "A", "inputs": {"v": 1}},
        "p.2": {"class_type": "B", "inputs": {"x": ["p.1", 0]}},
    }
    assert outputs == (["p.2", 0], 5)
    assert graph["2"]["inputs"] == {"x": ["1", 0]}
