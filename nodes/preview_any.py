"""The node that shows any value as text."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from torch import Tensor, nn

from nodes.api import Result, node


@node("utils", name="PreviewAny", display_name="Preview as Text", is_output=True, at_rest=True)
def preview_any(*, source: Any) -> Result:
    """Show what an output holds: text as it is, numbers, and all else as JSON."""
    return Result(ui={"text": [shown(source)]})


def shown(value: object) -> str:
    """A value as text for people."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    try:
        return json.dumps(value, default=told, ensure_ascii=False, check_circular=True)
    except (TypeError, ValueError, RecursionError):  # keys that are no text, a circle, or no bottom
        return str(told(value))


def told(value: object) -> object:
    """What JSON can say of a value that it does not know: a tensor's shape, a dataclass's fields."""
    if isinstance(value, Tensor):
        return f"tensor {str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"
    if isinstance(value, nn.Module):
        return type(value).__name__
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return str(value)
