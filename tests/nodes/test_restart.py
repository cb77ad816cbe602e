"""Engines one after another over one folder of outputs, as before and after a restart."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
import torch

from diffusion.types import Latent
from graph.cache import OutputCache
from graph.executor import Executor, RunOutcome
from graph.folders import Folders
from graph.node import NodeType, Result, node
from graph.plugins import load_pack
from graph.registry import Registry
from graph.types import Socket
from graph.workflow import Graph
from nodes.disk_cache import DiskCache

CALLS: list[str] = []
Latents = Annotated[Latent, Socket("LATENT")]


@node("toys")
def denoise(seed: int) -> Latents:
    """Stands for slow work."""
    CALLS.append("denoise")
    return Latent(torch.full((1, 4, 2, 2), float(seed)))


@node("toys", is_output=True)
def tell(latent: Latents) -> Result:
    """Shows the sum."""
    CALLS.append("tell")
    return Result(ui={"sum": [float(latent.samples.sum())]})


def run(base: Path, types: list[NodeType], prompt: dict[str, Any]) -> RunOutcome:
    """A run of an engine that has just started and ends after it."""
    cache = DiskCache(OutputCache(), base / "cache", Folders(base), least_seconds=0.0)
    registry = Registry.build(types)
    executor = Executor(registry, cache, cache.folders)
    graph = Graph.parse(prompt, registry.schemas, list_files=cache.folders.list)
    outcome = executor.run(graph, run_id="run", emit=lambda _: None, prompt=prompt)
    executor.close()
    cache.close()
    return outcome


PROMPT = {
    "1": {"class_type": "Denoise", "inputs": {"seed": 3}},
    "2": {"class_type": "Tell", "inputs": {"latent": ["1", 0]}},
}


def test_a_new_engine_over_the_same_folder_runs_nothing_twice(tmp_path: Path) -> None:
    first = run(tmp_path, [denoise, tell], PROMPT)
    CALLS.clear()
    again = run(tmp_path, [denoise, tell], PROMPT)
    assert CALLS == []
    assert again.outputs == first.outputs == {"2": {"sum": [48.0]}}


def test_a_changed_value_runs_anew_on_what_is_stored_above_it(tmp_path: Path) -> None:
    run(tmp_path, [denoise, tell], PROMPT)
    CALLS.clear()
    changed = {**PROMPT, "1": {"class_type": "Denoise", "inputs": {"seed": 4}}}
    assert run(tmp_path, [denoise, tell], changed).outputs == {"2": {"sum": [64.0]}}
    assert CALLS == ["denoise", "tell"]


PACK = """
from nodes.api import Result, node
from . import rules

@node("pack", is_output=True)
def answer(value: int = 1) -> Result:
    "An answer by the pack's rules."
    return Result(ui={"text": [rules.answer(value)]})
"""


@pytest.fixture
def pack_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A pack of two files; its modules are forgotten afterwards."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    made = tmp_path / "custom_nodes" / "edited_pack"
    made.mkdir(parents=True)
    (made / "__init__.py").write_text(PACK)
    write_rules(made, 10)
    yield made
    forget(made)


def write_rules(made: Path, factor: int) -> None:
    (made / "rules.py").write_text(
        textwrap.dedent(f"""
        def answer(value: int) -> int:
            return value * {factor}
        """)
    )


def forget(made: Path) -> None:
    """As a new process, which has imported nothing."""
    for name in [name for name in sys.modules if name.startswith(f"custom_nodes.{made.name}")]:
        del sys.modules[name]


def test_an_edited_pack_is_not_answered_from_the_past(tmp_path: Path, pack_folder: Path) -> None:
    prompt = {"1": {"class_type": "Answer", "inputs": {"value": 2}}}

    def answered() -> tuple[RunOutcome, str]:
        forget(pack_folder)
        types = load_pack(pack_folder).node_types
        return run(tmp_path, types, prompt), types[0].schema.version

    first, version = answered()
    unchanged, same_version = answered()
    write_rules(pack_folder, 100)
    edited, new_version = answered()
    assert first.outputs == unchanged.outputs == {"1": {"text": [20]}}
    assert (len(first.executed), len(unchanged.executed)) == (1, 0)
    assert edited.outputs == {"1": {"text": [200]}}
    assert version == same_version != new_version
