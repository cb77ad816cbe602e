"""Socket types, and when one may feed another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ANY = "*"
MATCH = "COMFY_MATCHTYPE_V3"  # any type, as long as it is one and the same wherever its template stands
WILD = frozenset({ANY, MATCH})
COMBO = "COMBO"
# Types whose values can be typed in, so that an input of theirs draws a widget.
WIDGETS = frozenset({"INT", "FLOAT", "STRING", "BOOLEAN", COMBO})
# Socket types whose values may hold values of these other types, and with them their weights.
CARRIED: Mapping[str, frozenset[str]] = {
    "CONDITIONING": frozenset({"CONTROL_NET", "STYLE_MODEL", "GLIGEN"}),
    "GUIDER": frozenset({"MODEL", "CONDITIONING"}),
}


@dataclass(frozen=True)
class Socket:
    """Marks a Python type, inside Annotated, with the name it has on the wire."""

    name: str


@dataclass(frozen=True)
class OutputName:
    """Names an output otherwise than its NamedTuple field does."""

    name: str


def feeds(source: str, target: str) -> bool:
    """Whether an output of type `source` may be linked to an input of type `target`.

    Equal names match, `*` and the match type match all, and comma unions match when they share a member.
    """
    if source == target or source in WILD or target in WILD:
        return True
    if "," not in source and "," not in target:
        return False
    return bool(members(source) & members(target))


def members(union: str) -> set[str]:
    """The parts of a comma union."""
    return {part.strip() for part in union.split(",")}
