"""`comfy_execution.validation` as packs know it: whether one socket type may feed another."""

from __future__ import annotations

from typing import Any

from graph.types import ANY, members


def validate_node_input(received_type: Any, input_type: Any, strict: bool = False) -> bool:
    """Whether an output may be linked to an input; with `strict` every type it may have must be wanted.

    The types are compared as they are: "any" types of packs are strings that are never unequal.
    """
    if not received_type != input_type:  # noqa: SIM202 - such strings answer `!=` alone
        return True
    if not isinstance(received_type, str) or not isinstance(input_type, str):
        return False
    if ANY in (received_type, input_type):
        return True
    received, wanted = members(received_type), members(input_type)
    return received <= wanted if strict else bool(received & wanted)
