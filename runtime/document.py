"""A workflow document out of a file: JSON in either form, or whatever carries one in its metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from graph.canvas.metadata import is_carrier, parsed, read_metadata
from runtime.errors import RuntimeFault


class NoWorkflow(RuntimeFault):
    """The file holds no workflow."""


def read(path: Path) -> dict[str, Any]:
    """The canvas or API document in a file; `NoWorkflow` says what is wrong with it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NoWorkflow(f"cannot read {path}: {error.strerror}") from None
    try:
        return document(parsed(carried(data)))
    except (UnicodeDecodeError, RecursionError):
        raise NoWorkflow(f"{path} is neither JSON nor a picture, film or sound") from None
    except json.JSONDecodeError as error:
        raise NoWorkflow(f"{path} is not JSON: {error}") from None
    except NoWorkflow as error:
        raise NoWorkflow(f"{path}: {error}") from None


def carried(data: bytes) -> str | bytes:
    """The JSON that a file carries, the canvas form if it has both; else the file itself."""
    texts = read_metadata(data)
    found = texts.get("workflow") or texts.get("prompt")
    if found is None and "parameters" in texts:
        raise NoWorkflow("it carries settings as text only; opened in the canvas, they become a workflow")
    if found is None and is_carrier(data):
        raise NoWorkflow("it carries no workflow")
    return data if found is None else found


def document(value: Any) -> dict[str, Any]:
    """The workflow in a JSON value: itself, inside a body as sent to `/prompt`, or inside a job's record."""
    if not isinstance(value, dict):
        raise NoWorkflow(f"a workflow is a JSON object, not a {type(value).__name__}")
    if isinstance(value.get("nodes"), list):
        return value
    stored = value.get("workflow")
    if isinstance(stored, dict) and isinstance(stored.get("nodes"), list):
        return stored
    inner = value.get("prompt")
    if isinstance(inner, dict) and "class_type" not in inner:
        value = inner
    nodes = {key: node for key, node in value.items() if isinstance(node, dict) and "class_type" in node}
    if not nodes:
        raise NoWorkflow("it holds no nodes: neither a canvas's 'nodes' nor any 'class_type'")
    return nodes
