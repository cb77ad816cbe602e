"""The documentation, held against the code: its Python runs, its links lead somewhere, its JSON parses."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.folders import Folders

ROOT = Path(__file__).parent.parent
PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if page.exists()]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def blocks(page: Path, language: str) -> list[str]:
    return [body for name, body in FENCE.findall(page.read_text(encoding="utf-8")) if name == language]


def run(page: Path) -> dict[str, object]:
    """Every Python block of a page, one after another, in one namespace, as a reader would type them."""
    names: dict[str, object] = {"__name__": f"docs.{page.stem}"}
    for index, block in enumerate(blocks(page, "python")):
        source = compile(block, f"{page.name}, block {index + 1}", "exec", dont_inherit=True)
        exec(source, names)
    return names


def test_every_python_block_about_nodes_runs_and_makes_the_node_it_promises() -> None:
    from graph.node import NodeType

    found = {
        value.schema.name: value
        for value in run(ROOT / "docs" / "nodes.md").values()
        if isinstance(value, NodeType)
    }
    simple = {"Brighten", "FilmGrain", "Paste", "CutInHalf", "Measure", "SlowBlur", "Hour", "SoftenGuidance"}
    rare = {"EachPicture", "OneBatch", "BrightOne", "BlurAgain", "OnlyIf", "WaitAMoment"}
    assert set(found) == simple | rare
    assert found["FilmGrain"].schema.display_name == "Film Grain"
    assert [output.name for output in found["CutInHalf"].schema.outputs] == ["LEFT", "RIGHT"]
    assert found["Measure"].schema.is_output


def test_the_nodes_that_a_page_promises_do_what_it_says(tmp_path: Path) -> None:
    from graph.events import NodeStarted
    from graph.node import NodeType
    from tests.nodes.studio import Studio

    extra = [found for found in run(ROOT / "docs" / "nodes.md").values() if isinstance(found, NodeType)]
    studio = Studio(Folders(tmp_path), extra=extra)
    white, save = {"width": 4, "height": 4, "batch_size": 2, "color": 0xFFFFFF}, {"filename_prefix": "x"}
    ran = studio.run(
        {
            "white": {"class_type": "EmptyImage", "inputs": white},
            "dark": {"class_type": "EmptyImage", "inputs": white | {"color": 0}},
            "one": {"class_type": "BrightOne", "inputs": {"first": ["white", 0], "second": ["dark", 0]}},
            "later": {"class_type": "WaitAMoment", "inputs": {"image": ["one", 0], "seconds": 0.01}},
            "loop": {"class_type": "BlurAgain", "inputs": {"image": ["later", 0], "times": 2}},
            "each": {"class_type": "EachPicture", "inputs": {"image": ["loop", 0]}},
            "stop": {"class_type": "OnlyIf", "inputs": {"image": ["each", 0], "go_on": False}},
            "all": {"class_type": "OneBatch", "inputs": {"pictures": ["each", 0]}},
            "s": {"class_type": "SaveImage", "inputs": {"images": ["stop", 0], **save}},
            "t": {"class_type": "SaveImage", "inputs": {"images": ["each", 0], **save}},
            "u": {"class_type": "SaveImage", "inputs": {"images": ["all", 0], **save}},
        }
    )
    assert ran.outcome.status == "success"
    assert [len(ran.outcome.outputs.get(node, {"images": []})["images"]) for node in "stu"] == [0, 2, 2]
    assert "dark" not in {event.node_id for event in ran.events if isinstance(event, NodeStarted)}


def local_links(page: Path) -> Iterator[str]:
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:", target):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_a_file_and_to_a_heading_in_it(page: Path) -> None:
    for target in local_links(page):
        name, _, anchor = target.partition("#")
        file = (page.parent / name) if name else page
        assert file.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in headings(file), (
            f"{page.name} links to {target}, which has no such heading"
        )


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, spelt as the forge that shows them spells them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_json_block_of_a_page_parses(page: Path) -> None:
    for block in blocks(page, "json"):
        json.loads(block)


def test_the_page_of_workflows_names_every_workflow() -> None:
    page = (ROOT / "docs" / "workflows.md").read_text(encoding="utf-8")
    for path in (ROOT / "workflows").glob("*.json"):
        assert f"(../workflows/{path.name})" in page
