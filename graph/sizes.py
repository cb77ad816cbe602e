"""How many bytes a value holds, part by part, so that what two values share can be counted once.

Libraries of arrays are known by what their objects offer, never by import.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

SMALL = 512  # bytes: what takes less is counted to its holder, not as a part of its own
LEAVES = (int, float, complex, str, bytes, bytearray, range, type(None))
CONTAINERS = (list, tuple, set, frozenset, deque)
CODE = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType, CodeType)  # no node made these

Parts = dict[int, int]  # identity -> bytes


def size_of(value: object) -> int:
    """The bytes of everything that a value holds, each object once."""
    return sum(parts_of(value).values())


def parts_of(value: object) -> Parts:
    """The bytes of each separate piece of memory that a value holds, by an identity of that piece.

    Values that share a piece have its identity in common, for as long as one of them lives.
    """
    parts: Parts = {}
    seen: dict[int, object] = {}  # kept alive, so that no other object gets the same id
    waiting: list[tuple[object, int]] = [(value, id(value))]  # with the part that a small one is counted to
    while waiting:
        item, holder = waiting.pop()
        if id(item) in seen or isinstance(item, CODE):
            continue
        seen[id(item)] = item
        blocks = blocks_of(item)
        if blocks is not None:
            parts.update(blocks)
            continue
        own = sys.getsizeof(item)
        held = held_by(item)
        part = id(item) if held or own >= SMALL else holder
        parts[part] = parts.get(part, 0) + own
        waiting.extend((inner, part) for inner in held)
    return parts


def blocks_of(item: Any) -> Parts | None:
    """The memory of an object that keeps it outside of Python's; None for any other object."""
    if isinstance(item, (*LEAVES, *CONTAINERS, dict)):
        return None
    kind = type(item)
    if hasattr(kind, "untyped_storage"):
        return tensor_block(item)
    if hasattr(kind, "__array_interface__") and hasattr(kind, "nbytes"):
        return array_block(item)
    if callable(getattr(kind, "parameters", None)) and callable(getattr(kind, "buffers", None)):
        return network_blocks(item)
    if hasattr(kind, "getbands"):  # a picture: a byte for each pixel of each band, as most modes have
        return {id(item): item.width * item.height * len(item.getbands())}
    if hasattr(kind, "nbytes"):
        return {id(item): int(item.nbytes)}
    return None


def tensor_block(tensor: Any) -> Parts:
    """The storage of a tensor, which its views share."""
    try:
        storage = tensor.untyped_storage()
        size, address = int(storage.nbytes()), int(storage.data_ptr())
    except RuntimeError:  # sparse ones and wrappers have none
        return {id(tensor): plain_bytes(tensor)}
    return {-address or id(tensor): size}  # negative: apart from every id()


def array_block(array: Any) -> Parts:
    """The array that owns the memory of a view."""
    while hasattr(type(array.base), "__array_interface__") and hasattr(type(array.base), "nbytes"):
        array = array.base
    return {id(array): int(array.nbytes)}


def network_blocks(network: Any) -> Parts:
    """The weights of a network, each under its own identity: that stays while they move between devices."""
    weights = [*network.parameters(), *network.buffers()]
    return {id(network): sys.getsizeof(network), **{id(weight): plain_bytes(weight) for weight in weights}}


def plain_bytes(tensor: Any) -> int:
    """Elements times their size: of a view its own part only."""
    return int(tensor.element_size()) * int(tensor.numel())


def held_by(item: object) -> list[object]:
    """The objects that an object holds."""
    if isinstance(item, LEAVES):
        return []
    if isinstance(item, dict):
        return [*item.keys(), *item.values()]
    if isinstance(item, CONTAINERS):
        return list(item)
    own = getattr(item, "__dict__", None)
    return [*(own.values() if isinstance(own, dict) else ()), *slot_values(item)]


def slot_values(item: object) -> Iterator[object]:
    """What lies in an object's `__slots__`."""
    members = (member for kind in type(item).__mro__ for member in vars(kind).values())
    for member in members:
        if isinstance(member, MemberDescriptorType):
            try:
                yield member.__get__(item, type(item))
            except AttributeError:  # nothing is in it yet
                continue
