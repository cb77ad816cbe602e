"""The header of a safetensors file, checked before anything is read by it.

Format: 8 bytes of length (little-endian), that many bytes of JSON, then the tensors without gaps.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import torch

from diffusion.errors import CheckpointError
from diffusion.weights.magic import disguise

HEADER_LIMIT = 32 << 20  # bytes; the header of the largest published models is under 1 MiB
TENSOR_LIMIT = 100_000
RANK_LIMIT = 16
DTYPES: Mapping[str, torch.dtype] = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


@dataclass(frozen=True)
class TensorInfo:
    """What the header says of one tensor; offsets are bytes from the end of the header."""

    shape: tuple[int, ...]
    dtype: torch.dtype
    begin: int
    end: int


@dataclass(frozen=True)
class Header:
    """The tensors of a file by key, and the free text beside them."""

    tensors: Mapping[str, TensorInfo]
    metadata: Mapping[str, str]


def read_header(path: Path) -> Header:
    """The checked header of a file; CheckpointError for anything that the format forbids."""
    size = path.stat().st_size
    wrong = disguise(path)
    if wrong is not None:
        raise CheckpointError(f"{path.name} is {wrong}")
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(HEADER_LIMIT, size - 8):
            fault = f"a header of {length} bytes in a file of {size}"
            refuse(path, f"truncated: {fault}" if size < 8 or length <= HEADER_LIMIT else fault)
        content = parse_json(path, file.read(length))
    metadata = checked_metadata(path, content.pop("__metadata__", {}))
    if len(content) > TENSOR_LIMIT:
        refuse(path, f"{len(content)} tensors, more than {TENSOR_LIMIT}")
    tensors = {key: tensor_info(path, key, value) for key, value in content.items()}
    check_layout(path, tensors, 8 + length, size)
    return Header(tensors, metadata)


def refuse(path: Path, reason: str) -> NoReturn:
    """Raise for a file that is not what it should be."""
    raise CheckpointError(f"{path.name} is not a valid safetensors file: {reason}")


def parse_json(path: Path, raw: bytes) -> dict[str, object]:
    """The header's JSON object, without duplicate keys."""
    try:
        content = json.loads(raw.decode("utf-8"), object_pairs_hook=unique_pairs)
    except (ValueError, RecursionError) as problem:
        refuse(path, f"its header is not JSON ({str(problem)[:200]})")
    if not isinstance(content, dict):
        refuse(path, "its header is not a JSON object")
    return content


def unique_pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object that names nothing twice."""
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ValueError("a key stands twice")
    return unique


def checked_metadata(path: Path, value: object) -> dict[str, str]:
    """The free text of the header: strings by name."""
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        refuse(path, "its metadata are not texts by name")
    return value


def tensor_info(path: Path, key: str, value: object) -> TensorInfo:
    """One entry of the header, checked on its own."""
    if not isinstance(value, dict):
        refuse(path, f"the entry of {key!r} is not an object")
    dtype = DTYPES.get(str(value.get("dtype")))
    if dtype is None:
        refuse(path, f"{key!r} has the unknown type {value.get('dtype')!r}")
    shape, offsets = natural_numbers(value.get("shape")), natural_numbers(value.get("data_offsets"))
    if shape is None or len(shape) > RANK_LIMIT:
        refuse(path, f"{key!r} has the shape {str(value.get('shape'))[:80]}")
    if offsets is None or len(offsets) != 2:
        refuse(path, f"{key!r} has the offsets {str(value.get('data_offsets'))[:80]}")
    begin, end = offsets
    if math.prod(shape) * dtype.itemsize != end - begin:
        refuse(path, f"{key!r} of shape {shape} and type {dtype} does not fill bytes {begin} to {end}")
    return TensorInfo(shape, dtype, begin, end)


def natural_numbers(value: object) -> tuple[int, ...] | None:
    """A list of integers from 0 to 2^63, or None."""
    if not isinstance(value, list):
        return None
    if not all(type(number) is int and 0 <= number < 1 << 63 for number in value):
        return None
    return tuple(value)


def check_layout(path: Path, tensors: Mapping[str, TensorInfo], start: int, size: int) -> None:
    """Tensors follow one another to the end of the file, without overlaps or holes.

    `start` is where they begin in a file of `size` bytes.
    """
    position = 0
    for key, info in sorted(tensors.items(), key=lambda item: (item[1].begin, item[1].end)):
        if info.begin != position:
            fault = "overlaps another tensor" if info.begin < position else "leaves a hole before it"
            refuse(path, f"{key!r} at byte {info.begin} {fault}")
        position = info.end
    end = start + position
    if end > size:
        refuse(path, f"truncated: the header promises {end} bytes, the file has {size}")
    if end < size:
        refuse(path, f"its tensors take {position} bytes of {size - start}")
