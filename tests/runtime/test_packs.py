"""Packs beside built-in nodes: who may take whose name, and what is told of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.node import NodeType, node
from runtime.messages import PackReport, packs_from
from runtime.packs import load, prestart

PACK = """
from graph.node import node

"""
NODE = """
@node("pack", name="{name}")
def {function}() -> int:
    return {value}
"""


@pytest.fixture(autouse=True)
def fresh_modules() -> Iterator[None]:
    yield
    ours = {id(module) for name, module in sys.modules.items() if name.startswith("custom_nodes.")}
    for name in [name for name, module in sys.modules.items() if id(module) in ours]:
        del sys.modules[name]


@node("core", name="Core")
def core_node() -> int:
    return 0


def write(path: Path, *names: str, value: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nodes = (NODE.format(name=name, function=name.lower(), value=value) for name in names)
    path.write_text(PACK + "".join(nodes))


def loaded(
    *directories: Path, only: list[str] | None = None
) -> tuple[dict[str, PackReport], dict[str, NodeType]]:
    reports, found = load(directories, [core_node], only)
    names = [node_type.schema.name for node_type in found]
    assert len(names) == len(set(names))
    return {report.name: report for report in reports}, {node.schema.name: node for node in found}


def test_a_pack_cannot_replace_what_is_built_in_but_keeps_the_rest(tmp_path: Path) -> None:
    write(tmp_path / "some.py", "Core", "Own")
    write(tmp_path / "thief.py", "Core")
    reports, found = loaded(tmp_path)
    assert set(found) == {"Own"}
    assert reports["some"].nodes == ("Own",)
    assert reports["some"].error is None
    assert "it defines Core, which there is already" in reports["some"].problems[0]
    assert "it defines Core, which there is already" in (reports["thief"].error or "")


def test_of_two_packs_the_later_one_wins_also_from_another_folder(tmp_path: Path) -> None:
    write(tmp_path / "a" / "zebra.py", "Shared", "Own", value=1)
    write(tmp_path / "b" / "ant.py", "Shared", value=2)
    reports, found = loaded(tmp_path / "a", tmp_path / "b")
    assert found["Shared"]() == 2
    assert (reports["zebra"].nodes, reports["ant"].nodes) == (("Own",), ("Shared",))
    assert reports["zebra"].problems == ("Shared is replaced by the one of the pack ant",)


def test_only_packs_that_are_wanted_are_begun_and_imported(tmp_path: Path) -> None:
    for name in ("wanted", "other"):
        write(tmp_path / name / "__init__.py", name.title())
        (tmp_path / name / "prestartup_script.py").write_text(f"raise OSError({name!r})")
    begun = prestart([tmp_path], ["wanted"])
    assert list(begun) == ["wanted"]
    reports, _ = load([tmp_path], [core_node], ["wanted"], prestarted=begun)
    assert [report.name for report in reports] == ["wanted"]
    assert "OSError: wanted" in reports[0].problems[0]
    assert reports[0].nodes == ("Wanted",)  # imported all the same


def test_a_report_survives_a_trip_through_json() -> None:
    report = PackReport("p", "p.py", ("A",), None, 0.5, ("B was left out",), {"p": "/web"})
    told = {**vars(report), "nodes": ["A"], "problems": ["B was left out"]}
    assert packs_from([told]) == (report,)
