"""Group nodes of old files as subgraphs; what they compute is among the shared cases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from graph.canvas.group_nodes import without_group_nodes
from graph.errors import InvalidWorkflow
from tests.graph.object_info import FIXTURES, load_schemas

SCHEMAS = load_schemas()
CASES = sorted((FIXTURES / "workflows").glob("group_node*.json"))


def canvas(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / "workflows" / name).read_text(encoding="utf-8"))["canvas"]
    return found


def subgraphs(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["definitions"]["subgraphs"]
    return found


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_is_made_joins_at_both_ends_of_each_link(path: Path) -> None:
    for page in subgraphs(without_group_nodes(canvas(path.name), SCHEMAS)):
        nodes = {node["id"]: node for node in page["nodes"]}
        for link in page["links"]:
            ends = {side: (link[f"{side}_id"], link[f"{side}_slot"]) for side in ("origin", "target")}
            for side, (node, slot) in ends.items():
                if node < 0:
                    port = page["inputs" if side == "origin" else "outputs"][slot]
                    assert link["id"] in port["linkIds"]
                elif side == "origin":
                    assert link["id"] in nodes[node]["outputs"][slot]["links"]
                else:
                    assert nodes[node]["inputs"][slot]["link"] == link["id"]
        assert UUID(page["id"])
        assert len({port["name"] for port in page["inputs"]}) == len(page["inputs"])


def test_two_instances_share_a_subgraph_and_hold_values_of_their_own() -> None:
    document = without_group_nodes(canvas("group_node_slash.json"), SCHEMAS)
    (page,) = subgraphs(document)
    first, second = (node for node in document["nodes"] if node["type"] == page["id"])
    shown = [port["name"] for port in page["inputs"]]
    assert shown[:4] == ["text", "clip", "CLIPTextEncode text", "CLIPTextEncode clip"]
    assert (first["widgets_values_named"]["text"], second["widgets_values_named"]["text"]) == (
        "a house",
        "a tree",
    )
    assert first["widgets_values"] == list(first["widgets_values_named"].values())
    assert page["name"] == "Draw"


def test_inner_nodes_take_the_first_instances_values_and_control_modes() -> None:
    (page,) = subgraphs(without_group_nodes(canvas("group_node.json"), SCHEMAS))
    assert page["nodes"][3]["widgets_values"] == [42, "fixed", 9, 5.5, "heun", "normal", 1]
    assert [node["id"] for node in page["nodes"]] == [0, 1, 2, 3]


def test_a_template_in_use_goes_and_one_that_nobody_uses_stays() -> None:
    before = canvas("group_node_slash.json")
    after = without_group_nodes(before, SCHEMAS)
    assert list(after["extra"]["groupNodes"]) == ["Unused"]
    assert "Draw" in before["extra"]["groupNodes"]


def test_hidden_widgets_are_no_inputs_unless_the_instances_differ() -> None:
    (config,) = subgraphs(without_group_nodes(canvas("group_node_config.json"), SCHEMAS))
    names = [port["name"] for port in config["inputs"]]
    assert "wanted" in names
    assert "words" in names
    assert "batch_size" not in names
    assert "seed" not in names
    (later,) = subgraphs(without_group_nodes(canvas("group_node_later.json"), SCHEMAS))
    assert "batch_size" in [port["name"] for port in later["inputs"]]


def test_a_document_without_group_nodes_is_not_touched() -> None:
    for name in ("subgraph.json", "default_workflow.json"):
        document = canvas(name)
        assert without_group_nodes(document, SCHEMAS) is document
    unused = {"nodes": [], "links": [], "extra": {"groupNodes": {"A": {"nodes": []}}}}
    assert without_group_nodes(unused, SCHEMAS) is unused


@pytest.mark.parametrize(
    "template",
    [
        {},
        {"nodes": None},
        {"nodes": [], "links": "x", "external": [[]]},
        {"nodes": [{"type": "SaveImage"}], "links": [[0, 0, 5, 0], [None, 0, 0, 0], [0, 0, 0, 9], []]},
        {"nodes": [{"type": "PrimitiveNode"}, {"type": "Reroute"}], "links": [], "config": {"0": 3}},
        {"nodes": [{"type": "KSampler", "widgets_values": {"seed": 3}}], "links": []},
    ],
)
def test_a_template_with_holes_is_read_as_far_as_it_goes(template: dict[str, Any]) -> None:
    node = {"id": 1, "type": "workflow>Mine", "widgets_values": [1, "x"]}
    document = {"nodes": [node], "links": [], "extra": {"groupNodes": {"Mine": template}}}
    assert isinstance(without_group_nodes(document, SCHEMAS), dict)


def test_a_damaged_template_is_refused_in_words() -> None:
    node = {"id": 1, "type": "workflow>Mine"}
    document = {"nodes": [node], "extra": {"groupNodes": {"Mine": {"nodes": [7]}}}}
    with pytest.raises(InvalidWorkflow, match="damaged"):
        without_group_nodes(document, SCHEMAS)
