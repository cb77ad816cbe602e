"""Nodes that choose which part of a graph runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from nodes.api import Lazy, Option, OutputName, Socket, node

SAME_TYPE = {"template_id": "switch", "allowed_types": "*"}  # both branches and the output
Branch = Annotated[Any, Socket("COMFY_MATCHTYPE_V3"), Lazy(), Option(template=SAME_TYPE)]
Chosen = Annotated[Any, Socket("COMFY_MATCHTYPE_V3"), OutputName("output")]


def chosen_branch(switch: bool, **_: object) -> Iterable[str]:
    """The input that the switch lets through."""
    return ["on_true" if switch else "on_false"]


@node(
    "logic",
    name="ComfySwitchNode",
    display_name="Switch",
    experimental=True,
    lazy_status=chosen_branch,
)
def switch(*, switch: bool, on_false: Branch, on_true: Branch) -> Chosen:
    """One of two values; what the other one would take to compute is never run."""
    return on_true if switch else on_false
