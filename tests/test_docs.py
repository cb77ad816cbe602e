"""The documentation, held against the code: its Python runs, its links lead somewhere, its JSON parses."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    assert set(found) == {"Brighten", "FilmGrain", "Paste", "CutInHalf", "Measure", "SlowBlur", "Hour"}
    assert found["FilmGrain"].schema.display_name == "Film Grain"
    assert [output.name for output in found["CutInHalf"].schema.outputs] == ["LEFT", "RIGHT"]
    assert found["Measure"].schema.is_output


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
