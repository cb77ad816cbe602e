"""A node type's schema in the shape that the field's clients read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graph.schema import InputSpec, Schema
from graph.types import COMBO

ListFiles = Callable[[str], Sequence[str]]


def object_info(schema: Schema, list_files: ListFiles) -> dict[str, Any]:
    """One entry of `/object_info`; drop-downs of files are listed anew."""
    required = {spec.name: _input(spec, list_files) for spec in schema.inputs if spec.required}
    optional = {spec.name: _input(spec, list_files) for spec in schema.inputs if not spec.required}
    further: dict[str, dict[str, Any]] = {"optional": optional, "hidden": dict(schema.hidden)}
    groups: dict[str, dict[str, Any]] = {"required": required}
    groups |= {group: entries for group, entries in further.items() if entries}
    entry: dict[str, Any] = {
        "input": groups,
        "input_order": {group: list(names) for group, names in groups.items()},
        "output": [spec.type for spec in schema.outputs],
        "output_is_list": [spec.is_list for spec in schema.outputs],
        "output_name": [spec.name for spec in schema.outputs],
        "name": schema.name,
        "display_name": schema.display_name,
        "description": schema.description,
        "python_module": schema.module,
        "category": schema.category,
        "output_node": schema.is_output,
    }
    if any(spec.match for spec in schema.outputs):
        entry["output_matchtypes"] = [spec.match or None for spec in schema.outputs]
    if any(spec.tooltip for spec in schema.outputs):
        entry["output_tooltips"] = [spec.tooltip for spec in schema.outputs]
    if schema.search_aliases:
        entry["search_aliases"] = list(schema.search_aliases)
    return entry | {name: True for name, is_set in _flags(schema).items() if is_set}


def _flags(schema: Schema) -> dict[str, bool]:
    """What is told only where it is so."""
    return {
        "is_input_list": schema.takes_lists,
        "deprecated": schema.deprecated,
        "experimental": schema.experimental,
        "api_node": schema.is_api,
    }


def _input(spec: InputSpec, list_files: ListFiles) -> list[Any]:
    """`[type]` or `[type, options]`; a drop-down's type is the list of its choices.

    A drop-down that was declared in the newer form, with its choices among the options, stays in it.
    """
    options = dict(spec.options)
    options |= {"lazy": True} if spec.lazy else {}
    options |= {"rawLink": True} if spec.raw_link else {}
    choices = _choices(spec, list_files)
    if choices is None:
        return [spec.type, options] if options else [spec.type]
    if "options" in options:
        return [COMBO, options | {"options": choices}]
    if options.get("default") not in choices:
        options.pop("default", None)
    return [choices, options] if options else [choices]


def _choices(spec: InputSpec, list_files: ListFiles) -> list[Any] | None:
    if spec.folder is not None:
        return [*(spec.choices or ()), *list_files(spec.folder)]
    return None if spec.choices is None else list(spec.choices)


def object_infos(schemas: Mapping[str, Schema], list_files: ListFiles) -> dict[str, Any]:
    """Every entry; a folder is listed once however many inputs show it."""
    listed: dict[str, Sequence[str]] = {}

    def once(folder: str) -> Sequence[str]:
        if folder not in listed:
            listed[folder] = list_files(folder)
        return listed[folder]

    return {name: object_info(schema, once) for name, schema in schemas.items()}
