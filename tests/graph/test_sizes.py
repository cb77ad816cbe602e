"""Bytes of values, each piece of memory once."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from graph.sizes import parts_of, size_of

MIB = 1 << 20
SLACK = 2048  # bytes of objects around what is measured


@dataclass
class Plain:
    samples: Any
    more: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Slotted:
    samples: Any
    empty: None = None


class Private:
    __slots__ = ("__hidden", "unset")

    def __init__(self, hidden: object) -> None:
        self.__hidden = hidden


def a_mebibyte() -> Tensor:
    return torch.zeros(MIB, dtype=torch.uint8)


@pytest.mark.parametrize(
    "value",
    [
        a_mebibyte(),
        np.zeros(MIB // 4, dtype=np.float32),
        b"x" * MIB,
        bytearray(MIB),
        memoryview(bytes(MIB)),
        "x" * MIB,
        [a_mebibyte()],
        ({"a": {1: a_mebibyte()}},),
        {b"x" * MIB: 1},
        {b"x" * MIB},
        Plain(a_mebibyte()),
        Slotted(a_mebibyte()),
        Private(a_mebibyte()),
        Image.new("RGBA", (512, 512)),
        nn.Linear(511, 512, dtype=torch.float32),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_mebibyte_is_found_wherever_it_lies(value: object) -> None:
    assert MIB <= size_of(value) < MIB + SLACK


def test_views_of_one_memory_count_once() -> None:
    tensor, array = a_mebibyte(), np.zeros(MIB, dtype=np.uint8)
    assert size_of([tensor[:10], tensor.view(1024, 1024).T, tensor]) < MIB + SLACK
    assert size_of([array[:10], array.reshape(1024, 1024).T, array]) < MIB + SLACK


def test_a_view_of_a_part_holds_the_whole() -> None:
    assert size_of(a_mebibyte()[:1]) >= MIB
    assert size_of(np.zeros(MIB, dtype=np.uint8)[:1]) >= MIB


def test_an_object_named_often_counts_once() -> None:
    text = "x" * MIB
    assert size_of([text] * 5) < MIB + SLACK
    small = "y" * 100
    assert size_of([small] * 1000) < sys.getsizeof([None] * 1000) + SLACK


def test_shared_weights_of_a_network_count_once() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(512, 512, bias=False)
            self.second = nn.Linear(512, 512, bias=False)
            self.second.weight = self.first.weight

    assert MIB <= size_of(Tied()) < MIB + SLACK


def test_a_weight_is_the_same_part_wherever_its_memory_is() -> None:
    network = nn.Linear(64, 64)
    before = parts_of(network)
    network.weight.data = network.weight.data.clone()
    assert parts_of(network) == before


def test_a_network_mapped_from_one_file_counts_its_own_weights_only() -> None:
    file = torch.zeros(MIB)
    network = nn.Linear(8, 8, bias=False)
    network.weight = nn.Parameter(file[:64].view(8, 8))
    assert size_of(network) < SLACK


def test_tensors_without_memory_of_their_own_are_measured_by_their_shape() -> None:
    meta = [torch.zeros(MIB, dtype=torch.uint8, device="meta") for _ in range(2)]
    assert 2 * MIB <= size_of(meta) < 2 * MIB + SLACK
    assert size_of(torch.eye(4).to_sparse()) == 64


def test_equal_values_apart_count_apart() -> None:
    assert size_of([a_mebibyte(), a_mebibyte()]) >= 2 * MIB


def test_circles_end() -> None:
    circle: list[Any] = [a_mebibyte()]
    circle.append({"again": circle})
    holder = Plain(circle)
    holder.more.append(holder)
    assert MIB <= size_of(holder) < MIB + SLACK


def test_values_nested_a_hundred_thousand_deep_are_measured() -> None:
    value: Any = a_mebibyte()
    for _ in range(100_000):
        value = [value]
    assert size_of(value) > MIB + 100_000 * sys.getsizeof([None]) - SLACK
    while isinstance(value, list):  # or Python's own deletion would go deep
        value = value.pop()


def test_code_is_nobodys_output() -> None:
    assert size_of([torch, nn.Linear, size_of, [].append]) < SLACK


def test_small_values_are_parts_of_what_holds_them() -> None:
    words = {f"word {index}": index for index in range(10_000)}
    parts = parts_of([words])
    assert len(parts) == 2
    assert parts[id(words)] > sys.getsizeof(words) + 10_000 * 60
