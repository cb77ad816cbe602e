"""Weights and tensors are found however deep they lie, each once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn

from diffusion.weights.reach import own_tensors, reach, reachable_modules, size


@dataclass(frozen=True)
class Wrapped:
    network: nn.Module
    note: str = ""


def layer() -> nn.Module:
    return nn.Linear(2, 1, bias=False)


def test_modules_are_found_in_dataclasses_lists_and_mappings_once_each() -> None:
    a, b, c = layer(), layer(), layer()
    x = torch.zeros(2)
    arguments: Mapping[str, object] = {
        "model": Wrapped(a),
        "conds": [({"control": Wrapped(b)}, "text"), (c, 3)],
        "again": a,
        "class": Wrapped,
        "tensors": [x, {"same": x}],
    }
    found = reach(arguments)
    assert [id(module) for module in found.modules] == [id(a), id(b), id(c)]
    assert [id(tensor) for tensor in found.tensors] == [id(x)]


def test_a_module_inside_a_module_is_not_counted_apart() -> None:
    assert len(reachable_modules({"m": nn.Sequential(layer(), layer())})) == 1


def test_arguments_that_hold_themselves_or_go_very_deep_are_searched() -> None:
    ring: list[object] = [layer()]
    ring.append(ring)
    deep: object = layer()
    for _ in range(20_000):
        deep = [deep]
    assert len(reachable_modules({"ring": ring, "deep": deep})) == 2


def test_the_tensors_of_a_module_are_its_parameters_and_buffers_each_once() -> None:
    tied = nn.Sequential(layer(), nn.BatchNorm1d(1))
    tied[0].again = tied[0].weight
    assert len(own_tensors(tied)) == 1 + 5
    assert size(tied[0].weight) == 8
