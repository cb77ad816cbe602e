"""Nodes that are one value, to feed several widgets from one place."""

from __future__ import annotations

from typing import Annotated

from nodes.api import Range, Seed, Text, node

LIMIT = 2**63 - 1


@node("utils/primitive", name="PrimitiveInt", display_name="Int")
def whole_number(*, value: Annotated[int, Range(-LIMIT, LIMIT), Seed()]) -> int:
    """A whole number."""
    return value


@node("utils/primitive", name="PrimitiveFloat", display_name="Float")
def number(*, value: Annotated[float, Range(-LIMIT, LIMIT, 0.1)]) -> float:
    """A number."""
    return value


@node("utils/primitive", name="PrimitiveString", display_name="String")
def line(*, value: Annotated[str, Text()]) -> str:
    """One line of text."""
    return value


@node("utils/primitive", name="PrimitiveStringMultiline", display_name="String (Multiline)")
def text(*, value: Annotated[str, Text(multiline=True)]) -> str:
    """Text of any length."""
    return value


@node("utils/primitive", name="PrimitiveBoolean", display_name="Boolean")
def switch(*, value: bool) -> bool:
    """Yes or no."""
    return value
