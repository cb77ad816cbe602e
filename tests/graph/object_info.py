"""Schemas from a sample of `/object_info`, so that both converters are tested against the same node types."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graph.schema import InputSpec, OutputSpec, Schema

FIXTURES = Path(__file__).parents[1] / "fixtures"


def load_schemas(name: str = "object_info.json") -> dict[str, Schema]:
    """The node types of a fixture."""
    entries = json.loads((FIXTURES / name).read_text(encoding="utf-8"))
    return {name: schema(entry) for name, entry in entries.items()}


def schema(entry: Mapping[str, Any]) -> Schema:
    """One entry of `/object_info` as a Schema."""
    return Schema(
        name=entry["name"],
        display_name=entry["display_name"],
        category=entry["category"],
        description=entry["description"],
        inputs=tuple(inputs(entry["input"])),
        outputs=tuple(
            OutputSpec(name, kind) for name, kind in zip(entry["output_name"], entry["output"], strict=True)
        ),
        is_output=entry["output_node"],
        module=entry["python_module"],
    )


def inputs(groups: Mapping[str, Any]) -> Iterator[InputSpec]:
    for group in ("required", "optional"):
        for name, (kind, *options) in groups.get(group, {}).items():
            choices = tuple(kind) if isinstance(kind, list) else None
            wire = "COMBO" if choices is not None else kind
            yield InputSpec(name, wire, group == "required", options[0] if options else {}, choices)
